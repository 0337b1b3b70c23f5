"""Can an old report be rendered again? `python -m reports render DIR` does it from report.json alone."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from reports.reading import ReportError, load
from reports.render import render
from reports.tables import sentence


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0, or 2 where DIR has no readable report."""
    parser = argparse.ArgumentParser(prog="python -m reports", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    rendering = commands.add_parser("render", help="write report.md and junit.xml again from report.json")
    rendering.add_argument("directory", metavar="DIR", type=Path, help="the folder that holds report.json")
    options = parser.parse_args(argv)
    try:
        document = load(options.directory)
    except ReportError as error:
        print(error, file=sys.stderr)
        return 2
    folder = options.directory if options.directory.is_dir() else options.directory.parent
    for path in render(document, folder):
        print(path)
    print(sentence(document))
    return 0


if __name__ == "__main__":
    sys.exit(main())
