"""Is a stage's share in a layer's error that of the stage, and is nothing measured where nothing is wrong?"""

from __future__ import annotations

import functools
import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from conformance.calls import tensors
from conformance.impact.__main__ import failing_stages, main
from conformance.impact.chain import WHOLE, output
from conformance.impact.findings import BEGIN, END
from conformance.impact.findings import main as findings
from conformance.impact.layer import layer_of
from conformance.impact.measured import OF_OTHERS, Impact, impacts
from conformance.subjects.abilities import Abilities
from conformance.subjects.base import Subject
from conformance.uses.use import served
from reference import pipelines
from reference.quantize import quantize_mxfp8
from reference.swiglu import nominal_fp32, split
from reports.files import write_whole
from tests.reports.small_reports import Row, write


@functools.cache
def layer(name):
    return layer_of(next(use for use in served() if use.name == name))


TP = "minimax-m3-vllm-tp"


def quantizer(spoil=lambda codes, scales: None, **rule):
    def quantize(x):
        codes, scales = quantize_mxfp8(tensors.array(x), **rule)
        spoil(codes, scales)
        return tensors.codes(codes), tensors.tensor(scales)

    return quantize


def fused(spoil=lambda codes, scales: None):
    def stage(gate_up, **options):
        gate, up = split(tensors.array(gate_up))
        return quantizer(spoil)(tensors.tensor(nominal_fp32(gate, up, **options)))

    return stage


def binade_off(codes, scales):
    scales[:] += 8


def one_code(codes, scales):
    codes[0, 0] ^= 1


def measured(failing, **stages):
    return impacts(layer(TP), Subject("mine", "native", stages), failing)


@pytest.mark.parametrize("name", [use.name for use in served()])
def test_the_references_stages_give_what_its_pipeline_gives(name):
    found = layer(name)
    subject = Subject("none", found.use.pipeline, {WHOLE: print})
    right = getattr(pipelines, found.use.pipeline)(found.moe).output_nominal
    assert np.array_equal(output(found, subject, (), "cpu").view(np.uint16), right.view(np.uint16))
    rounding = np.linalg.norm(right.astype(np.float64) - found.exact) / np.linalg.norm(found.exact)
    assert rounding < (0.06 if found.use.pipeline == "native" else 0.01)


def test_a_right_stage_changes_nothing():
    (found,) = measured(["quantize"], quantize=quantizer(), activation_quantize=fused(binade_off))
    assert found.changed == 0 and str(found).endswith("no output changes")


def test_what_a_subject_declares_is_the_references_arithmetic_too():
    subject = Subject("mine", "native", {"quantize": quantizer(rule="ocp_floor")}, Abilities(scale_rule="ocp_floor"))
    (found,) = impacts(layer(TP), subject, ["quantize"])
    assert found.changed == 0


def test_one_code_is_below_what_rounding_changes_and_another_scale_is_unusable():
    (found,) = measured(["quantize"], quantize=quantizer(one_code))
    assert 0 < found.changed < 0.02 and found.weight.startswith("below what rounding to BF16 changes")
    (found,) = measured(["quantize"], quantize=quantizer(binade_off))
    assert found.changed > 0.9 and found.rel_l2[1] > 0.5 > 0.06 > found.rel_l2[0] and found.weight == "unusable"
    assert "rel-L2 0.0" in str(found) and "% of outputs change" in str(found)


def test_a_rule_that_saturates_is_told_beside_what_the_format_costs():
    (found,) = measured(["quantize"], quantize=quantizer(rule="ocp_floor"))
    assert found.quantized < found.moved and found.weight.startswith("above what the format itself costs")

    def a_sign(codes, scales):
        codes[0, 200] ^= 0x80

    (found,) = measured(["quantize"], quantize=quantizer(a_sign))
    assert found.rounded < found.moved <= found.quantized
    assert found.weight.startswith("below what the format itself costs")


