"""How do many lanes' bytes come out of, and go into, one array of bytes? In the largest items that all are aligned to.

A lane's bytes are ``raw``: a contiguous array whose last axis, or whose item, holds the lane's ``width`` bytes.
"""

from typing import Any

import numpy as np

Array = np.ndarray
Active = Array | None  # bool, which lanes take part; None for all
# NumPy copies 16 bytes at once as a complex number; equal types on both sides keep every bit.
_TYPES: dict[int, Any] = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64, 16: np.complex128}
_SHIFT = {1: 0, 2: 1, 4: 2, 8: 3, 16: 4}


class _Views(dict[int, Array]):
    """An array as items of each size, made where first asked for."""

    def __init__(self, data: Array) -> None:
        self.data = data

    def __missing__(self, size: int) -> Array:
        made = self[size] = self.data.view(_TYPES[size])
        return made


class Items:
    """An array of bytes. data: uint8 [n], n a multiple of 16; views: the same as items of 1, 2, 4, 8, 16 bytes."""

    def __init__(self, data: Array) -> None:
        self.data = data
        self.views = _Views(data)

    def gather(self, start: Array, width: int) -> Array:
        """raw bytes [start, start + width) for each of start (int64, any shape)."""
        unit, at = _positions(start, width)
        return self.views[unit].take(at)

    def scatter(self, start: Array, raw: Array, width: int) -> None:
        """Store raw bytes; where lanes collide, the last in order stays."""
        unit, at = _positions(start, width)
        self.views[unit][at] = raw.view(_TYPES[unit]).reshape(at.shape)

    def fill(self, start: Array, width: int, value: int) -> None:
        """Set every byte of [start, start + width) to this value."""
        unit, at = _positions(start, width)
        self.views[unit][at] = np.full(unit, value, np.uint8).view(_TYPES[unit])[0]


def alignment(start: Array) -> int:
    """The largest power of two, up to 16, that divides every start."""
    low = int(np.bitwise_or.reduce(start.ravel())) | 16
    return low & -low


def _positions(start: Array, width: int) -> tuple[int, Array]:
    """The item size to use, and the items' indices: start's shape, with one more axis where a lane has several."""
    low = alignment(start) | width
    unit = low & -low
    at = start >> _SHIFT[unit]
    return unit, at if unit == width else at[..., None] + np.arange(width // unit)


def words_of(raw: Array, width: int, shape: tuple[int, ...]) -> Array:
    """uint32 [ceil(width / 4), *shape] of raw bytes; widths below 4 are zero extended."""
    if width >= 4:
        return np.moveaxis(raw.view(np.uint32).reshape(*shape, width // 4), -1, 0)
    return raw.view(_TYPES[width]).reshape(shape).astype(np.uint32)[None]


def raw_of(words: Array, width: int) -> Array:
    """The raw bytes of uint32 [ceil(width / 4), ...]; widths below 4 take the low bytes."""
    if width >= 4:
        return np.ascontiguousarray(np.moveaxis(words, 0, -1))
    return words[0].astype(_TYPES[width])
