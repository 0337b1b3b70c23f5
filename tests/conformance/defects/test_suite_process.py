"""Is a run read while it grows, ended when it is enough, and never taken for a verdict when it breaks?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from conformance.defects import forks, suite_process
from conformance.defects.mutant import ROOT
from conformance.defects.question import Question
from conformance.defects.suite_process import Stopped, answer_of, asking
from conformance.defects.trial import CannotStart, Starter, TrialProcess, last_line
from reports.model import PlatformResult

QUESTION = Question("quick", "fake", ("native",), "quantize/ties", first=("a-native",), norm="native", shares=False)


def never(answer):
    return False


def finding(requirement, verdict, **cause):
    return {"requirement": requirement, "verdict": verdict, "cause": cause}


def test_failures_of_a_report_are_read_without_those_that_follow():
    rows = [
        finding("QNT-01", "fail", kind="raised", raised="ValueError", words="no codes"),
        finding("QNT-02", "fail", kind="not judged", after="QNT-01"),
        finding("QNT-06", "deviation", kind="claim", words="another byte"),
    ]
    report = {
        "environment": {"backend": "interpreter"},
        "platform_checks": [
            {"id": "PLT-X", "verdict": "fail", "detail": "no"},
            {"id": "PLT-Y", "verdict": "pass", "detail": "yes"},
        ],
        "cases": [{"id": "quantize/ties", "subject": "native", "backend": "interpreter", "findings": rows}],
    }
    found = answer_of(report, (0.1, None))
    assert [(row.case, row.requirement) for row in found.failures] == [
        ("platform", "PLT-X"),
        ("quantize/ties", "QNT-01"),
    ]
    assert found.failures[1].detail == "quantize/ties native@interpreter QNT-01: raised ValueError: no codes"
    assert [row.comparator for row in found.failures] == ["claim", "raised"]
    assert [(row.case, row.requirement) for row in found.deviations] == [("quantize/ties", "QNT-06")]
    assert found.asked == (("quantize/ties", "native"),) and found.rel_l2 == (0.1, None)
    assert [row.verdict for row in found.platform] == ["fail", "pass"]


def test_a_question_is_the_words_of_the_command():
    assert QUESTION.words() == [
        "--tier", "quick", "--backend", "fake", "--subject", "native", "-k", "quantize/ties",
    ]  # fmt: skip
    assert Question("gate", "fake", workers=2).words() == ["--tier", "gate", "--backend", "fake", "-n", "2"]


@pytest.fixture(scope="module")
def starter():
    """Of trials that need no library."""
    starter = Starter(("json",))
    yield starter
    starter.close()


@pytest.fixture
def tree(tmp_path):
    """A tree whose process does what a text says: it has ``job``, and ``row(id)`` writes a report with one more row."""

    def make(body):
        folder = tmp_path / "tree" / "conformance" / "defects"
        folder.mkdir(parents=True)
        for package in (folder, folder.parent):
            (package / "__init__.py").write_text("")
        start = """
            import json, os, pathlib, sys, time
            path = pathlib.Path(sys.argv[1])
            job = json.loads(path.read_text())
            document = {"environment": {}, "platform_checks": [], "cases": []}
            def row(name):
                document["cases"].append({"id": name, "subject": "native", "findings": []})
                part = path.with_name("part")
                part.write_text(json.dumps(document))
                part.replace(path.with_name("report.json"))
        """
        (folder / "inside.py").write_text(textwrap.dedent(start) + textwrap.dedent(body))
        return tmp_path / "tree"

    return make


def test_the_process_is_told_what_is_asked(tree, starter, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(tmp_path)]))
    place = tree(
        f"""
        row("a")
        facts = {{"job": job, "cwd": os.getcwd(), "environ": dict(os.environ), "path": sys.path}}
        pathlib.Path({str(tmp_path / "seen")!r}).write_text(json.dumps(facts))
        path.with_name("norm.json").write_text("[0.04, null]")
        row("b")
        """
    )
    platform = (PlatformResult("PLT-X", "fail", "no"),)
    environment = (("FUSION", "0"),)
    question = Question("quick", "fake", first=("a-native",), platform=platform, environment=environment, shares=False)
    found = asking(threading.Event(), starter)(place, question, never)
    assert found.asked == (("a", "native"), ("b", "native")) and found.problem == ""
    assert found.rel_l2 == (0.04, None)
    seen = json.loads((tmp_path / "seen").read_text())
    assert seen["cwd"] == str(place) and seen["environ"]["FUSION"] == "0"
    # packages may come from there, but the checkout must not come before the tree
    assert seen["environ"]["PYTHONPATH"] == str(tmp_path) and str(tmp_path) in seen["path"]
    assert seen["path"][0] == str(place) and str(ROOT) not in seen["path"]
    assert seen["job"]["first"] == ["a-native"] and seen["job"]["platform"][0]["id"] == "PLT-X"
    assert seen["job"]["words"][:4] == ["--tier", "quick", "--backend", "fake"]


def test_a_run_is_ended_once_it_is_enough(tree, starter, tmp_path):
    place = tree(f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid())); row('a'); time.sleep(60)")
    started = time.monotonic()
    found = asking(threading.Event(), starter)(place, QUESTION, lambda answer: bool(answer.asked))
    assert len(found.asked) == 1 and time.monotonic() - started < 30
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize(("code", "problem"), [(0, False), (1, False), (3, False), (2, True), (5, True), (-9, True)])
def test_only_a_verdict_is_one(tree, starter, code, problem):
    end = f"sys.exit({code})" if code >= 0 else "os.kill(os.getpid(), 9)"
    found = asking(threading.Event(), starter)(tree(f"row('a'); {end}"), QUESTION, never)
    assert bool(found.problem) is problem and len(found.asked) == 1
    assert str(code) in found.problem or not problem


@pytest.mark.parametrize("end", ["import no_such_module", "sys.exit('No module named no_such_module')"])
def test_a_run_that_does_not_begin_says_why(tree, starter, end):
    found = asking(threading.Event(), starter)(tree(end), QUESTION, never)
    assert not found.has_begun and "exit code 1: " in found.problem and "No module named" in found.problem


SHARED = """
def made():
    vectors = sys.modules.get("vectors.registry")
    if vectors is None:
        return "none"
    case = next(case for case in vectors.all_cases() if case.tier == "quick")
    return type(vectors.vector).__name__ + " " + str(case.id in vectors.vector._made)
