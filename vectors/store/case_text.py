"""How does a group of vectors read as text? So that a diff of two versions says what changed in which case.

quantize/edges Does the quantizer decide right where ...?

    quantize/ties-and-neighbours-bf16
      {"dtype": "bf16", "exponents": [-20, 3]}
      input.x bfloat16 [1, 1600] 3f2a9c0d1e2b4a55
        least 0xb4e0 (-4.1723251e-07) at [0, 33], greatest ...; eighths 1a2b ...
        0x34e0 (4.17232513e-07) 0x2ec0 ...

An id is the only thing at the start of a line, which is what git shows in the head of each hunk. Behind format and
shape stand 16 hex digits of the SHA-256 of the array's bytes, below them extremes and counts, digests of eight equal
parts, and the first values. Numbers have nine digits: FP32 needs no more.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from reference.codec import e4m3_to_float64, e8m0_to_float64
from vectors.case import Arrays
from vectors.store.formats import bits, to_stored

_FIRST = 6
_PARTS = 8
_PIECE = 1 << 20  # elements whose values are in memory at a time


def group_text(group: Mapping[str, Any], tensors: Iterable[Sequence[str]]) -> bytes:
    """The text of a group file; tensors: ``tensor_lines`` of each case, in the order of its cases."""
    lines = [f"{group['family']}/{group['group']}", group["asks"]]
    for entry, found in zip(group["cases"], tensors, strict=True):
        lines += ["", entry["id"], f"  {json.dumps(entry['params'], ensure_ascii=False)}", *found]
    return ("\n".join(lines) + "\n").encode("utf-8")


def tensor_lines(arrays: Arrays, formats: Mapping[str, str]) -> list[str]:
    """What a case's arrays hold; formats: their names -> formats."""
    lines: list[str] = []
    for name, form in formats.items():
        array = arrays[name]
        stored = to_stored(array, form)
        raw = stored.astype(stored.dtype.newbyteorder("<"), copy=False).reshape(-1).view(np.uint8).data
        lines.append(f"  {name} {form} {list(array.shape)} {hashlib.sha256(raw).hexdigest()[:16]}")
        if array.size:
            lines.append("    " + "; ".join(_facts(array, form, raw)))
            first = zip(*np.unravel_index(np.arange(min(_FIRST, array.size)), array.shape), strict=True)
            more = " ..." if array.size > _FIRST else ""
            lines.append("    " + " ".join(shown(array, form, index) for index in first) + more)
    return lines


def shown(array: np.ndarray, form: str, index: tuple[Any, ...]) -> str:
    """One element as bits in hex with its value, integers and booleans as they are."""
    if form in ("int32", "int64", "bool"):
        return str(int(array[index]))
    pattern = int(bits(np.asarray(array[index])))
    if form == "e8m0":
        return f"0x{pattern:02x} ({'NaN' if pattern == 255 else f'2^{pattern - 127}'})"
    return f"0x{pattern:0{2 * array.dtype.itemsize}x} ({_number(float(_values(array[index], form)))})"


def _number(value: float) -> str:
    return "NaN" if value != value else f"{value:.9g}"


def _values(array: np.ndarray, form: str) -> np.ndarray:
    """What the elements stand for, exact: float64 or, of integers, as they are."""
    if form == "e4m3":
        return e4m3_to_float64(np.asarray(array))
    if form == "e8m0":
        return e8m0_to_float64(np.asarray(array))
    return np.asarray(array) if form in ("int32", "int64", "bool") else np.asarray(array).astype(np.float64)


def _facts(array: np.ndarray, form: str, raw: memoryview) -> Iterator[str]:
    flat = array.reshape(-1)
    pieces = (slice(start, start + _PIECE) for start in range(0, flat.size, _PIECE))
    seen = _Seen()
    for piece in pieces:
        seen.add(piece.start, _values(flat[piece], form))
    if form == "bool":
        first = f", first{_at(array, seen.greatest[1])}" if seen.greatest[0] else ""
        yield f"{seen.total} of {flat.size} true{first}"
    else:
        for word, (_, place) in (("least", seen.least), ("greatest", seen.greatest)):
            if place >= 0:
                yield f"{word} {shown(array, form, np.unravel_index(place, array.shape))}{_at(array, place)}"
        yield from (f"{count} {word}" for word, count in seen.counts.items() if count)
    if array.size >= _PARTS * _PARTS:
        step = array.itemsize * -(-array.size // _PARTS)
        parts = (raw[start : start + step] for start in range(0, len(raw), step))
        yield "eighths " + " ".join(hashlib.sha256(part).hexdigest()[:4] for part in parts)


class _Seen:
    """Extremes and counts of an array by pieces: the values of a large one would need eight times its memory.

    least, greatest: (value, place of the first one), place -1 where every element is NaN. total: of the values.
    """

    def __init__(self) -> None:
        self.least: tuple[Any, int] = (np.inf, -1)
        self.greatest: tuple[Any, int] = (-np.inf, -1)
        self.total = 0
        self.counts = dict.fromkeys(("NaN", "infinite", "zero", "negative zero"), 0)

    def add(self, start: int, values: np.ndarray) -> None:
        """Take in a piece that begins at ``start``."""
        if values.dtype.kind == "f":
            nan, zero = np.isnan(values), values == 0
            masks = (nan, np.isinf(values), zero, zero & np.signbit(values))
            for word, mask in zip(self.counts, masks, strict=True):
                self.counts[word] += int(mask.sum())
            places = np.flatnonzero(~nan) if nan.any() else None
        else:
            self.total += int(values.sum())
            places = None
        numbers = values if places is None else values[places]
        if not numbers.size:
            return
        least, greatest = np.argmin(numbers), np.argmax(numbers)
        if places is not None:
            least, greatest = places[least], places[greatest]
        if self.least[1] < 0 or values[least] < self.least[0]:
            self.least = values[least], start + int(least)
        if self.greatest[1] < 0 or values[greatest] > self.greatest[0]:
            self.greatest = values[greatest], start + int(greatest)


def _at(array: np.ndarray, place: int) -> str:
    return f" at {[int(i) for i in np.unravel_index(place, array.shape)]}"
