"""Where in its tensor is an answer wrong? A row's small map of the bad elements, as shapes to draw."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reports.expected import Row

WIDEST = 512  # of a drawing, in its own units
LARGEST_CELL, SMALLEST_CELL = 16, 6
BLOCK = 32  # elements of a row that share a scale byte


@dataclass(frozen=True)
class Picture:
    """path: the bad cells as an SVG path in units of cells; blocks: where blocks of 32 elements begin, in cells.

    words: what the drawing shows.
    """

    observable: str
    columns: int
    rows: int
    unit: float
    path: str
    blocks: tuple[float, ...]
    words: str


def picture(row: Row, observable: str, detail: str) -> Picture | None:
    """Of this observable in this row, or of the one that the failure line speaks of; None where there is none."""
    found = row.get("pictures", {})
    spoken = [name for name in found if f" {name}[" in detail]
    name = observable if observable in found else next(iter(spoken), "")
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
    return Picture(name, columns, rows, unit, path, blocks, _words(name, seen, tall, wide))


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
    return f"{name}: {seen['bad']} of {height * width} elements are wrong, in {where}{whole}."


def _span(what: str, first: int, last: int) -> str:
    return f"{what} {first}" if first == last else f"{what}s {first} to {last}"
