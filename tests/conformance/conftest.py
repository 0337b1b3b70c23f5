"""How do tests run the runner? As a person does, in a process of its own, with the suite of ``parts``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import reports
from reports.line import lines
from tests import forking

PARTS = Path(__file__).with_name("parts")
ROOT = Path(__file__).resolve().parents[2]
PROGRAM = f"import sys; sys.path.insert(0, {str(PARTS)!r}); from conformance.cli import main; "


@dataclass(frozen=True)
class Finished:
    """A run that ended: exit code, standard output and error, and its report's folder."""

    code: int
    out: str
    err: str
    folder: Path

    @property
    def report(self) -> dict[str, Any]:
        return reports.load(self.folder)

    @property
    def verdicts(self) -> dict[str, str]:
        """'case subject' -> verdict."""
        return {f"{row['id']} {row['subject']}": row["verdict"] for row in self.report["cases"]}

    def row(self, case: str, subject: str) -> dict[str, Any]:
        found = [row for row in self.report["cases"] if (row["id"], row["subject"]) == (case, subject)]
        assert len(found) == 1, f"{case} {subject}: {len(found)} rows"
        return found[0]

    def said(self, case: str, subject: str) -> str:
        """The lines of a row."""
        return "\n".join(lines(self.row(case, subject)))


def command(folder: Path, *words: str, suite: str = "fake_suite:SUITE") -> list[str]:
    """The command line of a run that reports into `folder`, or goes on with the one that did."""
    program = PROGRAM + f"sys.exit(main(suite={suite!r}))"
    where = [] if "--resume" in words else ["--report-dir"]
    return [sys.executable, "-c", program, *words, *where, str(folder)]


@pytest.fixture
def start() -> Callable[..., subprocess.Popen[str]]:
    """Start the command line, reporting into a folder, and leave it running."""

    def started(folder: Path, *words: str) -> subprocess.Popen[str]:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen(command(folder, *words), cwd=ROOT, text=True, **pipes)

    return started


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Finished]:
    """Run the command line to its end. name: of the report's folder; ``--resume`` as the last word goes on with it."""

    def finished(*words: str, suite: str = "fake_suite:SUITE", name: str = "report", **environment: str) -> Finished:
        folder = tmp_path / name
        line = command(folder, *words, suite=suite)
        if environment:  # which may be one that an interpreter looks at when it starts
            told = {"capture_output": True, "text": True, "timeout": 120}
            done = subprocess.run(line, cwd=ROOT, check=False, env=os.environ | environment, **told)
        else:
            done = forking.with_libraries().run(*line[2:])
        return Finished(done.returncode, done.stdout, done.stderr, folder)

    return finished
