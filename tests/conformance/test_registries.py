"""Are requirements, cases, flags and checks one closed net?"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from conformance.checks.bad_inputs import SPOILINGS, TOGETHER
from conformance.requirements import REQUIREMENTS, requirement
from conformance.subjects.base import FAMILIES_OF_PIPELINE, STAGES_OF_FAMILY
from vectors.families.bad_input import WAYS
from vectors.flags import FLAGS
from vectors.registry import all_cases

ROOT = Path(__file__).resolve().parents[2]
CHECKS = sorted((ROOT / "conformance" / "checks").glob("test_*.py"))


def _judged_observables() -> set[str]:
    """The first string argument of every call of a method of ``judge`` in the checks."""
    found = set()
    helpers = ("judging/addresses.py", "distributed/verdict.py")
    for path in (*CHECKS, *(ROOT / "conformance" / name for name in helpers)):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                first = node.args[0]
                if (
                    isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "judge"
                    and isinstance(first, ast.Constant)
                ):
                    found.add(first.value)
    return found


def _families_with_checks() -> set[str]:
    marks = re.compile(r"@pytest\.mark\.family\(([^)]*)\)")
    found = {name for path in CHECKS for names in marks.findall(path.read_text()) for name in names.split(",")}
    return {name.strip().strip('"') for name in found}


def test_every_requirement_has_a_case() -> None:
    used = {r for case in all_cases() for r in case.requirements}
    assert sorted(set(REQUIREMENTS) - used) == []


def test_every_case_names_known_requirements_and_flags() -> None:
    for case in all_cases():
        assert set(case.requirements) <= set(REQUIREMENTS), case.id
        assert case.flags and set(case.flags) <= set(FLAGS), case.id
        assert len(set(case.requirements)) == len(case.requirements), case.id


def test_every_flag_is_used() -> None:
    used = {flag for case in all_cases() for flag in case.flags}
    assert sorted(set(FLAGS) - used) == []


def test_every_observable_is_judged_by_a_check() -> None:
    assert sorted({r.observable for r in REQUIREMENTS.values()} - _judged_observables()) == []


def test_every_family_has_a_check_and_a_subject() -> None:
    families = {case.family for case in all_cases()}
    assert (
        families
        == _families_with_checks()
        == set(STAGES_OF_FAMILY)
        == frozenset().union(*FAMILIES_OF_PIPELINE.values())
    )


def test_every_level_is_must_or_should_and_every_text_a_sentence() -> None:
    for r in REQUIREMENTS.values():
        assert r.level in ("MUST", "SHOULD") and r.text.endswith(".") and r.source, r.id


def test_an_unknown_requirement_is_named() -> None:
    with pytest.raises(KeyError, match="XXX-99"):
        requirement("XXX-99")


def test_bad_input_cases_and_their_spoilings_are_the_same_set() -> None:
    assert set(WAYS) == {*SPOILINGS, *TOGETHER}


def test_platform_needs_name_platform_checks() -> None:
    needs = {need for case in all_cases() for need in case.needs}
    text = (ROOT / "conformance" / "backends" / "platform_checks.py").read_text()
    assert {need for need in needs if f'"{need}"' not in text} == set()


def test_nan_cases_leave_numbers_to_compare() -> None:
    cases = {case.id: case for case in all_cases()}
    nan_cases = ("moe/nan-in-activations-and-weights", "gemm-mx/nan-codes-and-nan-bytes", "gemm-bf16/nan-in-operands")
    for name in nan_cases:
        expected = cases[name].expected(cases[name].inputs())
        shares = [array.mean() for key, array in expected.items() if key.endswith("nan")]
        assert shares and all(0 < share < 0.9 for share in shares), (name, shares)
