"""Is one row that stands for many seen where offsets pass a power of two, and is a wrong row among them noticed?"""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from conformance.calls import tensors
from conformance.calls.layouts import expanded_columns, laid_out
from conformance.checks import repeated, test_activation, test_quantize
from conformance.judging.judge import Judge
from reference import swiglu
from reference.quantize import quantize_mxfp8
from vectors.registry import all_cases, vector

COUNT = 70
CASES = {
    case.family: replace(case, params={**case.params, "repeated": COUNT})
    for case in all_cases()
    if case.id.startswith(("quantize/more-than-2-31", "activation-quantize/more-than-2-31"))
}
CHECKS = {"quantize": test_quantize._judge_repeated, "activation-quantize": test_activation._judge_repeated}
BACKEND: Any = SimpleNamespace(device="cpu", checks_addresses=False)


def test_the_rows_take_the_memory_of_one() -> None:
    rows = repeated.rows(np.arange(4, dtype=np.float32)[None], 1000, "cpu")
    assert rows.shape == (1000, 4) and rows.stride() == (0, 1)
    assert rows.untyped_storage().nbytes() == 16


@pytest.mark.parametrize("count", [1, 2, 3, 7, 2**19 + 3])
def test_both_ends_and_the_neighbours_of_powers_of_two_are_looked_at(count: int) -> None:
    places = repeated.seen(count)
    assert places == sorted(set(places)) and places[0] == 0 and places[-1] == count - 1
    for power in (2**n for n in range(20)):
        assert {row for row in (power - 1, power, power + 1) if row < count} <= set(places)


def test_codes_are_taken_as_bits() -> None:
    codes = torch.arange(12, dtype=torch.uint8).reshape(6, 2).view(torch.float8_e4m3fn)
    np.testing.assert_array_equal(repeated.taken(codes, [0, 5]), [[0, 1], [10, 11]])


def test_columns_of_stride_0_need_equal_elements() -> None:
    rows = torch.tensor([[1.0, 1.0], [-2.0, -2.0]])
    found = expanded_columns(rows)
    assert found.stride(1) == 0 and torch.equal(found, rows)
    with pytest.raises(ValueError, match="needs one number a row"):
        expanded_columns(torch.tensor([[1.0, 2.0]]))


def test_half_of_a_far_axis_passes_2_to_the_31() -> None:
    found = laid_out(torch.zeros((2, 512), dtype=torch.uint8), "far-columns")
    assert found.stride(0) == 1 and 256 * found.stride(1) >= 2**31
    assert 2 * laid_out(torch.zeros((3, 8), dtype=torch.uint8), "distant-rows").stride(0) >= 2**31


def _quantized(family: str, row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if family == "quantize":
        return quantize_mxfp8(row)
    gate, up = swiglu.split(row.astype(np.float32))
    return quantize_mxfp8(swiglu.nominal_fp32(gate, up, alpha=1.702, beta=1.0, limit=7.0))


@pytest.mark.parametrize("family", CASES)
@pytest.mark.parametrize("wrong", [None, 0, 64, COUNT - 1])
def test_a_wrong_row_among_many_is_noticed(family: str, wrong: int | None) -> None:
    case = CASES[family]
    given = vector(case)

    def call(stage: str, rows: torch.Tensor, **_: Any) -> Any:
        codes, scales = (np.repeat(a, COUNT, axis=0) for a in _quantized(family, tensors.array(rows[:1])))
        if wrong is not None:
            codes[wrong, 7] ^= 0x80
        return tensors.codes(codes), tensors.tensor(scales)

    judge = Judge(case, "s", "b")
    CHECKS[family](case, SimpleNamespace(call=call), BACKEND, given, judge)
    verdicts = [finding.verdict for finding in judge.findings]
    assert verdicts and ("fail" in verdicts) == (wrong is not None)
