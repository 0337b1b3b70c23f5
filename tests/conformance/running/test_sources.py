"""Does the digest of the code see each change, and nothing but the code?"""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from conformance.running import sources


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A package and a module of somebody else's, loaded."""
    (tmp_path / "theirs_package" / "inner").mkdir(parents=True)
    for name in (
        "theirs_package/__init__.py",
        "theirs_package/kernel.py",
        "theirs_package/inner/__init__.py",
        "theirs_package/inner/more.py",
        "theirs_package/inner/later.py",
    ):
        (tmp_path / name).write_text("x = 1\n")
    (tmp_path / "theirs_alone.py").write_text("import theirs_helper\n")
    (tmp_path / "theirs_helper.py").write_text("x = 1\n")
    (tmp_path / "beside.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("theirs_package.kernel", "theirs_package.inner.more", "theirs_alone"):
        importlib.import_module(name)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("theirs_")]:
        del sys.modules[name]


PACKAGE, ALONE = "theirs_package.kernel:fused", "theirs_alone:fused"
INNER = "theirs_package.inner.more:fused"


def test_only_loaded_subjects_from_elsewhere_have_one(elsewhere):
    found = sources.code_of_subjects(["native", PACKAGE, ALONE, "nowhere.at.all:x"])
    assert list(found) == [PACKAGE, ALONE]


@pytest.mark.parametrize(
    ("file", "seen"),
    [
        # Loaded: whichever subject imported it.
        ("theirs_package/kernel.py", {PACKAGE, ALONE, INNER}),
        ("theirs_alone.py", {PACKAGE, ALONE, INNER}),
        ("theirs_helper.py", {PACKAGE, ALONE, INNER}),
        # Of the package, to be imported later.
        ("theirs_package/inner/later.py", {PACKAGE, INNER}),
        ("theirs_package/tiles.json", {PACKAGE, INNER}),
        ("beside.py", set()),
    ],
)
def test_a_change_of_a_subjects_code_is_seen(elsewhere, file, seen):
    before = sources.code_of_subjects([PACKAGE, ALONE, INNER])
    (elsewhere / file).write_text("x = 2\n")
    after = sources.code_of_subjects([PACKAGE, ALONE, INNER])
    assert {spec for spec in after if after[spec] != before[spec]} == seen


def test_names_and_contents_count_and_the_place_does_not(tmp_path):
    def digest(folder, **files):
        root = tmp_path / folder
        root.mkdir()
        for name, text in files.items():
            (root / name).write_text(text)
        return sources.digest(root, root.iterdir())

    first = digest("here", a="1", b="2")
    assert digest("there", b="2", a="1") == first
    assert digest("renamed", a="1", c="2") != first
    assert digest("moved", a="12", b="") != first
    assert digest("less", a="1") != first


def test_the_suites_own_code_is_all_that_verdicts_rest_on(monkeypatch, tmp_path):
    names = [
        "reference/a.py",
        "kernels/b.py",
        "vectors/golden/manifest.json",
        "conformance/c.toml",
        "vectors/f.csv",
        "reports/d.py",
    ]
    others = [
        "vectors/golden/case.safetensors",
        "reports/notes.md",
        "reports/out/run/report.json",
        "tests/e.py",
        "conformance/notes.md",
    ]
    for name in [*names, *others]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    seen = set()
    for name in [*names, *others]:
        before = sources.code()
        (tmp_path / name).write_text("2")
        if sources.code() != before:
            seen.add(name)
    assert seen == set(names)


def test_who_watches_a_run_loads_nothing_that_has_threads_or_may_break() -> None:
    loads = "import sys, conformance.cli; sys.exit(not {'torch', 'triton', 'numpy', 'pytest'}.isdisjoint(sys.modules))"
    assert subprocess.run([sys.executable, "-c", loads], cwd=sources.ROOT, check=False).returncode == 0
