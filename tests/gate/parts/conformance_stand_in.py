"""What does a run leave? A report whose verdict and bits stand in kernels/answer of the folder that it runs in."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from reports.keeping.collector import Collector
from reports.model import CaseResult, Cause, Finding, RequirementText, RunInfo


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--report-dir", type=Path)
    parser.add_argument("--subject", default="native")
    parser.add_argument("--tier", default="gate")
    options = parser.parse_args()
    answer = Path("kernels", "answer" if options.subject == "native" else options.subject).read_text().split()
    if answer == ["broken"]:
        return 5
    facts = {"versions": {}, "backend": "b"}
    asked = {"subjects": [options.subject], "expression": "", "items": 1, "asked": 1}
    known = [RequirementText("A-01", "MUST", "It is right.", "s", "output")]
    collector = Collector(options.report_dir, RunInfo(options.tier, facts, known, asked))
    verdict, bits = answer
    finding = Finding("A-01", verdict, None if verdict == "pass" else Cause("claim", "wrong"))
    row = {"subject": options.subject, "backend": "b", "requirements": ("A-01",), "flags": (), "seconds": 0.0}
    collector.add(CaseResult.of([finding], id="a/one", bits={"output": bits.rjust(16, "0")}, **row))
    collector.finish(complete=True)
    return int(verdict == "fail")


if __name__ == "__main__":
    sys.exit(main())
