"""Which compiled kernels does a call launch? Seen where every launch of Triton passes, whatever its device.

Import this only where kernels are compiled, after the backend is active.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import CompiledKernel

from conformance.gfx950.assembly import parsed
from conformance.gfx950.counts import Cost, LaunchCounts
from conformance.gfx950.launching import assembled
from conformance.gfx950.launching.launch import Loaded
from conformance.gfx950.launching.variant import variant
from conformance.gfx950.lowering import facts as lowering
from conformance.gfx950.lowering.facts import Facts

FALLBACK_ARCH = "gfx942"
# What a launch chooses; the rest of Triton's options follows from the architecture.
_LAUNCH_OPTIONS = (
    *("num_warps", "num_stages", "waves_per_eu", "matrix_instr_nonkdim", "enable_fp_fusion", "allow_flush_denorm"),
    "debug",
)


def tell(note: Callable[[Any, tuple[int, int, int]], None]) -> Callable[[], None]:
    """From now on ``note`` is told each launch, as Triton's CompiledKernel and the grid; what is returned ends that."""
    stock = CompiledKernel.run

    def run(kernel: Any) -> Any:
        ready = stock.__get__(kernel)

        def launch(x: int, y: int, z: int, *arguments: Any, **named: Any) -> Any:
            note(kernel, (x, y, z))
            return ready(x, y, z, *arguments, **named)

        return launch

    CompiledKernel.run = property(run)
    return lambda: setattr(CompiledKernel, "run", stock)


@contextmanager
def launched() -> Iterator[list[Any]]:
    """Within the block, each kernel that is launched is added to the list, once: Triton's CompiledKernel, or Loaded."""
    found: dict[Any, Any] = {}

    def note(kernel: Any, _: tuple[int, int, int]) -> None:
        add(id(kernel), kernel)

    def note_other(loaded: Loaded) -> None:
        add((id(loaded.kernel), loaded.variant), loaded)

    def add(key: Any, kernel: Any) -> None:
        if key not in found:
            found[key] = kernel
            listed.append(kernel)

    listed: list[Any] = []
    end = tell(note)
    assembled.told.append(note_other)
    try:
        yield listed
    finally:
        end()
        assembled.told.remove(note_other)


class Launched:
    """What was launched where nothing is counted but launches and workgroups: on a GPU."""

    def __init__(self) -> None:
        self._costs: dict[tuple[str, str], Cost] = {}
        self._names: dict[int, tuple[Any, str]] = {}  # the kernel with its variant, so that no other has its id
        tell(self._note)

    def take_costs(self) -> list[Cost]:
        """The launches since the last call, those of one variant of a kernel added up."""
        taken, self._costs = list(self._costs.values()), {}
        return taken

    def _note(self, kernel: Any, grid: tuple[int, int, int]) -> None:
        if id(kernel) not in self._names:
            self._names[id(kernel)] = (kernel, variant(kernel.src, kernel.metadata))
        key = (kernel.metadata.name, self._names[id(kernel)][1])
        self._costs.setdefault(key, Cost(*key)).add(LaunchCounts(key[0], grid, 0))


def facts_of(kernel: Any) -> Facts:
    """The facts of a kernel that was launched."""
    if isinstance(kernel, Loaded):
        return lowering.facts(kernel.kernel, variant=kernel.variant, ttir="", warps=kernel.waves, lds=kernel.lds)
    return lowering.facts(
        parsed(kernel.asm["amdgcn"]),
        variant=variant(kernel.src, kernel.metadata),
        ttir=kernel.asm["ttir"],
        warps=kernel.metadata.num_warps,
        lds=kernel.metadata.shared,
    )


def compiled_for(kernel: Any, arch: str) -> Any:
    """The same source, specialised and launched as this kernel was, compiled for another architecture."""
    options = {name: getattr(kernel.metadata, name) for name in _LAUNCH_OPTIONS if hasattr(kernel.metadata, name)}
    return triton.compile(kernel.src, target=GPUTarget("hip", arch, 64), options=options)
