"""Do the platform checks tell a right backend from a wrong one? Each fault fails exactly the checks named for it."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import torch

from conformance.backends import differences, platform_checks, probe_data
from reference.codec import float_to_e4m3


@pytest.fixture
def checks(interpreter):
    return interpreter.platform_checks()


def _faults():
    from tests.conformance.backends.broken_backends import FAULTS

    return FAULTS


def test_the_backend_passes_every_check(checks):
    assert {check.id: check.run() for check in checks if not check.run()[0]} == {}


def test_ids_are_unique_and_claims_are_sentences(checks):
    ids = [check.id for check in checks]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"PLT(-[A-Z0-9]+)+", name) for name in ids)
    assert all(check.claim for check in checks)
    assert {check.id for check in checks if check.essential} == set(platform_checks.ESSENTIAL)


@pytest.mark.parametrize("text", _faults())
def test_a_fault_fails_its_checks_and_no_other(text, checks, monkeypatch):
    fault = _faults()[text]
    fault.put(monkeypatch)
    outcomes = {check.id: check.run() for check in checks}
    assert {name for name, (holds, _) in outcomes.items() if not holds} == fault.fails
    for name in fault.fails:
        assert re.search(
            r"\d+ of \d+ values differ; first at \[.*observed 0x\w+ \(.*expected 0x\w+ \(", outcomes[name][1]
        )


def test_every_check_has_a_fault_that_fails_it():
    noticed = set().union(*(fault.fails for fault in _faults().values()))
    assert noticed == {*platform_checks.ESSENTIAL, *platform_checks.FINDINGS}


def test_a_probe_that_cannot_run_is_a_failure_that_says_so(checks, monkeypatch):
    from conformance.backends.interpreter_builder import ExactBuilder

    def refuse(self, *operands):
        raise RuntimeError("no such instruction")

    monkeypatch.setattr(ExactBuilder, "create_dot_scaled", refuse)
    holds, detail = next(check for check in checks if check.id == "PLT-DOT-SCALED-ORDINARY").run()
    assert not holds
    assert "no such instruction" in detail


def test_the_stock_interpreter_fails_the_essential_checks(python):
    program = (
        "import json, torch\n"
        "from conformance.backends.platform_checks import checks_on\n"
        "checks = checks_on(torch.device('cpu'), 1 << 17)\n"
        "print(json.dumps([check.id for check in checks if not check.run()[0]]))\n"
    )
    done = python(program, TRITON_INTERPRET="1")
    assert done.returncode == 0, done.stderr
    failed = set(json.loads(done.stdout.splitlines()[-1]))
    assert {"PLT-BF16-WIDEN", "PLT-CAST-BF16", "PLT-E4M3-WIDEN", "PLT-CAST-E4M3", "PLT-DOT-BF16"} <= failed


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU")
def test_a_gpu_passes_the_essential_checks(python):
    program = (
        "import json\n"
        "from conformance.backends import pick\n"
        "backend = pick('device')\n"
        "backend.activate()\n"
        "outcomes = {check.id: check.run() for check in backend.platform_checks() if check.essential}\n"
        "print(json.dumps({name: detail for name, (holds, detail) in outcomes.items() if not holds}))\n"
    )
    done = python(program)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {}


def test_probe_data_holds_every_boundary():
    bf16 = set(probe_data.for_bf16(0).tolist())
    assert {0x3F808000, 0x3F807FFF, 0x3F808001, 0x00000001, 0x00008000, 0x7F7F8000, 0x7F800001, 0x80000000} <= bf16
    e4m3 = probe_data.for_e4m3(0).view(np.float32)
    for value in (0.0, 2.0**-10, 2.0**-9, 448.0, 464.0, np.nextafter(np.float32(464), np.float32(0)), 17.0, np.inf):
        assert value in e4m3
        assert -value in e4m3
    assert set(float_to_e4m3(e4m3[~np.isnan(e4m3)])) == set(range(256)) - {0x7F, 0xFF}
    assert np.isnan(e4m3).any()


def test_scattered_patterns_are_distinct_and_fixed():
    patterns = probe_data.scattered_fp32(1 << 16)
    assert len(np.unique(patterns)) == 1 << 16
    assert patterns[:3].tolist() == [0, 2654435769, 1013904242]


def test_differences_count_and_show_the_first():
    observed, expected = (np.array(x, dtype=np.uint16) for x in ([0x3F80, 0x7FC1, 0x8000], [0x3F80, 0xFFC0, 0x0000]))
    given = differences.given_patterns("e4m3", x=np.array([1, 2, 0x38], dtype=np.uint8))
    holds, detail = differences.compare_patterns(observed, expected, "bf16", given)
    assert not holds
    assert detail == ("1 of 3 values differ; first at [2]: x 0x38 (1) -> observed 0x8000 (-0), expected 0x0000 (0)")


def test_a_nan_is_never_within_a_tolerance():
    one = np.ones(1)
    given = differences.given_float32(x=one)
    assert differences.compare_within(one.astype(np.float32), one, one * 0, given)[0]
    assert not differences.compare_within(np.full(1, np.nan, np.float32), one, one, given)[0]
