"""Is a slip of addressing named as the one that was made, and nothing else as one?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from conformance.explain.layers import layer_of
from conformance.judging.bits import Bits
from conformance.judging.blocks import Blocks
from conformance.judging.within import Within
from conformance.leads import layer, quantized, routing
from conformance.leads.contraction import RoutedProduct
from conformance.leads.relations import Relation, relations
from reference.alignment import align_block_size
from reference.fused import AcceptedBlocks
from reference.interval import Interval, RealInterval
from reference.pipelines import native
from reference.quantize import quantize_mxfp8
from reports.model import Lead, Spot
from vectors import registry
from vectors.contents.gemm import LIKELY_FAILURE, _rows_accepted
from vectors.contents.routes import aligned

EXACT, ANY = "gemm-mx/exact-sums-under-distinct-scales-float32", "gemm-mx/softmax-router-weights"
SLIPS = (
    "the block 1 behind",
    "the row 1 behind",
    "the first row",
    "the first expert",
    "the first block of the K tile of 4 blocks",
    "the transposed scales",
    "the byte behind it in memory",
)


def _case(name: str) -> Any:
    return next(case for case in registry.all_cases() if case.id == name)


def _moved(scales: np.ndarray, words: str) -> np.ndarray:
    """The bytes as the slip reads them."""
    full = scales if scales.ndim == 3 else scales[None]
    relation: Relation = next(one for one in relations(full.shape) if one.words == words)
    experts, rows, blocks = relation.read(tuple(np.indices(full.shape)))
    return full[experts, rows, blocks].reshape(scales.shape)


def _answer(name: str, **changed: Any) -> tuple[Any, Within]:
    """The inputs of a case, and what comes of other ones in the place of some."""
    case = _case(name)
    inputs = case.inputs()
    wrong = replace(case, params=case.params | {"exact": False})
    accepted = _rows_accepted(case, inputs, None)
    given = {name: change(inputs[name]) for name, change in changed.items()}
    return inputs, Within(_rows_accepted(wrong, inputs | given, LIKELY_FAILURE).hi, accepted)


def _leads(name: str, **changed: Any) -> list[Lead]:
    inputs, answer = _answer(name, **changed)
    return RoutedProduct.of(inputs, _case(name).params["rows_per_token"]).leads(answer)


@pytest.mark.parametrize("scales", ["w_scale", "a_scales"])
@pytest.mark.parametrize("words", SLIPS)
@pytest.mark.parametrize("name", [EXACT, ANY])
def test_a_slip_in_a_gemm_is_named(name: str, words: str, scales: str) -> None:
    if scales == "a_scales" and "expert" in words:
        return  # they have none
    (lead,) = _leads(name, **{scales: lambda bytes_: _moved(bytes_, words)})
    assert (lead.kind, lead.belongs.tensor, lead.relation) == ("scale byte", scales, words)
    inputs = _case(name).inputs()
    assert lead.used is not None and lead.used.tensor == scales
    assert inputs[scales][lead.used.index] == lead.byte != inputs[scales][lead.belongs.index]
    assert lead.explained == lead.looked_at >= 40


def test_a_slip_in_one_block_alone_is_named_with_its_bytes() -> None:
    def last_block(scales: np.ndarray) -> np.ndarray:
        return np.concatenate([scales[..., :-1], scales[..., -2:-1]], axis=-1)

    (lead,) = _leads(EXACT, w_scale=last_block)
    assert lead.relation == "the block 1 before, in block 7 alone"
    assert (lead.belongs.index[2], lead.used and lead.used.index[2]) == (7, 6)


def test_a_scale_that_is_not_applied_is_named() -> None:
    (lead,) = _leads(EXACT, w_scale=lambda scales: np.full_like(scales, 127))
    assert (lead.used, lead.byte, lead.relation) == (None, 127, "no scale")


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        (EXACT, {"w": lambda codes: np.roll(codes, 1, axis=1)}),  # rows of weights
        (EXACT, {"a_codes": lambda codes: codes ^ 0x80}),
        (ANY, {"topk_weights": lambda weights: np.roll(weights, 1)}),
        (ANY, {"topk_weights": lambda weights: weights * np.float32(2)}),
    ],
)
def test_what_no_scale_explains_is_not_said_to_be_one(name: str, changed: Any) -> None:
    _, answer = _answer(name, **changed)
    assert answer.wrong is not None and answer.wrong.sum() > 100
    assert _leads(name, **changed) == []


def test_a_factor_that_all_have_is_no_slip() -> None:
    inputs, answer = _answer(EXACT)
    doubled = replace(answer, observed=answer.observed * np.float32(2))
    assert RoutedProduct.of(inputs, 2).leads(doubled) == []


def _layer(name: str, **changed: str) -> list[Lead]:
    case = _case(name)
    known = layer_of(case, case.inputs())
    assert known is not None
    slipped = {scales: _moved(getattr(known.moe, scales), words) for scales, words in changed.items()}
    observed = native(replace(known.moe, **slipped)).output_nominal
    return layer.of_case(case, case.inputs(), "native")(Within(observed, native(known.moe).output))


@pytest.mark.parametrize("name", ["moe/exact-half-sigmoid", "moe/gaussian-small"])
def test_a_slip_in_a_whole_layer_is_named(name: str) -> None:
    (both,) = _layer(name, w13_scale="the row 1 behind", w2_scale="the row 1 behind")
    assert both.relation == "the row 1 behind (of w2_scale too)" and both.belongs.tensor == "w13_scale"
    (one,) = _layer(name, w2_scale="the block 1 behind")
    assert (one.relation, one.belongs.tensor) == ("the block 1 behind", "w2_scale")


def test_a_layer_that_no_slip_explains_has_no_lead() -> None:
    case = _case("moe/gaussian-small")
    known = layer_of(case, case.inputs())
    assert known is not None
    observed = native(replace(known.moe, beta=0.0)).output_nominal
    assert layer.of_case(case, case.inputs(), "native")(Within(observed, native(known.moe).output)) == []


def test_bytes_of_a_quantizer_that_are_a_neighbours_are_named() -> None:
    rows = np.exp2(np.arange(8)[:, None] + np.arange(4)[None] * 9).repeat(32, axis=1).astype(np.float32)
    codes, scales = quantize_mxfp8(rows)
    (lead,) = quantized.leads(Bits(np.roll(scales, -1, axis=1), scales))
    assert lead == Lead("scale byte", Spot("scales", (0, 0)), Spot("scales", (0, 1)), int(scales[0, 1]),
                        "the block 1 behind", 32, 32)  # fmt: skip
    never = np.zeros(rows.shape, bool)
    accepted = AcceptedBlocks(RealInterval(rows.astype(float), rows.astype(float), never, never))
    (lead,) = quantized.leads(Blocks(codes, np.roll(scales, 1, axis=0), accepted))
    assert (lead.relation, lead.belongs.index, lead.explained) == ("the row 1 before", (0, 0), 32)
    assert quantized.leads(Bits(scales + np.uint8(1), scales)) == []
    assert quantized.leads(Bits(scales, scales)) == []


def test_an_answer_without_numbers_has_no_lead() -> None:
    inputs, answer = _answer(EXACT)
    nothing = replace(answer, observed=np.full_like(answer.observed, np.nan))
    assert RoutedProduct.of(inputs, 2).leads(nothing) == []
    assert RoutedProduct.of(inputs, 2).leads(Within(answer.interval.lo, Interval.exact(answer.interval.lo))) == []


def test_routes_that_the_call_before_has_left_are_named() -> None:
    first, now = np.array([[0, 1], [2, 1], [0, 2]], np.int32), np.array([[2, 1]], np.int32)
    before, right = (aligned(ids, 4, 3) for ids in (first, now))
    facts, ids = align_block_size(now, 4, 3), right["sorted_token_ids"].copy()

    def leads() -> list[Lead]:
        return routing.left_over(ids, right["expert_ids"], before["sorted_token_ids"], facts, 4)

    assert leads() == []
    ids[:4] = before["sorted_token_ids"][:4]
    (lead,) = leads()
    assert (lead.kind, lead.belongs.tensor, lead.used) == (
        "earlier call",
        "sorted_token_ids",
        Spot("the call before", lead.belongs.index),
    )
    assert (lead.explained, lead.looked_at) == (4, 5)  # the fifth is where the last of them belongs
