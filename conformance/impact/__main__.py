"""What do the failures of a report change in a served layer? ``python -m conformance.impact REPORT``."""

import argparse
import functools
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import reports
from conformance.asking import suite as suites
from conformance.asking.selection import load_subjects
from conformance.impact.chain import WHOLE, stages
from conformance.impact.layer import layer_of
from conformance.impact.measured import Impact, impacts
from conformance.subjects.base import Subject
from conformance.uses.given import stage as stage_of
from conformance.uses.use import UseError, named
from reports.files import write_whole
from reports.foreign.arguments import Parser, path
from reports.foreign.showing import complain, say
from reports.model import WRONG, Document
from vectors.case import Case

FILE = "impact.json"
REFUSED = 2
_OBSERVABLES = {"gemm1": "grouped_gemm", "gemm2": "grouped_gemm", "sum": "moe_sum"}  # of the family stages


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each stage that fails, and write them beside the report; the exit code."""
    options = _parser().parse_args(sys.argv[1:] if argv is None else argv)
    try:
        document, uses = reports.load(options.report), named(options.use or ())
        backend = suites.active_backend(suites.DEFAULT, document["environment"]["backend"])
        subjects = load_subjects(suites.load(suites.DEFAULT), document.get("selection", {}).get("subjects", []))
    except (reports.ReportError, UseError, ValueError, RuntimeError) as error:
        complain(error)
        return REFUSED
    device: Any = getattr(backend, "device", "cpu")
    found: list[Impact] = []
    for subject in subjects.values():
        if not isinstance(subject, Subject):
            continue
        failing = failing_stages(document, subject)
        for use in uses:
            if use.pipeline == subject.pipeline:
                for impact in impacts(layer_of(use), subject, failing, device):
                    say(str(impact))
                    found.append(impact)
    if not found:
        say("no stage of a served layer fails in this report")
    folder: Path = options.report if options.report.is_dir() else options.report.parent
    write_whole(folder / FILE, json.dumps([impact.to_json() for impact in found], indent=1).encode() + b"\n")
    return 0


def failing_stages(document: Document, subject: Subject) -> list[str]:
    """The stages of the subject's layer that a report has a failure or a deviation of, the whole last."""
    rows = (row for row in document["cases"] if row["subject"] == subject.name and row["verdict"] in WRONG)
    seen = {stage for row in rows for stage in stages_of(row)}
    return [stage for stage in (*stages(subject.pipeline), WHOLE) if stage in seen]


@functools.cache
def _cases() -> dict[str, Case]:
    return {case.id: case for case in suites.load(suites.DEFAULT).cases()}


def stages_of(row: Mapping[str, Any]) -> Iterator[str]:
    """The stages that a row which failed has asked; nothing of a case that is not known."""
    case = _cases().get(row["id"])
    if case is None:
        return
    if case.family == "stages":
        for finding in row["findings"]:
            name = finding.get("cause", {}).get("observable", "")
            yield from (_OBSERVABLES.get(name, name), f"{name}_quantize")
        return
    called = stage_of(case)
    yield WHOLE if called in ("experts", "align") else called


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m conformance.impact", description=__doc__)
    parser.add_argument("report", metavar="REPORT", type=path, help="a report.json, or its folder")
    parser.add_argument(
        "--use",
        metavar="FILE",
        type=path,
        nargs="+",
        action="extend",
        help="of which models (default: the project's, conformance/uses/served)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
