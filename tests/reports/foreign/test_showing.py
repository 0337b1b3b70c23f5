"""Can text that others wrote move, hide or command anything where it is shown? In a terminal, a log, in any locale."""

from __future__ import annotations

import ast
import io
import json
import re
import unicodedata
from pathlib import Path

import pytest
from rich.console import Console

from conformance.explain.page import Passage
from conformance.explain.page import show as explain
from conformance.running.opening import platform_line
from conformance.running.progress import Progress
from reports.__main__ import main
from reports.foreign.showing import complain, is_plain, plain, say, shown, write
from reports.forms.terminal import said
from reports.model import CaseResult, Cause, Finding, PlatformResult
from tests.reports.full_report import write_full

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = (
    "::error::x",
    "  ::warning::x",
    "##[error]x",
    "a ##[group]b",
    "##vso[task.complete]",
    "a##teamcity[x]",
    "## x",
)
COMMANDS += (
    "--- x",
    "+++ x",
    "~~~ x",
    "^^^ +++",
    "\n::error::x",
    "\r::error::x",
    "\r\n  ::error::x",
    "\u2028::error::x",
)
PAYLOAD = (
    "::error::x\n::error::y\r##[error]z ##vso[a]\x1b[31m\x9b2J\x07\u202e\u200b\ufeff\x7f\u2028[bold]b[/bold][/]\ud800"
)
_COMMAND = re.compile(r"^\s*(::|##|---|\+\+\+|~~~|\^\^\^)|##\w*\[")


def assert_harmless(text: str) -> None:
    for character in text:
        assert character == "\n" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}, ascii(text)
    for words in text.splitlines():
        assert not _COMMAND.search(words), words


def test_every_character_that_does_something_gets_a_sign():
    for code in (*range(0x3100), *range(0xD800, 0xE000), *range(0xFE00, 0x10000), 0x1D173, 0xE0001, 0xE0020):
        assert_harmless(plain(f"a{chr(code)}b"))
    assert plain("a\tb\nc") == "a b\nc"
    for kept in ("é ü ✓ – 漢 \U0001f600 א", "a:b::c", "C# ## d", "a -- b", "[bold]"):  # noqa: RUF001
        assert plain(kept) == shown(kept) == kept


@pytest.mark.parametrize("command", COMMANDS)
def test_no_line_is_a_command(command):
    assert_harmless(plain(command))
    assert_harmless(plain(f"a\n{command}"))
    assert not is_plain(command)
    assert "x" not in command or "x" in plain(command), "it stays readable"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_a_print_raises_under_no_locale(encoding):
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    write("é✓\ud800\U0001f600", out)


def test_a_comparison_is_shown_under_any_locale(tmp_path, monkeypatch):
    write_full(tmp_path / "a", shard="1/1")
    report = (tmp_path / "a" / "report.json").read_text()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "report.json").write_text(report.replace('"native"', '"n\\u00e9\\u2713"'))
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", out)
    folders = [str(tmp_path / name) for name in "ab"]
    for words in (
        ["compare", *folders, "--markdown", str(tmp_path / "x.md")],
        ["gate", *folders],
        ["annotations", folders[1]],
    ):
        assert main(words) in (0, 1, 3)
    out.flush()
    assert b"n\\xe9\\u2713" in out.buffer.getvalue()


def test_a_complaint_is_one_line(capsys):
    complain(PAYLOAD * 9)
    say(PAYLOAD)
    found = capsys.readouterr()
    assert found.err.count("\n") == 1
    assert_harmless(found.err + found.out)


def _consoles(draw):
    for terminal in (False, True):
        out = io.StringIO()
        draw(Console(file=out, force_terminal=terminal, width=40, highlight=False, color_system="standard"))
        yield re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", out.getvalue()), out.getvalue()


def test_neither_progress_nor_an_explanation_nor_a_platform_check_says_it():
    cause = Cause("raised", PAYLOAD, raised=PAYLOAD)
    row = CaseResult.of(
        [Finding("A", "fail", cause, rerun=PAYLOAD)], id=PAYLOAD, subject=PAYLOAD, backend=PAYLOAD, seconds=0.0,
        requirements=("A",), flags=(),
    )  # fmt: skip

    def draw(console):
        progress = Progress(console, 2)
        progress.finished(row)
        progress.note(PAYLOAD)
        progress.close()
        console.print(platform_line(PlatformResult(PAYLOAD, "fail", PAYLOAD), PAYLOAD), soft_wrap=True)
        explain(
            [Passage(PAYLOAD, (PAYLOAD,), (PAYLOAD, "b"), ((PAYLOAD, PAYLOAD), ("a", f"{PAYLOAD} {PAYLOAD}")))], console
        )
        console.print(said(PAYLOAD))

    for found, raw in _consoles(draw):
        assert_harmless(found)
        assert "[bold]b[/bold]" in found, "no markup is read"
        assert "\x1b[31m\x9b" not in raw and "\x1b[2J" not in raw


FREE = {"id", "subject", "backend", "words", "detail", "text", "rerun", "raised", "function", "reason", "evidence"}
FREE |= {"given", "value", "bits", "of", "saved", "after", "kernel", "variant", "arch", "scale_files", "name", "family"}


def _hostile(value, key=""):
    """The report with every text that has no rule made a payload, and others equal where they were."""
    if isinstance(value, dict):
        return {name: _hostile(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        free = key in ("subjects", "hints", "met", "unjudged", "flags", "platform", "problems", "cases", "values")
        free |= key in ("requirements",)
        return [PAYLOAD + inner if free and isinstance(inner, str) else _hostile(inner, key) for inner in value]
    if isinstance(value, str) and (key in FREE or key == "requirement"):
        return PAYLOAD + value
    return value


def test_no_command_on_a_hostile_report_says_it(tmp_path, capsys):
    write_full(tmp_path, shard="1/1")
    report = _hostile(json.loads((tmp_path / "report.json").read_text()))
    report["problems"] = [{"text": PAYLOAD, "cases": [PAYLOAD]}]
    report["complete"] = False
    (tmp_path / "report.json").write_text(json.dumps(report))
    other = tmp_path / "other"
    write_full(other, shard="1/1")
    folder = str(tmp_path)
    codes = set()
    for words in (
        ["render", folder], ["compare", folder, str(other), "--html", str(tmp_path / "x.html")],
        ["compare", folder, folder, "--html", str(tmp_path / "x.html")], ["gate", str(other), folder],
        ["lowering-diff", folder, str(other)], ["merge", folder, "--out", str(tmp_path / "whole")],
    ):  # fmt: skip
        codes.add(main(words))
        found = capsys.readouterr()
        assert_harmless((found.out + found.err).replace(folder, ""))
    assert codes - {2}, "not all are refused"
    assert main(["annotations", folder]) == 0
    found = capsys.readouterr().out
    for words in found.splitlines():
        assert re.match("::(error|warning|notice) ", words), words
        assert_harmless(words[2:])


def test_nothing_is_printed_but_by_these_functions():
    wrong = []
    for package in ("conformance", "kernels", "reference", "reports", "vectors"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                called = node.func if isinstance(node, ast.Call) else None
                name = getattr(called, "id", getattr(called, "attr", ""))
                plain_print = name == "print" and isinstance(called, ast.Name)
                if plain_print or (name == "Text" and "rich.text" in path.read_text()) or name == "print_exc":
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    allowed = {"reports/forms/terminal.py", "vectors/check_a_quantizer.py", "vectors/golden_judge.py"}  # files to copy
    assert [place for place in wrong if place.partition(":")[0] not in allowed] == []
