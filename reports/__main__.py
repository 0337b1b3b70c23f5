"""What can be done with reports? Render or annotate one, merge the shards of a run, compare two runs, gate a change."""

import argparse
import io
import shlex
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from reports.comparing.comparison import compare
from reports.comparing.html import to_html
from reports.comparing.lowering import differences
from reports.comparing.page import show, to_markdown, verdict
from reports.files import write_whole
from reports.foreign.arguments import Parser, path
from reports.foreign.showing import complain, say, write
from reports.forms.annotations import annotate
from reports.forms.render import render
from reports.gate import gate_code, gate_title
from reports.keeping.merge import merge
from reports.keeping.reading import ReportError, load
from reports.keeping.shards import MergeError
from reports.views.exit_codes import INCOMPARABLE, REFUSED, SAME, WORSE
from reports.views.kernels import lowered
from reports.views.report import Report

OUT = Path(__file__).with_name("out")
_RAW: dict[str, Any] = {"formatter_class": argparse.RawDescriptionHelpFormatter}
CODES = """\
exit codes:
  0  nothing is worse: no MUST fails that did not before, and where other bits came back the contract is another one,
     or verdicts got better
  1  worse: a new failure, or other bits without a changed contract
  2  one of the files is no report, or an option means nothing
  3  no verdict: another tier, backend, arithmetic or selection. Of gate also: a run that did not finish, or a subject
     of the base that the change does not have
"""


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code: 2 where there is no readable report or it is refused.

    Of a rendering or annotations else 0, of a merge that of the whole run, of lowering-diff 1 where the reports differ,
    else 0; of compare and gate 1 where the second report is worse, 3 where they do not allow to say so, else 0.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    options = _parser().parse_args(words)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a table may have letters that the locale has not
    try:
        if options.command == "merge":
            return _merge(options, f"python -m reports {shlex.join(words)}")
        return _COMMANDS[options.command](options)
    except ReportError as error:
        complain(error)
        return REFUSED


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m reports", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    rendering = commands.add_parser("render", help="write report.html, report.md and junit.xml again from report.json")
    rendering.add_argument("directory", metavar="DIR", type=path, help="the folder that holds report.json")
    annotating = commands.add_parser(
        "annotations",
        help="print workflow commands that GitHub shows beside a change: failures, deviations, platform findings",
    )
    annotating.add_argument("report", metavar="DIR", type=path, help="a report.json, or its folder")
    merging = commands.add_parser("merge", help="one report of all shards of a run")
    merging.add_argument("shards", metavar="SHARD", nargs="+", type=path, help="a shard's report.json, or its folder")
    merging.add_argument("--out", metavar="DIR", type=path, required=True, help="folder of the whole report")
    comparing = commands.add_parser("lowering-diff", help="what changed in the kernels' machine code and counts")
    _add_reports(comparing, "before", "after")
    verdicts = commands.add_parser(
        "compare", help="what changed verdict or bits, and is it worse?", epilog=CODES, **_RAW
    )
    _add_reports(verdicts, "a", "b")
    beside = "; without --html and --markdown both go to a new folder of reports/out"
    verdicts.add_argument("--html", metavar="FILE", type=path, help=f"write it there as HTML{beside}")
    verdicts.add_argument("--markdown", metavar="FILE", type=path, help="write it there as Markdown")
    gate = commands.add_parser("gate", help="may this change go in?", epilog=CODES, **_RAW)
    _add_reports(gate, "base", "change")
    gate.add_argument("--summary", metavar="FILE", type=path, help="write a Markdown summary there")
    gate.add_argument("--html", metavar="FILE", type=path, help="write the whole comparison there as HTML")
    gate.add_argument(
        "--changed-contract",
        metavar="PATTERN=REASON",
        action="append",
        default=[],
        help="cases of which other bits are wanted, and why",
    )
    for command in (verdicts, gate):
        command.add_argument(
            "--pair",
            metavar="A=B",
            action="append",
            default=[],
            help="subject A of the first report is held against B of the second (default: the same name, then the only "
            "one left in each, then those that were asked the same cases)",
        )
    return parser


def _add_reports(command: argparse.ArgumentParser, first: str, second: str) -> None:
    for dest, name in (("before", first), ("after", second)):
        command.add_argument(dest, metavar=name.upper(), type=path, help="a report.json, or its folder")


def _merge(options: argparse.Namespace, command: str) -> int:
    try:
        report = merge(options.shards, options.out, command)
    except OSError as error:
        raise MergeError(f"--out: {options.out} cannot be written: {error.strerror}") from error
    say(options.out / "report.json")
    say(report.sentence)
    return report.exit_code


def _compare(options: argparse.Namespace) -> int:
    found = compare(load(options.before), load(options.after), options.pair)
    title = verdict(found)
    code = INCOMPARABLE if found.incomparable else WORSE if found.worse else SAME
    written = {"--html": options.html, "--markdown": options.markdown}
    if not any(written.values()):
        folder = _folder()
        written = {"--html": folder / "comparison.html", "--markdown": folder / "comparison.md"}
    _write(written["--html"], lambda: to_html(title, code, found), "--html")
    _write(written["--markdown"], lambda: to_markdown(title, found), "--markdown")
    show(title, found, Console(highlight=False))
    for file in filter(None, written.values()):
        say(file)
    return code


def _gate(options: argparse.Namespace) -> int:
    found = compare(load(options.before), load(options.after), options.pair, options.changed_contract)
    title, code = gate_title(found), gate_code(found)
    _write(options.summary, lambda: to_markdown(title, found), "--summary")
    _write(options.html, lambda: to_html(title, code, found), "--html")
    show(title, found, Console(highlight=False))
    return code


def _folder() -> Path:
    """Where a comparison goes that nobody said a place for: beside the folders of the runs."""
    return OUT / f"{datetime.now():%Y%m%d-%H%M%S}-compare"


def _write(path: Path | None, page: Callable[[], str], option: str) -> None:
    """Put the page at ``path``, where there is one."""
    if path is None:
        return
    if path.exists() and not path.is_file():
        raise ReportError(f"{option}: {path} is there already, needs to be a file or a new name")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, page().encode(errors="replace"))
    except OSError as error:
        raise ReportError(f"{option}: {path} cannot be written: {error.strerror}") from error


def _lowering_diff(options: argparse.Namespace) -> int:
    before, after = load(options.before), load(options.after)
    lines = differences(before, after)
    counts = [len(lowered(document)) for document in (before, after)]
    say("\n".join(lines or [f"no difference; {counts[0]} and {counts[1]} compiled variants of kernels"]))
    return 1 if lines else 0


def _render(options: argparse.Namespace) -> int:
    report = Report(load(options.directory))
    folder = options.directory if options.directory.is_dir() else options.directory.parent
    try:
        written = render(report, folder)
    except OSError as error:
        raise ReportError(f"{folder}: cannot be written: {error.strerror}") from error
    for file in written:
        say(file)
    say(report.sentence)
    return 0


def _annotations(options: argparse.Namespace) -> int:
    for annotation in annotate(Report(load(options.report))):
        write(f"{annotation.command()}\n", sys.stdout)
    return 0


_COMMANDS = {
    "render": _render,
    "annotations": _annotations,
    "lowering-diff": _lowering_diff,
    "compare": _compare,
    "gate": _gate,
}


if __name__ == "__main__":
    sys.exit(main())
