"""What does a report look like in which every field of the schema stands? Small, and in shards where that is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from conformance.judging.picture import picture as mapped
from reports.keeping.collector import Collector
from reports.model import (
    CaseResult,
    Cause,
    Document,
    Expected,
    Finding,
    Lead,
    Place,
    PlatformResult,
    Problem,
    RunInfo,
    Shown,
    Spot,
)
from tests.reports.small_reports import ENVIRONMENT, KNOWN
from tests.reports.views.test_coverage import COVERAGE
from tests.reports.views.test_kernels import FACTS, launches

CROSSING = {
    "family": "moe",
    "rows": {"name": "tokens", "values": ["0", "1"]},
    "columns": {"name": "routing", "values": ["even", "one"]},
    "cases": [[1, None], [0, 6]],
}
PLATFORM = (PlatformResult("PLT-1", "pass", "256 codes"), PlatformResult("PLT-2", "fail", "0x00 differs"))
VERDICTS = ("pass", "fail", "deviation", "unsupported", "fail", "fail", "declared")
NUMBER = 2 * len(VERDICTS)
NEAR = {"id": "one-step-high", "what": "It is high.", "source": "own", "cause": "scale", "likeness": 0.5}
LIKENESS = (
    {"subject": "native", "known": 3, "near": [{**NEAR, "common": 4, "of": 5}]},
    {"subject": "emulation", "known": 3, "near": []},
)

VALUES = Cause(
    "values",
    observable="codes",
    index=(0, 2),
    given="x 0x3080 (9e-10)",
    observed=Shown("0x01", "0.002"),
    expected=Expected(Shown("0x00", "0"), Shown("0x01", "1"), "scale byte"),
    bad=9,
    total=99,
    steps={"<=1": 8, "NaN": 1},
    limit=1.5,
    after="A-03",
    leads=(Lead("scale byte", Spot("w", (1, 3)), Spot("w", (1, 2)), 121, "the block before", 3, 4),),
    hints=("a hint",),
    saved="/elsewhere/found/odd.json",
)


def raised(number: int) -> Cause:
    return Cause("raised", "no", raised="ValueError", place=Place("kernels/gemm.py", number + 1, "launch"))


def row(number: int) -> CaseResult:
    """One row; every seventh has the same verdict."""
    verdict, name = VERDICTS[number % len(VERDICTS)], f"a/case-{number:02}"
    requirement = "A-02" if verdict == "deviation" else "A-01"
    subject = ("native", "emulation")[number // len(VERDICTS)]
    platform = ("PLT-2",) if verdict == "unsupported" else ()
    wrong = (raised(number) if verdict == "fail" else VALUES, platform, f"nox -k {name}")
    findings = [Finding(requirement, verdict, *(() if verdict == "pass" else wrong))]
    entry = {"verdict": "fail", "reason": "It rounds twice.", "evidence": "e", "unjudged": []}
    came = {"met": ["A-01"], "unmet": {}} if number % 2 else {"met": [], "unmet": {"A-01": "pass"}}
    wrong = np.zeros((5, 64), bool)
    wrong[1, number:32] = True
    known = CaseResult.of(
        findings,
        id=name,
        subject=subject,
        backend="b",
        requirements=(requirement,),
        flags=("f",),
        seconds=0.5,
        launches=[launches(valu=number)],
        lowering=[FACTS],
        bits={"output": f"{number:016x}"},
        asked=f"{number:016x}",
        histograms={"output": {"steps": [9, number], "used": [0, 1, 2, number]}},
        pictures={"output": mapped(wrong)} if verdict == "fail" else {},
    )
    return CaseResult(**{**vars(known), "expected": ({**entry, **came},) if number >= 4 else ()})


def write_full(
    folder: Path,
    numbers: Sequence[int] = tuple(range(NUMBER)),
    shard: str = "",
    made: Callable[[int], CaseResult] = row,
) -> Document:
    """The report of a run that judged the rows of these numbers."""
    selection: dict[str, Any] = {
        "subjects": ["native", "emulation"],
        "expression": "",
        "items": NUMBER,
        "asked": len(numbers),
        "expectations": [{"file": "known.toml", "digest": "sha256:0", "entries": 1}],
    } | ({"shard": shard} if shard else {})
    info = RunInfo("gate", ENVIRONMENT, list(KNOWN), selection, {**COVERAGE, "crossings": [CROSSING]})
    collector = Collector(folder, info, lambda: 1.0, started=0.0, platform=PLATFORM, rows=map(made, numbers))
    collector.problems = (Problem("a torn file", ("a/lost",)),)
    collector.likeness = LIKENESS
    return collector.finish(complete=False).document
