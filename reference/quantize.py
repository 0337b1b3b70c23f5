"""Which scale bytes and codes does MXFP8 quantization give to a tensor?

Per 32 elements of the last axis: amax = max |x_i|, e by the scale rule, code_i = RNE_E4M3(x_i / 2^e)
saturated to +-448. Declared policy where the rule leaves freedom: amax ignores NaN; an infinity makes amax
infinite (it counts as 2^128), and saturates to +-448; a NaN becomes 0x7F or 0xFF by its sign.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from reference import cores
from reference.codec import (
    BF16_DTYPE,
    E4M3_OF_ODD16,
    F64,
    U8,
    AnyArray,
    e4m3_to_float64,
    e8m0_to_float64,
    float64_to_bf16,
    float_to_e4m3,
    odd16,
    to_float32,
)
from reference.formats import BLOCK
from reference.scale_rules import scale_byte_of_bits, scale_rule

_CHUNK_BLOCKS = 8192  # 262144 elements: near the L2 cache, and long enough for threads not to wait for each other
_PARALLEL = 1 << 20  # elements from which threads pay
# Bytes for which x * 2^(127 - byte) in FP32 needs no subnormal operand that matters: 2^(127 - byte) is normal, and a
# subnormal x is below half of the smallest code. Outside, the division is done by integers (see ``_divide_exactly``).
_LOWEST_PLAIN, _HIGHEST_PLAIN = 13, 253
_INFINITY = 0x7F800000


def quantize_mxfp8(x: AnyArray, rule: str = "rceil", floor: float = 2.0**-126) -> tuple[U8, U8]:
    """(E4M3 codes uint8 [..., K], E8M0 bytes uint8 [..., K / 32]) of x [..., K], bfloat16, float16 or float32.

    Exact by the rule bit for bit, whatever the processor's subnormal mode; an amax below ``floor`` counts as it.
    TypeError for other dtypes, ValueError when x has no axis, K is not a multiple of 32, the rule is unknown, or the
    floor is no finite number >= 2^-126.
    """
    scale_rule(rule)
    x = np.asarray(x)
    if x.ndim == 0 or x.shape[-1] % BLOCK:
        raise ValueError(f"x: has shape {x.shape}, needs a last axis that is a multiple of {BLOCK}")
    values = np.ascontiguousarray(to_float32(x))
    blocks = values.reshape(-1, BLOCK).view(np.int32)
    codes = np.empty(blocks.shape, np.uint8)
    scales = np.empty(len(blocks), np.uint8)
    starts = range(0, len(blocks), _CHUNK_BLOCKS)

    def work(start: int) -> None:
        part = slice(start, start + _CHUNK_BLOCKS)
        _quantize_chunk(blocks[part], (rule, floor), codes[part], scales[part])

    if blocks.size < _PARALLEL:
        for start in starts:
            work(start)
    else:
        with ThreadPoolExecutor(cores.usable()) as pool:
            for _ in pool.map(work, starts):
                pass
    return codes.reshape(x.shape), scales.reshape(*x.shape[:-1], x.shape[-1] // BLOCK)


def _quantize_chunk(blocks: NDArray[np.int32], by: tuple[str, float], codes: U8, scales: U8) -> None:
    """Bytes by amax, whatever the sign of what has it; elements divided exactly and rounded once (QNT-01, QNT-03).

    Zeros keep their signs (QNT-04), and the largest magnitudes are elements as any other (QNT-08).
    """
    rule, floor = by
    magnitude = blocks & 0x7FFFFFFF
    amax = np.maximum.reduceat(magnitude.reshape(-1), np.arange(0, blocks.size, BLOCK))
    if amax.max() > _INFINITY:  # some NaN: leave it out of amax
        magnitude[magnitude > _INFINITY] = 0
        amax = magnitude.max(axis=1)
    byte = scale_byte_of_bits(amax, scale_rule(rule), floor)
    scales[...] = byte
    factor = ((254 - byte.astype(np.int32)) << 23).view(np.float32)  # 2^(127 - byte); exact for byte <= 253
    with np.errstate(all="ignore"):
        scaled = blocks.view(np.float32) * factor[:, None]
    np.take(E4M3_OF_ODD16, odd16(scaled.view(np.uint32)), out=codes, mode="clip")
    special = (byte < _LOWEST_PLAIN) | (byte > _HIGHEST_PLAIN)
    if special.any():
        codes[special] = float_to_e4m3(_divide_exactly(blocks[special], byte[special]))


def _divide_exactly(blocks: NDArray[np.int32], byte: U8) -> F64:
    """x / 2^(byte - 127) in float64 from the bits of x, so that no FP32 subnormal is ever an operand (QNT-07)."""
    exponent = (blocks >> 23) & 0xFF
    fraction = blocks & 0x7FFFFF
    significand = np.where(exponent > 0, fraction | 0x800000, fraction).astype(np.float64)
    shift = np.maximum(exponent, 1) - 150 - (byte.astype(np.int32)[:, None] - 127)
    value = np.ldexp(significand, shift)
    value = np.where(exponent == 255, np.where(fraction > 0, np.nan, np.inf), value)
    return np.copysign(value, np.where(blocks < 0, -1.0, 1.0))


def dequantize_mxfp8(codes: U8, scales: U8) -> F64:
    """Exact float64 values [..., K] of codes uint8 [..., K] under scales uint8 [..., K / 32]; NaN where either is NaN.

    ValueError when the shapes do not match.
    """
    check_mx("codes", codes, "scales", scales)
    values = e4m3_to_float64(codes).reshape(*scales.shape, BLOCK)
    values *= e8m0_to_float64(scales)[..., None]
    return values.reshape(codes.shape)


def _bf16_table() -> NDArray[np.uint16]:
    code = np.arange(256, dtype=np.uint8)
    with np.errstate(invalid="ignore"):
        values = e8m0_to_float64(code)[:, None] * e4m3_to_float64(code)[None, :]
    return float64_to_bf16(values).view(np.uint16).reshape(-1)


_BF16_OF_SCALE_AND_CODE = _bf16_table()


def dequantize_mxfp8_to_bf16(codes: U8, scales: U8) -> AnyArray:
    """BF16 values [..., K], RNE: exact but below 2^-126 (BF16 subnormals) and above the range (infinity) (FMT-07)."""
    check_mx("codes", codes, "scales", scales)
    index = codes.reshape(*scales.shape, BLOCK) | (scales.astype(np.uint16) << 8)[..., None]
    return _BF16_OF_SCALE_AND_CODE[index].reshape(codes.shape).view(BF16_DTYPE)


def check_mx(codes_name: str, codes: U8, scales_name: str, scales: U8) -> None:
    """TypeError or ValueError unless codes uint8 [..., K] and scales uint8 [..., K / 32] belong together."""
    for name, array in ((codes_name, codes), (scales_name, scales)):
        if not isinstance(array, np.ndarray) or array.dtype != np.uint8:
            raise TypeError(f"{name}: has {getattr(array, 'dtype', type(array).__name__)}, needs a uint8 array")
    if codes.ndim == 0 or codes.shape[-1] % BLOCK:
        raise ValueError(f"{codes_name}: has shape {codes.shape}, needs a last axis that is a multiple of {BLOCK}")
    needed = (*codes.shape[:-1], codes.shape[-1] // BLOCK)
    if scales.shape != needed:
        raise ValueError(f"{scales_name}: has shape {scales.shape}, needs {needed} for {codes_name} {codes.shape}")
