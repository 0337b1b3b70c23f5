"""Does a declaration change what a subject is held to, and nothing else? And does an inability keep cases from it?"""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conformance.requirements import requirement
from conformance.subjects.abilities import Abilities
from conformance.subjects.base import STAGES_OF_FAMILY, Subject
from reference.arithmetic import CONTRACT, Arithmetic
from tests.conformance.judged import rows_of
from tests.conformance.subjects.declaring import FLOOR
from vectors import arithmetic
from vectors.registry import all_cases, vector

ROOT = Path(__file__).parents[3]
CASES = {case.id: case for case in all_cases()}
# Asked of subjects with another arithmetic, each once declared and once silent: case -> whose silence fails.
ASKED = {
    "quantize/gaussian-bf16": "rule",
    "quantize/tiny-blocks-bf16": "floor",
    "activation-quantize/alpha-1-702-beta-1": "bf16 rule",
    "activation-quantize/zero-and-tiny-blocks": "bf16 rule floor",
    "stages/gaussian-small": "bf16 rule",
    "moe/exact-half-sigmoid": "bf16 rule",
    "expert-map/contiguous-halves": "bf16 rule",
    "property-mx/scaling-a-block-shifts-its-byte-fp32": "rule floor",
    "property-mx/quantizing-again-changes-nothing": "rule floor",
    "property-mx/moving-pairs-moves-results-activation-quantize-bf16": "bf16 rule floor",
    "property/permuting-tokens-permutes-outputs": "bf16 rule",
}
KINDS = ("bf16", "rule", "floor")
# What agreement with the declaration does not pass.
CONTRADICTED = {
    ("quantize/gaussian-bf16", "rule"): {"QNT-02"},
    ("quantize/tiny-blocks-bf16", "rule"): {"QNT-02"},
    ("quantize/tiny-blocks-bf16", "floor"): {"QNT-07"},
    ("activation-quantize/alpha-1-702-beta-1", "bf16"): {"FSQ-02"},
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, Any]]:
    """(case, subject) -> its row, all in one run on the interpreter."""
    specs = [f"tests.conformance.subjects.declaring:{kind}_{how}" for kind in KINDS for how in ("declared", "silent")]
    return rows_of(specs, ASKED, tmp_path_factory.mktemp("declared"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", ASKED)
def test_what_is_declared_passes_and_what_is_not_fails(rows: Any, case: str, kind: str) -> None:
    declared, silent = rows[case, f"{kind}-declared"], rows[case, f"{kind}-silent"]
    contradicted = CONTRADICTED.get((case, kind), set())
    found = {f["requirement"]: f["verdict"] for f in declared["findings"]}
    assert {name for name, verdict in found.items() if verdict != "pass"} == contradicted
    assert {found[name] for name in contradicted} <= {"declared"}
    assert (silent["verdict"] == "fail") == (kind in ASKED[case].split())


def test_a_contradicted_requirement_says_what_was_declared(rows: Any) -> None:
    row = rows["activation-quantize/alpha-1-702-beta-1", "bf16-declared"]
    (finding,) = (f for f in row["findings"] if f["requirement"] == "FSQ-02")
    words = "declared: the activation is rounded to BF16 before it is quantized"
    assert finding["cause"] == {"kind": "inability", "words": words}


OLD = Abilities(scale_rule="ocp_floor", amax_floor=FLOOR, bf16_between=True)


def test_the_case_is_asked_under_its_id_and_with_arrays_of_its_own() -> None:
    case = CASES["quantize/gaussian-bf16"]
    asked = OLD.asked(case)
    assert (asked.id, asked.requirements, asked.golden) == (case.id, case.requirements, False)
    assert arithmetic.of(asked.params) == OLD.arithmetic
    ours, theirs = vector(case), vector(asked)
    assert np.array_equal(ours.inputs["x"], theirs.inputs["x"])
    assert not np.array_equal(ours.expected["scales"], theirs.expected["scales"])


def test_only_families_that_quantize_are_asked_otherwise() -> None:
    changed = {case.family for case in CASES.values() if OLD.asked(case) is not case}
    assert changed == arithmetic.FAMILIES
    assert all(Abilities().asked(case) is case for case in CASES.values())
    assert all(not Abilities().contradicted(case) for case in CASES.values())


@pytest.mark.parametrize("family", ["moe", "stages", "expert-map", "experts-class"])
@pytest.mark.parametrize("abilities", [OLD, Abilities(scale_rule="even"), Abilities(scale_rule="ceil")])
def test_exact_data_stay_exact_under_other_arithmetics(family: str, abilities: Abilities) -> None:
    """Or a run would end with arrays that cannot be made."""
    small = [
        case
        for case in CASES.values()
        if case.family == family and case.in_tier("quick") and case.params["H"] * case.params["E"] < 2000
    ]
    assert small
    for case in small[::3]:
        asked = abilities.asked(case)
        asked.expected(asked.inputs())


UNABLE = {
    "activation_layouts": (("split",), "activation/alpha-1-beta-0-fp32-interleaved", "in the layouts split"),
    "limit_none": (False, "moe/activation-no-limit", "needs a clamp limit"),
    "weights_layouts": (("contiguous",), "moe/interaction/experts-far-apart", "the case has far-experts"),
    "k_granularity": (256, "gemm-mx/k-384-tiles", "needs K % 256 == 0, the case has K = 384"),
    "expert_map": ("none", "expert-map/identity", "takes no expert_map"),
    "out_of_range_ids": (False, "moe/ids-without-weight-rows", "without a weight row"),
    "hidden_dtypes": (("fp16",), "moe/gaussian-small", "of fp16, the case has bf16"),
    "quantize_dtypes": (("bf16", "fp16"), "quantize/gaussian-fp32", "of bf16, fp16, the case has fp32"),
    "activation_dtypes": (("bf16", "fp32"), "activation/each-format-bf16-to-fp16", "of bf16, fp32, the case has fp16"),
    "fused_dtypes": (("bf16",), "activation-quantize/ties-and-neighbours-fp32", "of bf16, the case has fp32"),
    "gemm_dtypes": (("bf16",), "gemm-mx/ties-and-ends-float16", "of bf16, the case has fp16"),
    "sum_dtypes": (("fp32", "bf16"), "moe-sum/each-format-float16-to-float32", "of fp32, bf16, the case has fp16"),
    "router_dtypes": (("fp32",), "moe/router-weights-in-fp16", "of fp32, the case has fp16"),
}


def _able(case_id: str, abilities: Abilities) -> str | None:
    case = CASES[case_id]
    stages = dict.fromkeys(
        ("fused_moe", "quantize", "activation", "activation_quantize", "grouped_gemm", "moe_sum", "experts"), print
    )
    stages["quant_config"] = print
    subject = Subject("theirs", "native", stages, abilities)
    return subject.unable(case.family, case.params, case.requirements)


@pytest.mark.parametrize("name", UNABLE)
def test_a_declared_inability_is_the_verdict_of_cases_that_need_it(name: str) -> None:
    value, case_id, says = UNABLE[name]
    reason = _able(case_id, Abilities(**{name: value}))
    assert reason is not None and reason.startswith("theirs ") and says in reason
    assert _able(case_id, Abilities()) is None


@pytest.mark.parametrize(
    "case_id",
    [
        "experts-class/bf16-router-weights",
        "use/refilled/fused-moe-in-bf16-topk-weights",
        "expert-map/combined/t1-e2-k2-with-duplicates-w-bfloat16-map-round-robin-world-2-alpha-1-702-gaussian",
    ],
)
def test_formats_of_router_weights_count_wherever_they_are_named(case_id: str) -> None:
    assert (
        _able(case_id, Abilities(router_dtypes=("fp32",))) == "theirs takes router weights of fp32, the case has bf16"
    )
    assert _able(case_id, Abilities()) is None


@pytest.mark.parametrize("case_id", ["moe/int64-ids", "moe/interaction/padding-tokens-of-minus-1"])
def test_ids_out_of_range_are_known_from_the_requirements_too(case_id: str) -> None:
    assert _able(case_id, Abilities(out_of_range_ids=False)) is not None


def test_no_case_with_ids_out_of_range_is_asked_of_who_cannot() -> None:
    able = Abilities(out_of_range_ids=False)
    for case in CASES.values():
        whole = case.family in ("moe", "stages", "expert-map") and case.params["H"] * case.params["E"] < 2000
        if not (whole and case.in_tier("quick")):
            continue
        inputs = case.inputs()
        known = len(inputs.get("expert_map", inputs["w13"]))
        beyond = ((inputs["topk_ids"] < 0) | (inputs["topk_ids"] >= known)).any()
        assert not beyond or able.unable(case.family, case.params, case.requirements), case.id


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"scale_rule": "round"}, "rule: has 'round'"),
        ({"amax_floor": 1e-30}, "amax_floor"),  # no FP32 number
        ({"amax_floor": 0.0}, "amax_floor"),
        ({"activation_layouts": ()}, "activation_layouts: has nothing"),
        ({"weights_layouts": ("swizzled",)}, "weights_layouts: has swizzled"),
        ({"k_granularity": 48}, "k_granularity: has 48"),
        ({"expert_map": "local"}, "expert_map: has local"),
        ({"hidden_dtypes": ("int8",)}, "hidden_dtypes: has int8"),
    ],
)
def test_what_cannot_be_declared_is_refused_by_name(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match="needs") as caught:
        Abilities(**given)
    assert says in str(caught.value)


def test_the_page_of_the_protocol_names_every_ability_and_every_stage() -> None:
    page = (ROOT / "conformance" / "subjects" / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", page))
    stages = {stage for needed in STAGES_OF_FAMILY.values() for stage in needed}
    assert {field.name for field in fields(Abilities)} | stages <= named


def test_the_emulation_pipeline_has_no_arithmetic_to_declare() -> None:
    with pytest.raises(ValueError, match="quantizes nothing"):
        Subject("theirs", "emulation", {"fused_moe": print}, Abilities(bf16_between=True))
    assert Abilities().arithmetic == CONTRACT == Arithmetic()


def test_a_subject_without_triton_kernels_or_refusals_is_asked_all_else() -> None:
    silent = Abilities(launches_triton=False, refuses_bad_input=False)
    declared = {case.id for case in CASES.values() if silent.unable(case.family, case.params, case.requirements)}
    usual = {case.id for case in CASES.values() if Abilities().unable(case.family, case.params, case.requirements)}
    refused = {c.id for c in CASES.values() if any(requirement(r).observable == "refusal" for r in c.requirements)}
    lowered = {case.id for case in CASES.values() if case.family in ("lowering", "lowering-fallback")}
    assert refused and lowered and declared - usual == (refused | lowered) - usual
