"""What do torch and Triton run on?"""

from functools import cache

import torch
from triton.runtime import driver

NATIVE_ARCH = "gfx950"


def current_arch() -> str | None:
    """The current ROCm device's architecture name, such as "gfx950:sramecc+:xnack-"; None without a ROCm device."""
    if torch.version.hip is None or not torch.cuda.is_available():
        return None
    return str(torch.cuda.get_device_properties(torch.cuda.current_device()).gcnArchName)


def has_native_mxfp8(arch: str | None) -> bool:
    """Whether ``arch`` (feature suffixes after ':' do not matter) multiplies MXFP8 in its matrix cores here: gfx950."""
    return arch is not None and arch.split(":")[0] == NATIVE_ARCH


@cache
def triton_backend() -> str:
    """The backend that Triton compiles for: "hip" or "cuda"; "hip" where it has none, as the interpreter needs none."""
    try:
        return str(driver.active.get_current_target().backend)
    except RuntimeError:
        return "hip"
