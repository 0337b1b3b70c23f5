"""Does a report's Markdown fit where it is posted, whatever is in it, and keep what matters most?"""

from __future__ import annotations

import copy
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.__main__ import main
from reports.comparing import page as comparison_page
from reports.comparing.comparison import compare
from reports.forms.fitting import LIMIT, Part, fit
from reports.forms.markdown import LONGEST_SENTENCE, MOST_LINES, to_markdown
from reports.forms.markup import text
from reports.gate import gate_title
from reports.views.report import Report
from tests.reports.forge import parse, tables
from tests.reports.full_report import NUMBER, write_full

FORGE = 65_536
HOSTILE = (
    "<script>alert(1)</script> </code></details> `x` ``` | \\| **b** [l](http://e) ![i](j) @team &amp; $x$ "
    "\n\n# h\n| a |\n|---|\r\x1b[31m \x00 \u202e \u2028::error::\udcff"
)
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=()), min_size=1, max_size=60),
    st.sampled_from([HOSTILE, "|", "\\", "`", "<", "&", "@a", "\N{GRINNING FACE}", "\udcff", "$", "- a", "1. "]),
)


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    return write_full(tmp_path_factory.mktemp("full"))


def _with(document, texts, cases, subjects, times):
    """The document with so many rows on so many subjects, and these texts, repeated, wherever text can stand."""

    def words(place):
        return (texts[place % len(texts)] * times)[:30_000]

    changed = copy.deepcopy(document)
    rows = []
    for number in range(cases):
        row = copy.deepcopy(document["cases"][number % NUMBER])
        row |= {"id": f"{words(number)}/{number}", "subject": f"{number % subjects} {words(number + 1)}"}
        for finding in row["findings"]:
            cause = {"kind": "raised", "raised": words(number + 2), "words": words(number + 3)}
            finding |= {"cause": cause, "rerun": words(number + 4)}
        for item in row.get("expected", ()):
            item |= {"reason": words(number % 50), "evidence": words(number % 7)}
        rows.append(row)
    changed["cases"] = rows
    changed["requirements"] = [
        {**document["requirements"][0], "id": f"A-{place:02}", "text": words(place)} for place in range(120)
    ]
    changed["environment"] |= {words(place): words(place + 1) for place in range(40)} | {"backend": words(5)}
    changed["platform_checks"] = [
        {"id": words(place), "verdict": "fail", "detail": words(place)} for place in range(30)
    ]
    changed["problems"] = [{"text": words(place), "cases": [words(place)] * 3} for place in range(100)]
    return changed


@settings(max_examples=25, deadline=None)
@given(
    st.lists(TEXTS, min_size=1, max_size=5),
    st.sampled_from([0, 1, 12, 100, 1000]),
    st.sampled_from([1, 7, 300]),
    st.sampled_from([1, 30, 1000]),
)
def test_any_report_fits_and_shows_nothing_but_its_own_markup(document, texts, cases, subjects, times):
    times = times if cases <= 100 else 1
    changed = _with(document, texts, cases, subjects, times)
    page = to_markdown(Report(changed))
    assert len(page.encode(errors="replace")) < LIMIT < FORGE
    parse(page)
    assert all(len(set(cells)) == 1 for cells in tables(page))
    first = text(Report(changed).sentence, LONGEST_SENTENCE)
    assert page.startswith(f"# MXFP8 MoE conformance\n\n{first}\n\n"), "the sentence comes first"


def test_thousands_of_long_failures_leave_room_for_what_matters(document):
    changed = _with(document, ["x" * 200 + HOSTILE], 2000, 3, 3)
    page = to_markdown(Report(changed))
    assert LIMIT * 0.8 < len(page.encode(errors="replace")) < LIMIT
    titles = [line for line in page.splitlines() if line.startswith("## ")]
    wanted = [
        "Problems of",
        "What it rests",
        "Failures",
        "Known defects",
        "Not as expected",
        "Requirements that are not",
    ]
    assert all(title[3:].startswith(words) for title, words in zip(titles, wanted, strict=False)), titles
    failures = page.split("## Failures")[1].split("\n## ")[0]
    assert re.search(r"^- <code>.*</code> of <code>.*</code>, \d+ case", failures, re.MULTILINE)
    assert "and " in failures and "more, see report.html" in page


