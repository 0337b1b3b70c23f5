"""Does every one of the 2^32 FP32 patterns get the right E4M3 code?

The expectation is independent of the encoder: RNE is monotone, so each code owns one run of consecutive FP32
magnitudes, and where the run of code c + 1 begins follows from comparing fractions with the midpoint of both
codes' values. A range of patterns is then filled run by run; nothing is rounded.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from reference.codec import F32, U8, float_to_e4m3
from reference.formats import E4M3, FP32
from reference.scalar import decode

PATTERNS = 1 << 32
_SIGN = 1 << 31


def _first_above(midpoint: Fraction, tie_goes_up: bool) -> int:
    """Least FP32 magnitude pattern whose value is above the midpoint (or at it, if ties go up), by bisection."""
    low, high = 0, FP32.infinity_code
    while low < high:
        pattern = (low + high) // 2
        value = decode(FP32, pattern)
        above = not isinstance(value, Fraction) or value > midpoint or (tie_goes_up and value == midpoint)
        low, high = (low, pattern) if above else (pattern + 1, high)
    return low


def _run_starts() -> list[tuple[int, int]]:
    """(first pattern, code) of each run of positive patterns: the finite codes, then NaN; infinity saturates."""
    starts = [(0, 0)]
    for code in range(1, E4M3.max_code + 1):
        below, above = decode(E4M3, code - 1), decode(E4M3, code)
        if not isinstance(below, Fraction) or not isinstance(above, Fraction):
            raise ValueError(f"code {code:#x}: has no finite value, needs one")
        starts.append((_first_above((below + above) / 2, tie_goes_up=code % 2 == 0), code))
    starts.append((FP32.infinity_code + 1, E4M3.nan_code))
    return starts


RUNS = _run_starts()


def expected_codes(start: int, stop: int) -> U8:
    """E4M3 codes of the FP32 patterns start .. stop - 1. ValueError unless 0 <= start <= stop <= 2^32."""
    if not 0 <= start <= stop <= PATTERNS:
        raise ValueError(f"start, stop: have {start}, {stop}, need 0 <= start <= stop <= 2**32")
    codes = np.empty(stop - start, np.uint8)
    for sign in (0, 1):
        for i, (first, code) in enumerate(RUNS):
            last = RUNS[i + 1][0] if i + 1 < len(RUNS) else _SIGN
            low, high = (max(min(x + sign * _SIGN, stop), start) - start for x in (first, last))
            codes[low:high] = code | (0x80 if sign else 0)
    return codes


def expected_of(found: NDArray[np.uint32]) -> U8:
    """E4M3 codes of these FP32 patterns, in any order."""
    firsts, codes = np.array(RUNS, np.int64).T
    run = np.searchsorted(firsts, found & (_SIGN - 1), side="right") - 1
    return (codes[run] | ((found >> 31) << 7)).astype(np.uint8)


def patterns(start: int, stop: int) -> F32:
    """The FP32 values with the bit patterns start .. stop - 1."""
    return np.arange(start, stop, dtype=np.uint64).astype(np.uint32).view(np.float32)


@dataclass(frozen=True)
class Swept:
    """One chunk [start, stop) swept: mismatches found in it, and up to eight of the patterns."""

    start: int
    stop: int
    mismatches: int
    examples: tuple[int, ...]


def check_fp32_to_e4m3(
    start: int = 0,
    stop: int = PATTERNS,
    *,
    chunk: int = 1 << 24,
    encode: Callable[[F32], NDArray[np.uint8]] = float_to_e4m3,
    nan_sign: bool = True,
) -> Iterator[Swept]:
    """Put the patterns start .. stop - 1 through ``encode``, chunk by chunk (FMT-08); shards are disjoint ranges.

    nan_sign False accepts either NaN code for a NaN, since the standard gives a NaN's sign no meaning.
    ValueError when the range or the chunk is not positive or out of range.
    """
    if chunk <= 0:
        raise ValueError(f"chunk: has {chunk}, needs a positive number")
    for first in range(start, stop, chunk):
        last = min(first + chunk, stop)
        wanted, got = expected_codes(first, last), encode(patterns(first, last))
        wrong = wanted != got
        if not nan_sign:
            wrong &= ((wanted & 0x7F) != E4M3.nan_code) | ((got & 0x7F) != E4M3.nan_code)
        found = np.flatnonzero(wrong)
        yield Swept(first, last, int(found.size), tuple(int(first + i) for i in found[:8]))
