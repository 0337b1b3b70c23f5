"""How does ``kernel[grid](...)`` get to the emulator? As a Triton driver, for which CPU tensors lie on a gfx950.

Triton compiles for the driver's target, gfx950, and calls the driver's launcher, which takes the kernel's assembly
from Triton's cache, packs the arguments and has the emulator execute the grid. Import this only where kernels are to
be compiled (TRITON_INTERPRET unset or 0), and install it before the first launch.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import torch
from triton.backends.compiler import GPUTarget
from triton.backends.driver import GPUDriver
from triton.runtime import driver as active_driver
from triton.runtime.autotuner import Autotuner
from triton.runtime.jit import JITFunction

from conformance.gfx950.assembly import Kernel, parsed
from conformance.gfx950.errors import NotEmulated
from conformance.gfx950.launching import cache, untraced
from conformance.gfx950.launching.kernarg import flatten
from conformance.gfx950.launching.launch import Device, Loaded, use
from conformance.gfx950.launching.variant import variant
from conformance.gfx950.limits import MOST_THREADS
from conformance.gfx950.settings import Settings
from conformance.gfx950.wave import LANES

ARCH = "gfx950"
# AMD Instinct MI355X, as HIP reports it.
PROPERTIES = {
    "arch": f"{ARCH}:sramecc+:xnack-",
    "warpSize": 64,
    "max_shared_mem": 160 * 1024,
    "max_num_regs": 128 * 1024,
    "multiprocessor_count": 256,
    "sm_clock_rate": 2400000,
    "mem_clock_rate": 2000000,
    "mem_bus_width": 8192,
    "cooperativeLaunch": 1,
}


class EmulatedDriver(Device, GPUDriver):  # type: ignore[misc]  # triton is untyped
    """The device as Triton's.

    rewrite: a kernel's assembly -> the one to run, for tests of broken machine code; None runs what was compiled.
    """

    def __init__(self, settings: Settings, rewrite: Callable[[str], str] | None = None) -> None:
        Device.__init__(self, settings)  # and not GPUDriver's: that asks torch.cuda
        self.rewrite = rewrite
        self.utils = Utils()
        self.launcher_cls = functools.partial(Launcher, self)
        self.get_current_stream = lambda device: 0
        self.get_current_device = lambda: 0
        self.set_current_device = lambda device: None
        self.get_device_capability = lambda device=0: (9, 5)

    def install(self) -> None:
        """Make this the process's device, and Triton's driver in it; its cache is ``cache.install``'s."""
        use(self)
        active_driver.set_active(self)
        Autotuner.do_bench = property(lambda tuner: self.get_benchmarker())  # also where a kernel brings one: no clock
        untraced.leave_alone(JITFunction.run)

    # What Triton asks of a driver.

    @staticmethod
    def is_active() -> bool:
        return True

    def map_python_to_cpp_type(self, ty: str) -> str:
        return ty

    def get_current_target(self) -> GPUTarget:
        return GPUTarget("hip", ARCH, 64)

    def get_active_torch_device(self) -> torch.device:
        return torch.device("cpu")

    def get_device_interface(self) -> Any:
        return DeviceInterface(self)

    def get_benchmarker(self) -> Callable[..., Any]:
        """Autotuning's measure: the wave-instructions of one run, the same in every run; not a time."""

        def cost(kernel_call: Callable[[], Any], *, quantiles: Sequence[float] | None = None, **_: Any) -> Any:
            before = self.wave_instructions
            kernel_call()
            count = float(self.wave_instructions - before)
            return count if quantiles is None else [count] * len(quantiles)

        return cost

    def get_empty_cache_for_benchmark(self) -> torch.Tensor:
        return torch.empty(0)

    def clear_cache(self, cache: torch.Tensor) -> None:
        return


