"""How do kernels run as gfx950 machine code without a gfx950? Compiled by Triton, executed by conformance.gfx950."""

from __future__ import annotations

import importlib.util
import platform
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from conformance.backends import untested, variables
from conformance.backends.base import Backend, BackendUnavailable, common_facts
from conformance.calls import views
from conformance.gfx950.core.library import executed_by
from conformance.gfx950.counts import Cost
from conformance.gfx950.measured import Measured
from conformance.gfx950.settings import Settings
from conformance.silicon import profile

if TYPE_CHECKING:
    from conformance.gfx950.launching.driver import EmulatedDriver

NAME = "gfx950-emulated"
# Triton's versions; other releases of the same minor version are taken to be alike
TESTED = ("3.9.0", "3.8.0", "3.7.1", "3.6.0", "3.5.1")
SUM_MODELS = {
    "exact": "each matrix instruction's sum exact, rounded once",
    "cdna3": "as CDNA3's FP8 cores were measured: groups of 16 terms, aligned and truncated at 24 fractional bits",
    "sequential": "FP32 additions one after the other",
}


class Gfx950EmulatedBackend(Backend):
    """CPU tensors as a gfx950's memory; the kernels' own machine code on an emulated gfx950."""

    interpreted = False
    probe_block = 1 << 12
    checks_addresses = True

    def __init__(self, words: str = "") -> None:
        """words: settings, ``sum=cdna3,ulp=-1,sanitize``; '' for the plain ones.

        Raises ValueError for other words, and for an environment in which no version can be tried; BackendUnavailable
        where Triton is missing, or of a version that was not tested and fails when it is tried.
        """
        self.settings = settings_from(words)
        self.name = ":".join(filter(None, (NAME, words_of(self.settings))))
        unsuitable = why_unsuitable()
        if unsuitable:
            raise BackendUnavailable(f"backend {NAME}: {unsuitable}")
        self.note = note_on(triton_version() or "")
        self._driver: EmulatedDriver | None = None

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    @property
    def compiles_for(self) -> str | None:
        return "gfx950"

    @property
    def driver(self) -> EmulatedDriver:
        """Triton's driver on this backend; ``activate`` comes first."""
        if self._driver is None:
            raise RuntimeError(f"backend {NAME}: is not active, needs activate() first")
        return self._driver

    def prepare(self) -> None:
        from conformance.gfx950.launching.driver import EmulatedDriver

        if self._driver is None:
            self._driver = EmulatedDriver(self.settings)
            self._driver.reach = views.reach
        self._driver.install()

    @property
    def adjustable(self) -> bool:
        return True

    @contextmanager
    def using(self, **changes: Any) -> Iterator[None]:
        """Within the block, launches run with these settings: ``sum_model``, ``ulp``, ``sanitize``.

        A model that is asked for takes the place of what was measured.
        """
        if measured := self.driver.settings.measured:
            sums = {} if "sum_model" in changes else measured.sums
            changes["measured"] = replace(measured, sums=sums, ulps={} if "ulp" in changes else measured.ulps)
        with self.driver.using(replace(self.driver.settings, **changes)):
            yield

    def take_costs(self) -> list[Cost]:
        return self.driver.take_costs()

    def describe(self) -> dict[str, Any]:
        races = "; races are looked for" if self.settings.sanitize else ""
        return {
            "backend": self.name,
            "device": f"EMULATED gfx950 on CPU, {platform.machine()}; no result here was measured on silicon",
            "arch": "gfx950",
            **common_facts(),
            "arithmetic": "the compiled machine code, instruction by instruction, in its own FP modes",
            "modelled": modelled(self.settings),
            **from_profile(self.settings.measured),
            "not_modelled": "timing, caches, the order in which waves run, memory ordering between workgroups, hazards"
            " that the assembler resolves; the assembly is executed, not the linked code object",
            "executed_by": executed_by(self.settings),
            "memory": "every access is checked against the launch's tensors; registers and LDS start poisoned" + races,
        }


