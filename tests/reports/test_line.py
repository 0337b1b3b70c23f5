"""Does a failure of each cause read as it is documented, and is a line made in one place and taken apart in none?"""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from reports.keeping.reading import SCHEMA_FILE
from reports.line import line, lines
from reports.model import CaseResult, Cause, Expected, Finding, Lead, Place, Shown, Spot

ROOT = Path(__file__).resolve().parents[2]
PLACE = Place("kernels/gemm.py", 80, "launch")
TIES = Cause(
    "values",
    observable="codes",
    index=(0, 2),
    given="x 0x3080 (9.31322575e-10)",
    observed=Shown("0x01", "0.001953125"),
    expected=Expected(Shown("0x00", "0")),
    bad=258,
    total=1600,
    steps={"<=1": 258},
)
RAISED = Cause("raised", "no", raised="ValueError", place=PLACE)
CAUSES = {
    "codes[0, 2] x 0x3080 (9.31322575e-10) -> observed 0x01 (0.001953125), expected 0x00 (0); 258 of 1600 bad; "
    "steps off {<=1: 258}": TIES,
    "scales[3] observed 7, expected scale byte 5 to 6; 1 of 4 bad": Cause(
        "values",
        observable="scales",
        index=(3,),
        observed=Shown("", "7"),
        expected=Expected(Shown("", "5"), Shown("", "6"), "scale byte"),
        bad=1,
        total=4,
    ),
    "output observed float32[2], expected bfloat16[2]": Cause(
        "values", observable="output", observed=Shown("", "float32[2]"), expected=Expected(Shown("", "bfloat16[2]"))
    ),
    "a row without a route is not zero": Cause("claim", "a row without a route is not zero", "poison"),
    "it differs; example {'seed': 1}; saved, to be asked alone by: nox -s conformance -- --subject native --backend b "
    "--replay /r/found/x.json": Cause("claim", "it differs", hints=("example {'seed': 1}",), saved="/r/found/x.json"),
    "raised ValueError: no at kernels/gemm.py:80 in launch": RAISED,
    "claimed; scale addressing: explained by the byte 0 of w[1, 2] where w[1, 3] belongs, the block 1 before (3 of 4 "
    "looked at); scale addressing: explained by the byte 127 where w[1, 3] belongs, no scale (3 of 4 looked at); stale "
    "memory: output[4] is that of moe's result 1[4] (3 of 4 looked at); a hint": Cause(
        "claim",
        "claimed",
        leads=(
            Lead("scale byte", Spot("w", (1, 3)), Spot("w", (1, 2)), 0, "the block 1 before", 3, 4),
            Lead("scale byte", Spot("w", (1, 3)), None, 127, "no scale", 3, 4),
            Lead("earlier call", Spot("output", (4,)), Spot("moe's result 1", (4,)), 0, "", 3, 4),
        ),
        hints=("a hint",),
    ),
    "4 bytes beside x were written": Cause("outside", "4 bytes beside x were written"),
    "raised KeyError: 'x'": Cause("raised", "'x'", raised="KeyError"),
    "ran out of device memory: raised E: no": Cause("out of device memory", "no", raised="E"),
    "ran out of host memory: raised E: no": Cause("out of host memory", "no", raised="E"),
    "raised E: no; behind it the device was of no use": Cause(
        "device lost", "no", raised="E", hints=("behind it the device was of no use",)
    ),
    "took longer than 0.5 s in launch at kernels/gemm.py:80, so its process was ended": Cause(
        "time limit", limit=0.5, place=PLACE
    ),
    "took longer than 600 s, so its process was ended": Cause("time limit", limit=600.0),
    "its process died: signal SIGSEGV": Cause("died", "signal SIGSEGV"),
    "its process died": Cause("died"),
    "not judged after QNT-01 failed": Cause("not judged", after="QNT-01"),
    "the check did not judge it": Cause("not judged", "the check did not judge it"),
}
ALONE = {"native has no such stage": "inability", "a/b native@b QNT-03: an old line; rerun: nox": ""}
# Fixed words of a line. Who takes one apart has to name one of them.
MARKS = ("rerun: ", "platform finding ", "not judged after ", "steps off", "its process died", "so its process was")


def row(*findings):
    facts = {"requirements": ("QNT-03",), "flags": (), "seconds": 0.0, "subject": "native", "backend": "b"}
    return CaseResult.of(findings, id="a/b", **facts)


@pytest.mark.parametrize(("says", "cause"), CAUSES.items())
def test_a_failure_of_each_cause(says, cause):
    found = Finding("QNT-03", "fail", cause, (), "nox -s conformance -- -k a/b")
    wanted = f"a/b native@b QNT-03: {says}; rerun: nox -s conformance -- -k a/b"
    assert line(found, "a/b", "native", "b") == wanted
    told = json.loads(json.dumps(row(found).to_json()))
    assert lines(told) == [wanted]
    assert CaseResult.from_json(told) == row(found)
    platforms = Finding("QNT-03", "unsupported", cause, ("PLT-A", "PLT-B"))
    assert line(platforms, "a/b", "native", "b") == f"a/b native@b QNT-03: platform finding PLT-A, PLT-B: {says}"


@pytest.mark.parametrize(("says", "kind"), ALONE.items())
def test_what_is_no_failure_of_the_case_is_said_alone(says, kind):
    assert line(Finding("QNT-03", "unsupported", Cause(kind, says), rerun="nox"), "a/b", "native", "b") == says


def test_every_kind_of_cause_is_one_of_these():
    kinds = json.loads(SCHEMA_FILE.read_text())["$defs"]["cause"]["properties"]["kind"]["enum"]
    assert set(kinds) == {cause.kind for cause in CAUSES.values()} | set(ALONE.values())


def test_the_line_of_the_readme_is_the_one_that_is_made():
    names = ("quantize/ties-and-neighbours-bf16", "native", "interpreter")
    again = f"nox -s conformance -- --tier quick --subject native --backend interpreter -k {names[0]}"
    assert line(Finding("QNT-03", "fail", TIES, (), again), *names) in " ".join(
        (ROOT / "README.md").read_text().split()
    )


def _texts(tree):
    """Every text in the code, docstrings aside."""
    blocks = (ast.Module, ast.ClassDef, ast.FunctionDef)
    bodies = (node.body[0] for node in ast.walk(tree) if isinstance(node, blocks) and node.body)
    documented = {id(first.value) for first in bodies if isinstance(first, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node.value


def test_the_fixed_words_of_a_line_stand_in_one_file():
    naming = {}
    for folder in ("conformance", "reports"):
        for path in (ROOT / folder).rglob("*.py"):
            texts = list(_texts(ast.parse(path.read_text())))
            if found := {mark for mark in MARKS for text in texts if mark in text}:
                naming[path.relative_to(ROOT).as_posix()] = found
    assert naming == {"reports/line.py": set(MARKS)}