def test_the_first_case_of_each_group_has_its_line_and_its_command(document):
    page = to_markdown(Report(document))
    (group,) = page.split("## Failures (")[1].split("\n## ")[0].split("\n- ")[2:3]
    assert group.strip().splitlines() == [
        "<code>a, raised ValueError</code> of <code>native</code>, 2 cases: A-01 2",
        "  - <code>a/case-01</code>",
        "  - <code>raised ValueError: no at kernels/gemm.py:2 in launch</code>",
        "  - <code>nox -k a/case-01</code>",
        "  - also <code>a/case-04</code>",
    ]


def test_requirements_that_fail_unexpectedly_come_before_the_others(document):
    changed = copy.deepcopy(document)
    changed["requirements"].reverse()
    table = to_markdown(Report(changed)).split("## Requirements that are not met")[1].split("\n## ")[0]
    assert [line[2:6] for line in table.splitlines() if line.startswith("| A-")] == ["A-01", "A-02"]


def test_the_sentence_is_whole_where_it_is_as_long_as_real_ones(document):
    changed = copy.deepcopy(document)
    changed["requirements"] = [{**document["requirements"][0], "id": f"REQ-{place:02}"} for place in range(114)]
    for row in changed["cases"]:
        row["findings"] = [{"requirement": f"REQ-{n:02}", "verdict": "fail"} for n in range(114)]
        row["expected"] = []
    assert Report(changed).sentence in to_markdown(Report(changed)).replace("\\", "")


@settings(max_examples=15, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4), st.sampled_from([1, 50, 300]), st.sampled_from([1, 40, 1000]))
def test_any_comparison_fits(document, texts, cases, times):
    before = _with(document, texts, cases, 3, times)
    after = copy.deepcopy(before)
    for row in after["cases"]:
        row["bits"] = {f"{texts[0]}{n}": "0" * 16 for n in range(3)}
        row["findings"] = [{**finding, "verdict": "fail"} for finding in row["findings"]]
        row["expected"] = []
    found = compare(before, after, (), [f"{text[:50]}=x" for text in texts if text.strip() and "=" not in text])
    page = comparison_page.to_markdown(gate_title(found), found)
    assert len(page.encode(errors="replace")) < comparison_page.LIMIT
    assert 2 * comparison_page.LIMIT < FORGE, "two summaries make one comment"
    assert page.startswith("**GATE ")
    parse(page)
    assert all(len(set(cells)) == 1 for cells in tables(page))


def test_the_summary_that_a_gate_writes_fits(tmp_path, document):
    for name, number in (("base", 5), ("change", 5)):
        write_full(tmp_path / name, tuple(range(number)))
    main(["gate", str(tmp_path / "base"), str(tmp_path / "change"), "--summary", str(tmp_path / "summary.md")])
    assert (tmp_path / "summary.md").read_text().startswith("**GATE ")


@given(
    st.lists(
        st.builds(
            Part,
            st.text("ab", min_size=1, max_size=20),
            st.lists(st.text("äb|", max_size=300), max_size=40),
            st.sampled_from(["", "</details>"]),
            most=st.integers(0, 30),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_parts_keep_their_heads_and_first_entries_and_count_the_rest(parts):
    limit = 3000
    page = fit(parts, limit)
    assert len(page.encode()) < limit
    blocks = page
    for part in parts:
        texts = {part.text(kept) for kept in range(len(part.entries) + 1)}
        assert any(blocks.startswith(text + end) for text in texts for end in ("\n\n", "\n")), "whole entries only"
        longest = max((text for text in texts if blocks.startswith(text)), key=len)
        blocks = blocks[len(longest) :].lstrip("\n")


def test_no_part_hides_all_others():
    parts = [Part("many", ["x" * 90] * 1000), Part("few", ["y" * 90] * 3)]
    page = fit(parts, 2000)
    assert page.count("y" * 90) == 3 and page.count("x" * 90) >= 10
    assert f"and {1000 - page.count('x' * 90)} more, see report.html" in page


def test_lists_are_short_enough_to_be_read(document):
    changed = copy.deepcopy(document)
    changed["problems"] = [{"text": str(n), "cases": []} for n in range(MOST_LINES + 7)]
    assert "and 7 more, see report.html" in to_markdown(Report(changed))


def test_all_requirements_that_were_not_asked_are_named(document):
    changed = copy.deepcopy(document)
    extra = [{**document["requirements"][2], "id": f"REQ-{place:02}"} for place in range(114)]
    changed["requirements"] += extra
    page = to_markdown(Report(changed)).replace("\\", "")
    assert all(item["id"] in page for item in extra)
