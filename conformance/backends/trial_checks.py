"""Does the emulated device run what this Triton compiles? Kernels of many kinds, each against NumPy bit for bit.

Import this only where launches are compiled for the emulated device.
"""

from collections.abc import Callable

import numpy as np
import torch
import triton

from conformance.backends import trial_kernels as kernels
from conformance.backends.differences import Outcome
from conformance.backends.probe_data import scattered_fp32 as scattered
from reference.codec import e4m3_to_float64, e8m0_to_float64
from reference.formats import BLOCK

_COUNT, _PROGRAM = 1000, 256


def masks() -> Outcome:
    rows, columns, stride = 37, 50, 64
    given = np.arange(rows * stride, dtype=np.int32).reshape(rows, stride)
    observed = np.full_like(given, -1)
    grid = triton.cdiv(columns, 32), triton.cdiv(rows, 16)
    kernels.masked_tiles[grid](_tensor(given), _tensor(observed), rows, columns, stride, 16, 32)
    expected = np.where(np.arange(stride) < columns - 1, given, 7)
    expected[:, columns:] = -1
    return _equal(observed, expected)


def integers() -> Outcome:
    a = scattered(_COUNT).view(np.int32)
    b = np.resize(np.array([1, 2, 3, 7, 31, 32, 1000, 65537, 2**31 - 1], np.int32), _COUNT)
    wide, other = a.astype(np.int64), b.astype(np.int64)
    quotient = np.trunc(wide / other).astype(np.int64)  # towards zero, as C and Triton have it
    expected = [
        wide + other,
        wide * other - (wide ^ other),
        quotient,
        wide - quotient * other,
        wide >> (other & 31),
        wide << (other & 31),
        np.where((wide < other) & (wide != 5), np.minimum(wide, -other), np.maximum(a, b + b)),
        (wide * other) >> 32,
        a.astype(np.int8).astype(np.int16) + b.astype(np.int16),
    ]
    observed = np.empty((len(expected), _COUNT), np.int32)
    kernels.integers[(triton.cdiv(_COUNT, _PROGRAM),)](_tensor(a), _tensor(b), _tensor(observed), _COUNT, _PROGRAM)
    return _equal(observed, np.stack([x.astype(np.int32) for x in expected]))


def floats() -> Outcome:
    near_one = (scattered(2 * _COUNT) & np.uint32(0x80FFFFFF)) | np.uint32(0x3F000000)  # 0.5 to 2 of either sign
    a, b = near_one.view(np.float32).reshape(2, _COUNT)
    exact = a.astype(np.float64) * b + a  # 50 digits at most
    expected = [
        a + b,
        exact,
        np.floor(a) - np.abs(b),
        np.maximum(a, np.minimum(b, np.float32(1.5))),
        np.trunc(a) + np.float32(0),  # an integer has no sign of zero
        a.view(np.int32),
    ]
    observed = np.empty((len(expected), _COUNT), np.float32)
    kernels.floats[(triton.cdiv(_COUNT, _PROGRAM),)](_tensor(a), _tensor(b), _tensor(observed), _COUNT, _PROGRAM)
    return _equal(observed.view(np.uint32), np.stack([x.astype(np.float32) for x in expected]).view(np.uint32))


def reductions() -> Outcome:
    size = 64
    given = (scattered(size * size) >> np.uint32(8)).astype(np.int32).reshape(size, size)
    sums, largest, places = np.empty((3, size), np.int32)
    running = np.empty_like(given)
    kernels.reduced[(1,)](*map(_tensor, (given, sums, largest, places, running)), size, num_warps=4)
    expected = [given.sum(0), given.max(1), given.argmax(1), np.cumsum(given.T, 0).ravel()]
    observed = np.concatenate([sums, largest, places, running.ravel()])
    return _equal(observed, np.concatenate(expected).astype(np.int32))


def atomics() -> Outcome:
    bins = 13
    given = (scattered(_COUNT) >> np.uint32(4)).astype(np.int32)
    counts, most = np.zeros((2, bins), np.int32)
    kernels.counted[(triton.cdiv(_COUNT, _PROGRAM),)](*map(_tensor, (given, counts, most)), _COUNT, bins, _PROGRAM)
    of_bin = [given[given % bins == i] for i in range(bins)]
    return _equal(np.concatenate([counts, most]), np.array([*map(len, of_bin), *map(np.max, of_bin)], np.int32))


def branches() -> Outcome:
    given = np.array([1, 2, 3, 6, 7, 27], np.int32)
    observed = np.full_like(given, -1)
    kernels.halvings[(len(given),)](_tensor(given), _tensor(observed))
    return _equal(observed, np.array([0, 1, 7, 8, 16, 111], np.int32))


def products() -> Outcome:
    """Codes and scales of which every sum is exact in FP32, in any order."""
    rows, columns, inner = 64, 128, 512
    codes = np.array([0x00, 0x38, 0x40, 0xC0, 0xB8, 0x44], np.uint8)  # 0, 1, 2, -2, -1, 3
    a, b = (codes[scattered(n * inner) % 6].reshape(n, inner) for n in (rows, columns))
    a_scale, b_scale = (
        (126 + scattered(n * inner // BLOCK) % 3).astype(np.uint8).reshape(n, -1) for n in (rows, columns)
    )
    observed = np.empty((rows, columns), np.float32)
    operands = [x for codes, scale in ((a, a_scale), (b, b_scale)) for x in (_e4m3(codes), _tensor(scale))]
    kernels.scaled_products[(rows // 32, columns // 64)](
        *operands, _tensor(observed), columns, inner, 32, 64, 128, num_warps=4, num_stages=2
    )
    left, right = (
        e4m3_to_float64(codes) * np.repeat(e8m0_to_float64(scale), BLOCK, axis=1)
        for codes, scale in ((a, a_scale), (b, b_scale))
    )
    return _equal(observed.view(np.uint32), (left @ right.T).astype(np.float32).view(np.uint32))


CHECKS: dict[str, Callable[[], Outcome]] = {
    "masked loads and stores": masks,
    "integer arithmetic": integers,
    "FP32 arithmetic": floats,
    "reductions through LDS": reductions,
    "atomics": atomics,
    "branches on data": branches,
    "a pipelined loop of tl.dot_scaled": products,
}


def _tensor(array: np.ndarray) -> torch.Tensor:
    """The array's own memory, so that what a kernel stores is in the array."""
    return torch.from_numpy(array)


def _e4m3(codes: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(codes).view(torch.float8_e4m3fn)


def _equal(observed: np.ndarray, expected: np.ndarray) -> Outcome:
    differs = observed != expected
    if not differs.any():
        return True, f"{differs.size} values agree"
    first = tuple(int(i) for i in np.unravel_index(int(np.argmax(differs)), differs.shape))
    counted = f"{np.count_nonzero(differs)} of {differs.size} values differ"
    return False, f"{counted}; first at {list(first)}: observed {observed[first]}, expected {expected[first]}"
