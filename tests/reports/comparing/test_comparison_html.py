"""Do the two pages of a comparison show each kind of change, the same in both, whatever text is in the reports?"""

from __future__ import annotations

import copy
import html
import re
import time

import pytest

from reports.__main__ import main
from reports.comparing.comparison import compare
from reports.comparing.html import to_html
from reports.comparing.overlay import Overlay
from reports.comparing.page import sections, to_markdown, verdict
from reports.views.facts import FACTS as FACT_NAMES
from reports.views.histograms import BINS, Histogram
from tests.reports.forms.test_html import Page
from tests.reports.pages import HOSTILE, poisoned_cause
from tests.reports.small_reports import ROWS, changed, write
from tests.reports.views.test_kernels import FACTS, launches

CLOSE = {"output": {"steps": [900, 40, 3], "used": [100, 300, 200, 0, 0, 0, 0, 0, 40, 3]}}
FARTHER = {"output": {"steps": [900, 30, 13], "used": [100, 290, 200, 0, 0, 0, 0, 0, 40, 13]}}
GEMM = {"lowering": (FACTS,), "launches": (launches(),)}
OTHER_GEMM = {
    "lowering": (FACTS | {"vgprs": 128, "lds": 40960, "scaled": [8, 16], "loop": {"VALU": 60, "MFMA": 4}},),
    "launches": (launches(valu=110),),
}
FAILS = {"A-01": "fail", "A-02": "pass"}


@pytest.fixture
def held(tmp_path):
    """Compare two reports: (rows, facts) of the first and the second."""

    def compared(first=ROWS, second=ROWS, **other):
        return compare(write(tmp_path / "a", first), write(tmp_path / "b", second, **other))

    return compared


def pages(found):
    """The text of the HTML page, and that of the Markdown page without what keeps it from being markup."""
    markdown = html.unescape(re.sub(r"\\(.)", r"\1", to_markdown(verdict(found), found)))
    return Page(to_html(verdict(found), 1, found)).text, " ".join(markdown.split())


@pytest.fixture
def planted(held):
    """One change of each kind."""
    first = (
        ROWS[0].but(histograms=CLOSE, **GEMM),
        ROWS[1].but(seconds=2.0),
        ROWS[2],
        ROWS[0].but(case="c/gone"),
        ROWS[0].but(case="c/softer"),
    )
    second = (
        ROWS[0].but(histograms=FARTHER, bits={"output": "z", "codes": "b"}, **OTHER_GEMM),
        ROWS[1].but(verdicts=FAILS, seconds=5.0),
        ROWS[2],
        ROWS[0].but(case="c/softer", verdicts={"A-01": "pass", "A-02": "deviation"}),
        ROWS[0].but(case="c/new"),
    )
    return held(first, second, commit="d00d", versions={"numpy": "3"}, torch="2.99")


@pytest.mark.parametrize(
    "words",
    [
        ["a/two", "native", "A-01", "pass", "output[0] is wrong"],
        ["a/one", "native", "output: 61000000 -> 7a000000", "pass, as before"],
        ["c/softer", "native", "A-02", "pass", "deviation"],
        ["1: 40 -> 30, 2: 3 -> 13", "0-10 %: 300 -> 290, 80-90 %: 3 -> 13"],
        ["native", "gemm", "92 -> 128", "38880 -> 40960", "4/8 -> 8/16", "loop VALU 40 -> 60 (+50.0 %)"],
        ["native", "gemm", "VALU 100 -> 110 (+10.0 %)"],
        ["Timings are noisy", "a/two", "native", "2.00", "5.00", "2.5"],
        ["native", "first", "1", "c/gone", "native", "second", "1", "c/new"],
        ["torch", "none", "2.99", "differs", "commit", "c0ffee", "d00d", "differs", "numpy", "2", "3", "differs"],
        ["The cases of both reports: 2.3 s -> 5.3 s, x 2.3"],
    ],
)
def test_each_kind_of_change_is_on_both_pages(planted, words):
    for text in pages(planted):
        gap = r"\W.*?" if len(words) > 1 else ""
        assert re.search(gap.join(map(re.escape, words)), text), (words, text)


def test_the_verdict_comes_first_and_what_is_the_same_is_only_counted(planted):
    page, markdown = pages(planted)
    for text in (page, markdown):
        assert text.index("WORSE: new failures in 1 case (A-01)") < 120
        assert "b/three" not in text, "which is the same in both reports"
        assert re.search(r"\b1( \|)? case without a difference", text)
        assert re.search(r"\b1 of 1( \|)? compiled variant with other facts", text)


def test_both_pages_have_the_same_rows(planted):
    page, markdown = pages(planted)
    for section in sections(planted):
        # A page in a browser begins with the summary, which needs no title there.
        title = [] if section.key == "summary" else [section.title]
        for value in [*title, section.about, *(value for row in section.rows for value in row)]:
            assert " ".join(value.split()) in markdown, (section.key, value)
            assert " ".join(value.split()) in page, (section.key, value)


