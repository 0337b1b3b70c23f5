"""Which E4M3 codes and E8M0 bytes does a case read? Random, exact, and scales that differ wherever one could
be misread.

The value of a code is worked out here in integers (units of 2^-9), so no input depends on the codec that it
will test.
"""

from fractions import Fraction

import numpy as np

from vectors.data.stream import Shape, Stream, dims

E8M0_NAN = 255


def _units(code: int) -> int:
    """The magnitude of a finite E4M3 code in units of 2^-9, its smallest subnormal."""
    exponent, mantissa = (code >> 3) & 0xF, code & 7
    return mantissa if exponent == 0 else (8 + mantissa) << (exponent - 1)


FINITE_CODES = np.array([code for code in range(256) if code & 0x7F != 0x7F], dtype=np.uint8)


def multiples_table(max_abs: int | Fraction, quantum: int | Fraction = 1) -> np.ndarray:
    """Every finite E4M3 code of a multiple of ``quantum`` with |value| <= max_abs, without -0; uint8."""
    limit, step = Fraction(max_abs) * 512, Fraction(quantum) * 512
    if limit < 0 or step <= 0 or step.denominator != 1:
        raise ValueError(
            f"max_abs, quantum: has {max_abs}, {quantum}, needs max_abs >= 0 and a multiple of 2^-9 above 0"
        )
    positive = [code for code in range(0x7F) if _units(code) <= limit and _units(code) % step == 0]
    return np.array(positive + [code | 0x80 for code in positive if code], dtype=np.uint8)


def codes(stream: Stream, shape: Shape, *, nan: bool = False) -> np.ndarray:
    """Uniform E4M3 codes, uint8 [shape]: all 256 with ``nan``, else the 254 finite ones, both zeros too."""
    return stream.bits(shape, np.uint8) if nan else stream.pick(FINITE_CODES, shape)


def every_code(shape: Shape, *, nan: bool = True) -> np.ndarray:
    """The codes 0, 1, 2, ... (all 256, or the 254 finite ones) repeated in order to fill ``shape``, uint8."""
    return np.resize(np.arange(256, dtype=np.uint8) if nan else FINITE_CODES, dims(shape))


def exact_codes(
    stream: Stream, shape: Shape, max_abs: int | Fraction, *, quantum: int | Fraction = 1, density: float | Fraction = 1
) -> np.ndarray:
    """E4M3 codes of multiples of ``quantum`` with |value| <= max_abs, certain by construction; uint8 [shape].

    Integers by default: all of -16..16, above that those that E4M3 has. Each is drawn uniformly from the
    table; with ``density`` below 1 the rest is +0, which keeps long sums of products exact.
    """
    drawn = stream.pick(multiples_table(max_abs, quantum), shape)
    if density == 1:
        return drawn
    return np.where(stream.booleans(shape, density), drawn, np.uint8(0))


def integer_codes(values: np.ndarray) -> np.ndarray:
    """Integers -> their E4M3 codes, uint8 [shape]; 0 -> +0. Raises ValueError for one E4M3 does not have."""
    table = multiples_table(448)
    lookup = {_units(int(code) & 0x7F) // 512 * (-1 if code & 0x80 else 1): int(code) for code in table}
    found = [lookup.get(int(value), -1) for value in np.ravel(values)]
    if -1 in found:
        raise ValueError(f"values: has {np.ravel(values)[found.index(-1)]}, needs integers that E4M3 represents")
    return np.array(found, dtype=np.uint8).reshape(np.shape(values))


def scale_bytes(stream: Stream, shape: Shape, first: int, last: int) -> np.ndarray:
    """Uniform E8M0 bytes of first..last (both included), uint8 [shape]. 127 is a scale of 1; 255 is NaN."""
    _check_range(first, last)
    return stream.integers(first, last + 1, shape, np.uint8)


def distinct_scale_bytes(stream: Stream, shape: Shape, first: int, last: int) -> np.ndarray:
    """E8M0 bytes of first..last (both included) that differ between neighbours along every axis; uint8
    [shape].

    Each axis has a random cyclic order of the range, and a byte is the sum of its axes' entries modulo the
    range. So any (last - first + 1) consecutive bytes along any one axis are all different: a scale read from
    the wrong row, block or expert is the wrong scale. Raises ValueError for a range of one byte, where
    nothing can differ.
    """
    _check_range(first, last)
    span = last - first + 1
    if span < 2:
        raise ValueError(f"first, last: has {first}, {last}, needs at least two different bytes")
    sizes = dims(shape)
    total = np.zeros(sizes, dtype=np.uint16)
    for axis, size in enumerate(sizes):
        order = np.resize(stream.permutation(span), size).astype(np.uint16)
        total = (total + order.reshape([-1 if i == axis else 1 for i in range(len(sizes))])) % np.uint16(span)
    return (total + np.uint16(first)).astype(np.uint8)


def _check_range(first: int, last: int) -> None:
    if not 0 <= first <= last <= 255:
        raise ValueError(f"first, last: has {first}, {last}, needs 0 <= first <= last <= 255")
