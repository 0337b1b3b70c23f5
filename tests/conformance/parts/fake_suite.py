"""What does the runner's own test run judge? Two families, a few subjects that misbehave on purpose, three backends."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conformance.asking.suite import Suite
from reports.model import Cause, Finding, RequirementText, worst
from vectors.case import Case, Vector
from vectors.store.formats import StoreError

REQUIREMENTS = (
    RequirementText("ALP-01", "MUST", "The answer is right.", "test", "ALP-01"),
    RequirementText("ALP-02", "SHOULD", "The answer is pretty.", "test", "ALP-02"),
    RequirementText("BET-01", "MUST", "The other answer is right.", "test", "BET-01"),
    RequirementText("GAM-01", "MUST", "Nobody checks this.", "test", "GAM-01"),
    RequirementText("DEL-01", "MUST", "Two checks judge this.", "test", "DEL-01"),
)


def _inputs(case: Case) -> dict[str, np.ndarray]:
    return {"x": np.arange(4, dtype=np.int32)}


def _expected(case: Case, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    if case.id == "beta/unmakeable":
        raise ArithmeticError("the reference cannot answer")
    if "/damaged" in case.id:
        raise StoreError("golden/manifest.json: has text that is not JSON, needs a manifest")
    return {"y": inputs["x"] + 1}


def _case(name: str, *requirements: str, **facts: Any) -> Case:
    arrays = {"make_inputs": _inputs, "make_expected": _expected}
    return Case(id=name, title=f"{name}.", requirements=requirements, **arrays, **{"tier": "quick", **facts})


CASES = (
    _case("alpha/one", "ALP-01", flags=("odd-flag",)),
    _case("alpha/one-more", "ALP-01", "ALP-02"),
    _case("alpha/needs-odd", "ALP-01", needs=("PLT-odd",), tier="gate"),
    *(_case(f"beta/number-{i}", "BET-01") for i in range(6)),
    _case("beta/big", "BET-01", tier="exhaustive"),
    _case("gamma/orphan", "GAM-01"),
    _case("delta/twice", "DEL-01"),
    _case("beta/unmakeable", "BET-01", tier="gate"),
    _case("beta/damaged", "BET-01", tier="gate"),
    _case("beta/damaged-too", "BET-01", tier="gate"),
)


@dataclass
class FakeJudge:
    """Findings by requirement, as the real judge keeps them."""

    case: Case
    subject: str
    backend: str
    failed_platform: tuple[str, ...] = ()
    rerun: str = ""
    findings: list[Finding] = field(default_factory=list)
    histograms: dict[str, Any] = field(default_factory=dict)
    pictures: dict[str, Any] = field(default_factory=dict)
    wrong_elements: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)

    @property
    def digests(self) -> dict[str, str]:
        """As if each judged requirement were an observable of its own that returned what it found."""
        said = {f.requirement: f.verdict + (f.cause.words if f.cause else "") for f in self.findings}
        return {name: hashlib.sha256(text.encode()).hexdigest()[:16] for name, text in said.items()}

    def note(self, requirement: str, problem: str) -> None:
        level = next(row.level for row in REQUIREMENTS if row.id == requirement)
        verdict = "pass" if not problem else "fail" if level == "MUST" else "deviation"
        wrong = (Cause("claim", problem), (), self.rerun) if problem else ()
        self.findings.append(Finding(requirement, verdict, *wrong))

    def unable(self, verdict: str, reason: str) -> None:
        self.findings = [Finding(name, verdict, Cause("inability", reason)) for name in self.case.requirements]

    @property
    def verdict(self) -> str:
        return worst([finding.verdict for finding in self.findings])


Answers = Mapping[str, str]


@dataclass(frozen=True)
class FakeSubject:
    """answer: case -> what is wrong, by requirement; a requirement left out is not judged."""

    name: str
    answer: Callable[[Case, Vector], Answers]
    families: frozenset[str] = frozenset({"alpha", "beta"})
    reason: str | None = None
    expectations: tuple[Path, ...] = ()
    unable_here: str | None = None

    def unable(self, case_family: str, params: Mapping[str, Any], requirements: Collection[str] = ()) -> str | None:
        return self.reason if case_family == "alpha" else None

    def asked(self, case: Case) -> Case:
        return case

    @property
    def declared(self) -> Mapping[str, Any]:
        return {}

    def contradicted(self, case: Case) -> Mapping[str, str]:
        return {}


def _right(case: Case, vector: Vector) -> Answers:
    return dict.fromkeys(case.requirements, "")


def _when(name: str, do: Callable[[Case, Vector], Answers]) -> Callable[[Case, Vector], Answers]:
    return lambda case, vector: (do if case.id == name else _right)(case, vector)


def _raise(case: Case, vector: Vector) -> Answers:
    raise ZeroDivisionError("inside\nthe kernel")


def _skip(case: Case, vector: Vector) -> Answers:
    pytest.skip("not today")


def _leave(case: Case, vector: Vector) -> Answers:
    os._exit(0)


def _crash(case: Case, vector: Vector) -> Answers:
    os.kill(os.getpid(), signal.SIGSEGV)
    return {}


def _exit(case: Case, vector: Vector) -> Answers:
    sys.exit(0)


def _linger(case: Case, vector: Vector) -> Answers:
    """Answer, and end the process when the next case may be running already."""
    threading.Timer(0.2, os._exit, [0]).start()
    return _right(case, vector)


def _sleep(case: Case, vector: Vector) -> Answers:
    time.sleep(0.4)
    return _right(case, vector)


def _write(case: Case, vector: Vector) -> Answers:
    vector.inputs["x"][0] = 7
    return _right(case, vector)


def _loudly(case: Case, vector: Vector) -> Answers:
    print("noise from a kernel")
    return _right(case, vector)


def _threads(case: Case, vector: Vector) -> Answers:
    """Tell how many threads the libraries of this process may use."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    found = " ".join(os.environ.get(name, "free") for name in names)
    return dict.fromkeys(case.requirements, f"threads {found}")


