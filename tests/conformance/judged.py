"""What comes of subjects of these tests on some cases? One run on the interpreter, its rows by case and subject."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.forking import CONFORMANCE, with_libraries


def rows_of(subjects: Iterable[str], cases: Iterable[str], folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """(case, subject) -> its row. subjects: as ``--subject`` names them; cases: ids; folder: for the report."""
    words = [word for subject in subjects for word in ("--subject", subject)]
    command = ["--tier", "gate", "--backend", "interpreter", *words]
    command += ["-k", " or ".join(cases), "--report-dir", str(folder)]
    with_libraries().run(CONFORMANCE, *command)
    document = json.loads((folder / "report.json").read_text())
    assert document["complete"]
    return {(row["id"], row["subject"]): row for row in document["cases"]}
