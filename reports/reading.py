"""Is this file a report? Reads report.json and refuses what does not have its schema."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from reports.model import SCHEMA, Document

SCHEMA_FILE = Path(__file__).with_name("report.schema.json")


class ReportError(ValueError):
    """The file is missing, is no JSON, has another schema version, or breaks the schema."""


def load(path: str | Path) -> Document:
    """The report in `path` (report.json, or the folder that holds it), validated.

    A report of a run that was killed is valid and has "complete": false.
    Raises ReportError that names the file, what it has and what it needs.
    """
    file = Path(path)
    if file.is_dir():
        file /= "report.json"
    try:
        document: Document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReportError(f"{file}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ReportError(f"{file}: has no valid JSON: {error}") from error
    validate(document, str(file))
    return document


def validate(document: object, name: str = "report") -> None:
    """Raise ReportError unless `document` has the schema of this version."""
    version = document.get("schema") if isinstance(document, dict) else None
    if version != SCHEMA:
        raise ReportError(
            f"{name}: has schema {version!r}, needs {SCHEMA}: "
            "render it with the version of the suite that wrote it"
        )
    error = next(iter(_validator().iter_errors(document)), None)
    if error is not None:
        raise ReportError(f"{name}: {error.json_path}: {error.message[:300]}")


@cache
def _validator() -> Any:
    import jsonschema  # slow to import, and needed only when a report is read

    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)
