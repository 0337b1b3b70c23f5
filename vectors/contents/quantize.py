"""Which rows decide a quantizer? Blocks at every decision of the scale rule and of the cast, and what is right."""

import ml_dtypes
import numpy as np

from reference.codec import e4m3_to_float64
from reference.quantize import quantize_mxfp8
from vectors import arithmetic, data
from vectors.case import Arrays, Case
from vectors.data import BLOCK, DTYPES, Stream


def expected(case: Case, inputs: Arrays) -> Arrays:
    """The reference's codes and scales, and what a check may hold a kernel to.

    plain: blocks without NaN and infinity; zero_block: blocks of zeros; policy_blocks: (row, block) of equal blocks.
    """
    x = inputs["x"]
    by = arithmetic.of(case.params)
    codes, scales = quantize_mxfp8(x, by.scale_rule, by.amax_floor)
    blocks = x.astype(np.float32).reshape(*x.shape[:-1], x.shape[-1] // BLOCK, BLOCK)
    return {
        "codes": codes,
        "scales": scales,
        "plain": np.isfinite(blocks).all(axis=-1),
        "zero_block": (blocks == 0).all(axis=-1),
        "policy_blocks": np.array(special_places(case), dtype=np.int32).reshape(-1, 2),
    }


def gaussian(case: Case) -> np.ndarray:
    shape = tuple(case.params["shape"])
    x = data.normal(Stream(case.id, "x"), shape, std=2.0, dtype=DTYPES[case.params["dtype"]])
    return data.with_outliers(x, data.outlier_channels(Stream(case.id, "channels"), shape[-1], shape[-1] // 32), 4)


def ones(case: Case) -> np.ndarray:
    return np.ones(case.params["shape"], dtype=DTYPES[case.params["dtype"]])


def _neighbours(values: np.ndarray) -> np.ndarray:
    """Each value with the representable ones below and above it, in its own dtype [n, 3]."""
    bits = values.view(f"i{values.dtype.itemsize}")
    return np.stack([bits - 1, bits, bits + 1], axis=-1).view(values.dtype)


def _blocks_of(case: Case, maxima: np.ndarray) -> np.ndarray:
    """One block per maximum: it stands at a random place with a random sign, the rest is 2^-12 to 1 times as large."""
    n, dtype = len(maxima), maxima.dtype
    fraction = data.log_uniform(Stream(case.id, "fraction"), (n, BLOCK), -12, -1)
    block = data.rounded(maxima.astype(np.float64)[:, None] * fraction.astype(np.float64), dtype.type)
    place = Stream(case.id, "place").integers(0, BLOCK, n)
    sign = Stream(case.id, "sign").signs(n)
    block[np.arange(n), place] = data.rounded(maxima.astype(np.float64) * sign, dtype.type)
    return block.reshape(1, -1)


def scale_edges(case: Case) -> np.ndarray:
    """amax at 448 * 2^k and at 2^k, each with its two neighbours, for every k that the dtype has."""
    dtype = np.dtype(DTYPES[case.params["dtype"]])
    first, last = {"bf16": (-126, 127), "fp32": (-126, 127), "fp16": (-14, 15)}[case.params["dtype"]]
    powers = data.exp2(np.arange(first, last + 1))
    marks = np.concatenate([powers, 1.75 * powers, 1.875 * powers, 1.9375 * powers])
    maxima = _neighbours(data.rounded(marks, dtype.type)).reshape(-1)
    return _blocks_of(case, maxima[np.isfinite(maxima.astype(np.float64)) & (maxima > 0)])


def scale_edges_in_rows(case: Case) -> np.ndarray:
    """The same as rows of a length that kernels are made for."""
    return scale_edges(case).reshape(case.params["shape"])


def ties(case: Case) -> np.ndarray:
    """Every midpoint of neighbouring E4M3 values with its float neighbours, both signs, scaled by 2^e through amax."""
    values = e4m3_to_float64(np.arange(0x7F, dtype=np.uint8))
    midpoints = (values[1:] + values[:-1]) / 2
    rows = []
    for exponent in case.params["exponents"]:
        scaled = data.rounded(midpoints * data.exp2(exponent), DTYPES[case.params["dtype"]])
        tied = _neighbours(scaled).reshape(-1)
        both = np.concatenate([tied, -tied])
        padded = np.resize(both, (-(-both.size // (BLOCK - 1)), BLOCK - 1))
        amax = np.full((len(padded), 1), 448 * float(data.exp2(exponent)[()]))
        rows.append(np.concatenate([data.rounded(amax, DTYPES[case.params["dtype"]]), padded], axis=1))
    return np.concatenate(rows).reshape(1, -1)


def zeros(case: Case) -> np.ndarray:
    """All +0, all -0, mixed signs, and zero blocks beside ordinary ones."""
    dtype = DTYPES[case.params["dtype"]]
    x = data.normal(Stream(case.id, "x"), (5, 4 * BLOCK), dtype=dtype)
    signs = Stream(case.id, "signs").signs((5, 4 * BLOCK))
    signed_zero = data.rounded(np.where(signs < 0, -0.0, 0.0), dtype)
    x[0], x[1], x[2] = 0.0, -0.0, signed_zero[2]
    x[3, BLOCK : 2 * BLOCK] = signed_zero[3, :BLOCK]
    x[4, 1::2] = signed_zero[4, 1::2]
    return x


def tiny(case: Case) -> np.ndarray:
    """amax from the smallest subnormal to 2^-120, about 1e-38 included: the operands are subnormal in FP32."""
    name = case.params["dtype"]
    smallest = {"bf16": -133, "fp32": -149, "fp16": -24}[name]
    maxima = data.exp2(np.arange(smallest, smallest + 30 if name == "fp16" else -119))
    maxima = np.concatenate([maxima, maxima * 1.5, maxima * 1.75, [1e-38, 1e-39, 1e-40] if name != "fp16" else []])
    return _blocks_of(case, data.rounded(maxima, DTYPES[name]))


def huge(case: Case) -> np.ndarray:
    dtype = np.dtype(DTYPES[case.params["dtype"]])
    largest = float(ml_dtypes.finfo(dtype).max)  # type: ignore[no-untyped-call]
    below = np.array([largest], dtype=dtype).view(f"u{dtype.itemsize}") - np.arange(40, dtype=f"u{dtype.itemsize}")
    return _blocks_of(case, below.view(dtype))


def outliers(case: Case) -> np.ndarray:
    """Blocks of ordinary values with one element 2^r times larger, r from 0 to 20: the ratio that a rule must keep."""
    ratios = np.repeat(np.arange(21), 4)
    x = data.log_uniform(Stream(case.id, "x"), (len(ratios), BLOCK), -1, 0)
    place = Stream(case.id, "place").integers(0, BLOCK, len(ratios))
    x[np.arange(len(ratios)), place] *= data.exp2(ratios).astype(np.float32)
    return data.rounded(x.astype(np.float64), DTYPES[case.params["dtype"]]).reshape(1, -1)


def one_sided(case: Case) -> np.ndarray:
    """The extreme is negative (or positive) and the rest are small: a signed maximum is wrong."""
    x = data.log_uniform(Stream(case.id, "x"), (16, BLOCK), -6, -3)
    x[:, 7] = np.where(np.arange(16) % 2, -300.0, 300.0)
    return data.rounded(x.astype(np.float64), DTYPES[case.params["dtype"]]).reshape(2, -1)


def specials(case: Case) -> np.ndarray:
    """One special element (NaN or infinity) in each place of a middle block; then one special block in six places."""
    dtype = DTYPES[case.params["dtype"]]
    special = {"nan": np.nan, "inf": np.inf}[case.params["special"]]
    x = np.tile(data.normal(Stream(case.id, "row"), 3 * BLOCK, dtype=dtype), (2 * BLOCK + 6, 1))
    places = np.arange(2 * BLOCK)
    x[places, BLOCK + places % BLOCK] = np.where(places < BLOCK, special, -special).astype(dtype)
    block = x[0, :BLOCK].copy()
    block[5], block[11] = special, -special
    for row, position in special_places(case):
        x[row, position * BLOCK : (position + 1) * BLOCK] = block
    return x


def special_places(case: Case) -> list[tuple[int, int]]:
    """(row, block) of the equal special blocks."""
    return [(2 * BLOCK + i, i % 3) for i in range(6)] if "special" in case.params else []


def every_bf16(case: Case) -> np.ndarray:
    """All 2^16 BF16 patterns, 32 consecutive ones a block: NaN and infinities are among them."""
    return np.arange(1 << 16, dtype=np.uint16).view(ml_dtypes.bfloat16).reshape(64, -1)


def fp32_sweep(case: Case) -> np.ndarray:
    """A 256th of all FP32 patterns but those of NaN and infinity, each in the block of the same mantissa.

    A block holds 16 consecutive binades of both signs, so every mantissa is rounded to every code that it can become,
    subnormal ones included. ``binades`` (0 to 15) and ``mantissas`` (0 to 15) number the parts.
    """
    p = case.params
    mantissa = np.arange(1 << 19, dtype=np.uint32) + np.uint32(p["mantissas"] << 19)
    exponent = np.arange(16, dtype=np.uint32) + np.uint32(16 * p["binades"])
    positive = mantissa[:, None] | (exponent << np.uint32(23))[None, :]
    positive[:, exponent == 0xFF] = 0  # NaN and infinity, which would leave their whole block open
    return np.concatenate([positive, positive | np.uint32(1 << 31)], axis=1).view(np.float32).reshape(1024, -1)


def fp32_nan_sweep(case: Case) -> np.ndarray:
    """Every NaN pattern of FP32 and both infinities."""
    high = np.arange(1 << 24, dtype=np.uint32)
    return ((high & 0x7FFFFF) | 0x7F800000 | ((high >> 23) << 31)).view(np.float32).reshape(1024, -1)
