"""Are the shipped expectation files right about the suite, and does each entry say where its fault stands?"""

from __future__ import annotations

import importlib
import itertools
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from conformance.asking import expectations
from conformance.asking import suite as suites
from conformance.subjects import profiles
from conformance.subjects.profiles import shipped
from vectors.case import Case

FILES = sorted(shipped.FOLDER.glob("*.toml"))
FINDINGS = (shipped.FOLDER.parent / "FINDINGS.md").read_text(encoding="utf-8")
PLACE = re.compile(r"[\w/.]+\.py:\d+")
BACKENDS = ("gfx950-emulated", "cuda", "rocm")


@cache
def _cases() -> tuple[Case, ...]:
    return tuple(suites.load(suites.DEFAULT).cases())


def _load(path: Path) -> expectations.Expectations:
    return expectations.load([], {path.stem: [path]})


def _real_files(project: str, folder: Path) -> set[str]:
    """The files that the profile runs, as they lie in the newest wheel."""
    profile = importlib.import_module(f"{profiles.__name__}.{project}")
    named = [value for what, value in vars(profile).items() if what.isupper() and isinstance(value, str | tuple)]
    for name in (name for value in named for name in ([value] if isinstance(value, str) else value)):
        if name.startswith(f"{project}."):
            path = folder / (name.replace(".", "/") + ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    return {f"{name.replace('.', '/')}.py" for name in profile.stand_ins(folder).real}


def test_the_files_are_of_profiles_that_run_a_whole_moe_from_a_wheel() -> None:
    assert {path.stem.partition("-")[0] for path in FILES} == {"vllm", "sglang", "aiter"} < set(profiles.PROFILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_it_names_is_asked(path: Path) -> None:
    found = _load(path)
    requirements = {row.id for row in suites.load(suites.DEFAULT).requirements()}
    expectations.check_known(found, _cases(), requirements)
    assert {owner for _, owner in found.entries} == {path.stem}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_entry_has_its_line_in_the_wheel(path: Path, tmp_path: Path) -> None:
    real = _real_files(path.stem.partition("-")[0], tmp_path)
    for entry, _ in _load(path).entries:
        places = PLACE.findall(entry.evidence)
        assert places, f"{entry.where}: no file and line"
        assert {place.partition(":")[0] for place in places} <= real, entry.where


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_entry_is_of_a_finding_on_the_page_and_says_what_it_means(path: Path) -> None:
    told = set()
    for entry, _ in _load(path).entries:
        name = re.match(r"([VSA]\d+): ", entry.reason)
        assert name, f"{entry.where}: reason has {entry.reason[:40]!r}, needs a finding's name before it"
        assert f"### {name[1]} " in FINDINGS, entry.where
        assert entry.says and entry.cases and entry.requirements, entry.where
        told.add(name[1])
    letter = next(iter(told))[0]
    assert told == set(re.findall(rf"^### ({letter}\d+) ", FINDINGS, re.MULTILINE))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_verdict_is_claimed_twice(path: Path) -> None:
    entries = [entry for entry, _ in _load(path).entries]
    for case, backend in itertools.product(_cases(), BACKENDS):
        claimed = [
            name
            for entry in entries
            if entry.means(case.id, case.requirements, path.stem) and expectations.fits(backend, entry.backends)
            for name in case.requirements
            if name in entry.requirements
        ]
        assert len(claimed) == len(set(claimed)), f"{case.id} on {backend}: {claimed}"


def test_a_release_without_a_file_brings_nothing() -> None:
    for path in FILES:
        assert shipped.expectations(path.stem) == (path,)
        assert shipped.expectations(f"{path.stem}.post1") == ()
    assert shipped.expectations("vllm-source") == ()


def test_the_files_are_about_one_release_each() -> None:
    for path in FILES:
        project, _, version = path.stem.partition("-")
        about = tomllib.loads(path.read_text(encoding="utf-8"))["about"]
        assert about.casefold().startswith(f"{project} {version},")
