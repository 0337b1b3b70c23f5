"""What became of the examples that a run saved under found/? They go with its verdicts when those go elsewhere."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from reports.files import write_whole
from reports.foreign.reading import content
from reports.keeping.reading import ReportError
from reports.model import CaseResult, Finding

FOLDER = "found"


def clear(directory: Path, asked: str = "") -> None:
    """Remove the examples of an earlier run: beside another run's verdicts they would be taken for its own.

    asked: the one that this run asks again, which stays.
    """
    for path in (directory / FOLDER).glob("*.json"):
        if str(path.resolve()) != asked:
            path.unlink()


def take_over(sources: Iterable[Path], directory: Path, rows: Iterable[CaseResult]) -> list[CaseResult]:
    """Copy the examples beside the reports in ``sources`` into ``directory``; the rows, which name them there now."""
    target = (directory / FOLDER).resolve()
    clear(directory)
    names = []
    for source in sources:
        for path in sorted(((source if source.is_dir() else source.parent) / FOLDER).glob("*.json")):
            target.mkdir(parents=True, exist_ok=True)
            write_whole(target / path.name, content(path, ReportError))
            names.append(path.name)
    if not names:
        return list(rows)

    def moved(finding: Finding) -> Finding:
        # The folder may be one of another machine: the file's name is what is known.
        cause = finding.cause
        if cause is None or (name := Path(cause.saved).name) not in names:
            return finding
        return replace(finding, cause=replace(cause, saved=str(target / name)))

    return [replace(row, findings=tuple(map(moved, row.findings))) for row in rows]
