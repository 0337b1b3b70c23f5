"""What do the wrong elements have in common? Where they lie, and which one change of the values would make all right.

A change is a finding only where it makes every wrong element right by the same comparison that found them wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from conformance.judging.accepted import Accepted
from conformance.judging.blocks import Blocks
from reference.formats import BLOCK

_MODULI = (4, 8, 16, 32, 64, 128)
_MOST = 8  # places named in full
_BINADES = 20


def patterns(answer: Accepted, groups: np.ndarray | None = None) -> list[str]:
    """Sentences, places first. groups: of each row (the expert of a route), where rows have one."""
    wrong = answer.wrong
    if wrong is None or not wrong.any():
        return []
    return [*_places(wrong, groups), *_values(answer, wrong)]


def _places(wrong: np.ndarray, groups: np.ndarray | None) -> Iterator[str]:
    count, size = int(np.count_nonzero(wrong)), wrong.size
    if count == size:
        yield f"every element ({size})"
        return
    yield f"{count} of {size} elements"
    flat = wrong.reshape(-1, wrong.shape[-1]) if wrong.ndim > 1 else wrong[None]
    rows, columns = np.flatnonzero(flat.any(axis=1)), np.flatnonzero(flat.any(axis=0))
    if len(flat) > 1:
        whole = bool(flat[rows].all())
        yield f"{'whole ' if whole else 'in '}{_names('row', rows, len(flat))}"
        yield from _in_groups(rows, groups)
    if flat.shape[1] > 1:
        yield from _in_columns(flat, columns)


def _in_groups(rows: np.ndarray, groups: np.ndarray | None) -> Iterator[str]:
    if groups is None or len(np.unique(groups)) < 2:
        return
    hit = np.unique(groups[rows])
    if len(hit) <= _MOST and len(hit) < len(np.unique(groups)):
        all_of = len(rows) == np.isin(groups, hit).sum()
        yield f"{'all' if all_of else 'some'} routes of {_names('expert', hit)}, none of any other"


def _in_columns(flat: np.ndarray, columns: np.ndarray) -> Iterator[str]:
    width = flat.shape[1]
    if len(columns) == width:
        yield "in every column"
    elif columns[0] > 0 and columns[-1] == width - 1 and len(columns) == width - columns[0]:
        yield f"in the last {len(columns)} columns, from {columns[0]} on"
    elif columns[0] == 0 and len(columns) == columns[-1] + 1:
        yield f"in the first {len(columns)} columns"
    elif modulus := next((m for m in reversed(_MODULI) if m < width and len(set(columns % m)) == 1), 0):
        if len(columns) > 1:
            yield f"only in columns {columns[0] % modulus} modulo {modulus}"
    else:
        yield f"in {_names('column', columns, width)}"
    if width % BLOCK == 0 and width > BLOCK:
        yield from _in_blocks(flat.reshape(len(flat), -1, BLOCK))


def _in_blocks(blocks: np.ndarray) -> Iterator[str]:
    hit = blocks.any(axis=-1)
    if bool(blocks[hit].all()):
        numbers = np.unique(np.nonzero(hit)[1])
        yield f"whole blocks of {BLOCK}: {int(hit.sum())} of them, {_names('block', numbers, blocks.shape[1])} of a row"
    elif bool((blocks[hit].sum(axis=-1) == 1).all()) and hit.sum() > 1:
        yield f"one element in each block of {BLOCK} that is touched ({int(hit.sum())} blocks)"


def _names(what: str, numbers: np.ndarray, of: int | None = None) -> str:
    """'row 3', 'rows 1, 2, 5', '17 rows of 40'."""
    if len(numbers) == 1:
        return f"{what} {numbers[0]}"
    if len(numbers) <= _MOST:
        return f"{what}s {', '.join(str(n) for n in numbers)}"
    return f"{len(numbers)} {what}s{f' of {of}' if of else ''}, the first {numbers[0]}"


def _values(answer: Accepted, wrong: np.ndarray) -> Iterator[str]:
    observed = answer.values()
    if bool(np.isnan(observed[wrong]).all()):
        yield "all wrong ones are NaN"
        return
    if bool((observed[wrong] == 0).all()):
        yield "all wrong ones are zero"
    change = next(_changes(answer), "")
    if change:
        yield change
    elif (trend := _trend(answer, observed, wrong)) and wrong.sum() > 1:
        yield trend


def _changes(answer: Accepted) -> Iterator[str]:
    """Single changes that make every wrong element right, likeliest first."""
    array = answer.observed
    if isinstance(answer, Blocks):
        yield from _of_blocks(answer)
        return
    if answer.codes:
        yield from _of_codes(answer)
        return
    if array.dtype.kind in "iub":
        yield from _of_integers(answer)
        return
    with np.errstate(all="ignore"):
        if answer.explained_by(np.negative(array)):
            yield "the sign: each is right with its sign turned"
        for n in (k for m in range(1, _BINADES + 1) for k in (m, -m)):
            if answer.explained_by((array.astype(np.float64) * 2.0**-n).astype(array.dtype)):
                yield f"a power of two: each is 2^{n} times what it should be"
    bits = np.ascontiguousarray(array).view(f"i{array.dtype.itemsize}")
    for step, words in ((1, "one ulp too near to zero"), (-1, "one ulp too far from zero")):
        if answer.explained_by((bits + step).astype(bits.dtype).view(array.dtype)):
            yield f"{words}, each"
    yield from _of_neighbours(answer)


def _of_neighbours(answer: Accepted) -> Iterator[str]:
    """Whether each wrong element is the right one of another place."""
    array = answer.observed
    if array.ndim < 2:
        return
    for axis, what, shifts in ((-2, "row", (1, -1)), (-1, "column", (1, -1, BLOCK, -BLOCK))):
        for shift in shifts:
            if abs(shift) < array.shape[axis] and answer.explained_by(np.roll(array, shift, axis=axis)):
                side = "before" if shift > 0 else "behind"
                places = f"{abs(shift)} {what}{'s' if abs(shift) > 1 else ''}"
                yield f"displaced: what should stand here stands {places} {side}"


def _of_integers(answer: Accepted) -> Iterator[str]:
    """Scale bytes that are off by one number."""
    for step in (k for m in range(1, _BINADES + 1) for k in (m, -m)):
        if answer.explained_by((answer.observed.astype(np.int64) - step).astype(answer.observed.dtype)):
            yield f"each is {abs(step)} too {'high' if step > 0 else 'low'}"


def _of_blocks(answer: Blocks) -> Iterator[str]:
    """Bytes that leave their accepted range by one number, and whether the codes are right under them."""
    accepted, scales = answer.accepted, answer.scales
    byte_ok, code_ok = answer.members
    if byte_ok.all():
        yield "the scale bytes are right, the codes are not"
        return
    seen = scales.astype(np.int64)
    off = np.where(seen > accepted.byte_hi, seen - accepted.byte_hi, seen - accepted.byte_lo)[~byte_ok]
    under = "right" if code_ok[np.repeat(~byte_ok, BLOCK, axis=-1)].all() else "wrong too"
    if len(set(off.tolist())) == 1:
        yield (
            f"the scale byte is {abs(int(off[0]))} too {'high' if off[0] > 0 else 'low'} in {len(off)} blocks; "
            f"under their byte the codes there are {under}"
        )


def _of_codes(answer: Accepted) -> Iterator[str]:
    array = answer.observed
    if answer.explained_by(array ^ np.uint8(0x80)):
        yield "the sign bit: each code is right with it turned"
    for step, words in ((1, "one code too near to zero"), (-1, "one code too far from zero")):
        if answer.explained_by((array.astype(np.int16) + step).astype(np.uint8)):
            yield f"{words}, each"


def _trend(answer: Accepted, observed: np.ndarray, wrong: np.ndarray) -> str:
    """Whether all wrong ones are too large or all too small in magnitude."""
    bounds = answer.bounds()
    if bounds is None:
        return ""
    with np.errstate(invalid="ignore"):
        centre = np.abs((bounds[0] + bounds[1]) / 2)[wrong]
    seen = np.abs(observed[wrong])
    if bool((seen < centre).all()):
        return "each is too small in magnitude"
    return "each is too large in magnitude" if bool((seen > centre).all()) else ""
