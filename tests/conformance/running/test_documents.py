"""Do README and CONTRIBUTING name what there is?"""

from __future__ import annotations

import re

from conformance.cli import parser
from reports.__main__ import main
from tests.conformance.conftest import ROOT

README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


def test_the_table_of_options_is_the_parsers():
    rows = re.findall(r"^\| (`-.*?) \| ", README, re.MULTILINE)
    documented = {word for row in rows for word in re.findall(r"`(--?[a-z-]+)", row)}
    options = {max(action.option_strings, key=len) for action in parser()._actions} - {"--help"}
    assert documented == options


def test_what_can_be_done_with_reports_is_documented(capsys):
    try:
        main(["--help"])
    except SystemExit:
        commands = re.search(r"\{(.*?)\}", capsys.readouterr().out).group(1).split(",")
    row = next(line for line in CONTRIBUTING.splitlines() if line.startswith("| `nox -s reports"))
    assert [command for command in commands if command not in row] == []
    assert "merge one two three --out whole" in README