def test_of_two_that_fail_each_is_measured_beside_the_other_and_beside_the_reference():
    found = measured(
        ["quantize", "activation_quantize"], quantize=quantizer(one_code), activation_quantize=fused(binade_off)
    )
    assert [(item.stage, item.others) for item in found] == [
        (stage, others) for others in OF_OTHERS for stage in ("quantize", "activation_quantize")
    ]
    beside, alone = found[0], found[2]
    assert beside.rel_l2[0] > 0.5 > 0.06 > alone.rel_l2[0]  # behind the other one the first hides, alone it shows


def test_nan_a_wrong_form_and_an_error_are_told():
    def nan(codes, scales):
        codes[3, 3] = 0x7F

    (found,) = measured(["quantize"], quantize=quantizer(nan))
    assert found.weight == "unusable: outputs are NaN or infinite"
    json.dumps(found.to_json(), allow_nan=False)
    (found,) = measured(["fused_moe"], fused_moe=lambda *given, **named: torch.zeros(2, 2))
    assert found.weight.startswith("not measured: the output has float32[2, 2], needs bfloat16[64, 256]")
    (found,) = measured(["fused_moe"], fused_moe=lambda *given, **named: 1 / 0)
    assert found.weight.startswith("not measured: raised ZeroDivisionError")


def test_stages_that_fail_are_those_of_the_rows(tmp_path, capsys):
    def row(case, verdict="fail", **cause):
        findings = [{"requirement": "QNT-01", "verdict": verdict, "cause": {"kind": "values", **cause}}]
        return {"id": case, "subject": "mine", "verdict": verdict, "findings": findings}

    rows = [
        row("moe/gaussian-small"),
        row("quantize/gaussian-bf16", "deviation"),
        row("gemm-mx/distinct-scales", "pass"),
        row("stages/gaussian-small", observable="activation"),
        row("nobody/knows"),
    ]
    document, mine = {"cases": rows}, Subject("mine", "native", {WHOLE: print})
    assert failing_stages(document, mine) == ["quantize", "activation_quantize", WHOLE]
    assert failing_stages(document, replace(mine, name="another")) == []
    write_whole(tmp_path / "report.json", b"{}")
    assert main([str(tmp_path)]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    with pytest.raises(SystemExit):
        main([])


def expected(name):
    met = {"met": ["A-01"], "unmet": {}, "unjudged": []}
    return ({"verdict": "fail", "reason": f"{name}: it is so.", "evidence": "e", **met},)


def test_a_table_has_the_reach_and_the_impact_of_each_known_finding(tmp_path):
    wrong, outside = {"A-01": "fail"}, {"m3": ["limit none"]}
    rows = (
        Row("quantize/gaussian-bf16", wrong, expected=expected("V10"), reach=outside),
        Row("quantize/gaussian-fp32", wrong, expected=expected("V2"), reach={"m3": []}),
        Row("moe/gaussian-small", wrong, expected=expected("V2"), reach=outside),
        Row("moe-sum/exact-top-3", wrong, expected=expected("V3")),
        Row("quantize/gaussian-fp16", wrong),
    )
    write(tmp_path, rows)
    made = (
        Impact("native", "m3", "quantize", OF_OTHERS[0], 0.5, (0.05, 0.9), 0.9, 0.5, 9, 0.05, 0.002),
        Impact("native", "other", "quantize", OF_OTHERS[0]),
        Impact("native", "m3", WHOLE, OF_OTHERS[1]),
    )
    write_whole(tmp_path / "impact.json", json.dumps([item.to_json() for item in made]).encode())
    page = tmp_path / "PAGE.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nbehind\n")
    assert findings([str(tmp_path), "--page", str(page)]) == 0
    text = page.read_text()
    assert text.startswith(f"before\n{BEGIN}\n") and text.endswith(f"{END}\nbehind\n") and "old" not in text
    unusable = "quantize: 50 % of outputs, rel-L2 0.0500 -> 0.9000, unusable"
    assert [line for line in text.splitlines() if line.startswith("| V")] == [
        f"| V2 | 2 | met by m3 (1 of 2) | {WHOLE}: no output changes; {unusable} |",
        "| V3 | 1 | not known | no stage of a routed layer |",
        f"| V10 | 1 | met by no use; outside of m3: limit none | {unusable} |",
    ]
    page.write_text("no place")
    assert findings([str(tmp_path), "--page", str(page)]) == 2 and page.read_text() == "no place"
