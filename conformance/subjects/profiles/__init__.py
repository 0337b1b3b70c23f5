"""Which shipped implementations are known by name? One module per project; each makes subjects of an unpacked wheel.

``PROJECT`` means the installed package, ``PROJECT:PATH`` the folder that holds it as site-packages does. Either way the
kernel files are run as they are, with stand-ins for what else they import. A path of a project that its MoE does not
take is a subject of its own: ``PROJECT-torch``.
"""

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from conformance.subjects.base import Subject
from conformance.subjects.profiles.stand_ins import ProfileError, StandIns

# Profile -> the package that it is of, the module here, and the function there that makes the subject.
PROFILES = {
    "vllm": ("vllm", "vllm", "subject"),
    "vllm-torch": ("vllm", "vllm", "in_torch"),
    "sglang": ("sglang", "sglang", "subject"),
    "sglang-torch": ("sglang", "sglang", "in_torch"),
    "torchao": ("torchao", "torchao", "subject"),
    "torchao-floor": ("torchao", "torchao", "in_floor"),
    "triton_kernels": ("triton_kernels", "triton_kernels", "subject"),
    "aiter": ("aiter", "aiter", "subject"),
    "aiter-triton": ("aiter", "aiter_triton", "subject"),
}

_loaded: dict[str, StandIns] = {}


def is_profile(spec: str) -> bool:
    """Whether ``spec`` names a project of this folder, with a path or without."""
    return spec.partition(":")[0] in PROFILES


def load(spec: str) -> Subject:
    """The subject of ``PROJECT`` or ``PROJECT:PATH``. Raises ProfileError that names what is missing."""
    profile, colon, path = spec.partition(":")
    found = stand_ins(profile, Path(path).expanduser().resolve() if colon else _installed(profile))
    found.install()
    _loaded[spec] = found
    made: Subject = getattr(_module(profile), PROFILES[profile][2])(found)
    return made


def stand_ins(profile: str, folder: Path) -> StandIns:
    """What serves the package in the folder to a profile. Raises ProfileError."""
    found: StandIns = _module(profile).stand_ins(folder)
    return found


def _module(profile: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{PROFILES[profile][1]}")


def files(spec: str) -> Mapping[str, Path]:
    """The files that a loaded profile runs: name -> path."""
    found = _loaded.get(spec)
    return {} if found is None else {name: found.file(name) for name in sorted(found.real)}


def _installed(profile: str) -> Path:
    """The folder that holds the installed package; stand-ins may serve it by that name already, nothing imports it."""
    package = PROFILES[profile][0]
    for finder in sys.meta_path:
        spec = None if isinstance(finder, StandIns) else finder.find_spec(package, None)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            return Path(place).resolve().parent
    raise ProfileError(
        f"{package}: is not installed in this environment, needs to be, or {profile}:PATH with the folder of an "
        "unpacked wheel"
    )


__all__ = ["PROFILES", "ProfileError", "files", "is_profile", "load", "stand_ins"]
