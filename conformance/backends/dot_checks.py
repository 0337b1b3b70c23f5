"""Does the backend contract correctly? Claims about tl.dot_scaled's scales and NaN, and tl.dot of BF16.

Every row of one operand holds a single nonzero element, so each result is one product: exact, whatever the order and
width of the sum. Scales differ by row and by block, so that a scale taken from the wrong place shows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from conformance.backends.differences import Outcome, compare_float32
from reference.codec import e4m3_to_float64, e8m0_to_float64
from reference.formats import BLOCK

if TYPE_CHECKING:
    from conformance.backends.probes import Probes

_K, _N = 128, 64
_ONE, _LARGEST, _SMALLEST, _NAN = 0x38, 0x7E, 0x01, 0x7F


@dataclass(frozen=True)
class Operands:
    """One-hot rows [M, K] against full rows [64, K]: E4M3 codes with their E8M0 bytes [rows, K/32]."""

    hot: np.ndarray
    hot_scale: np.ndarray
    full: np.ndarray
    full_scale: np.ndarray

    def expected(self) -> np.ndarray:
        """Exact results [M, 64] as float64, NaN where a NaN is anywhere in either row."""
        hot, full = _decoded(self.hot, self.hot_scale), _decoded(self.full, self.full_scale)
        return np.asarray(hot @ full.T)

    def at(self, index: tuple[int, ...]) -> str:
        """The nonzero codes of the one-hot row of a result, and the row's scale bytes."""
        row = index[0]
        codes = ", ".join(f"0x{code:02X} at k={k}" for k, code in enumerate(self.hot[row]) if code)
        return f"codes {codes}, scale bytes {self.hot_scale[row].tolist()}, against row {index[1]}"


def scaled_bytes(probes: Probes, codes: list[int], scales: np.ndarray, offset: int = 0) -> Outcome:
    """Each scale byte with each code, on either side; the other side's scales lie around 2^offset."""
    return _both_sides(probes, one_hot(np.repeat(scales, len(codes)), np.tile(codes, len(scales)), offset))


def ordinary_scales(probes: Probes) -> Outcome:
    return scaled_bytes(probes, [_ONE, 0xC1], np.arange(8, 247))  # 1 and -2.25


def low_scales(probes: Probes) -> Outcome:
    return scaled_bytes(probes, [_ONE, _SMALLEST], np.arange(8), offset=40)


def high_scales(probes: Probes) -> Outcome:
    return scaled_bytes(probes, [_ONE, _LARGEST], np.arange(247, 255), offset=-40)


def subnormal_scaled(probes: Probes) -> Outcome:
    """Ordinary scale bytes on both sides whose products are FP32 subnormals."""
    return scaled_bytes(probes, [_ONE, 0xC1], np.arange(60, 68), offset=-72)


def nan_scale(probes: Probes) -> Outcome:
    """Byte 255 in one block of every third row."""
    operands = one_hot(np.full(_N, 127), np.full(_N, _ONE))
    rows = np.arange(0, _N, 3)
    scales = operands.hot_scale.copy()
    scales[rows, rows % scales.shape[1]] = 255
    return _both_sides(probes, replace(operands, hot_scale=scales))


def nan_code(probes: Probes) -> Outcome:
    """Code 0x7F or 0xFF at one place of every third row."""
    operands = one_hot(np.full(_N, 127), np.full(_N, _ONE))
    rows = np.arange(0, _N, 3)
    codes = operands.hot.copy()
    codes[rows, (rows * 29) % _K] = np.where(rows % 2, _NAN, _NAN | 0x80)
    return _both_sides(probes, replace(operands, hot=codes))


