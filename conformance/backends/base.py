"""What is a backend? A place where Triton kernels run, that can prove its arithmetic right."""

from __future__ import annotations

import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from conformance.asking.unaskable import CannotAskError, from_below
from conformance.backends import variables
from conformance.backends.platform_check import PlatformCheck
from conformance.backends.variables import FP_FUSION

if TYPE_CHECKING:
    import torch

    from conformance.gfx950.counts import Cost

INTERPRET = "TRITON_INTERPRET"


class BackendUnavailable(RuntimeError):
    """The backend cannot run here; the message says what is missing."""


class Backend(ABC):
    """Where kernels run. ``activate`` comes first, before any module with Triton kernels is imported.

    name: as the registry has it. interpreted: whether Triton's interpreter runs the kernels. probe_block:
    elements per program that suit elementwise probes here. checks_addresses: whether a launch that reads or
    writes outside its tensors raises. note: what a reader must know of why this backend was picked, '' where nothing.
    """

    name: str
    interpreted: bool
    probe_block = 1024
    checks_addresses = False
    note = ""

    @property
    def compiles_for(self) -> str | None:
        """The AMD architecture that launches are compiled for, None where it is none."""
        return None

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """Where inputs must lie and outputs will."""

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """JSON-ready facts for a report: backend, device, arch, versions, FP fusion, arithmetic."""

    @abstractmethod
    def prepare(self) -> None:
        """What ``activate`` does beyond the environment: apply patches, find the driver."""

    def activate(self) -> None:
        """Set the environment that Triton reads at import and decoration, then prepare; again is harmless.

        Raises BackendUnavailable where the backend cannot run here, or where Triton was imported for another kind;
        ValueError for an environment in which other code would be judged than the kernels'.
        """
        if not self.interpreted:
            variables.refuse()
        pin_environment(self.interpreted)
        if not self.interpreted:
            look_after_cache()
        self.prepare()
        from conformance.calls import guards  # imports torch, which need not be there before

        guards.surround(not self.checks_addresses)

    def platform_checks(self) -> list[PlatformCheck]:
        """The checks that this backend must pass, to be run after ``activate``."""
        from conformance.backends.platform_checks import checks_on

        return checks_on(self.device, self.probe_block)

    def synchronize(self) -> None:
        """Wait until every launched kernel has finished; at once where launches already wait."""
        return

    def why_lost(self) -> str | None:
        """Why this process cannot use the device any more, whatever it would launch; None where it can."""
        return None

    def release_memory(self) -> None:
        """Give memory of the device that is kept for later back to other processes."""
        return

    @property
    def has_graphs(self) -> bool:
        """Whether ``captured`` can be asked."""
        return False

    def captured(self, call: Callable[[], Any]) -> tuple[Any, Callable[[], None]]:
        """What a call returned while a graph was captured of it, and what replays that into the same memory."""
        raise BackendUnavailable(f"backend {self.name} has no graphs to capture a call in")

    @property
    def devices(self) -> tuple[str, ...]:
        """A name for each device that this process sees and workers may share out; () where it is the CPU."""
        return ()

    def environment_on(self, device: str) -> dict[str, str]:
        """What to add to the environment of a new process that is to use this one of ``devices`` and no other."""
        raise BackendUnavailable(f"backend {self.name} has no devices to share out, asked for {device}")

    @property
    def adjustable(self) -> bool:
        """Whether ``using`` can change how the device behaves."""
        return False

    def using(self, **settings: Any) -> AbstractContextManager[None]:
        """Within the block, launches run with these settings of an emulated device."""
        raise BackendUnavailable(f"backend {self.name} has no settings, asked for {', '.join(settings)}")

    def take_costs(self) -> list[Cost]:
        """What the launches since the last call did, on a backend that counts; else nothing."""
        return []


def pin_environment(interpreted: bool) -> None:
    """Fix how Triton runs kernels, and FP fusion (on, as Triton 3.6 and 3.9 have it) unless the user has.

    Triton chooses between interpreter and compiler when a function is decorated, its own library's at its
    import, so a change afterwards would leave a mixture. Raises BackendUnavailable then.
    """
    os.environ[INTERPRET] = "1" if interpreted else "0"
    os.environ.setdefault(FP_FUSION, "1")
    standard = sys.modules.get("triton.language.standard")
    if standard is not None and (type(standard.max).__name__ == "InterpretedFunction") != interpreted:
        raise BackendUnavailable(
            f"triton was imported when {INTERPRET} was not {os.environ[INTERPRET]}; activate the backend before"
            " importing triton or any module with kernels, one kind of backend per process"
        )


def look_after_cache() -> None:
    """Have Triton take from its cache only what was compiled. Raises BackendUnavailable where it cannot be written.

    Where that happens later on, a case cannot be asked.
    """
    from conformance.gfx950.launching import cache  # imports triton, which reads the environment

    try:
        cache.install(from_below)
    except CannotAskError as error:
        raise BackendUnavailable(str(error)) from error


def common_facts() -> dict[str, Any]:
    """The facts that every backend reports: versions and settings that decide bits."""
    import ml_dtypes
    import numpy
    import torch
    import triton

    compiler = variables.chosen()
    return {
        "torch": str(torch.__version__),  # a plain text: its own class would be imported by whoever is told it
        "triton": triton.__version__,
        "numpy": numpy.__version__,
        "ml_dtypes": ml_dtypes.__version__,
        "fp_fusion": os.environ.get(FP_FUSION, "unset"),
        "interpreted": os.environ.get(INTERPRET) == "1",
        **({"compiler": compiler} if compiler else {}),
    }
