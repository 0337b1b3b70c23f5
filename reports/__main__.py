"""What can be done with a report? `python -m reports render DIR`, `python -m reports lowering-diff BEFORE AFTER`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from reports.kernels import lowered
from reports.lowering_diff import differences
from reports.reading import ReportError, load
from reports.render import render
from reports.tables import sentence


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0, or 2 where there is no readable report; of a diff also 1, where the reports differ."""
    parser = argparse.ArgumentParser(prog="python -m reports", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    rendering = commands.add_parser("render", help="write report.md and junit.xml again from report.json")
    rendering.add_argument("directory", metavar="DIR", type=Path, help="the folder that holds report.json")
    comparing = commands.add_parser(
        "lowering-diff", help="what changed in the kernels' machine code and counts"
    )
    for name in ("before", "after"):
        comparing.add_argument(
            name, metavar=name.upper(), type=Path, help="a folder that holds a report.json"
        )
    options = parser.parse_args(argv)
    try:
        return _compare(options) if options.command == "lowering-diff" else _render(options)
    except ReportError as error:
        print(error, file=sys.stderr)
        return 2


def _compare(options: argparse.Namespace) -> int:
    before, after = load(options.before), load(options.after)
    lines = differences(before, after)
    counts = [len(lowered(document)) for document in (before, after)]
    print("\n".join(lines or [f"no difference; {counts[0]} and {counts[1]} compiled variants of kernels"]))
    return 1 if lines else 0


def _render(options: argparse.Namespace) -> int:
    document = load(options.directory)
    folder = options.directory if options.directory.is_dir() else options.directory.parent
    for path in render(document, folder):
        print(path)
    print(sentence(document))
    return 0


if __name__ == "__main__":
    sys.exit(main())
