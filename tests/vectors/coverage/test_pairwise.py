"""Does the command that writes the tables say what it needs?"""

from __future__ import annotations

import pytest

from vectors.coverage import pairwise
from vectors.sweep.combinations import TABLES


def test_without_covertable_one_line_says_what_is_missing_and_nothing_is_written(monkeypatch, capsys) -> None:
    before = {path: path.stat().st_mtime_ns for path in TABLES.iterdir()}
    monkeypatch.setattr(pairwise.importlib.util, "find_spec", lambda name: None)
    assert pairwise.main(["quantize"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and len(err.splitlines()) == 1
    assert "needs covertable" in err and "nox -s tests" in err
    assert {path: path.stat().st_mtime_ns for path in TABLES.iterdir()} == before


def test_an_unknown_model_is_refused_by_name(capsys) -> None:
    with pytest.raises(SystemExit) as refused:
        pairwise.main(["quantise"])
    assert refused.value.code == 2
    assert "has quantise, needs one of moe, " in capsys.readouterr().err