def _rewritten(case: Case, vector: Vector) -> Answers:
    """Import a module that nobody has yet, and tell whether pytest had it first."""
    import this_is_new

    how = type(this_is_new.__spec__.loader).__name__
    return dict.fromkeys(case.requirements, "" if how == "SourceFileLoader" else how)


SUBJECTS = {
    subject.name: subject
    for subject in (
        FakeSubject("right", _loudly),
        FakeSubject("wrong", _when("alpha/one", lambda case, vector: {"ALP-01": "[3] 0x01 -> 0x02, needs 0x03"})),
        FakeSubject(
            "known",
            _when("alpha/one", lambda case, vector: {"ALP-01": "[3] 0x01 -> 0x02, needs 0x03"}),
            expectations=(Path(__file__).with_name("expectations") / "known.toml",),
        ),
        FakeSubject("ugly", _when("alpha/one-more", lambda case, vector: {"ALP-01": "", "ALP-02": "ugly"})),
        FakeSubject("odd", _when("alpha/needs-odd", _raise)),
        FakeSubject("raising", _when("alpha/one-more", _raise)),
        FakeSubject("skipping", _when("alpha/one", _skip)),
        FakeSubject("forgetful", _when("alpha/one-more", lambda case, vector: {"ALP-01": ""})),
        FakeSubject("leaving", _when("beta/number-2", _leave)),
        FakeSubject("crashing", _when("beta/number-2", _crash)),
        FakeSubject("exiting", _when("beta/number-2", _exit)),
        FakeSubject("leaving-always", _leave),
        FakeSubject("lingering", _when("beta/number-5", _linger), frozenset({"beta"})),
        FakeSubject("writing", _when("alpha/one", _write)),
        FakeSubject("slow", _sleep),
        FakeSubject("rewritten", _rewritten, frozenset({"alpha"})),
        FakeSubject("threads", _threads, frozenset({"alpha"})),
        FakeSubject("unable", _right, reason="unable has no alpha stage"),
        FakeSubject("able-to-nothing", _right, frozenset({"alpha"}), reason="able-to-nothing has no alpha stage"),
        FakeSubject("orphan", _right, frozenset({"gamma"})),
        FakeSubject("twice", _right, frozenset({"delta"})),
    )
}


@dataclass(frozen=True)
class FakeCheck:
    """One platform check with its result."""

    id: str
    claim: str
    essential: bool
    holds: bool

    def run(self) -> tuple[bool, str]:
        return self.holds, "256 codes compared" if self.holds else "0x00 gives 0, needs 2^-127"


