"""Does a run save what breaks a property, and does ``--replay`` ask exactly that again, of the wrong and the right?"""

from __future__ import annotations

from pathlib import Path

import pytest

import reports
from conformance.defects import catalogue
from conformance.defects.mutant import tree
from reports.line import lines
from tests.forking import CONFORMANCE, with_libraries
from vectors.data import GENERATOR_VERSION
from vectors.examples.example import FOUND, Example, read

DEFECTS = {defect.id: defect for defect in catalogue.load()}
DEFECT = DEFECTS["last-route-of-odd-count-dropped"]
CASE = "property/halving-a-route-in-two-changes-nothing"


def _run(place: Path, folder: Path, *words: str) -> tuple[int, str]:
    command = ["--backend", "interpreter", "--subject", "native", "--report-dir", str(folder), *words]
    done = with_libraries().run(CONFORMANCE, *command, place=place)
    return done.returncode, done.stdout + done.stderr


def _resumed(place: Path, folder: Path) -> tuple[int, str]:
    """Go on with a run whose example is all that it asks, as if it had been stopped before its end."""
    report = folder / "report.json"
    report.write_text(report.read_text().replace('"complete": true', '"complete": false'))
    done = with_libraries().run(CONFORMANCE, "--resume", str(folder), place=place)
    return done.returncode, done.stdout + done.stderr


def test_a_saved_example_fails_again_until_the_kernel_is_right(tmp_path):
    with tree(DEFECT) as place:
        code, out = _run(place, tmp_path / "first", "-k", CASE)
        assert code == 1, out
        (saved,) = (tmp_path / "first" / "found").glob("*.json")
        assert f"--replay {saved}" in out
        code, out = _run(place, tmp_path / "again", "--replay", str(saved))
        assert code == 1, out
        rows = reports.load(tmp_path / "again")["cases"]
        assert [row["id"] for row in rows] == [f"{CASE}/{saved.stem}"]
        (finding,) = rows[0]["findings"]
        before = reports.load(tmp_path / "first")["cases"][0]["findings"][0]["cause"]
        assert finding["cause"]["words"] and finding["cause"]["words"] == before["words"]
        assert before["saved"] == str(saved) and before["hints"][0].startswith("example {")
        assert lines(rows[0])[0].endswith(f"--replay {saved}")
        code, out = _run(place, tmp_path / "explained", "--explain", CASE)
        assert (code, "departs" in out) == (1, True), out
    with tree(None) as place:
        code, out = _run(place, tmp_path / "right", "--replay", str(saved))
        assert code == 0, out
        code, out = _resumed(place, tmp_path / "right")
        assert (code, "1 of them judged before" in out) == (0, True), out


@pytest.mark.parametrize("path", sorted(FOUND.glob("*.json")), ids=lambda path: path.stem)
def test_a_committed_example_breaks_the_wrong_kernel_that_it_names(path, tmp_path):
    example = read(path)
    assert example.generator == GENERATOR_VERSION, "its values stand for other numbers now: find it anew"
    assert example.name == path.stem
    with tree(DEFECTS[example.found["defect"]]) as place:
        code, out = _run(place, tmp_path / "report", "-k", f"{example.case}/{path.stem}")
    assert code == 1, out
    (row,) = reports.load(tmp_path / "report")["cases"]
    assert example.found["wrong"] in lines(row)[0]


def test_a_file_that_is_no_example_is_wrong_use(tmp_path):
    path = tmp_path / "one.json"
    path.write_text("{}")
    with tree(None) as place:
        code, out = _run(place, tmp_path / "report", "--replay", str(path))
        assert (code, f"{path}: has []" in out) == (2, True), out
        path.write_bytes(Example(CASE, {"tokens": 1}, {}).to_bytes())
        code, out = _run(place, tmp_path / "report", "--replay", str(path))
        assert (code, "seed: has nothing, needs a whole number" in out) == (2, True), out
