"""What do the wrong elements have in common? Where they lie, and which one change of the values would make all right.

A change is a finding only where it makes every wrong element right by the same comparison that found them wrong.
"""

from collections.abc import Iterator

import numpy as np

from conformance.judging.accepted import Accepted
from conformance.judging.blocks import Blocks
from reference.formats import BLOCK

_MODULI = (4, 8, 16, 32, 64, 128)
_MOST = 8  # places named in full
_AWAY = tuple(k for m in range(1, 21) for k in (m, -m))  # numbers or binades, the nearest first


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
    found = (words for words, values in _changes(answer) if answer.explained_by(values))
    change = _of_bytes(answer) if isinstance(answer, Blocks) else next(found, "")
    if change:
        yield change
    elif (trend := _trend(answer, observed, wrong)) and wrong.sum() > 1:
        yield trend


def _changes(answer: Accepted) -> Iterator[tuple[str, np.ndarray]]:
    """Single changes that would make a wrong element right, likeliest first, and the elements so changed."""
    array = answer.observed
    if answer.codes:
        yield "the sign bit: each code is right with it turned", array ^ np.uint8(0x80)
        for step, words in ((1, "one code too near to zero"), (-1, "one code too far from zero")):
            yield f"{words}, each", (array.astype(np.int16) + step).astype(np.uint8)
    elif array.dtype.kind in "iub":
        for step in _AWAY:
            words = f"each is {abs(step)} too {'high' if step > 0 else 'low'}"
            yield words, (array.astype(np.int64) - step).astype(array.dtype)
    else:
        yield from _changes_of_floats(array)
        yield from _displaced(array)


def _changes_of_floats(array: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    yield "the sign: each is right with its sign turned", np.negative(array)
    for n in _AWAY:
        with np.errstate(all="ignore"):
            scaled = (array.astype(np.float64) * 2.0**-n).astype(array.dtype)
        yield f"a power of two: each is 2^{n} times what it should be", scaled
    bits = np.ascontiguousarray(array).view(f"i{array.dtype.itemsize}")
    for step, words in ((1, "one ulp too near to zero"), (-1, "one ulp too far from zero")):
        yield f"{words}, each", (bits + step).astype(bits.dtype).view(array.dtype)


def _displaced(array: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """What stands in another place."""
    for axis, what, shifts in ((-2, "row", (1, -1)), (-1, "column", (1, -1, BLOCK, -BLOCK))):
        for shift in shifts if array.ndim > 1 else ():
            if abs(shift) < array.shape[axis]:
                side, places = "before" if shift > 0 else "behind", f"{what}{'s' if abs(shift) > 1 else ''}"
                words = f"displaced: what should stand here stands {abs(shift)} {places} {side}"
                yield words, np.roll(array, shift, axis=axis)


def _of_bytes(answer: Blocks) -> str:
    """Whether bytes leave their accepted range by one number, and whether the codes are right under them."""
    accepted, (byte_ok, code_ok) = answer.accepted, answer.members
    if byte_ok.all():
        return "the scale bytes are right, the codes are not"
    seen = answer.scales.astype(np.int64)
    off = np.where(seen > accepted.byte_hi, seen - accepted.byte_hi, seen - accepted.byte_lo)[~byte_ok]
    if len(set(off.tolist())) > 1:
        return ""
    under = "right" if code_ok[np.repeat(~byte_ok, BLOCK, axis=-1)].all() else "wrong too"
    return (
        f"the scale byte is {abs(int(off[0]))} too {'high' if off[0] > 0 else 'low'} in {len(off)} blocks; "
        f"under their byte the codes there are {under}"
    )


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
