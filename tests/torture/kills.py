"""What if a run, or one of its processes, is killed at a random moment? Its report is whole, and a second run goes on.

Killed together, at any moment, they leave a report.json that says nothing untrue, or none, and no process; and the
same command with --resume ends as an undisturbed run does. Where only the process that judges is killed, the run goes
on without it: the case that it had fails by that, and no other.
"""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance.watching import processes
from reports.keeping.reading import ReportError, load
from tests.conformance.conftest import ROOT, command
from tests.torture.trial import Trial

WORDS = ("--subject", "slow", "--tier", "quick")
CASES = 8
LONGEST = 120.0  # seconds that a run may take on a busy machine
WRITTEN = {"report.json", "report.html", "report.md", "junit.xml"}


def trials(generator: random.Random, count: int, folder: Path) -> Iterator[Trial]:
    """``count`` runs that are killed, with one process that judges and with two, whole or one process of them."""
    started = time.monotonic()
    _finished(folder / "undisturbed", "0")
    usual = time.monotonic() - started
    for number in range(count):
        workers, whole = ("0", "2")[number % 2], number % 4 < 2
        moment = generator.uniform(0.05, usual)
        name = f"{'all' if whole else 'a process that judges'} at {moment:.2f} s, -n {workers}"
        yield Trial(name, (_whole if whole else _one)(folder / str(number), workers, moment, generator))


def _start(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    nowhere = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command(folder, *words), cwd=ROOT, start_new_session=True, **nowhere)


def _finished(folder: Path, workers: str, *words: str) -> int:
    with _start(folder, *WORDS, "-n", workers, *words) as process:
        return process.wait(LONGEST)


def _whole(folder: Path, workers: str, moment: float, generator: random.Random) -> str:
    with _start(folder, *WORDS, "-n", workers) as process:
        time.sleep(moment)
        # The one that was started alone, or all of them at once.
        with contextlib.suppress(ProcessLookupError):  # it was done before
            generator.choice((os.killpg, os.kill))(process.pid, signal.SIGKILL)
        process.wait(LONGEST)
    if _left(process.pid):
        return "processes of it were left"
    judged = 0
    if (folder / "report.json").exists():
        try:
            judged = len(_rows(folder))
        except ReportError as error:
            return f"its report is none: {error}"
        if any(row["verdict"] != "pass" for row in _rows(folder)):
            return "a case that was not judged to its end has a verdict"
    code = _finished(folder, workers, *(["--resume"] if judged else []))
    return _as_undisturbed(folder, code)


def _one(folder: Path, workers: str, moment: float, generator: random.Random) -> str:
    with _start(folder, *WORDS, "-n", workers) as process:
        time.sleep(moment)
        others = [pid for pid in _session(process.pid) if pid != process.pid]
        with contextlib.suppress(ProcessLookupError, IndexError):
            os.kill(generator.choice(others), signal.SIGKILL)
        code = process.wait(LONGEST)
    if _left(process.pid):
        return "processes of it were left"
    if not (folder / "report.json").exists():
        return "" if code not in (0, 1) else f"ended with {code} without a report"
    failed = [row for row in _rows(folder) if row["verdict"] != "pass"]
    causes = {finding["cause"]["kind"] for row in failed for finding in row["findings"] if "cause" in finding}
    if len(failed) > 1 or causes - {"died"}:
        return f"{len(failed)} cases failed by {causes or 'nothing'}"
    if code not in ((1,) if failed else (0, 5)):
        return f"ended with {code} and {len(failed)} failed cases"
    return "" if code else _as_undisturbed(folder, code)


def _as_undisturbed(folder: Path, code: int) -> str:
    document = load(folder)
    verdicts = sorted((row["id"], row["verdict"]) for row in document["cases"])
    if code or not document["complete"] or len(verdicts) != CASES or any(v != "pass" for _, v in verdicts):
        return f"ended with {code}, complete: {document['complete']}, {len(verdicts)} rows"
    strange = {path.name for path in folder.iterdir() if not path.name.startswith(".")} - WRITTEN
    return f"left {', '.join(sorted(strange))}" if strange else ""


def _rows(folder: Path) -> list[dict[str, Any]]:
    return list(load(folder)["cases"])


def _left(session: int) -> bool:
    """Whether a process of it is there some seconds later."""
    deadline = time.monotonic() + 20
    while _session(session) and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(_session(session))


def _session(session: int) -> list[int]:
    """Its processes, by their ids."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = processes.stat(folder)
        except OSError:  # it ended meanwhile
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(folder.name))
    return found
