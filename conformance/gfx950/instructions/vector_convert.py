"""What do the vector unit's conversions compute? Between integers, FP64, FP32, FP16, BF16, FP8, BF8 and FP4.

Roundings are to nearest even unless a line says otherwise. Sources: AMD CDNA3/CDNA4 ISA; the scaled conversions
divide (to a small format) or multiply (from one) by the power of two in the exponent field of the scale operand.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.gfx950.instructions import float8, floats
from conformance.gfx950.instructions.float8 import BF8, FP4, FP8, Small
from conformance.gfx950.instructions.floats import Array
from conformance.gfx950.instructions.operations import Op
from conformance.gfx950.instructions.vector_bits import insert

SMALL = {"fp8": FP8, "bf8": BF8}


def _bit(op_sel: Sequence[int], position: int) -> int:
    """One bit of op_sel, whose printed form leaves out trailing operands."""
    return int(op_sel[position]) if position < len(op_sel) else 0


def _packed(convert: Callable[..., Array]) -> Callable[..., Array]:
    """Two numbers converted into one register."""
    return lambda a, b, **modes: floats.pack_halves(convert(a, **modes), convert(b, **modes))


def _pack_bf16(low: Array, high: Array) -> Array:
    return (floats.bfloat16_bits(low) >> np.uint32(16)) | floats.bfloat16_bits(high)


def _saturating_f16(x: Array, mode: int = 0) -> Array:
    result = floats.convert(x, np.float16)
    return floats.saturate_float16(result, x) if mode & floats.FP16_OVERFLOW else result


def _normalized(target: Any) -> Callable[[Array], Array]:
    """[-1, 1] or [0, 1] to the integer type's range, to nearest even; beyond it saturated, NaN 0."""
    largest = np.iinfo(target).max
    return lambda x: floats.to_integer(np.rint(np.clip(x.astype(np.float64), -1, 1) * largest), target)


# --- to FP8 and BF8 ---------------------------------------------------------------------------------


def _encode_pair(to: Small) -> Callable[..., Array]:
    """Two codes into the half of the destination that the last bit of op_sel names."""

    def run(a: Array, b: Array, old: Array, op_sel: Sequence[int] = (), mode: int = 0) -> Array:
        return _put_pair(to, a, b, old, _bit(op_sel, len(op_sel) - 1) if op_sel else 0, mode)

    return run


def _put_pair(to: Small, a: Array, b: Array, old: Array, high: int, mode: int) -> Array:
    low_code, high_code = (float8.encode(x, to, bool(mode & floats.FP16_OVERFLOW)) for x in (a, b))
    return insert(old, low_code | (high_code << np.uint32(8)), 16 * high, 16)


def _put_byte(a: Array, b: Array, old: Array, byte: int) -> Array:
    """Two FP4 codes, which saturate: the format has no infinity, and no NaN, for which it takes its largest number."""
    low_code, high_code = (float8.encode(x, FP4, True) for x in (a, b))
    return insert(old, low_code | (high_code << np.uint32(4)), 8 * byte, 8)


def _encode_scaled(to: Small, unpack: Callable[[Array], tuple[Array, Array]] | None) -> Callable[..., Array]:
    """Likewise, of sources divided by a scale; `unpack` takes both from one register, None is two FP32 operands."""

    def run(*operands: Array, op_sel: Sequence[int] = (), mode: int = 0) -> Array:
        *sources, scale, old = operands
        a, b = unpack(sources[0]) if unpack else sources
        factor = float8.scale_down(scale)
        if (factor != 1).any():
            a, b = a * factor, b * factor
        if to is FP4:
            return _put_byte(a, b, old, _byte(op_sel[2:]))
        return _put_pair(to, a, b, old, _bit(op_sel, len(operands) - 1), mode)  # behind the sources' bits

    return run


# --- from FP8, BF8 and FP4 ----------------------------------------------------------------------------


def _pair_scaled(of: Small, writes: str, pack: Callable[[Array, Array], Array]) -> Op:
    """Both values of a half of x (FP4: of a byte), which op_sel names."""

    def run(x: Array, scale: Array, op_sel: Sequence[int] = ()) -> Array:
        first, width = (8 * _byte(op_sel), 4) if of is FP4 else (16 * _bit(op_sel, 0), 8)
        codes = x >> np.uint32(first), x >> np.uint32(first + width)
        low, high = (float8.decode(code, of) * float8.scale_up(scale) for code in codes)
        return pack(low, high)

    return Op(writes, "u32 u32", run, modifiers=("op_sel",))


def _one_scaled(of: Small) -> Callable[..., Array]:
    def run(x: Array, scale: Array, op_sel: Sequence[int] = ()) -> Array:
        return float8.decode(x >> np.uint32(8 * _byte(op_sel)), of) * float8.scale_up(scale)

    return run


def _half_scaled(of: Small) -> Callable[..., Array]:
    """The FP16 number into the half that the last bit of op_sel names."""
    one = _one_scaled(of)

    def run(x: Array, scale: Array, old: Array, op_sel: Sequence[int] = (), mode: int = 0) -> Array:
        half = one(x, scale, op_sel).astype(np.float16)
        return insert(old, half.view(np.uint16).astype(np.uint32), 16 * _bit(op_sel, 2), 16)

    return run


def _byte(op_sel: Sequence[int]) -> int:
    return _bit(op_sel, 0) + 2 * _bit(op_sel, 1)


def _stack(low: Array, high: Array) -> Array:
    return np.stack(np.broadcast_arrays(low, high))


def _pack_f16(low: Array, high: Array) -> Array:
    return floats.pack_halves(low.astype(np.float16), high.astype(np.float16))


