"""What does a person ask for? The command line of ``python -m conformance``."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from conformance import listing
from conformance import suite as suites
from conformance.run import INTERNAL, INTERRUPTED, PLATFORM, PlatformError, UsageError, judge
from conformance.suite import DEFAULT, ROOT
from vectors.case import TIERS

EXIT_CODES = """\
exit codes: 0 no MUST failed and at least one case was judged; 1 a case failed; 2 wrong use; 3 the platform does not
do what the kernels rest on; 4 nothing was selected, or nothing of it judged; 5 the run itself broke; 130 interrupted
"""


def main(argv: Sequence[str] | None = None, *, suite: str = DEFAULT) -> int:
    """Run the command line; the exit code. suite: the parts to run with, ``module:attribute`` (for tests)."""
    words = list(sys.argv[1:] if argv is None else argv)
    options = _parser().parse_args(words)
    try:
        parts = suites.load(suite)
        if options.list_requirements:
            return listing.requirements(parts)
        if options.list_cases:
            return listing.cases(suite, options)
        if options.report_dir is None:
            options.report_dir = ROOT / "reports" / "out" / datetime.now().strftime("%Y%m%d-%H%M%S")
        return judge(suite, options, words)
    except UsageError as error:
        print(f"{_parser().prog}: error: {error}", file=sys.stderr)
        return 2
    except PlatformError as error:
        print(f"{_parser().prog}: {error}", file=sys.stderr)
        return PLATFORM
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of a listing has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:
        traceback.print_exc()
        print("the run itself broke; this is no verdict", file=sys.stderr)
        return INTERNAL


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m conformance",
        description="Judges MXFP8 mixture-of-experts kernels against the set of right answers.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--tier", choices=TIERS, default="gate", help="how much to ask (default: gate, what CI blocks on)")
    add(
        "--subject",
        nargs="+",
        action="extend",
        metavar="NAME",
        help="what to judge: native, emulation, or module:object (default: native emulation)",
    )
    add("--backend", metavar="NAME", help="where to run (default: the best that this machine has)")
    add(
        "--report-dir",
        type=Path,
        metavar="DIR",
        help="folder of the report (default: reports/out/<timestamp>)",
    )
    add("-n", dest="workers", type=_workers, default=0, metavar="N", help="worker processes (default: none)")
    add(
        "-k",
        dest="expression",
        default="",
        metavar="EXPR",
        help="only the cases where EXPR holds: a case id means that case; any other word is looked for in the ids, "
        "subjects, flags and requirements; join them by and, or, not, ( )",
    )
    add("--list-requirements", action="store_true", help="print the requirements and stop")
    add("--list-cases", action="store_true", help="print the cases that would run and stop")
    return parser


def _workers(text: str) -> int:
    if not text.isdecimal() or int(text) > 1024:
        raise argparse.ArgumentTypeError(f"has {text!r}, needs a whole number of processes")
    return int(text)
