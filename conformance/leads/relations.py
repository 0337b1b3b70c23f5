"""Which scale byte might be taken for another? Relations between places [expert, row, block] of one tensor of scales.

Each is a slip of addressing: a stride, an offset or a step that is forgotten, or one too many.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

Axis = NDArray[np.intp]
Places = tuple[Axis, Axis, Axis]  # experts, rows, blocks, which broadcast
Shape = tuple[int, int, int]
_STEPS = (1, -1, 2, -2, 4, -4, 8, -8)
_TILES = (2, 4, 8, 16)  # blocks of a K tile
_TILES_OF_ROWS = (16, 32, 64, 128, 256)


@dataclass(frozen=True)
class Relation:
    """words: of what the byte is that is read. read: places -> those that are read in their place."""

    words: str
    read: Callable[[Places], Places]


def relations(shape: Shape) -> Iterator[Relation]:
    """Those that mean something in scales [E, N, B], the likelier ones first; a tensor without experts has E = 1."""
    experts, rows, blocks = shape
    for words, along in _of_blocks(blocks):
        yield Relation(words, partial(_moved, 2, along))
    yield from _of_memory(shape)
    for words, along in _of_rows(rows):
        yield Relation(words, partial(_moved, 1, along))
    if experts > 1:
        yield Relation("the first expert", partial(_moved, 0, _first))
        for step in (1, -1):
            yield Relation(f"the expert {_way(step)}", partial(_moved, 0, partial(_around, step, experts)))


def _moved(axis: int, along: Callable[[Axis], Axis], places: Places) -> Places:
    """Another place on one axis."""
    experts, rows, blocks = (along(part) if n == axis else part for n, part in enumerate(places))
    return experts, rows, blocks


def _way(step: int) -> str:
    return "behind" if step > 0 else "before"


def _around(step: int, size: int, at: Axis) -> Axis:
    return (at + step) % size


def _up_to_the_end(step: int, size: int, at: Axis) -> Axis:
    return np.clip(at + step, 0, size - 1)


def _around_in_tile(step: int, tile: int, size: int, at: Axis) -> Axis:
    return np.minimum(at // tile * tile + (at + step) % tile, size - 1)


def _first(at: Axis) -> Axis:
    return at * 0


def _last(size: int, at: Axis) -> Axis:
    return at * 0 + size - 1


def _reversed(size: int, at: Axis) -> Axis:
    return size - 1 - at


def _first_of_tile(tile: int, at: Axis) -> Axis:
    return at // tile * tile


def _last_of_tile(tile: int, size: int, at: Axis) -> Axis:
    return np.minimum(at // tile * tile + tile - 1, size - 1)


def _first_tile(tile: int, at: Axis) -> Axis:
    return at % tile


def _short_steps(tile: int, at: Axis) -> Axis:
    return at // tile + at % tile


def _interleaved(size: int, at: Axis) -> Axis:
    return at // 2 + at % 2 * (size // 2)


def _of_blocks(blocks: int) -> Iterator[tuple[str, Callable[[Axis], Axis]]]:
    for step in [step for step in _STEPS if abs(step) < blocks]:
        words = f"the block {abs(step)} {_way(step)}"
        yield words, partial(_around, step, blocks)
        yield words, partial(_up_to_the_end, step, blocks)
    for tile in [tile for tile in _TILES if tile < blocks]:
        for step in [step for step in _STEPS if abs(step) < tile]:
            words = f"the block {abs(step)} {_way(step)} in its K tile of {tile} blocks"
            yield words, partial(_around_in_tile, step, tile, blocks)
    if blocks > 1:
        yield "the first block of the row", _first
        yield "the last block of the row", partial(_last, blocks)
        yield "the blocks of the row in reverse", partial(_reversed, blocks)
    for tile in [tile for tile in _TILES if tile < blocks]:
        of_tile = f"K tile of {tile} blocks"
        yield f"the first block of the {of_tile}", partial(_first_of_tile, tile)
        yield f"the last block of the {of_tile}", partial(_last_of_tile, tile, blocks)
        yield f"the first {of_tile}, again", partial(_first_tile, tile)
        yield f"the block that a step of one block for each {of_tile} leads to", partial(_short_steps, tile)


def _of_rows(rows: int) -> Iterator[tuple[str, Callable[[Axis], Axis]]]:
    for step in [step for step in _STEPS if abs(step) < rows]:
        words = f"the row {abs(step)} {_way(step)}"
        yield words, partial(_around, step, rows)
        yield words, partial(_up_to_the_end, step, rows)
    if rows > 1:
        yield "the first row", _first
    if rows % 2 == 0 and rows > 2:
        yield "the row half of all rows away", partial(_around, rows // 2, rows)
        yield "the row that interleaved halves have there", partial(_interleaved, rows)
    for tile in [tile for tile in _TILES_OF_ROWS if tile < rows]:
        yield f"the first {tile} rows, again", partial(_first_tile, tile)


def _of_memory(shape: Shape) -> Iterator[Relation]:
    """Where the tensor is read as if it lay in memory in another way."""
    experts, rows, blocks = shape
    for step in (1, -1):
        yield Relation(f"the byte {_way(step)} it in memory", partial(_flat, shape, (rows * blocks, blocks, 1), step))
    yield Relation("the other byte of two in memory", partial(_paired, shape))
    if rows > 1 and blocks > 1:
        yield Relation("the transposed scales", partial(_flat, shape, (rows * blocks, 1, rows), 0))
    if experts > 1 and rows > 1:
        words = "the scales as if one row lay between experts"
        yield Relation(words, partial(_flat, shape, (blocks, blocks, 1), 0))


def _paired(shape: Shape, places: Places) -> Places:
    last = shape[0] * shape[1] * shape[2] - 1
    offset = np.minimum(((places[0] * shape[1] + places[1]) * shape[2] + places[2]) ^ 1, last)
    experts, rows, blocks = np.unravel_index(offset, shape)
    return experts, rows, blocks


def _flat(shape: Shape, strides: Shape, step: int, places: Places) -> Places:
    """What such strides, and a step, reach in a contiguous tensor."""
    offset = sum((part * stride for part, stride in zip(places, strides, strict=True)), start=np.asarray(step))
    experts, rows, blocks = np.unravel_index(offset % (shape[0] * shape[1] * shape[2]), shape)
    return experts, rows, blocks
