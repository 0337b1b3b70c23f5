"""Who may import whom? The folders keep to their side of each seam."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# A tool of development that one module runs on demand; see its docstring.
ON_DEMAND = {"vectors/pairwise.py": {"covertable"}}
OURS = {"reference", "kernels", "vectors", "conformance", "reports", "tests"}
STDLIB = set(sys.stdlib_module_names) | {"__future__"}
MAY_IMPORT = {
    "reference": {"reference", "numpy", "ml_dtypes"},
    "kernels": {"kernels", "torch", "triton"},
    "vectors": {"vectors", "reference", "numpy", "ml_dtypes", "safetensors", "jsonschema"},
    "reports": {"reports", "rich", "jsonschema", "jinja2"},
}


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
    return found


def _files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_package_imports_only_what_its_room_allows(package: str) -> None:
    allowed = MAY_IMPORT[package] | STDLIB
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in _files(package)
        for name in _imports(path)
        if name.split(".")[0] not in allowed | ON_DEMAND.get(str(path.relative_to(ROOT)), set())
    }
    assert not wrong


def test_conformance_reaches_kernels_only_through_the_subjects() -> None:
    wrong = {
        str(path.relative_to(ROOT))
        for path in _files("conformance")
        for name in _imports(path)
        if name.split(".")[0] == "kernels" and path.parent.name != "subjects"
    }
    assert not wrong


@pytest.mark.parametrize("package", sorted(OURS))
def test_every_module_says_what_it_answers(package: str) -> None:
    silent = [
        str(p.relative_to(ROOT))
        for p in _files(package)
        if p.stat().st_size and not ast.get_docstring(ast.parse(p.read_text()))
    ]
    assert silent == []