CONVERT: dict[str, Op] = {
    # FP32 and integers
    "v_cvt_f32_i32": Op("f32", "i32", lambda x: x.astype(np.float32)),
    "v_cvt_f32_u32": Op("f32", "u32", lambda x: x.astype(np.float32)),
    "v_cvt_i32_f32": Op("i32", "f32", lambda x: floats.to_integer(x, np.int32)),
    "v_cvt_u32_f32": Op("u32", "f32", lambda x: floats.to_integer(x, np.uint32)),
    "v_cvt_flr_i32_f32": Op("i32", "f32", lambda x: floats.to_integer(np.floor(x), np.int32)),
    "v_cvt_rpi_i32_f32": Op("i32", "f32", lambda x: floats.to_integer(np.floor(x + np.float32(0.5)), np.int32)),
    "v_cvt_f32_ubyte0": Op("f32", "u32", lambda x: (x & 0xFF).astype(np.float32)),
    "v_cvt_f32_ubyte1": Op("f32", "u32", lambda x: ((x >> 8) & 0xFF).astype(np.float32)),
    "v_cvt_f32_ubyte2": Op("f32", "u32", lambda x: ((x >> 16) & 0xFF).astype(np.float32)),
    "v_cvt_f32_ubyte3": Op("f32", "u32", lambda x: (x >> 24).astype(np.float32)),
    # FP64
    "v_cvt_f64_i32": Op("f64", "i32", lambda x: x.astype(np.float64)),
    "v_cvt_f64_u32": Op("f64", "u32", lambda x: x.astype(np.float64)),
    "v_cvt_i32_f64": Op("i32", "f64", lambda x: floats.to_integer(x, np.int32)),
    "v_cvt_u32_f64": Op("u32", "f64", lambda x: floats.to_integer(x, np.uint32)),
    "v_cvt_f64_f32": Op("f64", "f32", lambda x: floats.convert(x, np.float64)),
    "v_cvt_f32_f64": Op("f32", "f64", lambda x: floats.convert(x, np.float32)),
    # FP16 and BF16
    "v_cvt_f32_f16": Op("f32", "f16", lambda x: floats.convert(x, np.float32)),
    "v_cvt_f16_f32": Op("f16", "f32", _saturating_f16, modifiers=("mode",)),
    "v_cvt_pkrtz_f16_f32": Op("u32", "f32 f32", _packed(floats.float16_toward_zero)),
    "v_cvt_pk_f16_f32": Op("u32", "f32 f32", _packed(_saturating_f16), modifiers=("mode",)),
    "v_cvt_pk_bf16_f32": Op("u32", "f32 f32", _pack_bf16),
    "v_cvt_f32_bf16": Op("f32", "u16", floats.bfloat16_value),
    "v_cvt_f16_u16": Op("f16", "u16", lambda x: x.astype(np.float16)),
    "v_cvt_f16_i16": Op("f16", "i16", lambda x: x.astype(np.float16)),
    "v_cvt_u16_f16": Op("u16", "f16", lambda x: floats.to_integer(x, np.uint16)),
    "v_cvt_i16_f16": Op("i16", "f16", lambda x: floats.to_integer(x, np.int16)),
    # Normalized integers
    "v_cvt_norm_i16_f16": Op("i16", "f16", _normalized(np.int16)),
    "v_cvt_norm_u16_f16": Op("u16", "f16", _normalized(np.uint16)),
    "v_cvt_pknorm_i16_f32": Op("u32", "f32 f32", _packed(_normalized(np.int16))),
    "v_cvt_pknorm_u16_f32": Op("u32", "f32 f32", _packed(_normalized(np.uint16))),
}


def _into(reads: str, compute: Callable[..., Array]) -> Op:
    """Writes a part of the destination, chosen by op_sel, and keeps the rest."""
    return Op("u32", reads, compute, accumulates=True, modifiers=("op_sel", "mode"))


for _name, _small in SMALL.items():
    CONVERT |= {
        f"v_cvt_f32_{_name}": Op("f32", "u32", lambda x, s=_small: float8.decode(x, s)),
        f"v_cvt_pk_f32_{_name}": Op("pk_f32", "u32", lambda x, s=_small: float8.decode(np.stack([x, x >> 8]), s)),
        f"v_cvt_pk_{_name}_f32": _into("f32 f32", _encode_pair(_small)),
        f"v_cvt_scalef32_f32_{_name}": Op("f32", "u32 u32", _one_scaled(_small), modifiers=("op_sel",)),
        f"v_cvt_scalef32_f16_{_name}": _into("u32 u32", _half_scaled(_small)),
    }
for _name, _small in (*SMALL.items(), ("fp4", FP4)):
    CONVERT |= {
        f"v_cvt_scalef32_pk_{_name}_f32": _into("f32 f32 u32", _encode_scaled(_small, None)),
        f"v_cvt_scalef32_pk_{_name}_f16": _into("u32 u32", _encode_scaled(_small, floats.halves_f16)),
        f"v_cvt_scalef32_pk_{_name}_bf16": _into("u32 u32", _encode_scaled(_small, floats.halves_bf16)),
        f"v_cvt_scalef32_pk_f32_{_name}": _pair_scaled(_small, "pk_f32", _stack),
        f"v_cvt_scalef32_pk_f16_{_name}": _pair_scaled(_small, "u32", _pack_f16),
        f"v_cvt_scalef32_pk_bf16_{_name}": _pair_scaled(_small, "u32", _pack_bf16),
    }

# NaNs are converted, not made: none needs to be settled by the operands.
CONVERT = {name: replace(op, exact_nan=True) for name, op in CONVERT.items()}
