"""Is a failure inside a use where the use gives what fails, and outside by the facts that it does not give?"""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import ml_dtypes
import numpy as np
import pytest

from conformance.uses import reach
from vectors.case import Case, expect_nothing, no_inputs
from vectors.registry import all_cases

KNOWN = {case.id: case for case in all_cases()}
TP, EP = "minimax-m3-vllm-tp", "minimax-m3-vllm-ep"
M3 = {"alpha": 1.702, "beta": 1.0, "limit": 7.0, "layout": "split", "dtype": "bf16"}


def reached(case, inputs, pipeline="native", **wrong):
    return reach.of(()).reach(case, SimpleNamespace(pipeline=pipeline), inputs, wrong)


def a_case(family, **params):
    return Case(f"{family}/made-here", "", ("MOE-01",), no_inputs, expect_nothing, params)


def bf16(*shape):
    return np.linspace(0.25, 2, int(np.prod(shape))).reshape(shape).astype(ml_dtypes.bfloat16)


def at(shape, *index):
    found = np.zeros(shape, bool)
    found[index] = True
    return found


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("quantize/gaussian-bf16", []),
        ("quantize/gaussian-fp32", ["hidden_states float32"]),
        ("quantize/tiny-blocks-bf16", ["hidden_states blocks of 1.31655e-36 below 1e-09"]),
        ("quantize/shape-three-dimensions", ["axes 3"]),
        ("quantize/row-length-48-is-refused", ["input that must be refused", "row_width 48, no multiple of 32"]),
        ("activation/limit-none-edges-bf16", ["limit none", "gate_up 9984 above 4096"]),
        ("moe/gaussian-small", []),
        ("moe/exact-half-sigmoid", []),
        ("bad-input/alpha-text", ["input that must be refused"]),
        ("property/zero-weight-routes-change-nothing", ["ids without a weight row"]),
    ],
)
def test_facts_of_the_whole_case(name, facts):
    case = KNOWN[name]
    found = reached(case, case.inputs())
    assert found[TP] == facts
    renamed = replace(case, id=f"{case.family}/another-name")
    assert reached(renamed, case.inputs())[TP] == facts, "a use asks what is given, never for a name"


def test_a_map_is_one_uses_and_not_the_others():
    case = KNOWN["moe/gaussian-small"]
    inputs = case.inputs()
    assert reached(case, inputs) == {TP: [], EP: ["map none"]}
    inputs = {**inputs, "expert_map": np.array([0, -1, 1, 2], np.int32)}
    assert reached(case, inputs) == {TP: ["map global-to-local"], EP: []}
    assert list(reached(case, inputs, "emulation")) == ["gpt-oss-fallback"]


@pytest.mark.parametrize("layout", ["split", "interleaved"])
def test_of_an_activation_the_elements_that_fail_decide(layout):
    case, gate_up = a_case("activation", **M3), bf16(3, 128)
    case = replace(case, params={**case.params, "layout": layout})
    gate_up[1, 64 + 5 if layout == "split" else 11] = np.nan  # the up of column 5
    said = [] if layout == "split" else ["gate_up_layout interleaved"]
    found = reached(case, {"gate_up": gate_up}, output=at((3, 64), 1, 5))
    assert found[TP] == [*said, "gate_up NaN"]
    assert reached(case, {"gate_up": gate_up}, output=at((3, 64), 1, [5, 6]))[TP] == said
    assert reached(case, {"gate_up": gate_up})[TP] == [*said, "gate_up NaN"], "not known which failed: all of them"


@pytest.mark.parametrize("family", ["quantize", "activation-quantize"])
def test_of_blocks_those_that_fail_decide(family):
    wide, name = bf16(2, 96 if family == "quantize" else 192), "x" if family == "quantize" else "gate_up"
    wide[1, 40] = np.inf
    case = a_case(family, **M3 if family != "quantize" else {})
    for observable, in_it, beside in (
        ("codes", at((2, 96), 1, 63), at((2, 96), 1, 64)),
        ("scales", at((2, 3), 1, 1), at((2, 3), 0, 1)),
    ):
        assert reached(case, {name: wide}, **{observable: in_it})[TP][0].endswith("infinite")
        assert reached(case, {name: wide}, **{observable: beside})[TP] == []
        both = {"first": in_it, "second": beside}
        assert reached(case, {name: wide}, **both)[TP] == [], "one observable that the use meets is enough"


def test_of_a_layer_the_tokens_that_fail_decide():
    case = KNOWN["moe/gaussian-small"]
    inputs = {name: array.copy() for name, array in case.inputs().items()}
    inputs["topk_ids"][2, 0], inputs["hidden_states"][3, 7] = -1, np.nan
    other = int(inputs["topk_ids"][0, 0])
    shape = inputs["hidden_states"].shape
    alone = [token for token in (0, 1, 4) if other not in inputs["topk_ids"][token]]
    assert reached(case, inputs, output=at(shape, 2, 5))[TP] == ["ids without a weight row"]
    assert reached(case, inputs, output=at(shape, 3, 5))[TP] == ["hidden_states NaN"]
    assert reached(case, inputs, output=at(shape, 0, 5))[TP] == []
    inputs["w2"][other, 9, 3] = 0xFF
    assert reached(case, inputs, output=at(shape, 0, 5))[TP] == ["codes NaN"]
    assert alone and reached(case, inputs, output=at(shape, alone[0], 5))[TP] == []


def test_of_a_product_the_routes_and_columns_that_fail_decide():
    case = KNOWN["gemm-mx/router-weight-of-each-route"]
    inputs = {name: array.copy() for name, array in case.inputs().items()}
    inputs["w_scale"][int(inputs["route_expert"][4]), 6, 0] = 255
    shape = (len(inputs["route_expert"]), inputs["w"].shape[1])
    outside = set(reached(case, inputs, output=at(shape, 4, 6))[TP])
    assert outside - set(reached(case, inputs, output=at(shape, 4, 7))[TP]) == {"weight_scales 255 above 140"}


def test_an_observable_that_lies_otherwise_decides_nothing():
    case, x = a_case("quantize"), bf16(4, 64)
    x[0, 0] = np.nan
    assert reached(case, {"x": x}, repeat=at((7, 3), 0, 0))[TP] == ["hidden_states NaN"]


def test_cases_of_every_kind_can_be_held_to_every_use():
    uses = reach.of(())
    for case in all_cases():
        rows = case.family in ("quantize", "activation", "activation-quantize", "gemm-mx")
        empty = rows and 0 in (case.params.get("T"), case.params.get("rows"), *case.params.get("shape", ()))
        few = case.in_tier("quick") and case.family in ("selection", "property", "moe-sum", "use", "stages")
        if few or (empty and case.in_tier("gate")):
            for pipeline in ("native", "emulation"):
                uses.reach(case, SimpleNamespace(pipeline=pipeline), case.inputs(), {})


def test_no_value_excuses_an_access_outside():
    case, x = a_case("quantize"), bf16(4, 64)
    x[0, 0] = np.nan
    uses, subject = reach.of(()), SimpleNamespace(pipeline="native")
    assert uses.reach(case, subject, {"x": x}, {})[TP] == ["hidden_states NaN"]
    assert uses.reach(case, subject, {"x": x}, {}, by_values=False)[TP] == []
