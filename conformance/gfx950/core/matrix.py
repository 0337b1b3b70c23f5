"""How is the core asked for a matrix instruction? Registers by address, as mfma.h has them."""

import ctypes
import functools
from collections.abc import Callable

import numpy as np

from conformance.gfx950.core import build
from conformance.gfx950.instructions.matrix import Product, Scales
from conformance.gfx950.settings import SUM_MODELS

Array = np.ndarray
FORMATS = ("fp8", "bf8", "fp4", "f16", "bf16", "f32")  # as mfma.c numbers them


class Plane(ctypes.Structure):
    _fields_ = (("at", ctypes.c_void_p), *((name, ctypes.c_int64) for name in ("per_register", "per_wave", "per_lane")))


class Multiplication(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int32) for name in ("size", "depth", "a_format", "b_format", "blocked", "model")),
        *((name, Plane) for name in ("a", "b", "c", "d", "a_scale", "b_scale")),
    )


def able(product: Product) -> bool:
    """Whether the core computes it: one matrix, FP32 accumulated."""
    return product.matrices == 1 and product.a_format in FORMATS


def run(product: Product, a: Array, b: Array, c: Array, scales: Scales, model: str, into: Array) -> None:
    """D as Product.run has it, in ``into`` ([n, W, 64] of 32 bits), which may lie on A, B or C; the core is there."""
    product.check_registers(a, product.a_format)
    product.check_registers(b, product.b_format)
    waves = into.shape[1]
    a, b = (x if x.shape[1] == waves else np.array(np.broadcast_to(x, (len(x), waves, 64))) for x in (a, b))
    formats = (FORMATS.index(product.a_format), FORMATS.index(product.b_format))
    asked = Multiplication(product.size, product.depth, *formats, product.blocked, SUM_MODELS.index(model))
    asked.a, asked.b, asked.c, asked.d = map(_plane, (a, b, c, into))
    if scales is not None:
        asked.a_scale, asked.b_scale = (_plane(scale[None]) for scale in scales)
    _mfma()(ctypes.byref(asked), ctypes.c_int64(waves))


@functools.cache
def _mfma() -> Callable[..., None]:
    library = build.load().library
    if library is None:
        raise RuntimeError(build.load().said)
    return library.mfma


def _plane(registers: Array) -> Plane:
    return Plane(registers.ctypes.data, *registers.strides)
