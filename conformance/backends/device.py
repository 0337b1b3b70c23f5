"""How do kernels run on a GPU? On the CUDA or ROCm device that torch sees, compiled by Triton."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

from conformance.backends import visible
from conformance.backends.base import Backend, BackendUnavailable, common_facts
from conformance.backends.platform_check import PlatformCheck
from conformance.backends.platform_checks import guarded

if TYPE_CHECKING:
    from conformance.gfx950.counts import Cost
    from conformance.gfx950.launching.capture import Launched

_LONGEST = 200  # characters of an error that are kept: CUDA's go on with advice


class DeviceBackend(Backend):
    """The GPU that torch sees. A worker of a run is shown one only (conformance.backends.visible)."""

    interpreted = False
    _launched: Launched | None = None

    def __init__(self, kind: str) -> None:
        """kind: ``cuda`` or ``rocm``. Raises BackendUnavailable where torch sees no such GPU."""
        seen = device_kind()
        if kind != seen:
            reason = f"torch {torch.__version__} sees {'no GPU' if seen is None else 'a GPU of kind ' + seen}"
            raise BackendUnavailable(f"backend {kind}: {reason}")
        self.name = kind

    @property
    def device(self) -> torch.device:
        return torch.device("cuda", place() % torch.cuda.device_count())

    @property
    def compiles_for(self) -> str | None:
        return device_arch() if self.name == "rocm" else None

    def prepare(self) -> None:
        torch.cuda.set_device(self.device)
        try:
            from triton.runtime import driver

            driver.active.get_current_target()
            self._look_at_launches()
        except Exception as error:
            raise BackendUnavailable(
                f"backend {self.name}: Triton finds no driver for {self.device} ({error}); the interpreter needs none"
            ) from error

    def _look_at_launches(self) -> None:
        from conformance.gfx950.launching.capture import Launched  # Triton, which reads the environment

        self._launched = self._launched or Launched()

    def platform_checks(self) -> list[PlatformCheck]:
        """Also whether a gfx950 computes as the emulated one does."""
        checks = super().platform_checks()
        if self.compiles_for == "gfx950":
            from conformance.backends.emulated_check import as_emulated
            from conformance.probe.device import ProbedDevice

            claim = "sums and approximate instructions are those that gfx950-emulated has by default"
            run = guarded(as_emulated, ProbedDevice(self.device))
            checks.append(PlatformCheck("PLT-AS-EMULATED", claim, False, run))
        return checks

    def take_costs(self) -> list[Cost]:
        return self._launched.take_costs() if self._launched else []

    def describe(self) -> dict[str, Any]:
        properties = torch.cuda.get_device_properties(self.device)
        return {
            "backend": self.name,
            "device": properties.name,
            "arch": device_arch(),
            "compute_capability": f"{properties.major}.{properties.minor}",
            "device_count": torch.cuda.device_count(),
            "toolkit": torch.version.hip or torch.version.cuda,
            **common_facts(),
            "arithmetic": "the device's own, measured by the platform checks",
        }

    def synchronize(self) -> None:
        torch.cuda.synchronize(self.device)

    def why_lost(self) -> str | None:
        """An illegal address or a failed launch leaves a process without its device; a new process may have it."""
        try:
            found = torch.arange(4, device=self.device).sum().item()
        except torch.OutOfMemoryError:
            return None  # others hold it, and may give it back
        except RuntimeError as error:
            return " ".join(str(error).split())[:_LONGEST]
        return None if found == 6 else f"the sum of 0 .. 3 is {found}, needs 6"

    @property
    def has_graphs(self) -> bool:
        return True

    def captured(self, call: Callable[[], Any]) -> tuple[Any, Callable[[], None]]:
        torch.cuda.synchronize(self.device)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            found = call()

        def replay() -> None:
            graph.replay()
            torch.cuda.synchronize(self.device)

        return found, replay

    def release_memory(self) -> None:
        with contextlib.suppress(RuntimeError):  # of a device that is lost nothing can be given back
            torch.cuda.empty_cache()

    @property
    def devices(self) -> tuple[str, ...]:
        """The GPUs of the first one's model: what the platform checks found on it says nothing of another model."""
        names = visible.seen(self.name, torch.cuda.device_count(), os.environ)
        models = [_model(number) for number in range(len(names))]
        return tuple(name for name, model in zip(names, models, strict=True) if model == models[0])

    def environment_on(self, device: str) -> dict[str, str]:
        return visible.only(self.name, device, self.devices)


def device_kind() -> str | None:
    """``cuda`` or ``rocm``, whichever torch is built for and sees a GPU of; None without."""
    if not torch.cuda.is_available():
        return None
    return "rocm" if torch.version.hip else "cuda"


def device_arch() -> str | None:
    """``gfx950``, ``sm_90``, ...; None without a GPU. AMD's feature suffixes (``:sramecc+``) are dropped."""
    if device_kind() is None:
        return None
    properties = torch.cuda.get_device_properties(place() % torch.cuda.device_count())
    if torch.version.hip:
        return str(properties.gcnArchName).split(":")[0]
    return f"sm_{properties.major}{properties.minor}"


def _model(number: int) -> tuple[str, str]:
    """What a GPU is called, and what kernels are compiled for on it."""
    found = torch.cuda.get_device_properties(number)
    arch = found.gcnArchName if torch.version.hip else f"{found.major}.{found.minor}"
    return str(found.name), str(arch)


def place() -> int:
    """The number of this process among those that see the same GPUs: a rank's under torchrun; a worker sees its own."""
    return int(os.environ.get("LOCAL_RANK", "0"))
