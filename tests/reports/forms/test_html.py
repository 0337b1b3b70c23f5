"""Does the HTML report say what the report says, whole in itself, whatever text is in it, and in little time?"""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest

from reports.forms.html.page import to_html
from reports.keeping.reading import load
from reports.model import RequirementText
from reports.views.heat import STEPS, step
from reports.views.report import Report
from tests.reports.pages import planted, poisoned
from tests.reports.small_reports import KNOWN, ROWS, write

EMPTY = {"meta", "link", "br"}


class Page(HTMLParser):
    """What a page holds: its text, ids, links, tags, and the tags that were not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids, self.links, self.tags, self.words, self.wrong = [], [], [], [], []
        self.open: list[str] = []
        self.attributes: list[str] = []
        self.feed(text)
        self.close()
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        facts = dict(attrs)
        self.ids += [facts["id"]] if "id" in facts else []
        self.links += [facts["href"]] if tag == "a" else []
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.words.append(data)


@pytest.fixture
def failing(tmp_path):
    write(tmp_path, planted())
    return load(tmp_path)


def test_it_is_well_formed_whole_in_itself_and_every_link_leads_somewhere(failing, tmp_path):
    text = (tmp_path / "report.html").read_text()
    page = Page(text)
    assert (page.wrong, page.open) == ([], [])
    assert len(page.ids) == len(set(page.ids))
    assert page.links and {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert set(re.findall(r'(?:src|href)="([^#"][^"]*)"', text)) == {"data:,"}
    assert not re.search(r"https?://|@import|url\(", text)


def test_a_failing_report_shows_the_first_case_its_line_where_it_is_wrong_and_the_command(failing):
    text = Page(to_html(Report(failing))).text
    wrong = text.split("What is wrong")[2].split("Expected verdicts")[0]
    assert "fail : c, output of native, 2 cases" in wrong
    assert "First case: c/block output[0] is wrong Where output is wrong output: 32 of" in wrong
    assert "output: 32 of 12288 elements are wrong, in row 5, columns 64 to 95 of 48 x 256" in wrong
    assert "Ask it again: nox -s conformance -- -k c/block" in wrong
    assert "deviation : c, codes of native, 1 case" in wrong
    expected = text.split("Expected verdicts")[-1]
    assert "as expected: d of native, 1 case" in expected and "It rounds twice." in expected
    assert "d/known" not in wrong


def test_the_wrong_block_is_drawn_in_its_cells(failing):
    text = to_html(Report(failing))
    assert '<path class="wrong" d="M16 2h8v1h-8z"/>' in text  # cells of 2 x 4
    assert 'd="M32 0h1v1h-1zM32 1h1v1h-1z' in text


def test_closeness_is_summed_by_stage(failing):
    text = to_html(Report(failing))
    assert "0: 1,800, 1: 80, 2: 6" in text and "0-10 %: 600" in text
    assert "70-80 %" in Page(text).text


@pytest.mark.parametrize(("rows", "state"), [(ROWS, "good"), (planted(), "bad"), (planted()[-1:], "open")])
def test_the_state_stands_beside_the_sentence(tmp_path, rows, state):
    assert f'class="verdict {state}"' in to_html(Report(write(tmp_path, rows)))


def test_a_run_that_did_not_finish_is_open(tmp_path):
    assert 'class="verdict open"' in to_html(Report(write(tmp_path, ROWS, complete=False)))


def test_hostile_text_shows_as_text(failing):
    text = to_html(Report(poisoned(failing))).encode(errors="replace").decode()
    page = Page(text)
    assert (page.wrong, page.tags.count("script"), page.tags.count("img")) == ([], 1, 0)
    assert not [name for name in page.attributes if name.startswith("on")]
    assert "<script>alert(1)</script>" in page.text and "{{ 7 * 7 }}" in page.text
    assert not set("\x00\x1b\u202e") & set(text)


def test_no_subject_and_no_case_is_a_page(tmp_path):
    assert "no case was judged" in to_html(Report(write(tmp_path, ())))


def test_a_gate_run_takes_little_time_and_room(tmp_path):
    known = tuple(
        RequirementText(f"{a}-{n:02}", "MUST", "It is right. " * 8, "s", "output") for a in "ABCDEF" for n in range(19)
    )
    document = write(tmp_path, (*planted(),), known=(*KNOWN, *known))
    rows = []
    for number in range(2400):
        names = [known[(number * 7 + place) % len(known)].id for place in range(5)]
        facts = {"id": f"family-{number % 15}/combined/{'a-long-name-of-values-' * 4}{number}", "requirements": names}
        verdict = "fail" if number % 2 else "pass"
        cause = {"cause": {"kind": "claim", "words": f"{facts['id']} is wrong" * 5}} if number % 2 else {}
        findings = [{"requirement": name, "verdict": verdict, **cause} for name in names]
        rows.append({**document["cases"][number % 5], **facts, "findings": findings, "verdict": verdict})
    started = time.monotonic()
    text = to_html(Report({**document, "cases": rows}))
    assert time.monotonic() - started < 5
    assert len(text) < 5 << 20


def test_shades_grow_with_the_count():
    assert [step(count, 16) for count in (0, 1, 2, 4, 8, 15, 16)] == [0, 1, 2, 3, 4, 5, 5]
    assert step(1, 10**6) == 1 and step(5, 5) == STEPS
