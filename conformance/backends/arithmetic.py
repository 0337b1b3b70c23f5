"""What does an ideal device compute? Dot products and fused multiply-adds with one rounding, in numpy.

A dot product is summed in float64 together with its accumulator and rounded once. Products of BF16, FP16 and
FP8 values, and of MX blocks with their scales, are exact in float64 (at most 48 significant bits, exponents
far inside its range).
"""

import numpy as np

from conformance.backends.conversions import FP8_TO_FP64, narrow, widen

# Byte b stands for 2^(b-127), byte 0 included; 255 is NaN (OCP MX v1.0, section 5.4.1).
_ONE_THREAD = 1 << 18
_E8M0_TO_FP64 = np.append(np.ldexp(1.0, np.arange(255) - 127), np.nan)


def operand_fp64(data: np.ndarray, name: str) -> np.ndarray:
    """A dot operand's values as float64; ``name`` is Triton's name of its type. Exact."""
    table = FP8_TO_FP64.get(name)
    if table is not None:
        return np.asarray(table.take(data))
    return widen(data, name).astype(np.float64, copy=False)


def apply_block_scales(values: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """float64 values [..., M, K] times E8M0 bytes [..., M, K / block], the block deduced from the shapes. Exact."""
    blocks = scales.shape[-1]
    if values.shape[:-1] != scales.shape[:-1] or values.shape[-1] % blocks:
        raise ValueError(f"scale: has shape {scales.shape}, which does not divide the operand's {values.shape}")
    factors = _E8M0_TO_FP64.take(scales.view(np.uint8))
    blocked = values.reshape(*scales.shape, values.shape[-1] // blocks)
    return np.asarray((blocked * factors[..., None]).reshape(values.shape))


def dot(a: np.ndarray, b: np.ndarray, accumulator: np.ndarray, dtype_name: str) -> np.ndarray:
    """accumulator [..., M, N] + float64 a [..., M, K] @ b [..., K, N], rounded once to the named type."""
    with np.errstate(all="ignore"):
        total = _product(a, b)
        total += widen(accumulator, dtype_name)
        return narrow(total, dtype_name)


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a [..., M, K] @ b [..., K, N] in strips of rows that OpenBLAS computes in one thread.

    Above 2^18 multiplications it starts threads, which cost several times the product where test workers
    already occupy the cores, and leaves the split of the work, so the order of sums, to the machine.
    """
    rows, (inner, columns) = a.shape[-2], b.shape[-2:]
    strip = max(1, _ONE_THREAD // (inner * columns))
    if strip >= rows:
        return np.asarray(np.matmul(a, b))
    return np.concatenate([np.matmul(a[..., i : i + strip, :], b) for i in range(0, rows, strip)], axis=-2)


def fma_to_odd(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """x * y + z for float32 values as float64, last bit set where inexact: rounding it once more is a correct FMA.

    The product is exact in float64; the addition's error is recovered exactly (Knuth's two-sum) and decides
    the last bit.
    """
    product = x.astype(np.float64) * y
    addend = np.asarray(z, dtype=np.float64)
    total = product + addend
    part = total - product
    error = (product - (total - part)) + (addend - part)
    bits = np.atleast_1d(total).view(np.int64)
    inexact = np.isfinite(total) & (error != 0)
    toward_zero = inexact & (np.signbit(error) != np.signbit(total))
    bits -= toward_zero.reshape(bits.shape)
    bits |= inexact.reshape(bits.shape)
    return bits.view(np.float64).reshape(total.shape)


def fma(x: np.ndarray, y: np.ndarray, z: np.ndarray, dtype_name: str) -> np.ndarray:
    """x * y + z rounded once to the named type, for operands of that type (fp32, fp16, bf16)."""
    with np.errstate(all="ignore"):
        exact_enough = fma_to_odd(*(widen(operand, dtype_name) for operand in (x, y, z)))
        return narrow(exact_enough, dtype_name)