def settings_from(words: str) -> Settings:
    """The settings that ``sum=MODEL``, ``ulp=-1|0|1``, ``sanitize`` and ``core=numpy`` ask for, joined by commas."""
    asked: dict[str, Any] = {}
    for word in filter(None, words.split(",")):
        name, equals, value = word.partition("=")
        if name == "sum" and equals:
            asked["sum_model"] = value
        elif name == "ulp" and re.fullmatch(r"[-+]?\d", value):
            asked["ulp"] = int(value)
        elif word == "sanitize":
            asked["sanitize"] = True
        elif name == "core" and equals:
            asked["core"] = value
        elif name == "profile" and value:
            asked["measured"] = measured_by(value)
        else:
            needs = "sum=MODEL, ulp=-1|0|1, profile=FILE, sanitize or core=numpy|compiled"
            raise ValueError(f"backend {NAME}: has setting {word!r}, needs {needs}")
    try:
        return Settings(**asked)
    except ValueError as error:
        said = str(error).replace("sum_model:", "sum:")  # as it is written here
        raise ValueError(f"--backend {NAME}:{words}: {said}") from error


def measured_by(file: str) -> Measured:
    """What a profile has for the emulated device. Raises ValueError."""
    try:
        return replace(profile.taken(profile.load(Path(file))), file=file)
    except ValueError as error:
        raise ValueError(f"backend {NAME}: profile: {error}") from error


def modelled(settings: Settings) -> str:
    """What of the arithmetic no document and no measurement settles, and how it is settled here."""
    model, ulp = settings.sum_model, settings.ulp
    last_bit = f"nearest result{f' {ulp:+d} ulp' if ulp else ''}, denormals as documented"
    return (
        f"sum of matrix instructions: {model} ({SUM_MODELS[model]}); hardware-approximate instructions (exp, log, rcp,"
        f" rsq, sqrt): {last_bit}{'' if settings.measured is None else '; where the profile does not have it'}"
    )


def from_profile(measured: Measured | None) -> dict[str, str]:
    """What a report says of a machine that was measured; nothing without one."""
    if measured is None:
        return {}
    left = f"; not in it, so as documented: {', '.join(measured.left)}" if measured.left else ""
    numpy = "; matrix instructions run on the NumPy core" if measured.sums else ""
    return {"profile": f"arithmetic of {measured.machine}, as {measured.file} has it{left}{numpy}"}


def words_of(settings: Settings) -> str:
    """The settings that are not the plain ones, as ``settings_from`` reads them."""
    plain = Settings()
    words = [f"sum={settings.sum_model}"] if settings.sum_model != plain.sum_model else []
    words += [f"ulp={settings.ulp}"] if settings.ulp != plain.ulp else []
    words += [f"profile={settings.measured.file}"] if settings.measured else []
    words += ["sanitize"] if settings.sanitize else []
    return ",".join([*words, f"core={settings.core}"] if settings.core != plain.core else words)


def triton_version() -> str | None:
    """Triton's version, without importing it: the import would fix how kernels run. None without Triton."""
    loaded, folder = sys.modules.get("triton"), triton_folder()
    if loaded is not None:
        return str(loaded.__version__)
    if folder is None:
        return None
    text = (folder / "__init__.py").read_text()
    version = re.search(r"^__version__\s*=\s*['\"]([^'\"]+)", text, re.MULTILINE)
    return version.group(1) if version else "of no known version"


def triton_folder() -> Path | None:
    """Where Triton lies, None where it is not installed."""
    found = importlib.util.find_spec("triton")
    return Path(found.origin).parent if found is not None and found.origin else None


def why_unsuitable() -> str | None:
    """Why no version of Triton can run here; None where one may."""
    version, folder = triton_version(), triton_folder()
    if version is None or folder is None:
        return f"there is no Triton, needs one that compiles for gfx950 (tested: {', '.join(TESTED)})"
    if not (folder / "backends" / "amd").is_dir():
        return f"has Triton {version} without its AMD backend, needs one that compiles for gfx950"
    return None


def note_on(version: str) -> str:
    """What a reader must know of the version: '' of one that was tested, else that it was not, and was tried.

    Raises BackendUnavailable where it fails, ValueError for an environment that would fail in its place.
    """
    if is_tested(version):
        return ""
    variables.refuse()
    not_tested = f"Triton {version} is not tested (tested: {', '.join(TESTED)})"
    if failure := untested.what_fails():
        raise BackendUnavailable(f"backend {NAME}: {not_tested}, and fails when it is tried: {failure}")
    return f"{not_tested}; it was tried: kernels of every kind gave the right bits"


def is_tested(version: str) -> bool:
    """Whether a release like it was: a build of somebody's own (3.8.0+git.rocm10) or before a release is another."""
    return _minor(version) in {_minor(known) for known in TESTED}


def _minor(version: str) -> str | None:
    """'3.9' of the release 3.9.0; None for what is no release."""
    found = re.fullmatch(r"(\d+\.\d+)(?:\.\d+)*", version)
    return found.group(1) if found else None
