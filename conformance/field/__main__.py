"""What do the releases of other projects fail, since when and until when? Asks them and writes FIELD.md.

``python -m conformance.field`` fetches what is not there yet, asks each release that has no report yet, and writes the
page from all reports; ``nox -s field`` is the same.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from conformance.field.history import Told, defects, told
from conformance.field.page import page
from conformance.field.releases import FieldError, SameKernels, groups, projects
from conformance.field.wheels import WheelError
from conformance.root import ROOT
from conformance.subjects.profiles import ProfileError
from reports.foreign.arguments import name, path, with_exit_codes
from reports.foreign.showing import complain, line, say
from reports.keeping.reading import ReportError, load
from reports.views.exit_codes import FAILED, PASS, REFUSED

HERE = Path(__file__).parent
ASKED = ("--tier", "quick", "--backend", "gfx950-emulated", "--no-expectations")
CODES = """\
exit codes:
  0  every release has its report, and every failure of it is explained
  1  one fails a MUST that defects.toml does not explain, or nothing fails of what it explains
  2  wrong use, or a release that cannot be fetched; or one that was not judged: the page is of the others
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    parser = with_exit_codes("python -m conformance.field", __doc__, CODES)
    parser.add_argument("--keep", metavar="DIR", type=path, default=ROOT / ".nox" / "field", help="wheels and reports")
    parser.add_argument("--out", metavar="FILE", type=path, default=ROOT / "FIELD.md", help="the page")
    parser.add_argument("--page", action="store_true", help="ask nothing: write the page from the reports there are")
    parser.add_argument("--only", metavar="PROJECT", nargs="+", default=[], help="ask these alone (default: all)")
    parser.add_argument("-n", metavar="N", type=name, help="worker processes of each run")
    options = parser.parse_args(argv)
    try:
        known = projects(HERE / "field.toml")
        explained = defects(HERE / "defects.toml", known)
        if unknown := set(options.only) - known.keys():
            raise FieldError(f"--only: has {unknown.pop()!r}, needs some of {', '.join(known)}")
        asked = [group for project in known.values() for group in groups(project, options.keep)]
    except (FieldError, WheelError, ProfileError) as error:
        parser.error(str(error))
    words = [] if options.n is None else ["-n", options.n]
    found, unasked = [], []
    for group in asked:
        may_ask = not options.page and (not options.only or group.project.name in options.only)
        if (document := report(group, options.keep / "reports", words if may_ask else None)) is None:
            unasked.append(group)
        else:
            found.append(told(group, document, explained))
    if found:
        part = options.out.with_name(f"{options.out.name}.part")
        part.write_text(page(found, unasked), encoding="utf-8")
        part.replace(options.out)
        say(f"{len(found)} of {len(asked)} groups of releases; {options.out}")
    unclear = sum(map(_unclear, found))
    return FAILED if unclear else REFUSED if unasked else PASS


def report(group: SameKernels, keep: Path, words: Sequence[str] | None) -> dict[str, Any] | None:
    """The complete report of these releases, asked for with these words of a run where there is none and words are."""
    called = f"{group.project.name} {', '.join(group.versions)}"
    folder = keep / f"{group.project.name}-{group.digest}"
    if (document := _complete(folder)) is None and words is not None:
        say(f"{called}: asked, {folder}")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        command = [sys.executable, "-m", "conformance", *ASKED, *words, "--subject", *group.subjects]
        with (folder / "log").open("w") as log:
            subprocess.run([*command, "--report-dir", str(folder)], cwd=ROOT, stdout=log, stderr=log, check=False)
        document = _complete(folder)
    if document is None:
        *_, said = ["nothing was asked", *_log(folder)]
        complain(f"{called}: not judged: {line(said, 300)}")
    return document


def _complete(folder: Path) -> dict[str, Any] | None:
    try:
        document = load(folder)
    except ReportError:
        return None
    return document if document["complete"] and document["cases"] else None


def _log(folder: Path) -> list[str]:
    log = folder / "log"
    return log.read_text(errors="replace").splitlines() if log.is_file() else []


def _unclear(told: Told) -> int:
    """Says each failure without an explanation, and each explanation without a failure; their number."""
    called = f"{told.group.project.name} {told.group.versions[-1]}"
    for profile, (case, requirement) in told.unexplained:
        complain(f"{called}: {profile}: {case}: {requirement} is not explained")
    for defect in told.absent:
        complain(f"{called}: nothing fails of {defect.name}")
    return len(told.unexplained) + len(told.absent)


if __name__ == "__main__":
    sys.exit(main())
