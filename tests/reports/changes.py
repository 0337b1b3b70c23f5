"""What do two reports look like that differ in everything that a comparison shows, with any text in them?"""

from __future__ import annotations

from pathlib import Path

from reports.comparison import Comparison, compare
from tests.reports.small_reports import ROWS, write
from tests.reports.test_kernels import FACTS, launches

CLOSE = {"output": {"steps": [900, 40, 3], "used": [100, 300, 200, 0, 0, 0, 0, 0, 40, 3]}}
FARTHER = {"output": {"steps": [900, 30, 13], "used": [100, 290, 200, 0, 0, 0, 0, 0, 40, 13]}}
GEMM = {"lowering": (FACTS,), "launches": (launches(),)}
OTHER_GEMM = {
    "lowering": (FACTS | {"vgprs": 128, "lds": 40960, "scaled": [8, 16], "loop": {"VALU": 60, "MFMA": 4}},),
    "launches": (launches(valu=110),),
}
FAILS = {"A-01": "fail", "A-02": "pass"}


def planted_changes(folder: Path) -> Comparison:
    """One change of each kind."""
    first = (
        ROWS[0].but(histograms=CLOSE, **GEMM),
        ROWS[1].but(seconds=2.0),
        ROWS[2],
        ROWS[0].but(case="c/gone"),
        ROWS[0].but(case="c/softer"),
    )
    second = (
        ROWS[0].but(histograms=FARTHER, bits={"output": "z", "codes": "b"}, **OTHER_GEMM),
        ROWS[1].but(verdicts=FAILS, seconds=5.0),
        ROWS[2],
        ROWS[0].but(case="c/softer", verdicts={"A-01": "pass", "A-02": "deviation"}),
        ROWS[0].but(case="c/new"),
    )
    facts = {"commit": "d00d", "versions": {"numpy": "3"}, "torch": "2.99"}
    return compare(write(folder / "a", first), write(folder / "b", second, **facts))
