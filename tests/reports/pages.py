"""Which pages are looked at in a browser? Every kind of page that reports make, with something in each of its parts."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from conformance.judging.picture import picture as mapped
from reports.comparing.comparison import compare
from reports.comparing.html import to_html as compared_to_html
from reports.comparing.page import verdict
from reports.files import write_whole
from reports.forms.html.page import to_html
from reports.model import Document
from reports.views.exit_codes import WORSE
from reports.views.report import Report
from tests.reports.small_reports import ROWS, Row, write
from tests.reports.views.test_coverage import COVERAGE
from tests.reports.views.test_kernels import FACTS, launches

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> \" ' </style> {{ 7 * 7 }} \x1b[31m \x00 \u202e \udcff"
KNOWN = {"verdict": "fail", "reason": "It rounds twice.", "evidence": "e", "unmet": {}, "unjudged": []}
CLOSE = {"output": {"steps": [900, 40, 3], "used": [100, 300, 200, 0, 0, 0, 0, 0, 40, 3]}}
CROSSING = {
    "family": "moe",
    "rows": {"name": "tokens", "values": ["0", "1"]},
    "columns": {"name": "routing", "values": ["uniform", "invalid"]},
    "cases": [[6, None], [18, 1]],
}
VARIANT = (
    "MUL_WEIGHT=False BLOCK_M=16 BLOCK_N=128 BLOCK_K=128 warps=4 stages=2 | 4*u8 2*bf16 3*i32 | " + "stride_wk=1 " * 9
)
LAUNCHES = launches("_swiglu_quantize_kernel", VARIANT, valu=10**9, global_loaded=10**10)
LOWERED = {**FACTS, "kernel": "_swiglu_quantize_kernel", "variant": VARIANT}
UNABLE = {
    "requirement": "A-01", "verdict": "unsupported", "cause": {"kind": "inability", "words": "It has no such thing."}
}  # fmt: skip
CHECKS = [
    {"id": "PLT-EXP2", "verdict": "fail", "detail": "23 of 23 values differ"},
    {"id": "PLT-CAST", "verdict": "pass", "detail": "65536 values agree"},
]


def planted() -> tuple[Row, ...]:
    """Three failures: a block of codes, a last column, and one that is expected; a deviation; closeness of all."""
    block, column = np.zeros((48, 256), bool), np.zeros((7, 33), bool)
    block[5, 64:96] = True
    column[:, -1] = True
    return (
        *(row.but(histograms=CLOSE) for row in ROWS),
        Row("c/block", {"A-01": "fail", "A-02": "pass"}, pictures={"output": mapped(block)}),
        Row("c/column", {"A-01": "fail", "A-02": "deviation"}, pictures={"codes": mapped(column)}),
        Row("d/known", {"A-03": "fail"}, expected=({**KNOWN, "met": ["A-03"]},)),
    )


def poisoned(document: Document) -> Document:
    """The same with text in it that would be markup, code or nothing to see, if it were not shown as text."""
    found = copy.deepcopy(document)
    found["environment"] = _poisoned(found["environment"])
    for row in found["cases"]:
        row |= {name: _poisoned(row[name]) for name in ("id", "subject", "backend")}
        for finding in row["findings"]:
            finding |= poisoned_cause(finding)
        for item in row.get("expected", ()):
            item |= {name: _poisoned(item[name]) for name in ("reason", "evidence")}
        row["pictures"] = {f"{n} {HOSTILE}": seen for n, seen in row.get("pictures", {}).items()}
        row["histograms"] = {f"{n} {HOSTILE}": seen for n, seen in row.get("histograms", {}).items()}
    for row in found["requirements"]:
        row["text"] = HOSTILE
    found["platform_checks"] = [{"id": HOSTILE, "verdict": "fail", "detail": HOSTILE}]
    found["problems"] = [{"text": HOSTILE, "cases": [HOSTILE]}]
    return found


def poisoned_cause(finding: dict[str, Any]) -> dict[str, Any]:
    """The cause of a finding, with hostile text wherever a text can stand."""
    cause = finding.get("cause", {"kind": ""})
    names = ("words", "given", "raised", "after", "saved")
    place = {"file": HOSTILE, "line": 7, "function": HOSTILE}
    texts = {name: f"{cause.get(name, '')} {HOSTILE}" for name in names}
    return {"cause": {**cause, **texts, "place": place, "hints": [HOSTILE]}, "rerun": HOSTILE, "platform": [HOSTILE]}


def _poisoned(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _poisoned(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_poisoned(item) for item in value]
    return f"{value} {HOSTILE}" if isinstance(value, str) else value


def _report(rows: tuple[Row, ...], folder: Path) -> Document:
    """A report of these rows in which no part is missing."""
    document = write(folder, rows, device="EMULATED", modelled="the sum of matrix instructions " * 5)
    document["platform_checks"] = CHECKS
    document["coverage"] = {**COVERAGE, "crossings": [CROSSING]}
    first = document["cases"][0]
    document["cases"] += [
        {**first, "id": "lowering/gemm", "launches": [LAUNCHES], "lowering": [LOWERED]},
        {**first, "id": "e/not-here", "verdict": "unsupported", "findings": [UNABLE]},
    ]
    return document


def _clean(folder: Path) -> str:
    return to_html(Report(_report(tuple(row.but(histograms=CLOSE) for row in ROWS), folder)))


def _failing(folder: Path) -> str:
    return to_html(Report(_report(planted(), folder)))


def _hostile(folder: Path) -> str:
    return to_html(Report(poisoned(_report(planted(), folder))))


def _compared(folder: Path) -> str:
    """Planted failures beside a clean report: verdicts, bits, closeness, kernels and facts are others."""
    first = (ROWS[0].but(histograms=CLOSE, launches=(LAUNCHES,), lowering=(LOWERED,)), *ROWS[1:])
    slower = {"launches": ({**LAUNCHES, "waves": 50},), "lowering": ({**LOWERED, "vgprs": 128},)}
    second = planted()
    second = (second[0].but(bits={"output": "z"}, **slower), second[1].but(verdicts={"A-01": "fail"}), *second[2:])
    found = compare(write(folder / "a", first), write(folder / "b", second, torch="2.99"))
    return compared_to_html(verdict(found), WORSE, found)


def _empty(folder: Path) -> str:
    return to_html(Report(write(folder, ())))


# A page's name -> its text, made from reports in a folder that is its own.
PAGES: dict[str, Callable[[Path], str]] = {
    "clean": _clean,
    "failing": _failing,
    "hostile": _hostile,
    "comparison": _compared,
    "empty": _empty,
}


def made(name: str, folder: Path) -> Path:
    """The file of this page."""
    path = folder / f"{name}.html"
    write_whole(path, PAGES[name](folder).encode(errors="replace"))
    return path
