"""Is each thing that a subject does wrong reported as exactly that, for every stage?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from conformance.calls import faults, notes
from conformance.calls.explanation import FaultError, explain
from conformance.subjects.base import Subject
from reports.line import lines
from reports.model import Cause
from tests.conformance.judged import rows_of

ROOT = Path(__file__).parents[3]
CASES = {
    "fused_moe": "moe/exact-half-sigmoid",
    "quantize": "quantize/gaussian-bf16",
    "activation": "activation/alpha-1-beta-0-bf16",
    "activation_quantize": "activation-quantize/alpha-1-beta-0",
    "grouped_gemm": "gemm-mx/k-384-tiles",
}
_ROW = {"fused_moe": (9, 128), "quantize": (7, 256), "activation_quantize": (9, 48)}
SAYS = {
    "raises": "raised ZeroDivisionError: on purpose",
    "says-nothing": "raised AssertionError: no message, by assert len(args) > 99 at tests/conformance/calls/faulty.py:",
    "shape": "[",
    "dtype": "",
    "nothing": "{stage} returned NoneType, needs",
    "mutates": "changed its inputs",
    "beyond": "raised OutOfBounds: store in kernel _write",
    "unwritten": "{stage} leaves",
}
SPECIAL = {
    ("dtype", "quantize"): "quantize returned uint8 and uint8, needs float8_e4m3fn and uint8",
    ("dtype", "activation_quantize"): "activation_quantize returned uint8 and uint8, needs float8_e4m3fn and uint8",
    ("dtype", "fused_moe"): "output torch.float64[9, 128]",
    ("dtype", "activation"): "observed float64[",
    ("dtype", "grouped_gemm"): "observed float64[",
    ("shape", "fused_moe"): "output torch.bfloat16[8, 128]",
    ("shape", "quantize"): "has codes (6, 256)",
    ("shape", "activation"): "expected bfloat16[",
    ("mutates", "fused_moe"): "changed its inputs: hidden_states",
    ("mutates", "quantize"): "quantize changed its inputs: argument 0 (bfloat16[7, 256])",
    ("unwritten", "fused_moe"): "fused_moe leaves 128 of 1152 elements to memory that nothing wrote",
    ("unwritten", "quantize"): "quantize leaves 256 of 1848 elements to memory that nothing wrote",
}  # fmt: skip


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, Any]]:
    """(case, subject) -> its row, all in one run on the interpreter."""
    specs = [f"tests.conformance.calls.faulty:{name}" for name in SAYS]
    return rows_of(specs, CASES.values(), tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize("stage", CASES)
@pytest.mark.parametrize("fault", SAYS)
def test_a_fault_is_reported_as_what_it_is(rows: Any, fault: str, stage: str) -> None:
    row = rows[CASES[stage], fault]
    assert row["verdict"] == "fail"
    assert SPECIAL.get((fault, stage), SAYS[fault].format(stage=stage)) in "\n".join(lines(row))


@pytest.mark.parametrize("stage", CASES)
def test_an_access_outside_is_judged_by_its_own_requirement(rows: Any, stage: str) -> None:
    row = rows[CASES[stage], "beyond"]
    (found,) = (finding for finding in row["findings"] if finding["requirement"] == "MEM-01")
    assert found["verdict"] == "fail" and found["cause"]["kind"] == "outside"
    others = [finding for finding in row["findings"] if finding is not found]
    assert others and {finding["cause"]["after"] for finding in others} == {"MEM-01"}
    assert [line for line in lines(row) if "OutOfBounds" in line and " MEM-01: " not in line] == []


@pytest.mark.parametrize("stage", CASES)
def test_only_who_leaves_memory_unwritten_is_said_to(rows: Any, stage: str) -> None:
    others = [lines(rows[CASES[stage], fault]) for fault in SAYS if fault != "unwritten"]
    assert not any("nothing wrote" in line for found in others for line in found)


def _subject(stage: Any) -> Subject:
    return Subject("theirs", "native", {"fused_moe": print, "quantize": stage})


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (torch.zeros(2, 32), "returned Tensor"),
        ((), "returned nothing, needs float8_e4m3fn and uint8"),
        ([torch.zeros(1, dtype=torch.float8_e4m3fn)] * 3, "returned float8_e4m3fn and float8_e4m3fn and float8_e4m3fn"),
    ],
)  # fmt: skip
def test_a_result_of_another_form_is_told_without_a_place(found: Any, says: str) -> None:
    with pytest.raises(FaultError) as caught:
        _subject(lambda x: found).call("quantize", torch.zeros(2, 32))
    if says != "returned Tensor":
        assert says in str(caught.value)
    assert explain(caught.value) == Cause("claim", str(caught.value))


def test_a_result_of_nan_that_follows_no_memory_is_the_subjects_own() -> None:
    nan = (torch.full((2, 32), float("nan")).to(torch.float8_e4m3fn), torch.zeros(2, 1, dtype=torch.uint8))
    notes.take()
    _subject(lambda x: nan).call("quantize", torch.zeros(2, 32))
    assert notes.take().unwritten() == ""


@pytest.mark.parametrize(
    "given",
    [
        torch.zeros(0, 3),
        torch.zeros(4, 1).expand(4, 0)[:, :0].reshape(-1),
        torch.zeros(3, 9, dtype=torch.bfloat16)[:, 2:5],
        torch.zeros(2, 64).to(torch.float8_e4m3fn).t(),
        torch.zeros((), dtype=torch.int64),
        torch.full((3,), float("nan")),  # equal to itself, bit for bit
    ],
)
def test_any_view_can_be_watched_and_is_seen_to_be_kept(given: torch.Tensor) -> None:
    before = faults.copies((given, 3), {"other": given})
    assert faults.changed(before) == []
    if given.numel():
        given.copy_(torch.ones_like(given))
        assert len(faults.changed(before)) == 2


def test_memory_of_a_custom_operator_is_followed_too() -> None:
    library = torch.library.Library("tests_faults", "FRAGMENT")
    library.define("fresh(Tensor x) -> Tensor")
    library.impl("fresh", lambda x: x.new_empty(x.shape), "CompositeExplicitAutograd")
    words = faults.unwritten("activation", lambda: torch.ops.tests_faults.fresh(torch.zeros(3, 4)))
    assert words == "stale memory: activation leaves 12 of 12 elements to memory that nothing wrote"


def test_one_row_that_stands_for_many_is_copied_once_and_its_change_is_seen() -> None:
    row = torch.zeros(1, 8)
    rows = row.expand(1 << 20, 8)
    before = faults.copies((rows,), {})
    assert before["argument 0"][1].shape == (1, 8) and not faults.changed(before)
    row[0, 5] = 1
    assert faults.changed(before) == ["argument 0 (float32[1048576, 8])"]
