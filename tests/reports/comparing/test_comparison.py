"""Does a comparison see what changed and call it worse only where it is, and does a gate stop just that?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.__main__ import main
from reports.comparing.cases import rerun
from reports.comparing.comparison import compare
from reports.comparing.page import MOST_ROWS, to_markdown, verdict
from reports.gate import gate_code, gate_title
from reports.keeping.reading import ReportError
from tests.reports.small_reports import KNOWN, ROWS, Row, changed, write

FAILS = {"A-01": "fail", "A-02": "pass"}
EXPECTED = {"verdict": "fail", "reason": "Known.", "evidence": "e", "met": ["A-01"], "unmet": {}, "unjudged": []}


@pytest.fixture
def held(tmp_path):
    """Compare two reports: (rows, facts) of the first and the second."""

    def compared(first=ROWS, second=ROWS, *, one=None, other=None, **options):
        before = write(tmp_path / "a", first, **(one or {}))
        after = write(tmp_path / "b", second, **(other or {}))
        return compare(before, after, **options)

    return compared


def test_the_same_is_the_same(held):
    found = held()
    assert (found.worse, found.same, found.differences) == (False, 3, [])
    assert verdict(found) == "SAME: native on interpreter, tier quick; 3 cases without a difference, 0 with one."
    assert gate_code(found) == 0


def test_the_order_of_rows_and_their_seconds_are_no_difference(held):
    assert not held(second=ROWS[::-1]).differences


def test_a_new_failure_is_worse(held):
    found = held(second=changed(1, verdicts=FAILS))
    assert [(item.case, item.broken) for item in found.broken] == [("a/two", ("A-01",))]
    assert verdict(found).startswith("WORSE: new failures in 1 case (A-01); native on interpreter")
    assert (found.same, gate_code(found)) == (2, 1)


@pytest.mark.parametrize("before", ["deviation", "unsupported", "declared"])
def test_a_failure_is_new_after_anything_but_a_failure(held, before):
    assert held(changed(1, verdicts={**FAILS, "A-01": before}), changed(1, verdicts=FAILS)).broken


def test_an_old_failure_is_not_new(held):
    rows = changed(1, verdicts=FAILS)
    assert not held(rows, rows).worse


def test_an_expected_failure_is_no_new_one_but_its_bits_count(held):
    known = changed(1, verdicts=FAILS, expected=(EXPECTED,))
    found = held(second=known)
    assert not found.worse
    assert found.differences[0].verdicts == {"A-01": ("pass", "fail")}
    assert held(second=changed(1, verdicts=FAILS, expected=(EXPECTED,), bits={"output": "z"})).changed


def test_a_deviation_more_is_shown_and_not_worse(held):
    found = held(second=changed(0, verdicts={"A-01": "pass", "A-02": "deviation"}))
    assert not found.worse
    assert verdict(found).startswith("NOT WORSE")
    assert "| a/one | native | A-02 | pass | deviation |" in to_markdown("t", found)


def test_other_bits_are_worse(held):
    found = held(second=changed(0, bits={"output": "z", "codes": "b"}))
    assert [(item.case, item.unexplained) for item in found.changed] == [("a/one", ("output",))]
    assert "other bits in 1 case without a changed contract" in verdict(found)
    assert gate_code(found) == 1


def test_bits_that_come_no_more_are_other_bits(held):
    found = held(second=changed(0, verdicts={"A-01": "unsupported", "A-02": "unsupported"}, bits={}))
    assert found.changed[0].unexplained == ("output", "codes")


def test_bits_that_did_not_come_before_are_not(held):
    unable = {"A-01": "unsupported", "A-02": "unsupported"}
    assert not held(changed(0, verdicts=unable, bits={}), ROWS).worse
    assert not held(changed(0, bits={"output": "a"}), ROWS).differences, "of one observable more"


def test_a_repair_may_change_bits(held):
    found = held(changed(1, verdicts=FAILS, bits={"output": "y", "codes": "b"}))
    assert not found.worse
    assert found.differences[0].because == {"output": "a verdict is better and none worse"}


def test_a_repair_that_breaks_something_else_may_not(held):
    first = changed(1, verdicts={"A-01": "fail", "A-02": "pass"}, bits={"output": "y", "codes": "b"})
    assert held(first, changed(1, verdicts={"A-01": "pass", "A-02": "deviation"})).changed


@pytest.mark.parametrize(
    ("rows", "known", "reason"),
    [
        (changed(0, bits={"output": "z"}, asked="1"), KNOWN, "changed contract: the case asks or accepts"),
        (
            changed(0, bits={"output": "z", "codes": "b"}),
            (replace(KNOWN[0], text="It is very right."), *KNOWN[1:]),
            "changed contract: A-01",
        ),
    ],
)
def test_a_changed_contract_may_change_bits(held, rows, known, reason):
    found = held(second=rows, other={"known": known})
    assert not found.worse
    assert found.differences[0].because["output"].startswith(reason)
    assert gate_code(found) == 0


def test_a_changed_requirement_speaks_for_its_own_observable_and_cases_only(held):
    known = (KNOWN[0], replace(KNOWN[1], text="It is handsome."), KNOWN[2])
    rows = (
        ROWS[0].but(bits={"output": "z", "codes": "y"}),  # of which A-02 is about codes
        ROWS[1],
        ROWS[2].but(bits={"output": "z"}),  # which does not ask A-02
    )
    found = held(second=rows, other={"known": known})
    assert [(item.case, item.unexplained) for item in found.changed] == [
        ("a/one", ("output",)),
        ("b/three", ("output",)),
    ]
    assert found.contract == {"A-02": "text 'It is pretty.' -> 'It is handsome.'"}


def test_what_is_declared_may_change_bits_and_nothing_else_is(held):
    rows = changed(0, bits={"output": "z"})
    assert gate_code(held(second=rows, declared=["a/*=tiles of 64"])) == 0
    assert gate_code(held(second=changed(0, bits={"output": "z"}, verdicts=FAILS), declared=["a/*=tiles"])) == 1
    for declared in ("a/*", "a/*= ", "=tiles"):
        with pytest.raises(ReportError, match="needs PATTERN=REASON"):
            held(second=rows, declared=[declared])
    idle = held(second=rows, declared=["b/*=tiles of 64"])
    assert (gate_code(idle), idle.idle) == (1, ["b/*=tiles of 64"])
    assert "declared, and nothing needed it: b/" in to_markdown("t", idle)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"tier": "gate"}, "tier: quick and gate"),
        ({"backend": "cuda"}, "backend: interpreter and cuda"),
        ({"fp_fusion": "0"}, "fp_fusion: 1 and 0"),
        ({"modelled": "sum of matrix instructions: cdna3"}, "modelled: none and sum"),
        ({"selection": {"expression": "a"}}, "-k: none and a"),
        ({"selection": {"shard": "1/2"}}, "shard: none and 1/2"),
    ],
)
def test_what_cannot_be_compared_says_so(held, facts, says):
    found = held(other=facts)
    assert says in verdict(found) and verdict(found).startswith("NOT COMPARABLE")
    assert (gate_code(found), gate_title(found)[:30]) == (3, "GATE WITHOUT A VERDICT. NOT CO")


def test_other_versions_and_commits_are_told_beside(held):
    found = held(other={"commit": "d00d", "versions": {"numpy": "3"}})
    assert not found.incomparable
    assert [str(item) for item in found.beside] == ["commit: c0ffee and d00d", "numpy: 2 and 3"]


def test_a_report_without_bits_cannot_gate(held):
    bare = tuple(row.but(bits={}) for row in ROWS)
    assert [str(item) for item in held(bare).incomparable] == ["bits: none and some"]
    assert not held(bare, bare).incomparable


def test_other_cases_are_named(held):
    found = held(ROWS[:2], ROWS[1:])
    assert (found.only_before, found.only_after) == ([("a/one", "native")], [("b/three", "native")])
    assert "1 of the first report not in the second" in verdict(found)
    page = to_markdown("t", found)
    assert "| native | first | 1 | a/one |" in page and "| native | second | 1 | b/three |" in page
    apart = held(ROWS[:1], ROWS[1:]).incomparable
    assert [str(item) for item in apart] == ["cases: 1 and 2, none of them in both"]


def test_a_failure_of_a_new_case_is_new(held):
    found = held(ROWS[:2], changed(2, verdicts={"A-03": "fail"}))
    assert [item.case for item in found.broken] == ["b/three"]


def test_a_run_that_did_not_finish_gives_no_verdict_but_may_refuse(held):
    short = {"complete": False}
    assert gate_code(held(second=ROWS[:2], other=short)) == 3
    assert "the second report is of a run that did not finish" in gate_title(held(second=ROWS[:2], other=short))
    assert gate_code(held(second=changed(0, verdicts=FAILS)[:2], other=short)) == 1
    assert gate_code(held(ROWS[:2], changed(2, verdicts={"A-03": "fail"}), one=short)) == 3


def _as(name, rows=ROWS):
    return tuple(row.but(subject=name) for row in rows)


def test_the_only_subject_left_in_each_is_a_pair(held):
    found = held((*ROWS, *_as("old")), (*ROWS, *_as("new", changed(0, bits={"output": "z"}))))
    assert found.pairs.after == {"native": "native", "old": "new"}
    assert found.changed[0].subject == "old -> new"
    fewer = held(_as("old"), _as("new", ROWS[:2]))
    assert (fewer.pairs.after, fewer.same) == ({"old": "new"}, 2), "whatever they were asked"


def test_a_subject_that_the_change_does_not_have_leaves_no_verdict(held):
    found = held((*ROWS, *_as("other")))
    assert (found.pairs.after, gate_code(found)) == ({"native": "native"}, 3)
    assert gate_title(found) == "GATE WITHOUT A VERDICT: the change does not have other."
    assert gate_code(held(ROWS, (*ROWS, *_as("other")))) == 0, "one more is nobody's loss"


def test_subjects_of_one_pipeline_are_pairs(held):
    first = (*_as("x-native"), *_as("x-emulation", ROWS[:2]))
    second = (*_as("y-emulation", ROWS[:2]), *_as("y-native"))
    assert held(first, second).pairs.after == {"x-native": "y-native", "x-emulation": "y-emulation"}


def test_what_could_be_either_is_no_pair(held):
    found = held((*_as("x"), *_as("y")), (*_as("v"), *_as("w")))
    assert found.pairs.after == {}
    assert (gate_code(found), found.pairs.only_before) == (3, ("x", "y"))
    said = held((*_as("x"), *_as("y")), (*_as("v"), *_as("w")), said=["x=w"])
    assert said.pairs.after == {"x": "w", "y": "v"}


@pytest.mark.parametrize("said", [["native"], ["native=other"], ["other=native"], ["native=native"] * 2])
def test_a_pair_that_is_none_is_refused(held, said):
    with pytest.raises(ReportError, match="--pair: has"):
        held(said=said)


def test_the_page_says_it_in_its_first_line_and_how_to_see_it_again(held):
    rows = (ROWS[0].but(verdicts=FAILS), ROWS[1].but(bits={"output": "z", "codes": "b"}), ROWS[2])
    found = held(second=rows)
    lines = to_markdown(gate_title(found), found).splitlines()
    assert lines[0].startswith("**GATE FAILED. WORSE: new failures in 1 case (A-01) and other bits in 1 case without")
    page = "\n".join(lines)
    assert "| a/one | native | A-01 | pass | output\\[0\\] is wrong |" in page
    assert "| a/two | native | output: 61000000 -&gt; 7a000000 |" in page
    assert "| A-01 | MUST | native | 1 | 0 | 0 | 1 |" in page, "a/two's output rests on A-01 too"
    command = "nox -s conformance -- --tier quick --subject native --backend interpreter -k 'a/one or a/two'"
    assert f"<code>{command}</code>" in page


def test_a_page_stays_short(held):
    many = tuple(Row(f"a/case-{number}") for number in range(200))
    worse = tuple(row.but(verdicts=FAILS, bits={"output": "z"}) for row in many)
    found = held(many, worse)
    page = to_markdown(gate_title(found), found)
    assert len(page) < 60_000
    assert f"and {200 - MOST_ROWS} more" in page
    assert page.count("| a/case-") == 3 * MOST_ROWS, "of failures, bits and verdicts"


def test_a_subject_is_asked_again_by_the_name_that_loads_it(held):
    found = held(other={"selection": {"subjects": ["vllm:/tmp/x"]}})
    assert "--subject vllm:/tmp/x " in rerun(found.after, "vllm-0.33.0", ["a/one"])


@pytest.mark.parametrize(
    ("second", "facts", "code"),
    [
        (ROWS, {}, 0),
        (changed(0, bits={"output": "z"}), {}, 1),
        (changed(0, verdicts=FAILS), {}, 1),
        (ROWS, {"tier": "gate"}, 3),
    ],
)
def test_the_commands_end_with_what_they_found(tmp_path, capsys, second, facts, code):
    write(tmp_path / "a")
    write(tmp_path / "b", second, **facts)
    names = [str(tmp_path / "a"), str(tmp_path / "b" / "report.json")]
    assert main(["compare", *names, "--markdown", str(tmp_path / "page.md")]) == code
    assert main(["gate", *names, "--summary", str(tmp_path / "gate.md")]) == code
    assert (tmp_path / "page.md").read_text().startswith("**")
    title = (tmp_path / "gate.md").read_text().splitlines()[0]
    assert title.startswith("**GATE")
    assert title.split(".")[0].strip("*") in capsys.readouterr().out


def test_what_is_no_report_is_refused_and_nothing_written(tmp_path, capsys):
    write(tmp_path / "a")
    assert main(["gate", str(tmp_path / "a"), str(tmp_path / "b"), "--summary", str(tmp_path / "s.md")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "s.md").exists()


def test_a_report_that_does_not_name_observables_has_no_other_contract(held):
    bare = tuple(replace(requirement, observable="") for requirement in KNOWN)
    found = held(second=changed(0, bits={"output": "z"}), one={"known": bare})
    assert (found.contract, found.worse) == ({}, True)