class FakeBackend:
    """Counts as active only after activate(), which must come before a subject is loaded."""

    active = ""
    note = ""

    def __init__(self, name: str, *checks: FakeCheck) -> None:
        self.name, self._checks = name, checks

    def activate(self) -> None:
        FakeBackend.active = self.name

    def describe(self) -> dict[str, Any]:
        return {"backend": self.name, "device": "imagined", "fp_fusion": "1"}

    def platform_checks(self) -> list[FakeCheck]:
        return list(self._checks)

    adjustable = False

    def using(self, **settings: Any) -> AbstractContextManager[None]:
        raise AssertionError(settings)

    def take_costs(self) -> list[Any]:
        return []

    devices: tuple[str, ...] = ()

    def environment_on(self, device: str) -> dict[str, str]:
        raise AssertionError(device)

    def synchronize(self) -> None:
        return

    def why_lost(self) -> str | None:
        return None

    def release_memory(self) -> None:
        return


def _backend(name: str | None) -> FakeBackend:
    if name == "absent":
        raise RuntimeError("backend absent: no such device here")
    checks = {
        "good": [FakeCheck("PLT-even", "Two is even.", True, True)],
        "shaky": [FakeCheck("PLT-even", "Two is even.", True, True), FakeCheck("PLT-odd", "Odd.", False, False)],
        "broken": [FakeCheck("PLT-even", "Two is even.", True, False)],
        "moody": [FakeCheck("PLT-odd", "Odd.", False, "FAKE_MOOD" not in os.environ)],
    }
    if (name or "good") not in checks:
        raise ValueError(f"backend: has {name!r}, needs one of good, shaky, broken, moody, absent")
    return FakeBackend(name or "good", *checks[name or "good"])


def _gone() -> None:
    raise AttributeError("module 'torch' has no attribute 'mxfp8'")


def _picky() -> None:
    raise ValueError("this GPU is too old")


def _hold() -> None:
    """Never come back, with the interpreter's lock held: no signal handler of Python's runs."""
    re.match("(a+)+b", "a" * 64)


# Subjects whose module does this when it is imported.
AT_IMPORT: dict[str, Callable[[], None]] = {
    "gone": _gone,
    "picky": _picky,
    "exits-at-import": lambda: sys.exit(0),
    "leaves-at-import": lambda: os._exit(0),
    "hangs-at-import": _hold,
}


def _subject(name: str) -> FakeSubject:
    if not FakeBackend.active:
        raise RuntimeError("a subject was loaded before the backend was active")
    if name in AT_IMPORT:
        AT_IMPORT[name]()
    if name not in SUBJECTS:
        raise ValueError(f"subject: has {name!r}, needs one of {', '.join(SUBJECTS)}")
    return SUBJECTS[name]


def _coverage(cases: Sequence[Case]) -> dict[str, Any]:
    """In the shape of vectors.coverage.pairs.coverage."""
    named = [name for case in cases for name in case.requirements]
    pairs = {"pairs_possible": 4, "pairs_covered": 3, "pairs_missing": ["size 1 with colour red"]}
    families = {name: {"cases": sum(case.family == name for case in cases), **pairs} for name in ("alpha", "beta")}
    counts = {name: {"cases": named.count(name), "different": 1} for name in sorted(set(named))}
    return {"families": families, "dimensions": {"size": {"1": len(cases)}}, "requirements": counts}


def _planted() -> Iterator[tuple[Case, FakeJudge, str]]:
    """A right answer, then a wrong one."""
    for problem, verdict in (("", "pass"), ("wrong", "fail")):
        case = _case("alpha/planted", "ALP-01")
        judge = FakeJudge(case, "planted", "none")
        judge.note("ALP-01", problem)
        yield case, judge, verdict


SUITE = Suite(
    checks=Path(__file__).with_name("checks"),
    subjects=("right", "wrong"),
    cases=lambda: CASES,
    vector=lambda case: Vector(inputs := case.inputs(), case.expected(inputs)),
    requirements=lambda: REQUIREMENTS,
    subject=_subject,
    backend=_backend,
    judge=FakeJudge,
    code=lambda: os.environ.get("FAKE_CODE", "sha256:1"),
    coverage=_coverage,
    planted=_planted,
)