class Utils:
    """The device's properties and loaded code objects. loading: the kernel whose launcher was made last."""

    loading: Kernel | None = None

    def load_binary(self, name: str, binary: bytes, shared: int, device: int) -> tuple[Any, ...]:
        """(module, function, registers, spilled registers, most threads); Triton asks right after the launcher."""
        kernel = self.loading
        if kernel is None:
            return (1, 1, 0, 0, MOST_THREADS)
        scratch = kernel.descriptor.get("private_segment_fixed_size", 0)
        return (1, 1, int(kernel.metadata.get("vgpr_count", 0)), scratch // 4, MOST_THREADS)

    def unload_module(self, module: Any) -> None:
        return

    def get_device_properties(self, device: int) -> dict[str, Any]:
        return dict(PROPERTIES)


class Launcher:
    """Launches one compiled kernel."""

    def __init__(self, driver: EmulatedDriver, source: Any, metadata: Any) -> None:
        self.driver, self.metadata = driver, metadata
        self.signature = dict(source.signature)
        text = assembly_text(source, metadata)
        self.kernel = parsed(driver.rewrite(text) if driver.rewrite else text)
        threads, lds = (metadata.num_warps * LANES, 1, 1), metadata.shared
        self.loaded = Loaded(self.kernel, variant(source, metadata), threads, lds, lds)
        driver.utils.loading = self.kernel
        if getattr(metadata, "num_ctas", 1) != 1:
            raise NotEmulated(f"kernel {self.kernel.name}: clusters")

    def __call__(
        self,
        x: int,
        y: int,
        z: int,
        stream: Any,
        function: Any,
        packed: Any,
        launch_metadata: Any,
        enter: Callable[[Any], Any] | None,
        leave: Callable[[Any], Any] | None,
        *arguments: Any,
    ) -> None:
        if enter is not None:
            enter(launch_metadata)
        grid = (int(x), int(y), int(z))
        if getattr(self.metadata, "launch_cooperative_grid", False) and max(grid) > 1:
            raise NotEmulated(f"kernel {self.kernel.name}: a cooperative grid of {grid} workgroups, not of one")
        if min(grid) > 0:
            self._run(grid, arguments)
        if leave is not None:
            leave(launch_metadata)

    def _run(self, grid: tuple[int, int, int], arguments: tuple[Any, ...]) -> None:
        named = list(zip(self.signature, arguments, strict=True))
        values = [
            value
            for (name, argument), kind in zip(named, self.signature.values(), strict=True)
            for value in flatten(str(name), kind, argument)
        ]
        scratch = [(name, self._scratch(name, grid)) for name in ("global_scratch", "profile_scratch")]
        self.driver.launch(
            self.loaded,
            grid,
            [*values, *((name, "*i8", tensor) for name, tensor in scratch)],
            [*named, *((n, t) for n, t in scratch if t is not None)],
        )

    def _scratch(self, name: str, grid: tuple[int, int, int]) -> torch.Tensor | None:
        """Memory that Triton's launchers add behind the kernel's own arguments; None, so null, where none is asked."""
        size = getattr(self.metadata, f"{name}_size", 0) or 0
        return torch.empty(size * grid[0] * grid[1] * grid[2], dtype=torch.int8) if size else None


def assembly_text(source: Any, metadata: Any) -> str:
    """A compiled kernel's assembly, from Triton's cache. Raises NotEmulated where it is not there as compiled."""
    for name in (source.name, metadata.name, source.name[:150]):
        if text := cache.compiled(metadata.hash, f"{name}.amdgcn"):
            return text.decode(errors="replace")
    raise NotEmulated(
        f"kernel {metadata.name}: Triton's cache does not have its assembly, or no more as it was compiled"
    )


class DeviceInterface:
    """What ``triton.testing`` asks of torch.cuda. Time is counted in wave-instructions, one a millisecond."""

    def __init__(self, driver: EmulatedDriver) -> None:
        self._driver = driver

    def synchronize(self, device: Any = None) -> None:
        return

    def current_device(self) -> int:
        return 0

    def Event(self, enable_timing: bool = True) -> Event:
        return Event(self._driver)


class Event:
    """A point in the device's count of wave-instructions."""

    def __init__(self, driver: EmulatedDriver) -> None:
        self._driver, self.count = driver, 0

    def record(self, stream: Any = None) -> None:
        self.count = self._driver.wave_instructions

    def elapsed_time(self, end: Event) -> float:
        return float(end.count - self.count)

    def synchronize(self) -> None:
        return
