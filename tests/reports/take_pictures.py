"""What do reports look like? The docs' pictures, taken of real runs: right kernels, wrong ones, one beside the other.

The runs are of the quick tier. The wrong kernels are entries of the defects' catalogue, put into a copy of the source
as there; the exit codes of the runs say that they were noticed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.sync_api import Browser

from conformance.defects.catalogue import Defect, load
from conformance.defects.mutant import tree
from reports.files import write_whole
from tests.reports.browser import chromium, opened

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "reports" / "pictures"
PLANTED = ("scale-log2-inexact", "last-columns-dropped", "nan-activation-becomes-number")
RUN = ("-m", "conformance", "--tier", "quick", "-n", "2", "--report-dir")
LARGEST = 300 << 10


@dataclass(frozen=True)
class Shot:
    """From the top of `first` (or of the page) down `height` pixels. page: a folder of a report and its file."""

    name: str
    page: str
    height: int
    first: str = ""
    dark: bool = False
    width: int = 1280


SHOTS = (
    Shot("clean", "clean/report.html", 1100),
    Shot("failing", "failing/report.html", 900),
    Shot("failing-group", "failing/report.html", 900, first="#wrong", dark=True),
    Shot("comparison", "comparison.html", 1000),
)


def main(words: Sequence[str] | None = None) -> int:
    """Write the pictures; the exit code, 1 where a run or a picture is not what it has to be."""
    parser = argparse.ArgumentParser(prog="nox -s pictures --", description=__doc__)
    parser.add_argument("--out", metavar="DIR", type=Path, default=PICTURES, help="where the pictures go")
    parser.add_argument(
        "--keep", metavar="DIR", type=Path, help="keep the reports there; those that are there are rendered again"
    )
    options = parser.parse_args(words)
    with nullcontext(options.keep) if options.keep else tempfile.TemporaryDirectory() as folder:
        reports = Path(folder).resolve()
        _run(reports / "clean", None, 0)
        _run(reports / "failing", _planted(), 1)
        _compare(reports)
        options.out.mkdir(parents=True, exist_ok=True)
        with chromium() as browser:
            for shot in SHOTS:
                _take(browser, reports, shot, options.out / f"{shot.name}.png")
    return 0


def _planted() -> Defect:
    """All of ``PLANTED`` at once."""
    entries = {entry.id: entry for entry in load()}
    edits = tuple(edit for name in PLANTED for edit in entries[name].edits)
    return replace(entries[PLANTED[0]], id="planted", edits=edits)


def _run(folder: Path, defect: Defect | None, code: int) -> None:
    if (folder / "report.json").exists():
        subprocess.run([sys.executable, "-m", "reports", "render", str(folder)], cwd=ROOT, check=True)
        return
    with tree(defect) if defect else nullcontext(ROOT) as place:
        done = subprocess.run([sys.executable, *RUN, str(folder)], cwd=place, check=False)
    if done.returncode != code:
        raise SystemExit(f"the run of {folder.name}: has exit code {done.returncode}, needs {code}")


def _compare(reports: Path) -> None:
    page = reports / "comparison.html"
    command = ["compare", str(reports / "clean"), str(reports / "failing"), "--html", str(page)]
    done = subprocess.run([sys.executable, "-m", "reports", *command], cwd=ROOT, check=False)
    if done.returncode != 1:
        raise SystemExit(f"the comparison: has exit code {done.returncode}, needs 1: something is worse")


def _take(browser: Browser, reports: Path, shot: Shot, path: Path) -> None:
    with opened(browser, reports / shot.page, width=shot.width, dark=shot.dark) as seen:
        box = seen.page.locator(shot.first).bounding_box() if shot.first else None
        top = max(0, box["y"] - 16) if box else 0
        clip = {"x": 0, "y": top, "width": shot.width, "height": shot.height}
        picture = seen.page.screenshot(clip=clip, full_page=True)  # type: ignore[arg-type]
    if len(picture) > LARGEST:
        raise SystemExit(f"{path.name}: has {len(picture)} bytes, needs at most {LARGEST}")
    write_whole(path, picture)
    print(f"{path}: {len(picture) >> 10} KiB")


if __name__ == "__main__":
    sys.exit(main())
