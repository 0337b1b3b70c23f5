"""Who may import whom? Read from the imports: rooms keep to their side of each seam, no circle, folders one way."""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# A tool of development that one module runs on demand; see its docstring.
ON_DEMAND = {"vectors/coverage/pairwise.py": {"covertable"}}
PRODUCTION = ("reference", "kernels", "vectors", "conformance", "reports", "mxfp8_conformance")
OURS = {*PRODUCTION, "tests"}
STDLIB = set(sys.stdlib_module_names) | {"__future__"}
MAY_IMPORT = {
    "reference": {"reference", "numpy", "ml_dtypes"},
    "kernels": {"kernels", "torch", "triton"},
    "vectors": {
        "vectors",
        "reference",
        "reports.foreign",
        "mxfp8_conformance",
        "numpy",
        "ml_dtypes",
        "safetensors",
        "jsonschema",
    },
    "reports": {"reports", "rich", "jsonschema", "jinja2"},
    "mxfp8_conformance": {"mxfp8_conformance", "pytest"},
}
Arrows = Mapping[str, set[str]]  # module -> modules that it imports, dotted


def _imports(path: Path) -> set[tuple[str, str]]:
    """(module, name) of every import, inside functions and for types alone too; name is '' for ``import module``."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {(node.module or "", alias.name) for alias in node.names}
    return found


@functools.cache
def _files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def _name(path: Path, root: Path = ROOT) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def arrows(root: Path, packages: Iterable[str]) -> Arrows:
    """Which of the packages' files imports which other one."""
    files = {_name(path, root): path for package in packages for path in sorted((root / package).rglob("*.py"))}
    found: dict[str, set[str]] = {}
    for name, path in files.items():
        meant = {f"{module}.{what}" if f"{module}.{what}" in files else module for module, what in _imports(path)}
        found[name] = {other for other in meant if other in files and other != name}
    return found


def circle(between: Arrows) -> list[str]:
    """Names in a circle, each importing the next, the first one again last; [] where there is none."""
    state: dict[str, int] = {}

    def visit(name: str, way: list[str]) -> list[str]:
        state[name] = 1
        for other in sorted(between.get(name, ())):
            if state.get(other) == 1:
                return [*way[way.index(other) :], other]
            if other not in state and (found := visit(other, [*way, other])):
                return found
        state[name] = 2
        return []

    return next((found for name in sorted(between) if name not in state and (found := visit(name, [name]))), [])


def folders(between: Arrows, parent: str) -> Arrows:
    """Which folder of ``parent`` imports from which other one."""

    def folder(name: str) -> str:
        first, dot, _ = name.removeprefix(f"{parent}.").partition(".")
        inside = name.startswith(f"{parent}.") and (dot or (ROOT / name.replace(".", "/")).is_dir())
        return first if inside else ""

    found: dict[str, set[str]] = {}
    for name, others in between.items():
        if here := folder(name):
            found.setdefault(here, set()).update(
                there for other in others if (there := folder(other)) and there != here
            )
    return found


@functools.cache
def _ours() -> Arrows:
    return arrows(ROOT, PRODUCTION)


def _parents() -> list[str]:
    """Every folder with folders of its own, dotted."""
    places = {path.parent.relative_to(ROOT) for package in PRODUCTION for path in _files(package)}
    return sorted({".".join(place.parent.parts) for place in places if place.parent.parts})


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_package_imports_only_what_its_room_allows(package: str) -> None:
    allowed = MAY_IMPORT[package] | STDLIB
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in _files(package)
        for name, _ in _imports(path)
        if not any(
            f"{name}.".startswith(f"{other}.") for other in allowed | ON_DEMAND.get(str(path.relative_to(ROOT)), set())
        )
    }
    assert not wrong


def test_conformance_reaches_kernels_only_through_the_subjects() -> None:
    wrong = {
        str(path.relative_to(ROOT))
        for path in _files("conformance")
        for name, _ in _imports(path)
        if name.removeprefix("mxfp8_conformance.").split(".")[0] == "kernels" and path.parent.name != "subjects"
    }
    assert not wrong