def test_a_page_is_well_formed_whole_in_itself_and_every_link_leads_somewhere(planted):
    text = to_html(verdict(planted), 1, planted)
    page = Page(text)
    assert (page.wrong, page.open) == ([], [])
    assert len(page.ids) == len(set(page.ids))
    assert page.links and {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert not re.search(r"https?://|@import|url\(", text)


def test_histograms_stand_over_each_other_in_one_drawing(planted):
    text = to_html(verdict(planted), 1, planted)
    drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(drawings) == 2
    steps, used = drawings
    assert "0: 900 and 900, 1: 40 and 30, 2: 3 and 13" in steps
    for drawing, kind in ((steps, "steps"), (used, "used")):
        first, second = (re.findall(rf'<rect class="{side}"', drawing) for side in ("first", "second"))
        filled = 1 + sum(count > 0 for count in CLOSE["output"][kind])  # one in the legend
        assert (len(first), len(second)) == (filled, filled)
        assert drawing.count('class="moved"') == 2
        assert all(label in drawing for label in BINS[kind])
    places = re.findall(r'class="(first|second)" x="(\d+)" y="([\d.]+)"', steps)
    by_bin = {(side, int(x) - (side == "second")): float(y) for side, x, y in places}
    assert by_bin["first", 60] == by_bin["second", 60], "the same number has the same height"
    assert by_bin["first", 134] > by_bin["second", 134], "more is higher, which is a smaller y"


@pytest.mark.parametrize("kind", BINS)
def test_the_bins_of_both_stand_in_the_order_of_one_reports(kind):
    counts = tuple(range(len(BINS[kind])))
    drawn = [(found.label, found.first) for found in Overlay(kind, counts, counts).bins]
    assert drawn == Histogram(kind, counts).bins


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        (("same", "same"), [["A-01, A-02", "pass", "same"]]),
        (("one", "other"), [["A-01", "pass", "one"], ["A-02", "pass", "other"]]),
    ],
)
def test_requirements_share_a_row_where_they_fail_with_the_same_words(held, words, rows):
    found = held(second=changed(0, verdicts={"A-01": "fail", "A-02": "fail"}))
    for finding, said in zip(found.broken[0].after["findings"], words, strict=True):
        finding["cause"] = {"kind": "claim", "words": said}
    (section,) = (part for part in sections(found) if part.key == "failures")
    assert [row[2:] for row in section.rows] == rows


def test_histograms_that_suites_of_two_ages_made_are_told_bin_by_bin(held):
    old, new = {"blocks": {"steps": [7]}}, {"blocks": {"byte": [0, 5, 0, 2], "code": [0, 4, 0, 3]}}
    for text in pages(held(changed(0, histograms=old), changed(0, histograms=new))):
        assert "0: 7 -> 0, least: 0 -> 5, largest: 0 -> 2" in text
        assert "least: 0 -> 4, largest: 0 -> 3" in text


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ({}, {}, "neither report has histograms"),
        (CLOSE, {}, "the second report has no histograms"),
        ({}, CLOSE, "the first report has no histograms"),
    ],
)
def test_reports_without_histograms_say_so(held, first, second, says):
    found = held(changed(0, histograms=first), changed(0, histograms=second))
    for text in pages(found):
        assert f"closeness is not compared: {says}" in text


def test_equal_histograms_are_counted_and_not_drawn(held):
    rows = changed(0, histograms=CLOSE, **GEMM)
    found = held(rows, rows)
    for text in pages(found):
        assert re.search(r"\b0 of 1( \|)? stage with other histograms", text)
    assert "<svg" not in to_html(verdict(found), 0, found)


def test_kernels_of_subjects_with_other_names_are_held_against_each_other(held):
    first = (ROWS[0].but(subject="old", **GEMM),)
    found = held(first, (ROWS[0].but(subject="new", **OTHER_GEMM),))
    assert [(item.subject, item.only) for item in found.variants] == [("old -> new", "")]


@pytest.mark.parametrize(
    ("fact", "first", "second"),
    [
        ("tier", "quick", "gate"),
        ("backend", "interpreter", "cuda"),
        ("device", "none", "NVIDIA H200"),
        ("arithmetic", "none", "the device's own"),
        ("fp_fusion", "1", "0"),
    ],
)
def test_what_cannot_be_compared_stands_side_by_side_before_the_rest(held, fact, first, second):
    found = held(**{fact: second})
    assert next(section.key for section in sections(found)) == "reports"
    name = re.escape(FACT_NAMES.get(fact, fact))
    for text in pages(found):
        assert re.search(rf"{name}( \|)? {first}( \|)? {second}( \|)? differs: not comparable", text)
    assert 'class="verdict open"' in to_html(verdict(found), 3, found)


