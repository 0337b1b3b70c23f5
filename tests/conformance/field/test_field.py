"""Does the page say what each release fails, since when and until when? Does what is not explained fail the command?"""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from conformance.field import __main__ as field
from conformance.field import releases
from conformance.field.history import defects
from conformance.field.releases import FieldError, Project, grouped, projects
from reports.model import Cause
from tests.reports.small_reports import Row, write

FIELD = """
[[project]]
name = "engine"
distribution = "engine-dist"
profiles = ["vllm", "vllm-torch"]
files = ["*.py"]
about = "An engine."
[project.releases]
"1.9" = "2026-01-01"
"1.10" = "2026-02-01"
"2.0" = "2026-03-01"
"""
DEFECT = """
[[defect]]
name = "{name}"
profile = "{profile}"
since = "{since}"
{until}
means = "{means}"
lines = {lines}
[[defect.fails]]
cases = {cases}
requirements = ["A-01"]
"""


def _defect(name: str, profile: str = "vllm", **given: str) -> str:
    until = f'until = "{given["until"]}"' if "until" in given else ""
    usual = {
        "since": "1.9",
        "means": f"it is {name}",
        "cases": '["a/*"]',
        "lines": '{ "1.9" = "k.py:7", "2.0" = "k.py:9" }',
    }
    return DEFECT.format(**{**usual, **given, "name": name, "profile": profile, "until": until})


KNOWN = _defect("first", cases='["a/one"]', until="2.0") + _defect("second") + _defect("in-torch", "vllm-torch")


def _rows(version: str, *failed: str) -> tuple[Row, ...]:
    rows = [
        Row(case, {"A-01": "fail" if f"{profile}:{case}" in failed else "pass"}, {}, subject=f"{profile}-{version}")
        for profile in ("vllm", "vllm-torch")
        for case in ("a/one", "a/two")
    ]
    reach: dict[str, list[str]] = {"m3": []} if version == "1.10" else {}
    return tuple(
        row.but(cause=Cause("claim", f"wrong at /kept/engine/{version}/k.py | so"), reach=reach) for row in rows
    )


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    """Runs the command over three releases, the last of files of its own: code, page, what is said, what is asked."""

    def ran(*words: str, known: str = KNOWN, failed: dict[str, tuple[str, ...]], code: int = 0):
        (tmp_path / "field.toml").write_text(FIELD)
        (tmp_path / "defects.toml").write_text(known)
        asked = []

        def conformance(command: list[str], **_: object) -> SimpleNamespace:
            asked.append(command)
            version = command[command.index("--subject") + 1].rpartition("/")[2]
            if version in failed:
                subjects = [f"vllm:/kept/engine/{version}"]
                write(Path(command[-1]), _rows(version, *failed[version]), selection={"subjects": subjects})
            return SimpleNamespace(returncode=code)

        digests = {"1.9": "d1", "1.10": "d1", "2.0": "d2"}
        monkeypatch.setattr(field, "HERE", tmp_path)
        monkeypatch.setattr(field.subprocess, "run", conformance)
        monkeypatch.setattr(releases, "fetched", lambda name, version, files, folder: Path("/kept/engine") / version)
        monkeypatch.setattr(releases, "_digest", lambda project, folder: digests[folder.name])
        page = tmp_path / "FIELD.md"
        page.unlink(missing_ok=True)
        code = field.main(["--keep", str(tmp_path), "--out", str(page), *words])
        said = capsys.readouterr()
        return code, page.read_text() if page.exists() else "", said.out + said.err, asked

    return ran


OLD, NEW = ("vllm:a/one", "vllm:a/two", "vllm-torch:a/one"), ("vllm:a/two", "vllm-torch:a/one")


def test_the_page_has_each_releases_failures_and_their_history(run, tmp_path):
    code, page, _, asked = run("-n", "3", failed={"1.10": OLD, "2.0": NEW})
    assert code == 0
    assert (
        "| vllm | it is first | 1.9 | mended in 2.0 |" in page and "| vllm | it is second | 1.9 | still there |" in page
    )
    assert "| vllm | 1.9, 1.10 | 2026-01-01, 2026-02-01 | 0 | 2 | 0 | 0 | 0 | d1 |" in page
    assert "| vllm-torch | 2.0 | 2026-03-01 | 1 | 1 | 0 | 0 | 0 | d2 |" in page
    old, new = page.split("### engine 2.0")
    shown = "| vllm | A-01 | it is {} | 1.9 | {} | `k.py:{}` | {} | 1 case; a/{}: wrong at k.py / so |"
    assert shown.format("first", "mended in 2.0", 7, "met by m3", "one") in old and "it is first" not in new
    assert shown.format("second", "still there", 9, "not known", "two") in new and "Not asked" not in page
    common = ["-m", "conformance", "--tier", "quick", "--backend", "gfx950-emulated", "--no-expectations", "-n", "3"]
    where = ["--subject", "vllm:/kept/engine/1.10", "vllm-torch:/kept/engine/1.10", "--report-dir"]
    assert asked[0][1:] == [*common, *where, str(tmp_path / "reports" / "engine-d1")]


