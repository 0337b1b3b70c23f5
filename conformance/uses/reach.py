"""Would a use meet what failed in a case? Inside, or outside because of which facts; decided by what failed.

A fact of the whole case (its stage, a size, alpha) is outside for all of it. Of an array's elements those count that
what failed rests on: where a NaN stands beside numbers, and a number's answer is wrong, the NaN excuses nothing.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from conformance.uses.given import ARRAYS, Value, is_exact, out_of_range, scalars
from conformance.uses.places import AnswerParts, answer
from conformance.uses.use import Use, named
from reference.codec import AnyArray, Bools, to_float64
from reference.formats import BLOCK
from vectors.case import Arrays, Case

Table = Mapping[str, Any]
_PLACES = ("topk_ids", "expert_map")  # arrays whose elements say where something is
_SCALES = ("weight_scales", "activation_scales")


@dataclass(frozen=True)
class Outside:
    """words: what the case has that the use has not. where: the elements of the array that have it; None: all."""

    words: str
    array: str = ""
    where: Bools | None = None


@dataclass(frozen=True)
class Uses:
    """Those that the failures of a run are held to. files: that the command names, () where they are the project's."""

    found: tuple[Use, ...]
    files: tuple[Path, ...] = ()

    def reach(
        self, case: Case, subject: Any, inputs: Arrays, wrong: Mapping[str, Bools], by_values: bool = True
    ) -> dict[str, list[str]]:
        """Use of the subject's pipeline -> what is outside of it, in words; nothing where the use meets what failed.

        wrong: observable -> its wrong elements, of what was compared element by element. by_values: whether something
        failed by what came out alone, not by an error or an access outside, which no element's value excuses.
        """
        where = answer(case, inputs)
        seen = [] if where is None else [found for mask in wrong.values() if (found := where.of(mask)) is not None]
        told: dict[str, list[str]] = {}
        for use in self.found:
            if use.pipeline == subject.pipeline:
                outside = list(_outside(use, case, inputs))
                if not by_values:
                    outside = [item for item in outside if item.where is None or item.array in _PLACES]
                told[use.name] = _of_failed(outside, where, seen)
        return told

    def to_json(self) -> list[dict[str, str]]:
        """As a report has them: the files that are not the project's."""
        return [
            {"file": str(file), "digest": f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()[:16]}"}
            for file in self.files
        ]


def of(files: Sequence[str]) -> Uses:
    """The uses of these files, or the project's. Raises UseError."""
    paths = tuple(map(Path, files))
    return Uses(named(paths), paths)


def _of_failed(found: list[Outside], where: AnswerParts | None, wrong: list[Bools]) -> list[str]:
    of_all = [item for item in found if item.where is None]
    of_some = [(item, _onto(item, where)) for item in found if item.where is not None]
    if wrong and where is not None:
        excused = np.zeros((where.rows, where.parts), bool)
        for _, parts in of_some:
            excused |= True if parts is None else parts
        of_some = (
            []
            if any((mask & ~excused).any() for mask in wrong)
            else [
                (item, parts) for item, parts in of_some if parts is None or any((mask & parts).any() for mask in wrong)
            ]
        )
    return list(dict.fromkeys(item.words for item in (*of_all, *(item for item, _ in of_some))))


def _onto(item: Outside, where: AnswerParts | None) -> Bools | None:
    """The parts of the answer that rest on it; None where that is not known."""
    if where is None or item.where is None or item.array not in where.onto:
        return None
    return np.broadcast_to(where.onto[item.array](item.where), (where.rows, where.parts))


def _outside(use: Use, case: Case, inputs: Arrays) -> Iterator[Outside]:
    for name, value in scalars(case, inputs):
        if name in use.facts and (words := _scalar(use.facts[name], value)):
            yield Outside(f"{name} {words}")
    if out_of_range(case) and use.facts.get("ids", {}).get("in_range"):
        yield Outside("ids without a weight row")
    for name, arrays in ARRAYS.items():
        if name == "router_weights" and is_exact(case):
            continue
        for array in arrays if name in use.facts else ():
            if array in inputs:
                yield from _array(name, array, inputs, use.facts[name])


def _scalar(table: Table, value: Value) -> str:
    """What of a value is outside; '' where it is inside."""
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    if "values" in table:
        return "" if value in table["values"] else shown
    if isinstance(value, str):  # a limit that is none, where numbers are meant
        return shown
    if value < table.get("least", value):
        return f"{shown} below {table['least']:g}"
    if value > table.get("most", value):
        return f"{shown} above {table['most']:g}"
    step = table.get("multiple_of")
    return f"{shown}, no multiple of {step}" if step and value % step else ""


def _array(name: str, array: str, inputs: Arrays, table: Table) -> Iterator[Outside]:
    values = inputs[array]
    if values.dtype.name not in table.get("dtypes", (values.dtype.name,)):
        yield Outside(f"{name} {values.dtype.name}")
    if table.get("in_range"):
        beyond = _beyond(array, inputs)
        if beyond.any():
            words = "ids without a weight row" if name == "ids" else "map to no weight row that is not -1"
            yield Outside(words, array, beyond)
    if name in ("ids", "map"):
        return
    yield from (Outside(f"{name} {words}", array, mask) for words, mask in _elements(name, values, table) if mask.any())


def _beyond(array: str, inputs: Arrays) -> Bools:
    """Ids, or places of a map, that name no weight row."""
    values, rows = inputs[array].astype(np.int64), len(inputs.get("w13", ())) or None
    if array == "expert_map":
        found: Bools = (values < -1) | (values >= (rows if rows is not None else len(values)))
        return found
    mapped = inputs.get("expert_map")
    most = rows if mapped is None else len(mapped)
    return (values < 0) | (values >= most) if most is not None else values < 0


def _elements(name: str, values: AnyArray, table: Table) -> Iterator[tuple[str, Bools]]:
    if name == "codes":
        nan = (values & 0x7F) == 0x7F if values.dtype == np.uint8 else ~np.isfinite(values.astype(np.float32))
        yield "NaN", nan & bool(table.get("finite"))
        return
    numbers = values.astype(np.float64) if name in _SCALES else to_float64(values)
    size = np.abs(numbers)
    if table.get("finite"):
        yield "NaN", np.isnan(size)
        yield "infinite", np.isinf(size)
    finite = np.isfinite(size)
    if "most" in table:
        above = finite & (size > table["most"])
        yield f"{_largest(size, above):g} above {table['most']:g}", above
    if "least" in table:
        below = finite & (size > 0) & (size < table["least"])
        yield f"{_largest(size, below):g} below {table['least']:g}", below
    if "block_least" in table and size.shape[-1] and size.shape[-1] % BLOCK == 0:
        most = np.where(finite, size, np.inf).reshape(*size.shape[:-1], size.shape[-1] // BLOCK, BLOCK).max(axis=-1)
        low = (most > 0) & (most < table["block_least"])
        words = f"blocks of {_largest(most, low):g} below {table['block_least']:g}"
        yield words, np.repeat(low, BLOCK, axis=-1)


def _largest(size: AnyArray, where: Bools) -> float:
    return float(size[where].max(initial=0.0))
