"""What does a person ask for? The command line of ``python -m conformance``."""

import argparse
import functools
import sys
from collections.abc import Sequence
from datetime import datetime

from conformance.asking.selection import Shard
from conformance.asking.suite import DEFAULT
from conformance.root import reports
from conformance.running import resume
from conformance.running.refusals import PROGRAM, UsageError, obeyed
from conformance.running.run import run
from conformance.watching.link import Link
from conformance.watching.time_limit import SECONDS
from conformance.watching.watcher import USAGE, Child, watched, without_a_word
from reports.foreign.arguments import count, name, path, with_exit_codes
from reports.foreign.showing import say
from reports.line import what
from reports.model import Cause
from reports.views.exit_codes import FAILED
from vectors.case import TIERS

EXIT_CODES = """\
exit codes:
  0    every selected case has a row, at least one was judged, and no MUST failed that was not expected to
  1    a case failed, or an expected verdict did not come; a case that ends its process or takes too long has failed,
       and the run goes on behind it
  2    wrong use; also a subject that cannot be loaded, and an expectation that means no case
  3    the platform does not do what the kernels rest on; also a device that no new process can use any more: cases
       not judged by then get no row, and --resume goes on with them
  4    nothing was selected, or nothing of it judged
  5    the run itself broke, also in part: a golden file is damaged or of another version, the arrays of a case cannot
       be made, the runner breaks in a case, nobody comes to ask it. Such a case gets no row, since that says nothing
       of the subject, and the report is not complete. Where a case failed too, the code is 1. Also a report that
       cannot be written: what is on disk stays, and --resume goes on with it.
  130  interrupted
"""


