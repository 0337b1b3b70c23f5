"""Where in its tensor is an answer wrong? A row's small map of the bad elements, as shapes to draw."""

import base64
import binascii
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reports.views.expected import Row

WIDEST = 512  # of a drawing, in its own units
LARGEST_CELL, SMALLEST_CELL = 16, 6
BLOCK = 32  # elements of a row that share a scale byte
LEFT, TOP = 56, 16  # room for the indices of rows and columns
APART = (52, 14)  # of two such numbers at least, across and down


@dataclass(frozen=True)
class Picture:
    """path: the bad cells as an SVG path in units of cells; blocks: where blocks of 32 elements begin, in cells.

    across, down: where an index stands beside the cells, in units of the drawing, and the index. words: what the
    drawing shows.
    """

    observable: str
    columns: int
    rows: int
    unit: float
    path: str
    blocks: tuple[float, ...]
    across: tuple[tuple[float, int], ...]
    down: tuple[tuple[float, int], ...]
    words: str
    left: int = LEFT
    top: int = TOP

    @property
    def width(self) -> float:
        return LEFT + self.columns * self.unit + APART[0] / 2  # the last index is wider than its cell

    @property
    def height(self) -> float:
        return TOP + self.rows * self.unit + 2


def picture(row: Row, *observables: str) -> Picture | None:
    """Of the first of these observables that this row has one of; None where there is none."""
    found = row.get("pictures", {})
    name = next((name for name in observables if name in found), "")
    return _drawn(name, found[name]) if name else None


def _drawn(name: str, seen: Mapping[str, Any]) -> Picture | None:
    (height, width), (tall, wide) = seen["shape"], seen["cell"]
    rows, columns = -(-height // tall), -(-width // wide)
    try:
        packed = base64.b64decode(str(seen["bad_cells"]), validate=True)
    except binascii.Error:
        return None
    if len(packed) * 8 < rows * columns:
        return None
    bits = "".join(f"{byte:08b}" for byte in packed)
    lines = [bits[row * columns : (row + 1) * columns] for row in range(rows)]
    path = "".join(_runs(line, place) for place, line in enumerate(lines))
    blocks = tuple(x / wide for x in range(BLOCK, width, BLOCK)) if wide <= BLOCK else ()
    unit = max(SMALLEST_CELL, min(LARGEST_CELL, WIDEST / columns))
    across, down = (
        tuple((start + (place + 0.5) * unit, place * size) for place in range(0, cells, math.ceil(apart / unit)))
        for start, cells, size, apart in ((LEFT, columns, wide, APART[0]), (TOP, rows, tall, APART[1]))
    )
    return Picture(name, columns, rows, unit, path, blocks, across, down, _words(name, seen, tall, wide))


def _runs(line: str, y: int) -> str:
    """Bad cells beside each other, as one shape each."""
    found, start = [], 0
    while (start := line.find("1", start)) >= 0:
        end = line.find("0", start)
        end = len(line) if end < 0 else end
        found.append(f"M{start} {y}h{end - start}v1h-{end - start}z")
        start = end
    return "".join(found)


def _words(name: str, seen: Mapping[str, Any], tall: int, wide: int) -> str:
    height, width = seen["shape"]
    (top, bottom), (left, right) = seen["rows"], seen["columns"]
    where = f"{_span('row', top, bottom)}, {_span('column', left, right)} of {height} x {width}"
    whole = (
        ""
        if (tall, wide) == (1, 1)
        else f"; a cell stands for {tall} x {wide} elements and is marked where one of them is wrong"
    )
    folded = ""
    if (axes := seen.get("axes")) and len(axes) > 2:
        first = ", ".join(map(str, _unfolded(top, axes[:-1])))
        folded = f"; rows are those of a tensor of {' x '.join(map(str, axes))}, put together: row {top} is [{first}]"
    return f"{name}: {seen['bad']} of {height * width} elements are wrong, in {where}{whole}{folded}."


def _unfolded(row: int, axes: list[int]) -> list[int]:
    """The index along each leading axis of a row of all of them put together."""
    found: list[int] = []
    for size in reversed(axes):
        row, place = divmod(row, size)
        found.insert(0, place)
    return found


def _span(what: str, first: int, last: int) -> str:
    return f"{what} {first}" if first == last else f"{what}s {first} to {last}"