def dot_bf16(probes: Probes) -> Outcome:
    """One-hot rows against normal BF16 values of many exponents, and sums of small integers."""
    rows = np.arange(_N)
    one_hot_rows = np.zeros((_N, _K))
    one_hot_rows[rows, (rows * 37) % _K] = np.ldexp(1.0 + (rows % 128) / 128, rows % 40 - 20)
    columns = np.arange(_N * _K).reshape(_N, _K)
    many = np.ldexp(1.0 + (columns % 128) / 128, columns % 60 - 30) * np.where(columns % 3, 1, -1)
    integers = (np.arange(_N * _K).reshape(_N, _K) * 7) % 17 - 8.0
    left = np.concatenate([one_hot_rows, integers[::-1]])
    right = np.concatenate([many, integers])
    observed = probes.dot_bf16(_bf16_patterns(left), _bf16_patterns(right))
    # The integers fit FP32 in any order; against the other half only the one-hot rows have exact sums.
    halves = [(slice(0, _N), slice(None)), (slice(_N, None), slice(_N, None))]
    expected = left @ right.T
    outcomes = [compare_float32(observed[part], expected[part], lambda index: "tl.dot") for part in halves]
    return next((outcome for outcome in outcomes if not outcome[0]), outcomes[0])


def subnormal_bf16(probes: Probes) -> Outcome:
    """One-hot rows of 2^-70 against BF16 values of that size: every product is an FP32 subnormal."""
    rows, columns = np.arange(_N), np.arange(_N * _K).reshape(_N, _K)
    left = np.zeros((_N, _K))
    left[rows, (rows * 37) % _K] = np.where(rows % 2, -1, 1) * 2.0**-70
    right = np.ldexp(1.0 + (columns % 128) / 128, columns % 7 - 70)
    observed = probes.dot_bf16(_bf16_patterns(left), _bf16_patterns(right))
    return compare_float32(observed, left @ right.T, lambda index: "tl.dot")


def one_hot(scales: np.ndarray, codes: np.ndarray, offset: int = 0) -> Operands:
    """Row i of ``hot`` holds codes[i] under byte scales[i], else zeros; rows are padded to 64s by repeating.

    ``full`` holds codes of magnitude 0.5 to 1.875 under bytes 127 + offset - 2 .. + 2.
    """
    count = -(-len(codes) // _N) * _N
    rows = np.arange(count)
    place = (rows * 37) % _K
    hot = np.zeros((count, _K), dtype=np.uint8)
    hot[rows, place] = np.resize(codes, count)
    blocks = np.arange(_K // BLOCK)
    hot_scale = (100 + (rows[:, None] * 5 + blocks * 13) % 50).astype(np.uint8)
    hot_scale[rows, place // BLOCK] = np.resize(scales, count)
    cells = np.arange(_N)[:, None] * 11 + np.arange(_K) * 3
    full = (0x30 + cells % 16 + np.where(cells % 5 == 0, 0x80, 0)).astype(np.uint8)
    full_scale = (125 + offset + (np.arange(_N)[:, None] * 3 + blocks * 2) % 5).astype(np.uint8)
    return Operands(hot, hot_scale, full, full_scale)


def _both_sides(probes: Probes, operands: Operands) -> Outcome:
    """The same product with the one-hot rows on the left, then on the right."""
    hot, hot_scale, full, full_scale = operands.hot, operands.hot_scale, operands.full, operands.full_scale
    expected = operands.expected()
    holds, detail = compare_float32(probes.dot_scaled(hot, hot_scale, full, full_scale), expected, operands.at)
    if not holds:
        return False, f"on the left: {detail}"
    tiles = [slice(i, i + _N) for i in range(0, len(hot), _N)]
    turned = [probes.dot_scaled(full, full_scale, hot[tile], hot_scale[tile]) for tile in tiles]
    holds, detail = compare_float32(np.concatenate(turned, axis=1).T.copy(), expected, operands.at)
    return holds, detail if holds else f"on the right: {detail}"


def _decoded(codes: np.ndarray, scales: np.ndarray) -> np.ndarray:
    blocked = e4m3_to_float64(codes).reshape(*scales.shape, BLOCK) * e8m0_to_float64(scales)[..., None]
    return blocked.reshape(codes.shape)


def _bf16_patterns(values: np.ndarray) -> np.ndarray:
    """BF16 patterns of float64 values that BF16 holds exactly."""
    return (values.astype(np.float32).view(np.uint32) >> np.uint32(16)).astype(np.uint16)
