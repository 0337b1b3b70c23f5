"""What comes of subjects of these tests on some cases? One run on the interpreter, its rows by case and subject."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def rows_of(subjects: Iterable[str], cases: Iterable[str], folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """(case, subject) -> its row. subjects: as ``--subject`` names them; cases: ids; folder: for the report."""
    words = [word for subject in subjects for word in ("--subject", subject)]
    command = ["-m", "conformance", "--tier", "gate", "--backend", "interpreter", *words]
    command += ["-k", " or ".join(cases), "--report-dir", str(folder)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, *command], cwd=ROOT, env=env, capture_output=True, check=False)
    document = json.loads((folder / "report.json").read_text())
    assert document["complete"]
    return {(row["id"], row["subject"]): row for row in document["cases"]}