def test_the_emulator_imports_nothing_of_the_project_outside_itself() -> None:
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "conformance" / "gfx950").rglob("*.py")
        for name, _ in _imports(path)
        if name.split(".")[0] in OURS and not name.startswith("conformance.gfx950")
    }
    assert not wrong


def test_no_file_imports_itself_through_others() -> None:
    assert circle(_ours()) == []


@pytest.mark.parametrize("parent", _parents())
def test_folders_of_one_parent_import_each_other_one_way_only(parent: str) -> None:
    assert circle(folders(_ours(), parent)) == []


def test_tests_stand_in_folders_of_the_rooms_that_they_test() -> None:
    places = {path.parent.relative_to(ROOT) for package in PRODUCTION for path in _files(package)}
    rooms = {place for place in places if len(place.parts) == 2}
    tested = {
        Path(*path.parent.relative_to(ROOT / "tests").parts[:2])
        for path in (ROOT / "tests").rglob("test_*.py")
        if path.parent.relative_to(ROOT / "tests").parts[:1] in {("vectors",), ("conformance",), ("reports",)}
    }
    assert {room for room in tested if len(room.parts) == 2} <= rooms


def test_the_map_names_every_folder_and_only_what_is_there() -> None:
    text = (ROOT / "conformance" / "README.md").read_text()
    named = set(re.findall(r"`((?:conformance|vectors|reports|reference|tests)/[^`]*)`", text))
    assert {place for place in named if not (ROOT / place).exists()} == set()
    rooms = {path.parent.relative_to(ROOT).as_posix() for package in PRODUCTION for path in _files(package)}
    assert {f"{room}/" for room in rooms if "/" in room} == {place for place in named if place.endswith("/")} - {
        "tests/"
    }


def test_the_way_of_a_verdict_has_at_most_ten_hops_and_its_names_are_there() -> None:
    text = (ROOT / "conformance" / "README.md").read_text().split("## The way of one verdict")[1].split("## ")[0]
    hops = re.findall(r"^\d+\. `([^`]+)`: ((?:.|\n(?!\d+\. ))*)", text, re.MULTILINE)
    assert 0 < len(hops) <= 10
    for place, words in hops:
        around = (ROOT / place).read_text() + "".join(path.read_text() for path in _files("conformance/judging"))
        names = [name.split(".")[-1] for name in re.findall(r"`([A-Z]\w*(?:\.\w+)?)`", words)]
        assert [name for name in names if not re.search(rf"\b{name}\b", around)] == [], place


@pytest.mark.parametrize("package", sorted(OURS))
def test_every_module_says_what_it_answers(package: str) -> None:
    silent = [
        str(p.relative_to(ROOT))
        for p in _files(package)
        if p.stat().st_size and not ast.get_docstring(ast.parse(p.read_text()))
    ]
    assert silent == []


def test_a_class_name_is_one_class() -> None:
    found: dict[str, list[str]] = {}
    for path in (*(path for package in PRODUCTION for path in _files(package)), ROOT / "noxfile.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


def test_a_circle_and_its_way_are_found(tmp_path: Path) -> None:
    package = tmp_path / "house"
    for place, text in {
        "up/a.py": "from house.down import b\n",
        "down/b.py": "def late():\n    from house.up.c import thing\n",
        "up/c.py": "thing = 1\n",
    }.items():
        (package / place).parent.mkdir(parents=True, exist_ok=True)
        (package / place).write_text(text)
    found = arrows(tmp_path, ["house"])
    assert found == {"house.up.a": {"house.down.b"}, "house.down.b": {"house.up.c"}, "house.up.c": set()}
    assert circle(found) == []
    assert circle(folders(found, "house")) == ["down", "up", "down"]
    (package / "up/c.py").write_text("from house.up import a\n")
    assert circle(arrows(tmp_path, ["house"])) == ["house.down.b", "house.up.c", "house.up.a", "house.down.b"]
