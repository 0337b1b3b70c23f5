"""Is this file a report? Reads report.json and refuses what does not have its schema, or does not agree with itself."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from reports.foreign.reading import json_file
from reports.foreign.showing import line
from reports.keeping.consistency import contradiction
from reports.model import SCHEMA, Document

SCHEMA_FILE = Path(__file__).parents[1] / "report.schema.json"
LONGEST = 300  # characters of a value, and of what is wrong with it, in a message


class ReportError(ValueError):
    """The file is missing, is no JSON, has another schema version, or breaks the schema. The message is one line."""


def load(path: str | Path) -> Document:
    """The report in `path` (report.json, or the folder that holds it), validated.

    A report of a run that was killed is valid and has "complete": false.
    Raises ReportError that names the file, what it has and what it needs.
    """
    file = Path(path)
    if file.is_dir():
        file /= "report.json"
    document: Document = json_file(file, ReportError)
    if isinstance(document, dict):
        _lift(document)
    validate(document, str(file))
    return document


def _lift(document: Document) -> None:
    """Make a report of schema 1 or 2 one of this schema.

    In both what was declared is unsupported. In the first findings were sentences: a sentence is a cause's words.
    """
    had = json.dumps(document.get("schema"))
    if had not in ("1", "2"):
        return
    document["schema"] = SCHEMA
    for counts in _objects([document.get("totals"), *_objects(document.get("requirements"))]):
        counts.setdefault("declared", 0)
    for row in _objects(document.get("cases")) if had == "1" else ():
        row.pop("detail", None)
        for finding in _objects(row.get("findings")):
            if (words := finding.pop("detail", "")) != "":
                finding["cause"] = {"kind": "", "words": words}


def _objects(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def validate(document: object, name: str = "report") -> None:
    """Raise ReportError unless `document` has the schema of this version and agrees with itself."""
    version = document.get("schema") if isinstance(document, dict) else None
    if version != SCHEMA:
        raise ReportError(
            f"{name}: has schema {_short(repr(version))}, needs {SCHEMA}: "
            f"read it with the version of the suite that wrote it{_writer(document)}, or run again with this one"
        )
    error = next(iter(_validator().iter_errors(document)), None)
    if error is not None:
        raise ReportError(f"{name}: {_short(error.json_path)}: {_short(error.message)}")
    if isinstance(document, dict) and (words := contradiction(document)):
        raise ReportError(f"{name}: {_short(words)}")


def _writer(document: object) -> str:
    """' (commit c0ffee)' where a report of whatever version says it."""
    environment = document.get("environment") if isinstance(document, dict) else None
    commit = environment.get("commit") if isinstance(environment, dict) else None
    return f" (commit {_short(commit)})" if isinstance(commit, str) and commit else ""


def _short(words: str) -> str:
    """One line of bounded length. What jsonschema says begins with the whole value, and ends with what is wrong."""
    whole = line(words, len(words))
    return whole if len(whole) <= LONGEST else f"{whole[: LONGEST // 2]} ... {whole[-LONGEST // 2 :]}"


@cache
def _validator() -> Any:
    import jsonschema  # slow to import, and needed only when a report is read

    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)
