"""Does the command that measures write a profile and a page, go on behind what fails, and refuse what it cannot do?"""

from pathlib import Path

import pytest

from conformance.measure import main
from conformance.silicon import profile


def test_a_profile_and_a_page_are_written_and_a_part_that_raises_stops_no_other(tmp_path: Path, capsys) -> None:
    out = tmp_path / "mine.json"
    words = ["--backend", "interpreter", "--out", str(out), "--only", "instructions/rcp", "edges/fp32"]
    assert main(words) == 0
    found = profile.load(out)
    assert found["edges"]["fp32"]["results"]["a subnormal doubled"]["observed"].startswith("0x")
    assert "raised" in found["instructions"]["rcp"]  # the interpreter has no instructions
    page = (tmp_path / "mine.md").read_text()
    assert "edges: fp32" in page
    assert "instructions: rcp | raised" in page
    assert "instructions/rcp: raised " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--backend", "fast"], "backend: has 'fast', needs one of"),
        (["--out", "/nowhere/profile.json"], "--out: has '/nowhere/profile.json', needs a file in a folder"),
        (["--random", "0"], "--random: has '0', needs a whole number"),
        (["--out", "mine.md"], "--out: has 'mine.md', needs a file, and not the page's"),
        (["--backend", "interpreter", "--only", "sum_"], "--only: has sum_, needs what begins one of sums/"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(words: list[str], said: str, capsys) -> None:
    try:
        code = main(words)
    except SystemExit as left:
        code = left.code
    err = capsys.readouterr().err
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
