"""Do the closely decided cases tell kernels that are wrong by little, and have one right answer where they decide?"""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from reference.fused import AcceptedBlocks
from reference.quantize import quantize_mxfp8
from reference.scale_rules import scale_byte
from reference.swiglu import nominal_fp32, split
from vectors import arrays
from vectors.case import Case
from vectors.contents import gates
from vectors.families.activation_decisions import cases

CASES = {case.id: case for case in cases()}
BLOCKS = [name for name in CASES if "/near-decisions-" in name]
DENSE = [name for name in CASES if "/dense-sigmoids-" in name]


def options(case: Case) -> dict[str, float]:
    return {name: case.params[name] for name in ("alpha", "beta", "limit")}


def narrow(values: np.ndarray, kind: type = ml_dtypes.bfloat16) -> np.ndarray:
    with np.errstate(over="ignore"):
        return values.astype(kind).astype(np.float32)


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_have_one_answer_beside_both_decisions(name: str) -> None:
    case = CASES[name]
    inputs = case.inputs()
    accepted = AcceptedBlocks(arrays.real_interval(case.expected(inputs)))
    least, most = accepted.code_range(accepted.byte_lo)
    assert not accepted.open.any() and (accepted.byte_lo == accepted.byte_hi).all() and (least == most).mean() > 0.98
    values = nominal_fp32(*split(inputs["gate_up"]), **options(case))
    blocks = np.abs(values).reshape(*accepted.byte_lo.shape, 32)
    rounded = scale_byte(narrow(blocks.max(axis=-1)))
    assert 0.3 < (rounded != accepted.byte_lo).mean() < 0.8 and (rounded <= accepted.byte_lo).all()
    codes, _ = quantize_mxfp8(narrow(values))
    kept = (rounded == accepted.byte_lo).repeat(32, axis=-1)
    assert (codes != least)[kept].mean() > 0.2
    places = blocks.argmax(axis=-1).reshape(-1)
    assert len(np.unique(places)) == 32


@pytest.mark.parametrize("name", DENSE)
@pytest.mark.parametrize("wrong", ["", "tanh", "coarse", "polynomial"])
def test_dense_sigmoids_tell_a_formula_whose_error_grows(name: str, wrong: str) -> None:
    case = CASES[name]
    inputs = case.inputs()
    gate, up = split(inputs["gate_up"])
    z = (np.float32(case.params["alpha"]) * gate).astype(np.float64)
    factor = 1.4427 / np.log2(np.e) if wrong == "coarse" else 1.0
    sigmoid = (1 / (1 + np.exp(-z * factor).astype(np.float32))).astype(np.float32)
    if wrong == "tanh":
        sigmoid = np.float32(0.5) * (1 + np.tanh(z / 2).astype(np.float32))
    if wrong == "polynomial":
        sigmoid = sigmoid * np.float32(1 + 2.0**-18)
    found = gate * sigmoid * (up + np.float32(case.params["beta"]))
    right = arrays.interval(case.expected(inputs)).contains(found)
    assert right.all() if not wrong else (~right).mean() > 0.05
    assert np.histogram(z, np.arange(-20, 21))[0].min() > 50


def test_results_near_midpoints_of_a_store_tell_a_small_error() -> None:
    case = next(case for name, case in CASES.items() if "/near-stores-" in name)
    inputs = case.inputs()
    accepted = arrays.interval(case.expected(inputs))
    assert accepted.is_point().all()
    values = nominal_fp32(*split(inputs["gate_up"]), **options(case))
    for factor in (1 - 2.0**-15, 1 + 2.0**-15):
        assert (~accepted.contains((values * np.float32(factor)).astype(ml_dtypes.bfloat16))).mean() > 0.25


@pytest.mark.parametrize("family", ["activation", "activation-quantize"])
def test_a_flushed_sigmoid_is_told_strictly_alone(family: str) -> None:
    case = next(case for name, case in CASES.items() if name.startswith(f"{family}/flushed-sigmoids"))
    inputs = case.inputs()
    gate, up = (x.astype(np.float32) for x in split(inputs["gate_up"]))
    with np.errstate(over="ignore"):
        sigmoid = 1 / (1 + np.exp(np.float32(-case.params["alpha"]) * gate))
    found = np.where(sigmoid < 2.0**-126, np.float32(0), gate * sigmoid * (up + np.float32(case.params["beta"])))
    strict = arrays.interval(case.expected(inputs)) if family == "activation" else None
    wide = gates.enclosure(case, inputs)
    if strict is not None:
        assert wide.rounded_to(np.float32).contains(found).all() and 0.5 < (~strict.contains(found)).mean() < 0.9
        return
    codes, scales = quantize_mxfp8(found)
    lost = [
        ~part.all()
        for sets in (wide, arrays.real_interval(case.expected(inputs)))
        for part in [np.concatenate([m.reshape(-1) for m in AcceptedBlocks(sets).membership(codes, scales)])]
    ]
    assert lost == [False, True]
