"""How do the reports of a run's shards become one? As the whole run would have written it.

But for likeness: each shard had only its part to compare, and this package knows no defects.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from reports.keeping.collector import Collector
from reports.keeping.found import take_over
from reports.keeping.shards import MergeError, shards_of_one_run
from reports.keeping.writer import take
from reports.model import CaseResult, Document, PlatformResult, Problem, RequirementText, RunInfo
from reports.views.report import Report

_OF_A_SHARD = ("shard", "started", "resumed", "command", "commit", "platform", "machine", "cpus", "peak_memory_mib")


def merge(paths: Iterable[Path], directory: Path, command: str) -> Report:
    """Write the report of the whole run, with all its renderings, into `directory`; the report.

    paths: the shards' report.json files, or the folders that hold them, in any order. command: what makes it, for the
    report. Raises ReportError, and writes nothing then.
    """
    sources = list(paths)
    if directory.resolve() in {(path if path.is_dir() else path.parent).resolve() for path in sources}:
        raise MergeError(f"--out: {directory} holds a shard's report, needs a folder of its own")
    documents = shards_of_one_run(sources)
    first = documents[0]
    selection = {name: value for name, value in first["selection"].items() if name != "shard"}
    info = RunInfo(
        first["tier"],
        _environment(documents, command),
        [
            RequirementText(row["id"], row["level"], row["text"], "", row.get("observable", ""))
            for row in first["requirements"]
        ],
        selection | {"asked": selection["items"]},
        first.get("coverage", {}),
    )
    # No clock runs: the seconds are those of all shards together.
    seconds = sum(document["seconds"] for document in documents)
    rows = [CaseResult.from_json(row) for document in documents for row in document["cases"]]
    rows.sort(key=lambda row: (row.id, row.subject))
    take(directory)
    rows = take_over(sources, directory, rows)
    collector = Collector(directory, info, lambda: seconds, platform=_platform(documents), rows=rows, started=0.0)
    collector.problems = _problems(documents)
    return collector.finish(complete=all(document["complete"] for document in documents))


def _environment(documents: list[Document], command: str) -> dict[str, Any]:
    """What the shards agree on, and of each what is its own."""
    whole = {
        name: value
        for name, value in documents[0]["environment"].items()
        if all(document["environment"].get(name) == value for document in documents)
    }
    own = [
        {"shard": document["selection"]["shard"], "seconds": document["seconds"]}
        | {name: value for name, value in document["environment"].items() if name in _OF_A_SHARD and name not in whole}
        for document in documents
    ]
    return {**whole, "command": command, "shards": own}


def _platform(documents: list[Document]) -> list[PlatformResult]:
    """Each check once: as it came out in all shards, or as it failed in one."""
    found: dict[str, PlatformResult] = {}
    for document in documents:
        for check in document["platform_checks"]:
            result = PlatformResult(**check)
            known = found.setdefault(result.id, result)
            if result.verdict == "fail" and known.verdict == "pass":
                where = f"in shard {document['selection']['shard']}, not in all: {result.detail}"
                found[result.id] = PlatformResult(result.id, "fail", where)
    return list(found.values())


def _problems(documents: list[Document]) -> list[Problem]:
    cases: dict[str, list[str]] = {}
    for document in documents:
        for problem in document.get("problems", ()):
            cases.setdefault(problem["text"], []).extend(problem["cases"])
    return [Problem(text, tuple(dict.fromkeys(ids))) for text, ids in cases.items()]
