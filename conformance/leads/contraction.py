"""Which scale bytes, taken for others, would give the wrong elements of a grouped GEMM?

Some wrong elements are computed again by the reference under the bytes that a slip of addressing would have read. A
slip is a lead where it explains half of them and at least three: exactly on exact data, within the bound on any other.
Elements that are all off by one factor say nothing: much else would explain that.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from conformance.judging.accepted import Accepted, Index
from conformance.leads.places import LEAST, looked_at, of_one_factor
from conformance.leads.relations import Places, relations
from reference.codec import F32, F64, U8, Bools, e4m3_to_float64
from reference.contraction import contract_mx
from reference.formats import BLOCK
from reference.interval import Interval
from reference.propagation import weighted
from reports.model import Lead, Spot

_NAMES = ("a_codes", "a_scales", "w", "w_scale")
_NO_SCALE = 127
_NEAR = 2.0**-7  # of a value: wider than any rounding, so that the reference is asked of few slips


@dataclass(frozen=True, eq=False)
class ScaledOperand:
    """One operand. name: of its scales; codes [E, N, K]; scales [E, N, K/32]; flat: it has no axis of experts."""

    name: str
    codes: U8
    scales: U8
    flat: bool

    def spot(self, expert: int, row: int, block: int) -> Spot:
        """A scale byte's place as the tensor has it."""
        return Spot(self.name, (row, block) if self.flat else (expert, row, block))


@dataclass(frozen=True, eq=False)
class _Slip:
    """bytes of one operand, 'a' or 'w', as they were read, [S, B]. spots: where one was read, None for nowhere."""

    side: str
    words: str
    bytes: U8
    place: Places | None
    of: ScaledOperand

    def spot(self, element: int, block: int) -> Spot | None:
        """Where the byte of that element and block was read."""
        if self.place is None:
            return None
        expert, row, found = (int(np.broadcast_to(part, self.bytes.shape)[element, block]) for part in self.place)
        return self.of.spot(expert, row, found)

    def alone(self, block: int, belonging: U8) -> "_Slip":
        """The same, in one block only."""
        found = belonging.copy()
        found[:, block] = self.bytes[:, block]
        return _Slip(self.side, f"{self.words}, in block {block} alone", found, self.place, self.of)


@dataclass(frozen=True, eq=False)
class RoutedProduct:
    """A grouped GEMM: the row of each route times its expert's weights, with the names that its scales have there.

    rows, experts, weights: of each route; an expert of -1 is none, no weights are weights of one.
    """

    a: ScaledOperand
    w: ScaledOperand
    rows: np.ndarray
    experts: np.ndarray
    weights: F32 | None = None

    @staticmethod
    def of(
        given: Mapping[str, np.ndarray], rows_per_token: int, names: Sequence[str] = _NAMES, *, weighted: bool = True
    ) -> "RoutedProduct":
        """From arrays of these names and route_expert, and where it is weighted topk_weights, if there are any."""
        a_codes, a_scales, w, w_scale = (given[name] for name in names)
        routes = np.arange(len(given["route_expert"]))
        return RoutedProduct(
            ScaledOperand(names[1].split(".")[-1], a_codes[None], a_scales[None], True),
            ScaledOperand(names[3], w, w_scale, False),
            routes // rows_per_token,
            given["route_expert"],
            given.get("topk_weights") if weighted else None,
        )

    def leads(self, answer: Accepted) -> list[Lead]:
        """The one slip that explains the most; [] where none explains enough."""
        index = looked_at(answer, lambda routes: self.experts[routes] >= 0)
        if index is None or of_one_factor(answer, index):
            return []
        return _Looking(self, index, answer.observed[index]).leads()


