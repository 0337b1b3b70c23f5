"""What do the vector unit's floating-point instructions compute, conversions and approximations apart?

One line per mnemonic, as the AMD CDNA3/CDNA4 ISA documents define it. Operands stand in assembly order.
"""

from collections.abc import Callable

import numpy as np

from conformance.gfx950.instructions import floats
from conformance.gfx950.instructions.floats import LAYOUTS, Array
from conformance.gfx950.instructions.fma import fma, fma32, fma_scaled
from conformance.gfx950.instructions.operations import Op


def _legacy_multiply(a: Array, b: Array) -> Array:
    """Zero times anything is +0."""
    return np.where((a == 0) | (b == 0), np.float32(0), a * b)


def _of_three(function: Callable[[Array, Array], Array]) -> Callable[[Array, Array, Array], Array]:
    return lambda a, b, c: function(function(a, b), c)


def _fma_pairs(a: Array, b: Array, c: Array) -> Array:
    """Half by half: temporaries twice as large leave the caches."""
    return np.stack([fma(*halves) for halves in zip(a, b, c, strict=True)])


# Division: a scaled denominator and numerator, an approximate reciprocal refined by FMAs, a quotient scaled back
# and fixed up. AMD's published pseudocode cannot give quotients: it scales a huge denominator up, every quotient back
# by 2**32, and looks for an overflow in the denominator's exponent. What scales is as ROCm's rocjitsu (division.h in
# github.com/ROCm/rocm-systems) has measured it on RDNA: exponent fields alone decide.


def _exponent(x: Array) -> Array:
    """int32: the biased exponent field."""
    layout = LAYOUTS[x.dtype]
    return ((x.view(layout.bits) & layout.bits(layout.infinity)) >> np.finfo(x.dtype).nmant).astype(np.int32)


# Per type: scaling step; distance of exponents, and exponent of a numerator, at which it begins.
_DIVISION = {np.dtype(np.float32): (64, 96, 24), np.dtype(np.float64): (128, 768, 53)}


