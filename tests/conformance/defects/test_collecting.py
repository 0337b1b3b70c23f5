"""Is each wrong kernel asked to the end what calls its code, kept whole, and not asked again?"""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from conformance.defects.called import FILES, calling
from conformance.defects.catalogue import Edit
from conformance.defects.collecting import Collecting, SeenError, read, spread
from conformance.defects.distil import record
from conformance.defects.records import CLEAN
from conformance.defects.suite_process import Reported
from conformance.likeness.symptoms import Symptom
from conformance.subjects.base import STAGES_OF_FAMILY
from reports.model import CaseResult, Cause, Finding
from tests.conformance.defects.fakes import CASES, defect
from vectors import registry

PRINTS = {CLEAN: "0" * 16, "a-defect": "1" * 16}
ENTRY = defect(edits=(Edit("kernels/quantize.py", "a", "b"),))


def row(name, failing=False):
    finding = Finding("QNT-01", "fail", Cause("claim", "", "codes")) if failing else Finding("QNT-01", "pass")
    facts = {"id": name, "subject": "native", "backend": "fake", "requirements": ("QNT-01",)}
    return CaseResult.of([finding], seconds=0.0, **facts).to_json()


class FakeTrials:
    """Reports by tree. asked: (tree, question)."""

    def __init__(self, failing=("quantize/edges",), cut=False):
        self.failing, self.cut, self.asked = failing, cut, []

    def __call__(self, place, question, limit):
        self.asked.append((place.name, question))
        names = [case.id for case in CASES if case.tier == "quick" and case.id not in question.without]
        names = names[:2] if self.cut else names
        wrong = ("moe/whole",) if place.name != "a-defect" else ("moe/whole", *self.failing)
        cases = [row(name, name in wrong) for name in names]
        return Reported({"cases": cases, "environment": {"versions": {"torch": "2"}}}, self.cut, "", 1.0)


@pytest.fixture
def collecting(setup, tmp_path):
    def make(trials, limit=60.0, prints=PRINTS):
        stop = threading.Event()
        return Collecting([ENTRY], setup("quick"), trials, "fake", prints, 1, limit, tmp_path / "symptoms", stop)

    return make


def test_what_fails_is_kept_and_distilled_without_what_right_kernels_fail(collecting):
    trials = FakeTrials()
    collecting(trials).run()
    seen = read(collecting(trials).path("a-defect"))
    assert [found["id"] for found in seen.rows] == ["moe/whole", "quantize/edges"] and not seen.cut
    assert trials.asked[1][1].subjects == ("native",) and trials.asked[1][1].first
    found = record(collecting(trials).folder, [ENTRY], CASES, PRINTS)
    [known] = found.known
    assert known.fails == {"quantize/edges": frozenset({Symptom("codes", "claim")})} and not known.unasked
    assert found.versions == {"torch": "2"}


def test_what_is_known_is_not_asked_again_unless_it_was_cut_or_changed(collecting):
    collecting(FakeTrials(cut=True)).run()
    again, sooner, changed = FakeTrials(), FakeTrials(), FakeTrials()
    known = record(collecting(again).folder, [ENTRY], CASES, PRINTS)
    assert known.known == []  # of the two that were asked none fails
    collecting(again).run()
    assert len(again.asked) == 2
    collecting(sooner, limit=0.0).run()
    assert sooner.asked == []
    collecting(changed, prints={**PRINTS, "a-defect": "2" * 16}).run()
    assert [place for place, _ in changed.asked] == ["a-defect"]


def test_without_the_right_kernels_nothing_is_distilled(collecting, tmp_path):
    with pytest.raises(SeenError, match=CLEAN):
        record(tmp_path, [ENTRY], CASES, PRINTS)


def test_a_run_that_is_cut_has_some_of_each_field():
    fields = ("codec", "codec", "gemm")
    entries = [defect(f"{field}-{number}", field=field) for number, field in enumerate(fields)]
    made = replace(entries[0], id="made", kind="systematic")
    assert [entry.id for entry in spread([made, *entries])] == ["codec-0", "gemm-2", "codec-1", "made"]


def test_only_cases_are_left_out_that_cannot_call_the_changed_file():
    cases = registry.all_cases()

    def families(file):
        edit = replace(ENTRY.edits[0], file=file)
        return {case.family for case in calling(defect(edits=(edit,)), cases)}

    assert set(FILES) <= set(STAGES_OF_FAMILY)
    assert {"quantize", "activation-quantize", "moe", "use"} <= families("kernels/quantize.py")
    assert not {"align", "gemm-mx", "dequantize", "moe-sum"} & families("kernels/quantize.py")
    everything = {case.family for case in cases}
    assert families("kernels/validate.py") == families("reference/codec.py") == everything
    assert {"quantize", "dequantize", "activation"} <= families("kernels/floats.py")
