"""Which scale bytes, taken for others, would give the wrong outputs of a whole MoE?

The reference's own answer to the tokens that are most wrong, with the layer's bytes moved as a slip of addressing does.
Which slips the reference is asked about, one token's rough result tells. Only a slip that explains nearly all of their
wrong elements is a lead, and only small layers are looked at.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import ml_dtypes
import numpy as np

from conformance.explain.layers import layer_of
from conformance.judging.accepted import Accepted
from conformance.leads.places import of_one_factor
from conformance.leads.relations import Places, Relation, relations
from reference.codec import F64, U8, Bools, e4m3_to_float64, e8m0_to_float64
from reference.formats import BLOCK
from reference.pipelines import MoEInputs, emulation, native
from reference.quantize import dequantize_mxfp8
from reference.swiglu import swiglu_oai
from reports.model import Lead, Spot
from vectors.case import Arrays, Case

_PIPELINES: dict[str, Callable[[MoEInputs], Any]] = {"native": native, "emulation": emulation}
_W13, _W2, _TOKENS = "w13_scale", "w2_scale", "scales of hidden_states"
_MOST_TOKENS = 4
_LARGEST = 1 << 20  # weights of the experts that one token uses
_ENOUGH, _LEAST = 0.9, 8  # share and number of wrong elements
_ASKED = 6  # slips that the reference is asked about
_NEAR, _ROUGHLY = 0.25, 0.5  # of the median result; and the share of elements that are so near
_NO_SCALE = 127


@dataclass(frozen=True)
class _Slip:
    """words: what is read. relations: of each tensor of scales that is read wrongly; None for no scale at all."""

    words: str
    relations: Mapping[str, Relation | None]


def of_case(case: Case, inputs: Arrays, pipeline: str, rank: int = 0) -> Callable[[Accepted], list[Lead]]:
    """What to ask of a wrong output of a case of a whole MoE, of one rank where it has several."""

    def ask(answer: Accepted) -> list[Lead]:
        layer = layer_of(case, inputs, rank)
        return [] if layer is None else leads(answer, layer.moe, pipeline)

    return ask


def leads(answer: Accepted, moe: MoEInputs, pipeline: str) -> list[Lead]:
    """The slip that explains the wrong outputs; [] where none does, or the layer is too large to be looked at."""
    bad = _bad(answer)
    index = np.nonzero(bad)
    if len(index[0]) < _LEAST or of_one_factor(answer, index):
        return []
    tokens = np.argsort(-bad.sum(axis=1), kind="stable")[:_MOST_TOKENS]
    first = _Layer(moe, tokens[:1])
    if not first.used.size or first.few.w13.size + first.few.w2.size > _LARGEST:
        return []
    seen = answer.observed[tokens[0]].astype(np.float64)
    for slip in first.likely(seen, bad[tokens[0]], pipeline):
        explained = _right(answer, _Layer(moe, tokens).under(slip), pipeline, tokens)[bad[tokens]]
        if explained.size >= _LEAST and explained.mean() >= _ENOUGH:
            return [first.lead(slip, int(explained.sum()), int(explained.size))]
    return []


def _bad(answer: Accepted) -> Bools:
    """Elements that are wrong, finite and not zero."""
    seen = answer.observed.astype(np.float64)
    wrong = np.zeros(seen.shape, bool) if answer.wrong is None else answer.wrong
    return wrong & np.isfinite(seen) & (seen != 0)


def _right(answer: Accepted, moe: MoEInputs, pipeline: str, tokens: np.ndarray) -> Bools:
    with np.errstate(all="ignore"):
        accepted = _PIPELINES[pipeline](moe).output
    return accepted.contains(answer.observed[tokens]) & ~accepted.free


class _Layer:
    """Some tokens of a layer. used: the experts that they use. few: the layer with these alone, numbered anew."""

    def __init__(self, moe: MoEInputs, tokens: np.ndarray) -> None:
        local = moe.route_experts().reshape(moe.topk_ids.shape)[tokens]
        self.moe, self.tokens, self.used = moe, tokens, np.unique(local[local >= 0])
        place = np.full(len(moe.w2) + 1, -1, np.int32)
        place[self.used] = np.arange(len(self.used), dtype=np.int32)
        weights: dict[str, Any] = {name: getattr(moe, name)[self.used] for name in ("w13", "w2", _W13, _W2)}
        self.few = replace(
            moe,
            hidden_states=moe.hidden_states[tokens],
            topk_weights=moe.topk_weights[tokens],
            topk_ids=place[local],
            expert_map=None,
            global_num_experts=len(self.used),
            **weights,
        )

    @cached_property
    def quantized(self) -> tuple[U8, U8]:
        """Codes and bytes of all tokens."""
        return self.moe.quantized(self.moe.hidden_states)

    def scales(self, name: str) -> U8:
        """All of that name, [E, N, B]; the tokens' have E = 1."""
        return self.quantized[1][None] if name == _TOKENS else getattr(self.moe, name)

    def place(self, name: str) -> Places:
        """Where the bytes belong that these tokens use, [E, N, B]."""
        rows, blocks = self.scales(name).shape[1:]
        if name == _TOKENS:
            return np.zeros((1, 1, 1), np.intp), self.tokens[None, :, None], np.arange(blocks)[None, None]
        return self.used[:, None, None], np.arange(rows)[None, :, None], np.arange(blocks)[None, None]

    def read(self, name: str, relation: Relation | None) -> U8:
        """The bytes that are read in their places."""
        scales = self.scales(name)
        if relation is None:
            return np.full_like(scales[self.place(name)], _NO_SCALE)
        return scales[relation.read(self.place(name))]

    def under(self, slip: _Slip) -> MoEInputs:
        """The layer that gives a right kernel what the slip gives. What decoded tokens hold is quantized to itself."""
        read: dict[str, Any] = {name: self.read(name, relation) for name, relation in slip.relations.items()}
        tokens = read.pop(_TOKENS, None)
        if tokens is not None:
            decoded = dequantize_mxfp8(self.quantized[0][self.tokens], tokens[0]).astype(ml_dtypes.bfloat16)
            return replace(self.few, hidden_states=decoded)
        return replace(self.few, **read)

    def likely(self, seen: F64, bad: Bools, pipeline: str) -> list[_Slip]:
        """The slips under which the one token is roughly what was seen, the nearest first."""
        near = _NEAR * float(np.median(np.abs(seen[bad])))
        rough = _Rough(self.few)
        found: list[tuple[float, _Slip]] = []
        for slip in self._slips(pipeline):
            with np.errstate(all="ignore"):
                share = float(np.mean(np.abs(rough.output(self.under(slip)) - seen)[bad] <= near))
            if share >= _ROUGHLY:
                found.append((share, slip))
        return [slip for _, slip in sorted(found, key=lambda one: -one[0])][:_ASKED]

    def _slips(self, pipeline: str) -> Iterator[_Slip]:
        """In both GEMMs alike, then in one of them, then in the tokens' own bytes; none that changes nothing."""
        ways = {name: _ways(self.scales(name)) for name in (_W13, _W2)}
        both = [way for way in ways[_W13] if way in ways[_W2]]
        slips = [_Slip(f"{way[0]} (of {_W2} too)", {name: ways[name][way] for name in ways}) for way in both]
        slips += [_Slip(way[0], {name: ways[name][way]}) for name in ways for way in ways[name]]
        if pipeline == "native" and self.moe.hidden_states.size <= _LARGEST:
            slips += [_Slip(way[0], {_TOKENS: one}) for way, one in _ways(self.scales(_TOKENS)).items()]
        for slip in slips:
            if all((self.read(n, r) != self.scales(n)[self.place(n)]).any() for n, r in slip.relations.items()):
                yield slip

    def lead(self, slip: _Slip, explained: int, looked_at: int) -> Lead:
        """The slip with the first byte that it takes for another."""
        name, relation = next(iter(slip.relations.items()))
        read = self.read(name, relation)
        at = tuple(np.argwhere(read != self.scales(name)[self.place(name)])[0])
        belongs = _spot(name, self.place(name), read.shape, at)
        used = None if relation is None else _spot(name, relation.read(self.place(name)), read.shape, at)
        return Lead("scale byte", belongs, used, int(read[at]), slip.words, explained, looked_at)


