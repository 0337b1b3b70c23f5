"""Are MXFP8 codes and scale bytes members of the set that the enclosures of their elements allow?"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from conformance.judging.accepted import Accepted, Index, Mismatch, first, form_of
from conformance.judging.closeness import Histograms, Rows, trimmed
from conformance.judging.shown import show
from reference.codec import F64, AnyArray, Bools, e4m3_to_float64, e8m0_to_float64
from reference.formats import BLOCK
from reference.fused import AcceptedBlocks
from reports.model import Expected, Shown


@dataclass(frozen=True, eq=False)
class Blocks(Accepted):
    """The members of ``accepted``: codes uint8 [R, K], ``observed``, and scales uint8 [R, K/32].

    A wrong byte is told before any wrong code, by elements as the codes are: a block by its first one.
    """

    scales: np.ndarray
    accepted: AcceptedBlocks

    @property
    def codes(self) -> bool:
        return True

    @property
    def parts(self) -> tuple[np.ndarray, ...]:
        return self.observed, self.scales

    @property
    def form(self) -> tuple[str, str] | None:
        rows, width = self.observed.shape if self.observed.ndim == 2 else (-1, -1)
        if any(part.dtype != np.uint8 for part in self.parts) or self.scales.shape != (rows, width / BLOCK):
            codes, scales = (f"{part.dtype}{list(part.shape)}" for part in self.parts)
            return f"codes {codes} with scales {scales}", "uint8 [R, K] with uint8 [R, K/32]"
        return form_of(self.scales, self.accepted.byte_lo)

    @cached_property
    def members(self) -> tuple[Bools, Bools]:
        """Whether each scale byte [R, K/32], and under the observed bytes each code [R, K], is an accepted one."""
        byte_ok, code_ok = self.accepted.membership(self.observed, self.scales)
        # The byte of a block of zeros is only a SHOULD: its codes decode to zero under any.
        zeros = ((self.observed & 0x7F) == 0).reshape(*self.scales.shape, BLOCK).all(axis=-1)
        return byte_ok | (self.accepted.may_be_zero & zeros & (self.scales != 255)), code_ok

    @property
    def right(self) -> Bools:
        return self.members[1]

    def difference(self) -> Mismatch | None:
        wrong = ~self.members[0]
        if not wrong.any():
            return super().difference()
        row, block = first(wrong)
        least, most = (Shown("", str(end[row, block])) for end in (self.accepted.byte_lo, self.accepted.byte_hi))
        of_codes = np.repeat(wrong, BLOCK, axis=-1)
        return Mismatch(
            (row, BLOCK * block),
            show(self.scales[row, block]),
            Expected(least, most, "scale byte"),
            int(np.count_nonzero(wrong)),
            wrong.size,
            wrong=of_codes,
        )

    def expects(self, index: Index) -> Expected:
        exact, power = self.accepted.enclosure, int(self.scales[index[0], index[1] // BLOCK]) - 127
        return Expected(Shown("", f"[{exact.lo[index]:.9g}, {exact.hi[index]:.9g}] / 2^{power}"), of="a code of")

    def counts(self, rows: Rows) -> Histograms:
        byte_ok, code_ok = (ok[rows] for ok in self.members)
        codes, scales = (part[rows] for part in self.parts)
        accepted = self.accepted
        if not isinstance(rows, tuple):
            accepted = replace(accepted, enclosure=accepted.enclosure.at(rows))
        inside = (accepted.byte_lo <= scales) & (scales <= accepted.byte_hi)
        byte = _picked(scales, accepted.byte_lo, accepted.byte_hi, byte_ok, accepted.open | (byte_ok & ~inside))
        ends = [e4m3_to_float64(end) for end in accepted.code_range(scales)]
        small, large = (np.where((np.abs(ends[0]) <= np.abs(ends[1])) == lower, *ends) for lower in (True, False))
        nan = accepted.enclosure.nan
        free = np.repeat(accepted.open, BLOCK, axis=-1) & code_ok & ~nan
        code = _picked(e4m3_to_float64(codes), np.where(nan, 0, small), np.where(nan, 0, large), code_ok, free)
        return {"byte": trimmed(np.bincount(byte.reshape(-1))), "code": trimmed(np.bincount(code.reshape(-1)))}

    def values(self) -> F64:
        return e4m3_to_float64(self.observed) * np.repeat(e8m0_to_float64(self.scales), BLOCK, axis=-1)

    def nearness(self) -> str:
        accepted = self.accepted
        one_byte = int((accepted.byte_lo == accepted.byte_hi).sum())
        least, largest = accepted.code_range(accepted.byte_lo)
        return (
            f"{self.observed.size} codes in {accepted.byte_lo.size} blocks; one byte is accepted in {one_byte} of the "
            f"blocks, one code for {int((least == largest).sum())} of the elements"
        )


def _picked(value: AnyArray, small: AnyArray, large: AnyArray, right: Bools, free: Bools) -> np.ndarray:
    """Bins of ``byte`` and ``code``: the only one, the smallest, between, the largest, outside, any."""
    cases = [free, ~right, small == large, value == small, value == large]
    return np.select(cases, [5, 4, 0, 1, 3], 2)