@dataclass(frozen=True, eq=False)
class _Looking:
    """The wrong elements that are looked at: S of them, each with its two rows of codes and bytes."""

    product: RoutedProduct
    index: tuple[np.ndarray, ...]
    observed: np.ndarray

    @cached_property
    def places(self) -> dict[str, Places]:
        """Operand -> expert, row and block of each element's bytes."""
        routes, columns = self.index
        p = self.product
        rows, experts = p.rows[routes][:, None], p.experts[routes][:, None].astype(np.intp)
        blocks = np.arange(p.w.scales.shape[2])[None]
        return {"a": (rows * 0, rows, blocks), "w": (experts, columns[:, None], blocks)}

    @cached_property
    def belonging(self) -> dict[str, U8]:
        """Operand -> the bytes that belong there [S, B]."""
        return {name: side.scales[self.places[name]] for name, side in self._sides().items()}

    def leads(self) -> list[Lead]:
        slips = [slip for slip in self._slips() if not np.array_equal(slip.bytes, self.belonging[slip.side])]
        whole = [slip for slip in slips if self._enough(self._near(self._sums(slip)))]
        found = self._best(whole)
        if found is None:
            alone = (slip.alone(b, self.belonging[slip.side]) for slip in slips for b in self._blocks(slip))
            found = self._best(alone)
        return [] if found is None else [self._lead(*found)]

    def _sides(self) -> dict[str, ScaledOperand]:
        return {"a": self.product.a, "w": self.product.w}

    def _slips(self) -> Iterator[_Slip]:
        for name, side in self._sides().items():
            experts, rows, blocks = side.scales.shape
            for relation in relations((experts, rows, blocks)):
                place = relation.read(self.places[name])
                yield _Slip(name, relation.words, side.scales[place], place, side)
            other, of = next((n, s) for n, s in self._sides().items() if n != name)
            words = "the other operand's byte of the block"
            yield _Slip(name, words, self.belonging[other], self.places[other], of)
            if side.flat:
                zero, _, all_blocks = self.places["a"]
                place = (zero, self.index[0][:, None] % rows, all_blocks)
                yield _Slip(name, "the row that has the route's number", side.scales[place], place, side)
            none = np.full_like(self.belonging[name], _NO_SCALE)
            yield _Slip(name, "no scale", none, None, side)

    @cached_property
    def _dots(self) -> F64:
        """Each block's products of codes, summed, [S, B]."""
        a, w = self._codes()
        return (e4m3_to_float64(a) * e4m3_to_float64(w)).reshape(len(a), -1, BLOCK).sum(axis=2)

    def _codes(self) -> tuple[U8, U8]:
        p = self.product
        (_, rows, _), (experts, columns, _) = self.places["a"], self.places["w"]
        return p.a.codes[0, rows[:, 0]], p.w.codes[experts[:, 0], columns[:, 0]]

    def _terms(self, slip: _Slip | None = None) -> F64:
        """What each block adds, [S, B]."""
        read = self.belonging if slip is None else {**self.belonging, slip.side: slip.bytes}
        return np.ldexp(self._dots, read["a"].astype(np.int64) + read["w"] - 254)

    def _sums(self, slip: _Slip) -> F64:
        return self._terms(slip).sum(axis=1)

    def _blocks(self, slip: _Slip) -> list[int]:
        """Those in which the slip alone seems to explain enough."""
        terms, changed = self._terms(), self._terms(slip)
        sums = terms.sum(axis=1)[:, None] - terms + changed
        return [b for b in range(sums.shape[1]) if self._enough(self._near(sums[:, b]))]

    def _near(self, sums: F64) -> Bools:
        weights = self._weights()
        seen = self.observed.astype(np.float64)
        values = sums if weights is None else sums * weights
        return np.asarray(np.abs(values - seen) <= _NEAR * np.abs(seen))

    def _weights(self) -> F32 | None:
        weights = self.product.weights
        return None if weights is None else weights.astype(np.float32)[self.index[0]]

    @staticmethod
    def _enough(right: Bools) -> bool:
        return int(right.sum()) >= max(LEAST, right.size / 2)

    def _best(self, slips: Iterable[_Slip]) -> tuple[_Slip, Bools] | None:
        best: tuple[_Slip, Bools] | None = None
        for slip in slips:
            right = self._right(slip)
            if self._enough(right) and (best is None or right.sum() > best[1].sum()):
                best = slip, right
            if best is not None and best[1].all():
                break
        return best

    def _right(self, slip: _Slip) -> Bools:
        """Which elements are right under the slip, by the reference."""
        read = {**self.belonging, slip.side: slip.bytes}
        a, w = self._codes()
        with np.errstate(all="ignore"):
            found = contract_mx(a, read["a"], w, read["w"]).interval(np.float32)
            weights = self._weights()
            accepted: Interval = found if weights is None else weighted(found, weights)
            accepted = accepted.rounded_to(self.observed.dtype)
        own = np.arange(len(a))
        mine = accepted.at((own, own))
        return mine.contains(self.observed) & ~mine.free

    def _lead(self, slip: _Slip, right: Bools) -> Lead:
        changed = (slip.bytes != self.belonging[slip.side]) & (self._dots != 0) & right[:, None]
        element, block = (int(i) for i in np.unravel_index(int(np.argmax(changed)), changed.shape))
        first: Index = tuple(
            int(np.broadcast_to(part, slip.bytes.shape)[element, block]) for part in self.places[slip.side]
        )
        belongs = self._sides()[slip.side].spot(*first)
        byte = int(slip.bytes[element, block])
        return Lead(
            "scale byte", belongs, slip.spot(element, block), byte, slip.words, int(right.sum()), int(right.size)
        )
