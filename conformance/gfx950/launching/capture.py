"""Which compiled kernels does a call launch? Seen where every launch of Triton passes, whatever its device.

Import this only where kernels are compiled, after the backend is active.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import CompiledKernel

from conformance.gfx950.assembly import parse
from conformance.gfx950.launching.variant import variant
from conformance.gfx950.lowering import facts as lowering
from conformance.gfx950.lowering.facts import Facts

FALLBACK_ARCH = "gfx942"
# What a launch chooses; the rest of Triton's options follows from the architecture.
_LAUNCH_OPTIONS = (
    *("num_warps", "num_stages", "waves_per_eu", "matrix_instr_nonkdim", "enable_fp_fusion", "allow_flush_denorm"),
    "debug",
)


@contextmanager
def launched() -> Iterator[list[Any]]:
    """Within the block, each kernel that is launched (Triton's CompiledKernel) is added to the list, once."""
    seen: dict[int, Any] = {}
    found: list[Any] = []
    stock = CompiledKernel.run

    def run(kernel: Any) -> Any:
        ready = stock.__get__(kernel)

        def launch(*arguments: Any, **named: Any) -> Any:
            if id(kernel) not in seen:
                seen[id(kernel)] = kernel
                found.append(kernel)
            return ready(*arguments, **named)

        return launch

    CompiledKernel.run = property(run)
    try:
        yield found
    finally:
        CompiledKernel.run = stock


def facts_of(kernel: Any) -> Facts:
    """The facts of a compiled kernel."""
    return lowering.facts(
        parse(kernel.asm["amdgcn"]),
        variant=variant(kernel.src, kernel.metadata),
        ttir=kernel.asm["ttir"],
        warps=kernel.metadata.num_warps,
        lds=kernel.metadata.shared,
    )


def compiled_for(kernel: Any, arch: str) -> Any:
    """The same source, specialised and launched as this kernel was, compiled for another architecture."""
    options = {name: getattr(kernel.metadata, name) for name in _LAUNCH_OPTIONS if hasattr(kernel.metadata, name)}
    return triton.compile(kernel.src, target=GPUTarget("hip", arch, 64), options=options)