row(made() + " " + str(sorted(name for name in sys.modules if name in ("kernels", "torch", "conformance.parts"))))
"""


def test_a_trial_has_the_cases_where_its_tree_leaves_them(tree, starter):
    place = tree(SHARED)
    for question, seen in (
        (QUESTION, "none []"),
        (replace(QUESTION, shares=True), "MadeOnce False []"),
        (QUESTION, "none []"),  # also behind one that shared
    ):
        found = asking(threading.Event(), starter)(place, question, never)
        assert found.asked == ((seen, "native"),)


def test_arrays_are_made_once_and_are_those_of_the_case():
    asked = []

    def vector(case, store=None):
        asked.append(case.id)
        if case.id == "broken":
            raise ValueError("no arrays")
        return SimpleNamespace(inputs={"x": np.zeros(case.size, np.uint8)}, expected={})

    kept = forks.MadeOnce(vector)
    small, large, broken = (
        SimpleNamespace(id=i, size=n) for i, n in (("s", 8), ("l", forks.LARGEST + 1), ("broken", 1))
    )
    for _ in range(2):
        kept.make([small, large, broken])
    assert asked == ["s", "l", "broken"]
    assert kept(small) is kept(small) and asked == ["s", "l", "broken"]
    kept(large)
    kept(SimpleNamespace(id="s", size=9))  # of another case under its id
    with pytest.raises(ValueError, match="no arrays"):
        kept(broken)
    assert asked == ["s", "l", "broken", "l", "s", "broken"]


def test_without_its_libraries_nothing_starts_and_the_reason_is_told(tree, tmp_path, monkeypatch):
    (tmp_path / "broken.py").write_text("raise RuntimeError('of no version that is known')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(CannotStart, match="ended: RuntimeError: of no version that is known"):
        asking(threading.Event(), Starter(("broken",)))(tree("row('a')"), QUESTION, never)
    assert last_line(b"one\n\n  two \n\n") == "two" and last_line(b"\n") == ""


@pytest.mark.parametrize("end", ["time.sleep(60)", "sys.exit(0)"])
def test_what_a_run_and_its_children_took_is_counted(tree, starter, end):
    burn = "until = time.process_time() + 0.3\nwhile time.process_time() < until: pass\n"
    body = f"if not (child := os.fork()):\n    exec({burn!r})\n    os._exit(0)\nos.waitpid(child, 0)\nrow('a')\n{end}"
    found = asking(threading.Event(), starter)(tree(body), QUESTION, lambda answer: bool(answer.asked))
    assert 0.3 <= found.cpu_seconds < 5


def test_a_run_that_stands_still_is_ended(tree, starter, monkeypatch):
    monkeypatch.setattr(suite_process, "PATIENCE", 1.0)
    found = asking(threading.Event(), starter)(tree("row('a'); time.sleep(60)"), QUESTION, never)
    assert "no further case" in found.problem and len(found.asked) == 1


def test_a_run_is_stopped_from_another_thread(tree, starter):
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        asking(stop, starter)(tree("row('a'); time.sleep(60)"), QUESTION, never)


def test_a_trial_that_leads_no_session_yet_is_ended():
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        TrialProcess(SimpleNamespace(ended={}, wait_for=lambda pid: process.wait(10)), process.pid).end()
        assert process.returncode == -signal.SIGKILL
