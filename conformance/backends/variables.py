"""Which of Triton's environment variables may a run have? Those with which a kernel's own code is judged.

Three kinds. What makes other code of the same source, or code that Triton's cache cannot tell from other code, is
refused. What chooses how the compiler works is the user's choice, and is recorded. What prints, dumps or times is free.
"""

import os
import re

FP_FUSION = "TRITON_DEFAULT_FP_FUSION"
_FREE = re.compile("DUMP|TIMING|DEBUG|DIAGNOSTICS|LINE_INFO|LOCAL_VARIABLES|MULTITHREADING|VERSION_CHECK|USE_IR_LOC")
_OFF = {"", "0", "false", "off", "no", "n"}
_ASSERTS = "compiles checks into kernels"
_REPLACES = "has other code run than the kernel's own"
_UNTOLD = "changes code that Triton's cache does not tell from code without it"
_CACHE = "takes compiled code from elsewhere than the cache that the run looks after"
REFUSED = {
    "TRITON_DEBUG": _ASSERTS,
    "TRITON_ENABLE_ASAN": _ASSERTS,
    "TRITON_ENABLE_EXPERIMENTAL_CONSAN": _ASSERTS,
    "TRITON_INSTRUMENTATION_MODE": _ASSERTS,
    "TRITON_KERNEL_OVERRIDE": _REPLACES,
    "TRITON_SWAP_MIR": _REPLACES,
    "TRITON_OVERRIDE_ARCH": "compiles for another device than the kernels run on",
    "TRITON_AMD_CODEGEN_PATH": _UNTOLD,
    "TRITON_PLUGIN_PATHS": _UNTOLD,
    "LLVM_PASS_PLUGIN_PATH": _UNTOLD,
    "AMDGCN_ANALYZE_SMALL_TENSOR_RANGE": _UNTOLD,
    "AMDGCN_SCALARIZE_PACKED_FOPS": _UNTOLD,
    "TRITON_CACHE_MANAGER": _CACHE,
    "TRITON_REMOTE_CACHE_BACKEND": _CACHE,
    "TRITON_STORE_BINARY_ONLY": "keeps no assembly, which is looked at and run",
}


def refuse() -> None:
    """Raise ValueError, naming them, where variables are set with which compiled kernels are not to be judged."""
    found = [
        f"{name}={os.environ[name]} {why}"
        for name, why in REFUSED.items()
        if os.environ.get(name, "").strip().lower() not in _OFF
    ]
    if found:
        raise ValueError(f"environment: {'; '.join(found)}; needs {'it' if len(found) == 1 else 'them'} unset")


def chosen() -> str:
    """What is set of the variables that decide how Triton compiles, as Triton lists them, but those that are free."""
    from triton._C.libtriton import get_cache_invalidating_env_vars

    found = sorted(get_cache_invalidating_env_vars().items())
    return " ".join(f"{name}={value}" for name, value in found if name != FP_FUSION and not _FREE.search(name))