def test_what_was_asked_is_kept_and_the_page_made_anew_from_it(run, tmp_path):
    assert len(run(failed={"1.10": OLD, "2.0": NEW})[3]) == 2
    shutil.rmtree(tmp_path / "reports" / "engine-d2")
    code, page, said, asked = run("--page", failed={})
    assert (code, asked) == (2, []) and "## Not asked\n\nengine 2.0\n" in page
    assert "engine 2.0: not judged: nothing was asked" in said
    code, page, _, asked = run("--only", "engine", failed={"2.0": NEW})
    assert (code, len(asked)) == (0, 1) and "### engine 2.0" in page


def test_a_failure_without_an_explanation_and_an_explanation_without_a_failure_fail_it(run):
    code, page, said, _ = run(failed={"1.10": OLD, "2.0": (*NEW, "vllm-torch:a/two", "vllm:a/one")}, known=KNOWN)
    assert code == 0  # second and in-torch mean them too
    code, _, said, _ = run("--page", failed={}, known=KNOWN + _defect("stale", since="2.0", cases='["c"]'))
    assert code == 1 and "engine 2.0: nothing fails of stale" in said and "engine 1.10: nothing" not in said
    short = _defect("first", cases='["a/one"]', until="2.0") + _defect("in-torch", "vllm-torch", cases='["b"]')
    code, page, said, _ = run("--page", failed={}, known=short)
    assert code == 1
    assert "| vllm | A-01 | **not explained** |  |  |  | not known | 1 case; a/two: wrong" in page
    assert "engine 2.0: vllm: a/one: A-01 is not explained" in said
    assert "**nothing fails of**: it is in-torch" in page and "engine 1.10: nothing fails of in-torch" in said


@pytest.mark.parametrize(
    ("known", "says"),
    [
        (_defect("x", since="3.0"), "engine: has the releases 1.9, 1.10, 2.0, needs 3.0 among them"),
        (_defect("x", "sglang"), "x: has the profile 'sglang', needs one that a project asks"),
        (_defect("x", lines='{ "2.0" = "k.py:9" }'), "x: has lines from 2.0 on, needs 1.9's"),
        (_defect("x") + _defect("x"), "two have one name"),
    ],
)
def test_an_explanation_that_means_no_release_is_refused(run, known, says):
    with pytest.raises(SystemExit) as end:
        run(failed={}, known=known)
    assert end.value.code == 2
    with pytest.raises(FieldError, match=says.replace("(", r"\(")):
        defects(field.HERE / "defects.toml", projects(field.HERE / "field.toml"))


def test_the_shipped_explanations_mean_releases_that_are_asked():
    here = Path(field.__file__).parent
    known = projects(here / "field.toml")
    explained = defects(here / "defects.toml", known)
    asked = [profile for project in known.values() for profile in project.profiles]
    assert {defect.profile for defect in explained} <= set(asked) and len(set(asked)) == len(asked)


def test_the_digest_is_of_what_is_computed(tmp_path):
    def digest(text: str, name: str = "k.py") -> str:
        (tmp_path / name).write_text(text)
        return releases._code(tmp_path / name)

    before = digest("import a\n\ndef f(x):\n    return x + 1\n")
    same = '"""New."""\nfrom b import a\nclass C: ...\ndef f(x):\n  "Adds."\n  import c\n  return x+1  # one\n'
    assert digest(same, "moved.py") == before != digest("def f(x):\n    return x + 2\n")


def test_neighbours_of_one_digest_are_one_group():
    project = Project("p", "p", (), (), {"1": "", "2": "", "3": "", "4": ""})
    found = grouped(project, [(v, digest, Path(v)) for v, digest in zip("1234", "aaba", strict=True)])
    assert [(each.versions, str(each.folder)) for each in found] == [(("1", "2"), "2"), (("3",), "3"), (("4",), "4")]
