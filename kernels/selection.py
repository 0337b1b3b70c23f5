"""Which experts class serves this layer on this device?"""

from kernels import validate
from kernels.arch import has_native_mxfp8
from kernels.experts import Mxfp8EmulationTritonExperts, Mxfp8NativeTritonExperts, Mxfp8TritonExpertsBase


def select_mxfp8_experts(hidden_size: int, intermediate_size: int, *, arch: str | None) -> type[Mxfp8TritonExpertsBase]:
    """The native class on gfx950 when the sizes allow it, else the emulation.

    hidden_size: H, intermediate_size: I, both in elements; arch: the ROCm architecture name as
    kernels.arch.current_arch() gives it, None for any device that is not a ROCm one.
    Raises ValueError when H or I is not a positive multiple of 32, which neither class can serve.
    """
    for name, size in (("hidden_size", hidden_size), ("intermediate_size", intermediate_size)):
        validate.integer(name, size, 1)
        validate.multiple(name, size, Mxfp8EmulationTritonExperts.SIZE_MULTIPLE)
    if arch is not None and not isinstance(arch, str):
        raise TypeError(f"arch: has {validate.shown(arch)}, needs a string or None")
    native = has_native_mxfp8(arch) and Mxfp8NativeTritonExperts.supports_shape(hidden_size, intermediate_size)
    return Mxfp8NativeTritonExperts if native else Mxfp8EmulationTritonExperts
