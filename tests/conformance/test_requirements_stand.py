"""Does each requirement's id stand where it is decided, so that searching for it leads there?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from conformance.requirements import REQUIREMENTS

ROOT = Path(__file__).resolve().parents[2]
REGISTRY = ROOT / "conformance" / "requirements.py"
FAMILIES = "|".join(sorted({name.partition("-")[0] for name in REQUIREMENTS}))
ID = re.compile(rf"\b(?:{FAMILIES})-\d+")


def named(source: str) -> Iterator[str]:
    """The ids in the docstrings of a module, its classes and its functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            yield from ID.findall(ast.get_docstring(node) or "")


def standing() -> dict[str, set[str]]:
    """Id -> the files of the reference and the suite that name it, but for the registry."""
    found: dict[str, set[str]] = {}
    for path in (path for folder in ("reference", "conformance") for path in (ROOT / folder).rglob("*.py")):
        for name in named(path.read_text(encoding="utf-8")) if path != REGISTRY else ():
            found.setdefault(name, set()).add(path.relative_to(ROOT).as_posix())
    return found


def test_every_requirement_stands_in_a_docstring() -> None:
    assert sorted(set(REQUIREMENTS) - set(standing())) == []


def test_every_id_in_a_docstring_is_a_requirement() -> None:
    assert {name: files for name, files in standing().items() if name not in REQUIREMENTS} == {}


def test_ids_are_read_from_docstrings_alone() -> None:
    source = '"""Of QNT-01."""\n\n\ndef f():\n    """QNT-99, QNT-02."""\n    return "QNT-03"  # QNT-04\n'
    assert list(named(source)) == ["QNT-01", "QNT-99", "QNT-02"]