def main(argv: Sequence[str] | None = None, *, suite: str = DEFAULT) -> int:
    """Run the command line; the exit code. suite: the parts to run with, ``module:attribute`` (for tests)."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        options = parser().parse_args(words)
    except SystemExit as end:  # after --help, or the message of what is wrong
        return end.code if isinstance(end.code, int) else USAGE
    return obeyed(functools.partial(_obey, options, words, suite))


def _obey(options: argparse.Namespace, words: list[str], suite: str) -> int:
    """Do what the options say; the exit code."""
    _refuse_what_would_be_ignored(options)
    if options.list_requirements:
        return watched(functools.partial(_list_requirements, suite), dies_in_case=without_a_word)
    if options.resume is not None:
        resume.fill_in(options)
    options.tier = options.tier or "gate"
    if options.list_cases:
        return watched(functools.partial(_list_cases, suite, options), dies_in_case=without_a_word)
    if options.explain is not None:
        return watched(functools.partial(_explain, suite, options), dies_in_case=_died_explained)
    folder = reports() / datetime.now().strftime("%Y%m%d-%H%M%S")
    options.report_dir = options.report_dir or options.resume or folder
    return run(suite, options, words)


# What children do. They import what may load a kernel; the process that watches never does.


def _list_requirements(suite: str, link: Link) -> int:
    from conformance.running import listing

    return obeyed(functools.partial(listing.requirements, suite), unread=0)


def _list_cases(suite: str, options: argparse.Namespace, link: Link) -> int:
    from conformance.running import listing

    return obeyed(functools.partial(listing.cases, suite, options, link), unread=0)


def _explain(suite: str, options: argparse.Namespace, link: Link) -> int:
    from conformance.explain import command

    return obeyed(functools.partial(command.main, suite, options, link))


def _died_explained(child: Child) -> int:
    say(f"{child.doing.name}: {what(Cause('died', child.how))}")
    return FAILED


def _refuse_what_would_be_ignored(options: argparse.Namespace) -> None:
    """``--explain`` asks one case by its id; what selects others says something else. Raises UsageError."""
    if options.explain is None:
        return
    if not options.explain.strip():
        raise UsageError("--explain: has an empty id, needs the id of one case; --list-cases prints them")
    others = {
        "--list-cases": options.list_cases,
        "--list-requirements": options.list_requirements,
        "--replay": options.replay is not None,
        "--resume": options.resume is not None,
        "-k": options.expression is not None,
        "--shard": options.shard is not None,
        "--expect": options.expect is not None,
        "--use": options.use is not None,
        "--no-expectations": options.no_expectations,
    }
    given = [option for option, is_given in others.items() if is_given]
    if given:
        raise UsageError(f"--explain: has {' and '.join(given)} beside it, needs a case's id alone")


def parser() -> argparse.ArgumentParser:
    about = "Judges MXFP8 mixture-of-experts kernels against the set of right answers."
    parser = with_exit_codes(PROGRAM, about, EXIT_CODES)
    add = parser.add_argument
    add("--tier", choices=TIERS, help="how much to ask (default: gate, what CI blocks on)")
    add(
        "--subject",
        nargs="+",
        action="extend",
        type=name,
        metavar="NAME",
        help="what to judge: native, emulation, or module:object (default: native emulation)",
    )
    add(
        "--backend",
        metavar="NAME",
        help="where to run: device, rocm, cuda, interpreter or gfx950-emulated, the last also with settings, as in "
        "gfx950-emulated:sum=cdna3,ulp=-1,sanitize (default: a gfx950; without one, the emulated)",
    )
    folder = parser.add_mutually_exclusive_group()
    folder.add_argument(
        "--report-dir", type=path, metavar="DIR", help="folder of the report (default: reports/out/<timestamp>)"
    )
    folder.add_argument(
        "--resume",
        type=path,
        metavar="DIR",
        help="go on with the interrupted run whose report is in DIR; what it had judged is kept, and what is not said "
        "here is as there. Refused where anything that verdicts rest on differs, also the code",
    )
    add(
        "--shard",
        type=_shard,
        metavar="I/N",
        help="only the I-th of N parts of about equal effort, the same parts on every machine; "
        "`nox -s reports -- merge` puts their reports together",
    )
    add(
        "-n",
        dest="workers",
        type=_workers,
        default=0,
        metavar="N",
        help="worker processes (default: none), spread over the GPUs where there are any; gpus: one for each; auto: up "
        "to eight for each GPU, since cores make arrays and compile meanwhile, or one for each core without a GPU",
    )
    add(
        "--case-timeout",
        type=_seconds,
        metavar="SECONDS",
        help="a case that takes longer, in CPU time or, where it waits, four times that, has failed, and its process "
        f"is ended; 0 for never (default: by the tier of the case, {_limits()})",
    )
    add(
        "-k",
        dest="expression",
        type=_expression,
        metavar="EXPR",
        help="only the cases where EXPR holds: a case id means that case, a subject's whole name that subject; any "
        "other word is looked for in the ids, flags and requirements; join them by and, or, not, ( )",
    )
    add(
        "--expect",
        type=path,
        nargs="+",
        action="extend",
        metavar="FILE",
        help="verdicts that are known to differ, each with reason and evidence (TOML); what is expected and does not "
        "come, and an entry that means no case, fail the run",
    )
    add(
        "--use",
        type=path,
        nargs="+",
        action="extend",
        metavar="FILE",
        help="what a served model gives to the kernels (TOML), each value with its source: each failure says whether "
        "that would meet it (default: the project's, conformance/uses/served)",
    )
    add("--no-expectations", action="store_true", help="leave out the expectations that subjects bring")
    add(
        "--replay",
        type=path,
        metavar="FILE",
        help="ask only the example of this file: one that broke a property and was saved in a report's folder",
    )
    add(
        "--explain",
        metavar="CASE",
        help="ask this one case again and say where it departs: stage by stage, observed beside accepted values",
    )
    add("--list-requirements", action="store_true", help="print the requirements and stop")
    add("--list-cases", action="store_true", help="print the cases that would run and stop")
    return parser


def _expression(text: str) -> str:
    if not text.strip():  # which is every case
        raise argparse.ArgumentTypeError("has an empty expression, needs words; without -k every case is asked")
    return text


def _shard(text: str) -> Shard:
    try:
        return Shard.from_text(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _limits() -> str:
    return ", ".join(f"{tier} {seconds:g}" for tier, seconds in SECONDS.items())


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        raise argparse.ArgumentTypeError(f"has {text!r:.80}, needs a number of seconds, or 0 for no limit")
    return found


def _workers(text: str) -> int | str:
    if text in ("auto", "gpus"):
        return text
    try:
        return count(0, 1024)(text)
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f"{error}, auto or gpus") from error
