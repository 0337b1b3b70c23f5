"""Where do two arrays of bit patterns differ, and how is that said in one line?"""

from collections.abc import Callable

import numpy as np

from reference.codec import e4m3_to_float64

Outcome = tuple[bool, str]
"""Whether a claim holds, and one line that says why."""
Given = Callable[[tuple[int, ...]], str]
"""Says what inputs led to the result at an index."""

_SIGN_FREE_AND_LARGEST = {
    "fp32": (0x7FFFFFFF, 0x7F800000),
    "bf16": (0x7FFF, 0x7F80),
    "fp16": (0x7FFF, 0x7C00),
    "e4m3": (0x7F, 0x7E),
}


def is_nan(patterns: np.ndarray, format_name: str) -> np.ndarray:
    """Which patterns (unsigned integers) of ``fp32``, ``bf16``, ``fp16`` or ``e4m3`` are NaN."""
    sign_free, largest = _SIGN_FREE_AND_LARGEST[format_name]
    return np.asarray((patterns & patterns.dtype.type(sign_free)) > largest)


def show(pattern: np.unsignedinteger, format_name: str) -> str:
    """One pattern as hex bits and value: ``0x3F800000 (1)``."""
    if format_name == "e4m3":
        value = e4m3_to_float64(np.array([pattern], dtype=np.uint8))[0]
    elif format_name == "fp16":
        value = np.array([pattern], dtype=np.uint16).view(np.float16)[0]
    else:
        shift = 16 if format_name == "bf16" else 0
        value = np.array([int(pattern) << shift], dtype=np.uint32).view(np.float32)[0]
    return f"0x{int(pattern):0{2 * pattern.itemsize}X} ({value:.9g})"


def given_patterns(format_name: str, **operands: np.ndarray) -> Given:
    """Names each operand with its pattern; the arrays have the results' shape."""
    return lambda index: ", ".join(f"{name} {show(x[index], format_name)}" for name, x in operands.items())


def given_float32(**operands: np.ndarray) -> Given:
    """``given_patterns`` for numbers, shown as FP32."""
    as_patterns = {name: np.asarray(x, dtype=np.float32).view(np.uint32) for name, x in operands.items()}
    return given_patterns("fp32", **as_patterns)


def compare_patterns(observed: np.ndarray, expected: np.ndarray, format_name: str, given: Given) -> Outcome:
    """Whether patterns agree, +0 and -0 told apart, all NaN counted as equal."""
    both_nan = is_nan(observed, format_name) & is_nan(expected, format_name)
    return _outcome((observed != expected) & ~both_nan, observed, expected, format_name, given)


def compare_float32(observed: np.ndarray, expected: np.ndarray, given: Given) -> Outcome:
    """``compare_patterns`` of float32 with float64 rounded to it."""
    nearest = expected.astype(np.float32)
    return compare_patterns(observed.view(np.uint32), nearest.view(np.uint32), "fp32", given)


def compare_within(observed: np.ndarray, expected: np.ndarray, tolerance: np.ndarray, given: Given) -> Outcome:
    """Whether |float32 - float64| <= tolerance (absolute, float64) everywhere."""
    bad = ~(np.abs(observed.astype(np.float64) - expected) <= tolerance)
    nearest = expected.astype(np.float32)
    return _outcome(bad, observed.view(np.uint32), nearest.view(np.uint32), "fp32", given)


def _outcome(bad: np.ndarray, observed: np.ndarray, expected: np.ndarray, format_name: str, given: Given) -> Outcome:
    count = int(np.count_nonzero(bad))
    if count == 0:
        return True, f"{bad.size} values agree"
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(bad)), bad.shape))
    return False, (
        f"{count} of {bad.size} values differ; first at {list(index)}: {given(index)} ->"
        f" observed {show(observed[index], format_name)}, expected {show(expected[index], format_name)}"
    )