def _div_scale(x: Array, denominator: Array, numerator: Array) -> tuple[Array, Array]:
    """x (the denominator or the numerator), scaled so that no step of their division over- or underflows.

    The mask says where v_div_fmas has to scale the quotient back.
    """
    step, far, tiny = _DIVISION[x.dtype]
    bias = np.finfo(x.dtype).maxexp - 1
    ed, en = _exponent(denominator), _exponent(numerator)
    if all(np.abs(e - bias).max() < far // 2 for e in (ed, en)):
        return x, np.zeros(np.broadcast_shapes(ed.shape, en.shape), bool)
    layout = LAYOUTS[x.dtype]
    is_d = x.view(layout.bits) == denominator.view(layout.bits)
    large, small = en - ed >= far, ed - en >= far  # the quotient
    cases = (
        (large, step * is_d),
        (ed == 0, step),
        (ed >= 2 * bias - 1, np.where(small & ~is_d, 0, -step)),
        (small, step * ~is_d),
        (en <= tiny, step),
    )
    shift = np.select([c for c, _ in cases], [np.broadcast_to(s, large.shape) for _, s in cases], 0)
    scaled = np.where(np.isfinite(x), floats.ldexp(x, shift.astype(np.int32)), floats.quieted(x))
    zero = (denominator == 0) | (numerator == 0)
    return np.where(zero, layout.bits(layout.nan).view(x.dtype), scaled), large | small


def _div_fmas(a: Array, b: Array, c: Array, scaled: Array) -> Array:
    """a * b + c; where v_div_scale said so, scaled back: a quotient above 1 was scaled down, another one up."""
    if not scaled.any():
        return fma(a, b, c)
    step = _DIVISION[a.dtype][0]
    back = np.where(_exponent(c) >= np.finfo(a.dtype).maxexp, step, -step)
    return fma_scaled(a, b, c, np.where(scaled, back, 0).astype(np.int32))


def _div_fixup(quotient: Array, denominator: Array, numerator: Array) -> Array:
    """The quotient with its sign, or what IEEE 754 says where an operand is zero, infinite or NaN."""
    layout = LAYOUTS[quotient.dtype]
    uint = layout.bits
    d, n = denominator.view(uint), numerator.view(uint)
    sign = (d ^ n) & uint(layout.sign)
    d, n = d & uint(layout.sign - 1), n & uint(layout.sign - 1)
    result = (quotient.view(uint) & uint(layout.sign - 1)) | sign
    with_zero, infinite = (n == 0) | (d == 0), (n >= layout.infinity) | (d >= layout.infinity)
    if quotient.dtype != np.float16:
        lowest = -(150 if quotient.dtype == np.float32 else 1075)
        overflow = (quotient.view(uint) & uint(layout.infinity)) == layout.infinity
        result = np.where(overflow, sign | uint(layout.infinity), result)
        result = np.where(_exponent(numerator) - _exponent(denominator) < lowest, sign, result)
    if with_zero.any() or infinite.any():
        result = np.where((d == layout.infinity) | (n == 0), sign, result)
        result = np.where((d == 0) | (n == layout.infinity), sign | uint(layout.infinity), result)
        invalid = (d == n) & ((d == 0) | (d == layout.infinity))
        result = np.where(invalid, uint(layout.nan), result)
        result = np.where(d > layout.infinity, denominator.view(uint) | uint(layout.quiet), result)
        result = np.where(n > layout.infinity, numerator.view(uint) | uint(layout.quiet), result)
    return result.view(quotient.dtype)


# Dot products: each product is exact in FP32, each sum is rounded. AMD publishes no more than the order.


def _dot2(halves: Callable[[Array], tuple[Array, Array]], addend_first: bool) -> Callable[..., Array]:
    def compute(a: Array, b: Array, c: Array) -> Array:
        (a_low, a_high), (b_low, b_high) = halves(a), halves(b)
        low, high = a_low * b_low, a_high * b_high
        return (c + low) + high if addend_first else (low + high) + c

    return compute


def _halves_f16(x: Array) -> tuple[Array, Array]:
    return x[0].astype(np.float32), x[1].astype(np.float32)


# v_fma_mix: operands of either width; results in FP32, or as a half of the destination, whose other half is kept.
# That half is rounded twice, to FP32 and to FP16 (AMD CDNA4 ISA; LLVM's patterns for fptrunc stand on the same).


def _mixed_half(a: Array, b: Array, c: Array, mode: int) -> Array:
    """uint32: the bits of an FP16 result."""
    half = fma32(a, b, c).astype(np.float16)
    if mode & floats.FP16_OVERFLOW:
        half = floats.saturate_float16(half, a, b, c)
    return half.view(np.uint16).astype(np.uint32)


def _mix_low(a: Array, b: Array, c: Array, old: Array, mode: int = 0) -> Array:
    return (old & np.uint32(0xFFFF0000)) | _mixed_half(a, b, c, mode)


def _mix_high(a: Array, b: Array, c: Array, old: Array, mode: int = 0) -> Array:
    return (old & np.uint32(0x0000FFFF)) | (_mixed_half(a, b, c, mode) << np.uint32(16))


FLOAT: dict[str, Op] = {
    "v_mul_legacy_f32": Op("f32", "f32 f32", _legacy_multiply),
    "v_fmaak_f32": Op("f32", "f32 f32 f32", fma),
    "v_fmamk_f32": Op("f32", "f32 f32 f32", fma),
    "v_pk_add_f32": Op("pk_f32", "pk_f32 pk_f32", np.add),
    "v_pk_mul_f32": Op("pk_f32", "pk_f32 pk_f32", np.multiply),
    "v_pk_fma_f32": Op("pk_f32", "pk_f32 pk_f32 pk_f32", _fma_pairs),
    "v_pk_add_f16": Op("pk_f16", "pk_f16 pk_f16", np.add),
    "v_pk_mul_f16": Op("pk_f16", "pk_f16 pk_f16", np.multiply),
    "v_pk_fma_f16": Op("pk_f16", "pk_f16 pk_f16 pk_f16", fma),
    "v_pk_fmac_f16": Op("pk_f16", "pk_f16 pk_f16", fma, accumulates=True),
    "v_pk_min_f16": Op("pk_f16", "pk_f16 pk_f16", floats.minimum_number, exact_nan=True),
    "v_pk_max_f16": Op("pk_f16", "pk_f16 pk_f16", floats.maximum_number, exact_nan=True),
    "v_pk_minimum3_f16": Op("pk_f16", "pk_f16 pk_f16 pk_f16", _of_three(floats.minimum_nan), exact_nan=True),
    "v_pk_maximum3_f16": Op("pk_f16", "pk_f16 pk_f16 pk_f16", _of_three(floats.maximum_nan), exact_nan=True),
    "v_minimum3_f32": Op("f32", "f32 f32 f32", _of_three(floats.minimum_nan), exact_nan=True),
    "v_maximum3_f32": Op("f32", "f32 f32 f32", _of_three(floats.maximum_nan), exact_nan=True),
    "v_div_scale_f32": Op("f32 mask", "f32 f32 f32", _div_scale, exact_nan=True),
    "v_div_scale_f64": Op("f64 mask", "f64 f64 f64", _div_scale, exact_nan=True),
    "v_div_fmas_f32": Op("f32", "f32 f32 f32 vcc", _div_fmas),
    "v_div_fmas_f64": Op("f64", "f64 f64 f64 vcc", _div_fmas),
    "v_dot2_f32_f16": Op("f32", "pk_f16 pk_f16 f32", _dot2(_halves_f16, addend_first=True)),
    "v_dot2c_f32_f16": Op("f32", "pk_f16 pk_f16", _dot2(_halves_f16, addend_first=True), accumulates=True),
    "v_dot2_f32_bf16": Op("f32", "u32 u32 f32", _dot2(floats.halves_bf16, addend_first=False)),
    "v_dot2c_f32_bf16": Op("f32", "u32 u32", _dot2(floats.halves_bf16, addend_first=True), accumulates=True),
    "v_fma_mix_f32": Op("f32", "mix mix mix", fma),
    "v_fma_mixlo_f16": Op("u32", "mix mix mix", _mix_low, accumulates=True, modifiers=("mode",)),
    "v_fma_mixhi_f16": Op("u32", "mix mix mix", _mix_high, accumulates=True, modifiers=("mode",)),
}

for _type in ("f16", "f32", "f64"):
    _one, _two, _three = _type, f"{_type} {_type}", f"{_type} {_type} {_type}"
    FLOAT |= {
        f"v_add_{_type}": Op(_one, _two, np.add),
        f"v_mul_{_type}": Op(_one, _two, np.multiply),
        f"v_fma_{_type}": Op(_one, _three, fma),
        f"v_fmac_{_type}": Op(_one, _two, fma, accumulates=True),
        f"v_min_{_type}": Op(_one, _two, floats.minimum_number, exact_nan=True),
        f"v_max_{_type}": Op(_one, _two, floats.maximum_number, exact_nan=True),
        f"v_div_fixup_{_type}": Op(_one, _three, _div_fixup, exact_nan=True),
        f"v_floor_{_type}": Op(_one, _one, np.floor),
        f"v_ceil_{_type}": Op(_one, _one, np.ceil),
        f"v_trunc_{_type}": Op(_one, _one, np.trunc),
        f"v_rndne_{_type}": Op(_one, _one, np.rint),
        f"v_fract_{_type}": Op(_one, _one, floats.fract),
        f"v_ldexp_{_type}": Op(_one, f"{_type} {'i16' if _type == 'f16' else 'i32'}", floats.ldexp),
        f"v_frexp_mant_{_type}": Op(_one, _one, floats.frexp_mantissa),
    }
for _type in ("f16", "f32"):
    _one, _two, _three = _type, f"{_type} {_type}", f"{_type} {_type} {_type}"
    FLOAT |= {
        f"v_sub_{_type}": Op(_one, _two, np.subtract),
        f"v_subrev_{_type}": Op(_one, _two, lambda a, b: b - a),
        f"v_min3_{_type}": Op(_one, _three, _of_three(floats.minimum_number), exact_nan=True),
        f"v_max3_{_type}": Op(_one, _three, _of_three(floats.maximum_number), exact_nan=True),
        f"v_med3_{_type}": Op(_one, _three, floats.median, exact_nan=True),
    }
FLOAT |= {
    "v_frexp_exp_i16_f16": Op("i16", "f16", lambda x: floats.frexp_exponent(x).astype(np.int16)),
    "v_frexp_exp_i32_f32": Op("i32", "f32", floats.frexp_exponent),
    "v_frexp_exp_i32_f64": Op("i32", "f64", floats.frexp_exponent),
}
del FLOAT["v_fmac_f16"]  # not on CDNA
