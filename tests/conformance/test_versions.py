"""Does each version of Triton get its run, with it in front, a line, and its part of the exit code?"""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from conformance import versions
from reports.model import Cause
from tests.reports.small_reports import Row, write

UNABLE = Row("b/one", {"A-01": "unsupported"}, {}, cause=Cause("inability", "no tl.dot_scaled"))
WRONG = tuple(Row(f"c/{number}", {"A-01": "fail"}) for number in range(7))
LINE = "Triton 3.8.0: 1 pass, 1 unsupported; 1 unsupported by native: no tl.dot_scaled"


@pytest.fixture
def ask(monkeypatch, tmp_path, capsys):
    """Asks versions whose runs end with these codes and reports; what is said, the exit code, what was run."""

    def asked(*runs: tuple[str, int, dict | None], words: tuple[str, ...] = ()):
        left, seen = list(runs), []

        def run(command: list[str], *, env: dict[str, str], stdout, **others: object) -> SimpleNamespace:
            version, code, report = left.pop(0)
            seen.append((command, env["PYTHONPATH"]))
            stdout.write("a line\npython -m conformance: error: the last one\n")
            if report is not None:
                write(Path(command[-1]), **{"rows": (Row("a/one"), UNABLE), "triton": version, **report})
            return SimpleNamespace(returncode=code)

        monkeypatch.setenv("PYTHONPATH", "/own")
        monkeypatch.setattr(versions.subprocess, "run", run)
        places = [f"{version}=/holds/{version}" for version, *_ in runs]
        code = versions.main(["--out", str(tmp_path), *places, *words])
        return capsys.readouterr().out.splitlines(), code, seen

    return asked


def test_each_version_is_in_front_of_its_own_run_and_has_a_line(ask, tmp_path):
    said, code, seen = ask(("3.8.0", 0, {}), ("3.5.1", 0, {"note": "n"}), words=("-k", "gemm", "-n", "2"))
    assert [where for _, where in seen] == ["/holds/3.8.0:/own", "/holds/3.5.1:/own"]
    options = ["--tier", "quick", "--backend", "gfx950-emulated", "-k", "gemm", "-n", "2"]
    assert seen[1][0] == [sys.executable, "-m", "conformance", *options, "--report-dir", str(tmp_path / "3.5.1")]
    tried = LINE.replace("3.8.0", "3.5.1").replace("1 unsupported;", "1 unsupported, not tested;")
    assert (said, code) == ([f"{LINE}; {tmp_path}/3.8.0", f"{tried}; {tmp_path}/3.5.1"], 0)


def test_a_failure_under_one_of_them_exits_1_and_is_named(ask):
    said, code, _ = ask(("3.4.0", 2, None), ("3.8.0", 1, {"rows": WRONG}), ("3.9.0", 0, {}))
    assert code == 1
    assert "Triton 3.8.0: 7 fail; failed: c/0 (native), c/1 (native)" in said[1]
    assert "c/4 (native) and 2 more; " in said[1]


def test_a_version_that_could_not_be_judged_exits_2_and_says_why(ask):
    said, code, _ = ask(("3.4.0", 2, None), ("3.9.0", 0, {}))
    assert (said[0], code) == ("Triton 3.4.0: not judged: python -m conformance: error: the last one", 2)
    said, code, _ = ask(("3.8.0", 5, {"complete": False}))
    assert code == 2
    assert "INCOMPLETE" in said[0]


@pytest.mark.parametrize(("asked", "used", "code"), [("3.8.0+git12.rocm10", "3.8.0", 0), ("3.8.0", "3.9.0", 2)])
def test_the_environments_own_triton_is_not_taken_for_another(ask, asked, used, code):
    said, came, _ = ask((asked, 0, {"triton": used}))
    assert came == code
    assert said[0].startswith(f"Triton {asked}: ")
    assert ("it was Triton 3.9.0" in said[0]) == bool(code)


@pytest.mark.parametrize("words", [[], ["3.8.0"], ["=folder"], ["3.8.0="]])
def test_what_is_no_version_with_a_folder_is_refused(words, capsys):
    with pytest.raises(SystemExit) as end:
        versions.main(words)
    assert end.value.code == 2
    assert "VERSION=FOLDER" in capsys.readouterr().err
