"""Is an observed tensor a right answer? Three comparators, none with a free tolerance.

``bits``: equality of bit patterns; +0 and -0 differ, all NaN are one class.
``within``: each element lies in a closed set of values of the output format (a bound or an enclosure, already rounded).
``blocks``: MXFP8 codes and scale bytes are members of the set that the enclosures of their elements allow.

Each returns None, or the Mismatch that a kernel engineer needs to see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from reference.codec import e4m3_key, e4m3_to_float64, ordered_key
from reference.fused import AcceptedBlocks
from reference.interval import Interval
from reports.line import what
from reports.model import Cause, Expected, Shown

Key = Callable[[np.ndarray], np.ndarray]
Index = tuple[int, ...]


@dataclass(frozen=True)
class Mismatch:
    """The first element that is wrong, how many are, and how far off. index is () where shapes or dtypes differ.

    steps: how many of them are how many representable values off. wrong: which elements are (of blocks: the codes, or
    all codes under a wrong scale byte). expects: what is accepted at an index. Both None where shapes or dtypes differ.
    """

    index: Index
    observed: Shown
    expected: Expected
    bad: int
    total: int
    steps: Mapping[str, int] = field(default_factory=dict)
    wrong: np.ndarray | None = field(default=None, repr=False, compare=False)
    expects: Callable[[Index], Expected] | None = field(default=None, repr=False, compare=False)

    def cause(self, observable: str = "", given: str = "") -> Cause:
        """What a finding keeps of it. given: the inputs at the place."""
        shown = {"observed": self.observed, "expected": self.expected}
        counts = {"bad": self.bad, "total": self.total, "steps": self.steps}
        return Cause("values", observable=observable, index=self.index, given=given, **shown, **counts)

    def __str__(self) -> str:
        return what(self.cause())


def bits(
    observed: np.ndarray, expected: np.ndarray, *, care: np.ndarray | None = None, key: Key | None = None
) -> Mismatch | None:
    """Bit equality. ``care`` (bool, same shape) limits the comparison to elements whose answer is determined.

    key: the order in which distances are counted; that of the floats or integers by default.
    """
    wrong_form = _form(observed, expected)
    if wrong_form:
        return wrong_form
    wrong = _patterns(observed) != _patterns(expected)
    if expected.dtype.kind not in "iub":
        wrong &= ~(_isnan(observed) & _isnan(expected))
    if care is not None:
        wrong &= care
    order = key or (_integers if expected.dtype.kind in "iub" else ordered_key)
    shown = show_code if key is e4m3_key else show
    steps = _distances(observed, expected, wrong, order)
    return _first(wrong, observed, lambda i: Expected(shown(expected[i])), steps, shown)


def within(observed: np.ndarray, accepted: Interval) -> Mismatch | None:
    """Membership of every element in ``accepted`` (closed, in total order with -0 below +0)."""
    wrong_form = _form(observed, accepted.lo)
    if wrong_form:
        return wrong_form
    wrong = ~accepted.contains(observed)

    def expected(i: Index) -> Expected:
        if accepted.nan[i]:
            return Expected(Shown("", "NaN"))
        low, high = show(accepted.lo[i]), show(accepted.hi[i])
        return Expected(low, None if low == high else high)

    nearest = np.where(ordered_key(observed) < ordered_key(accepted.lo), accepted.lo, accepted.hi)
    return _first(wrong, observed, expected, _distances(observed, nearest.astype(observed.dtype), wrong))


def blocks(codes: np.ndarray, scales: np.ndarray, accepted: AcceptedBlocks) -> Mismatch | None:
    """Membership of MXFP8 ``codes`` uint8 [R, K] and ``scales`` uint8 [R, K/32] in the accepted set of each block."""
    rows, width = codes.shape if codes.ndim == 2 else (-1, -1)
    if codes.dtype != np.uint8 or scales.dtype != np.uint8 or scales.shape != (rows, width // 32):
        has = f"codes {codes.dtype}{list(codes.shape)} with scales {scales.dtype}{list(scales.shape)}"
        return _other_form(has, "uint8 [R, K] with uint8 [R, K/32]")
    wrong_form = _form(scales, accepted.byte_lo)
    if wrong_form:
        return wrong_form
    byte_ok, code_ok = members(codes, scales, accepted)
    if not byte_ok.all():

        def scale_set(i: Index) -> Expected:
            low, high = (Shown("", str(ends[i])) for ends in (accepted.byte_lo, accepted.byte_hi))
            return Expected(low, high, "scale byte")

        found = _first(~byte_ok, scales, scale_set, {})
        # Told by elements, as the codes are: a block by its first one.
        return found and replace(
            found,
            index=(found.index[0], 32 * found.index[1]),
            wrong=np.repeat(~byte_ok, 32, axis=-1),
            expects=lambda i: scale_set((i[0], i[1] // 32)),
        )

    def code_set(i: Index) -> Expected:
        exact, power = accepted.enclosure, int(scales[i[0], i[1] // 32]) - 127
        return Expected(Shown("", f"[{exact.lo[i]:.9g}, {exact.hi[i]:.9g}] / 2^{power}"), of="a code of")

    return _first(~code_ok, codes, code_set, {}, show_code)


def members(codes: np.ndarray, scales: np.ndarray, accepted: AcceptedBlocks) -> tuple[np.ndarray, np.ndarray]:
    """Whether each scale byte [R, K/32], and under the observed bytes each code [R, K], is an accepted one."""
    byte_ok, code_ok = accepted.judge(codes, scales)
    # The byte of a block of zeros is only a SHOULD: its codes decode to zero under any.
    zeros = ((codes & 0x7F) == 0).reshape(*scales.shape, 32).all(axis=-1)
    return byte_ok | ((accepted.zero_block | accepted.may_be_zero) & zeros & (scales != 255)), code_ok


def show(value: np.generic | np.ndarray) -> Shown:
    """Hex bits and value of one element: ``0x3f80 (1)``; a byte is ``0x7f (127)``, other integers as they are."""
    array = np.asarray(value)
    pattern = _patterns(array.reshape(1))[0]
    digits = 2 * array.dtype.itemsize
    if array.dtype == np.uint8:
        return Shown(f"0x{int(pattern):02x}", str(int(pattern)))
    if array.dtype.kind in "iub":
        return Shown("", str(int(value)))
    return Shown(f"0x{int(pattern):0{digits}x}", f"{float(value):.9g}")


def show_code(code: np.generic | np.ndarray) -> Shown:
    """Hex bits and value of one E4M3 code: ``0x38 (1)``."""
    return Shown(f"0x{int(code):02x}", f"{float(e4m3_to_float64(np.asarray(code).reshape(1))[0]):.9g}")


def _form(observed: np.ndarray, expected: np.ndarray) -> Mismatch | None:
    if observed.shape == expected.shape and observed.dtype == expected.dtype:
        return None
    has, needs = (f"{a.dtype}{list(a.shape)}" for a in (observed, expected))
    return _other_form(has, needs)


def _other_form(has: str, needs: str) -> Mismatch:
    return Mismatch((), Shown("", has), Expected(Shown("", needs)), 1, 0)


def _patterns(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values).view(f"u{values.dtype.itemsize}")


def _integers(values: np.ndarray) -> np.ndarray:
    return values.astype(np.int64)


def _isnan(values: np.ndarray) -> np.ndarray:
    return np.isnan(values.astype(np.float64))


def _first(
    wrong: np.ndarray,
    observed: np.ndarray,
    expected: Callable[[Index], Expected],
    steps: Mapping[str, int],
    shown: Callable[[np.ndarray], Shown] = show,
) -> Mismatch | None:
    bad = int(np.count_nonzero(wrong))
    if not bad:
        return None
    flat = int(np.argmax(wrong))
    index = tuple(int(i) for i in np.unravel_index(flat, wrong.shape))
    return Mismatch(index, shown(observed[index]), expected(index), bad, wrong.size, steps, wrong, expected)


_EDGES = (1, 2, 4, 16, 256, 65536)


def _distances(observed: np.ndarray, nearest: np.ndarray, wrong: np.ndarray, key: Key = ordered_key) -> dict[str, int]:
    """A histogram of how many representable values the wrong elements are off, and of NaN against numbers."""
    if not wrong.any():
        return {}
    bad_observed, bad_nearest = observed[wrong], nearest[wrong]
    nan = _isnan(bad_observed) | _isnan(bad_nearest)
    steps = np.abs(key(bad_observed).astype(np.int64) - key(bad_nearest).astype(np.int64))[~nan]
    bins = np.searchsorted(_EDGES, steps, side="left")
    labels = [f"<={edge}" for edge in _EDGES] + [f">{_EDGES[-1]}"]
    counts = {label: int(n) for label, n in zip(labels, np.bincount(bins, minlength=len(labels)), strict=True) if n}
    return {**counts, "NaN": int(nan.sum())} if nan.any() else counts
