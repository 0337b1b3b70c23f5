"""For which GPUs does this Triton compile tl.dot_scaled?"""

import functools

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from conformance.backends.probe_kernels import dot_scaled


@functools.cache
def scaled_dot_compiles_for(arch: str) -> bool:
    """Whether this Triton compiles the suite's own probe of tl.dot_scaled for it; 3.6 does not for gfx942."""
    types = ["*u8"] * 4 + ["*fp32"] + ["constexpr"] * 3
    signature = dict(zip(dot_scaled.arg_names, types, strict=True))
    source = ASTSource(dot_scaled, signature, {"N": 64, "K": 128, "BLOCK_M": 64})
    try:
        triton.compile(source, target=GPUTarget("hip", arch, 64))
    except Exception:  # the passes raise RuntimeError, the frontend its own kinds
        return False
    return True
