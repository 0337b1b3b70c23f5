"""Do the kernels conform with other versions of Triton too? A run with each, from a folder that holds it.

``python -m conformance.versions VERSION=FOLDER ... [options of a run]`` prints a line about each; ``nox -s versions``
makes the folders, beside the environment, whose own Triton stays as it is.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from conformance.root import FOLDER, MODULE, reports
from reports.foreign.arguments import path, with_exit_codes
from reports.foreign.showing import line, say
from reports.keeping.reading import ReportError, load
from reports.views.exit_codes import FAILED, PASS, REFUSED
from reports.views.report import Report
from reports.views.tables import counted

ASKED = ("--tier", "quick", "--backend", "gfx950-emulated")  # the cases, and where; a run's own option says otherwise
LONGEST, MOST_FAILED = 300, 5
CODES = """\
exit codes:
  0  no MUST failed that was not expected to, under any of them
  1  one failed under one of them
  2  wrong use; or a version that could not be judged, where nothing failed under the others
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    parser = with_exit_codes("python -m conformance.versions", __doc__, CODES)
    out = reports() / datetime.now().strftime("versions-%Y%m%d-%H%M%S")
    parser.add_argument("--out", metavar="DIR", type=path, default=out, help="folder of the reports, one for each")
    parser.add_argument("versions", metavar="VERSION=FOLDER", nargs="+", type=_version, help="and what holds it")
    options, words = parser.parse_known_args(argv)
    codes = [judged(version, folder, options.out / version, words) for version, folder in options.versions]
    return FAILED if FAILED in codes else max(codes)


def judged(version: str, folder: Path, out: Path, words: Sequence[str]) -> int:
    """Judge with the Triton in the folder and say in one line what came out; PASS, FAILED or REFUSED."""
    out.mkdir(parents=True, exist_ok=True)
    places = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    command = [sys.executable, "-m", MODULE, *ASKED, *words, "--report-dir", str(out)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places)}
    with (out / "log").open("w") as log:
        code = subprocess.run(command, cwd=FOLDER, env=environment, stdout=log, stderr=log, check=False).returncode
    try:
        report = Report(load(out))
    except ReportError:
        *_, said = [f"exit code {code}", *(out / "log").read_text(errors="replace").splitlines()]
        say(f"Triton {version}: not judged: {line(said, LONGEST)}")
        return REFUSED
    used = str(report.document["environment"].get("triton", version))
    is_it = used.partition("+")[0] == version.partition("+")[0]  # what a build says behind it, Triton itself may not
    say(f"Triton {version}: {_came_out(report)}{'' if is_it else f'; it was Triton {used}'}; {out}")
    return code if code in (PASS, FAILED) and is_it else REFUSED


def _came_out(report: Report) -> str:
    """Counts, why what was not asked was not, what failed."""
    document = report.document
    if not report.rows:
        why = "; ".join(check.detail for check in report.platform if check.verdict == "fail")
        return f"not judged: {line(why or report.sentence, LONGEST)}"
    parts = [] if report.document["complete"] else [report.sentence]
    parts += [counted(document["totals"]) + (", not tested" if "note" in document["environment"] else "")]
    for verdict, found in (("declared", report.declared), ("unsupported", report.unsupported)):
        parts += [f"{count} {verdict} by {who}: {line(why, LONGEST)}" for who, why, count in found]
    failed = [f"{row.id} ({row.subject})" for row in report.rows if row.verdict == "fail"]
    more = f" and {len(failed) - MOST_FAILED} more" if len(failed) > MOST_FAILED else ""
    return "; ".join([*parts, *([f"failed: {', '.join(failed[:MOST_FAILED])}{more}"] if failed else [])])


def _version(text: str) -> tuple[str, Path]:
    version, equals, folder = text.partition("=")
    if not (version and equals and folder):
        raise argparse.ArgumentTypeError(f"has {text!r}, needs VERSION=FOLDER")
    return version, path(folder)


if __name__ == "__main__":
    sys.exit(main())