@pytest.mark.parametrize(("code", "state"), [(0, "good"), (1, "bad"), (3, "open")])
def test_the_state_is_that_of_the_exit_code(held, code, state):
    assert f'class="verdict {state}"' in to_html("t", code, held())


def test_hostile_text_shows_as_text(planted):
    def poisoned(value):
        if isinstance(value, dict):
            return {name: poisoned(item) for name, item in value.items()}
        if isinstance(value, list):
            return [poisoned(item) for item in value]
        return f"{value} {HOSTILE}" if isinstance(value, str) else value

    documents = [copy.deepcopy(document) for document in (planted.before, planted.after)]
    for place, document in enumerate(documents):
        document["environment"] = poisoned(document["environment"]) | {"commit": f"{place} {HOSTILE}"}
        for row in document["cases"]:
            row |= {name: poisoned(row[name]) for name in ("id", "subject")}
            row["lowering"] = poisoned(row.get("lowering", []))
            row["launches"] = poisoned(row.get("launches", []))
            row["histograms"] = {f"{n} {HOSTILE}": seen for n, seen in row.get("histograms", {}).items()}
            row["bits"] = {f"{n} {HOSTILE}": seen for n, seen in row.get("bits", {}).items()}
            for finding in row["findings"]:
                finding |= poisoned_cause(finding)
        document["requirements"][0]["text"] = f"{place} {HOSTILE}"
    found = compare(*documents)
    text = to_html(verdict(found), 1, found).encode(errors="replace").decode()
    page = Page(text)
    assert (page.wrong, page.tags.count("script"), page.tags.count("img")) == ([], 1, 0)
    assert not [name for name in page.attributes if name.startswith("on")]
    assert page.text.count("<script>alert(1)</script>") > 20
    assert not set("\x00\x1b\u202e") & set(text)
    assert not re.search(r"<(script|img)", to_markdown(verdict(found), found))


def test_many_changes_are_folded_and_the_rest_counted(held):
    many = tuple(ROWS[0].but(case=f"a/case-{number}") for number in range(1200))
    found = held(many, tuple(row.but(bits={"output": "z"}) for row in many))
    text = Page(to_html(verdict(found), 1, found)).text
    assert "and 1160 more" in text and "And 200 more, in the two reports." in text


def test_a_gate_run_takes_little_time_and_room(held):
    rows = tuple(
        ROWS[0].but(
            case=f"family-{number % 15}/combined/{'a-long-name-of-values-' * 4}{number}", histograms=CLOSE, **GEMM
        )
        for number in range(2400)
    )
    worse = {"verdicts": FAILS, "bits": {"output": "z"}, "histograms": FARTHER, **OTHER_GEMM}
    found = held(rows, tuple(row.but(**worse) if number % 2 else row for number, row in enumerate(rows)))
    started = time.monotonic()
    text = to_html(verdict(found), 1, found)
    assert time.monotonic() - started < 5
    assert len(text) < 5 << 20


def test_the_command_writes_both_pages_where_it_is_told_or_to_a_folder_of_its_own(tmp_path, capsys, monkeypatch):
    for name in ("a", "b"):
        write(tmp_path / name)
    names = [str(tmp_path / "a"), str(tmp_path / "b")]
    monkeypatch.setattr("reports.__main__.OUT", tmp_path / "out")
    assert main(["compare", *names, "--html", str(tmp_path / "new" / "x.html")]) == 0
    assert (tmp_path / "new" / "x.html").read_text().startswith("<!DOCTYPE html>")
    assert not (tmp_path / "out").exists(), "one was named"
    capsys.readouterr()
    assert main(["compare", *names]) == 0
    folder = next((tmp_path / "out").iterdir())
    assert folder.name.endswith("-compare")
    assert sorted(path.name for path in folder.iterdir()) == ["comparison.html", "comparison.md"]
    printed = capsys.readouterr().out.splitlines()[-2:]
    assert printed == [str(folder / "comparison.html"), str(folder / "comparison.md")]
    assert main(["gate", *names, "--html", str(tmp_path / "gate.html")]) == 0
    assert "GATE PASSED. SAME" in Page((tmp_path / "gate.html").read_text()).text


@pytest.mark.parametrize("command", ["compare", "gate"])
def test_a_page_that_cannot_be_written_is_told(tmp_path, capsys, command):
    for name in ("a", "b"):
        write(tmp_path / name)
    (tmp_path / "file").write_text("")
    place = str(tmp_path / "file" / "x.html")
    assert main([command, str(tmp_path / "a"), str(tmp_path / "b"), "--html", place]) == 2
    assert f"--html: {place} cannot be written" in capsys.readouterr().err
