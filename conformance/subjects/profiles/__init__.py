"""Which shipped implementations are known by name? One module per project; each makes subjects of an unpacked wheel.

``PROJECT`` means the installed package, ``PROJECT:PATH`` the folder that holds it as site-packages does. Either way the
kernel files are run as they are, with stand-ins for what else they import.
"""

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path

from conformance.subjects.base import Subject
from conformance.subjects.profiles.stand_ins import ProfileError, StandIns

PROFILES = ("vllm", "sglang", "aiter")

_loaded: dict[str, StandIns] = {}


def is_profile(spec: str) -> bool:
    """Whether ``spec`` names a project of this folder, with a path or without."""
    return spec.partition(":")[0] in PROFILES


def load(spec: str) -> Subject:
    """The subject of ``PROJECT`` or ``PROJECT:PATH``. Raises ProfileError that names what is missing."""
    project, colon, path = spec.partition(":")
    folder = Path(path).expanduser().resolve() if colon else _installed(project)
    found = importlib.import_module(f"{__name__}.{project}").stand_ins(folder)
    found.install()
    _loaded[spec] = found
    return importlib.import_module(f"{__name__}.{project}").subject(found)


def files(spec: str) -> Mapping[str, Path]:
    """The files that a loaded profile runs: name -> path."""
    found = _loaded.get(spec)
    return {} if found is None else {name: found.file(name) for name in sorted(found.real)}


def _installed(project: str) -> Path:
    """The folder that holds the installed package; stand-ins may serve it by that name already, nothing imports it."""
    for finder in sys.meta_path:
        spec = None if isinstance(finder, StandIns) else finder.find_spec(project, None)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            return Path(place).resolve().parent
    raise ProfileError(
        f"{project}: is not installed in this environment, needs to be, or {project}:PATH with the folder of an "
        "unpacked wheel"
    )


__all__ = ["PROFILES", "ProfileError", "files", "is_profile", "load"]
