"""What can be done with reports? Render one again, put the shards of a run together, compare two runs' kernels."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from reports.exit_codes import REFUSED, exit_code
from reports.kernels import lowered
from reports.lowering_diff import differences
from reports.merge import merge
from reports.reading import ReportError, load
from reports.render import render
from reports.shards import MergeError
from reports.tables import sentence


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code: 2 where there is no readable report or it is refused.

    Of a rendering else 0, of a merge that of the whole run, of a comparison 1 where the reports differ, else 0.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    options = _parser().parse_args(words)
    try:
        if options.command == "merge":
            return _merge(options, f"python -m reports {shlex.join(words)}")
        return _compare(options) if options.command == "lowering-diff" else _render(options)
    except ReportError as error:
        print(error, file=sys.stderr)
        return REFUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m reports", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    rendering = commands.add_parser("render", help="write report.md and junit.xml again from report.json")
    rendering.add_argument("directory", metavar="DIR", type=Path, help="the folder that holds report.json")
    merging = commands.add_parser("merge", help="one report of all shards of a run")
    merging.add_argument(
        "shards", metavar="SHARD", nargs="+", type=Path, help="a shard's report.json, or its folder"
    )
    merging.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder of the whole report")
    comparing = commands.add_parser(
        "lowering-diff", help="what changed in the kernels' machine code and counts"
    )
    for name in ("before", "after"):
        comparing.add_argument(
            name, metavar=name.upper(), type=Path, help="a folder that holds a report.json"
        )
    return parser


def _merge(options: argparse.Namespace, command: str) -> int:
    try:
        document = merge(options.shards, options.out, command)
    except OSError as error:
        raise MergeError(f"--out: {options.out} cannot be written: {error.strerror}") from error
    print(options.out / "report.json")
    print(sentence(document))
    return exit_code(document)


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