def _spot(name: str, place: Places, shape: tuple[int, ...], at: tuple[int, ...]) -> Spot:
    index = tuple(int(np.broadcast_to(part, shape)[at]) for part in place)
    return Spot(name, index[1:] if name == _TOKENS else index)


def _ways(scales: U8) -> dict[tuple[str, int], Relation | None]:
    """Words, with a number where several have the same, -> how bytes are read."""
    found: dict[tuple[str, int], Relation | None] = {}
    for relation in relations((scales.shape[0], scales.shape[1], scales.shape[2])):
        number = sum(1 for words, _ in found if words == relation.words)
        found[relation.words, number] = relation
    return found | {("no scale", 0): None}


class _Rough:
    """One token's output in float64, without any quantization between the stages."""

    def __init__(self, moe: MoEInputs) -> None:
        self._w13, self._w2 = (_blocks(e4m3_to_float64(codes)) for codes in (moe.w13, moe.w2))

    def output(self, moe: MoEInputs) -> F64:
        """moe: under a slip."""
        x, total = _blocks(moe.hidden_states.astype(np.float64))[0], np.zeros(moe.w2.shape[1])
        for expert, weight in zip(moe.topk_ids[0], moe.topk_weights[0], strict=True):
            if expert < 0:
                continue
            dots = np.einsum("nbi,bi->nb", self._w13[expert], x)
            gate, up = np.split((dots * e8m0_to_float64(moe.w13_scale[expert])).sum(axis=1).astype(np.float32), 2)
            h = _blocks(swiglu_oai(gate, up, **moe.activation))
            dots = np.einsum("nbi,bi->nb", self._w2[expert], h)
            total += float(weight) * (dots * e8m0_to_float64(moe.w2_scale[expert])).sum(axis=1)
        return total


def _blocks(values: F64) -> F64:
    return values.reshape(*values.shape[:-1], -1, BLOCK)
