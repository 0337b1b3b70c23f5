"""Does a page open from disk in a real browser, whole, usable by keyboard and readable on every screen and on paper?"""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.reports.browser import opened, violations
from tests.reports.pages import PAGES, made

pages = pytest.mark.parametrize("name", PAGES)
widths = pytest.mark.parametrize("width", [1280, 400])
PAPER = 718  # CSS pixels of an A4 sheet between margins of a centimetre

LINKS_ASTRAY = """() => [...document.links].map(a => a.getAttribute('href'))
  .filter(href => !document.getElementById(href.slice(1)))"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Elements that reach beyond the sheet, by their tag and the start of their text.
CUT = """() => [...document.body.querySelectorAll('*')]
  .filter(e => e.checkVisibility() && !e.closest('caption') && e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => e.tagName + ' ' + e.textContent.trim().slice(0, 40))"""
BACKGROUND = "() => getComputedStyle(document.body).backgroundColor"


@pytest.fixture
def page_file(tmp_path):
    return lambda name: made(name, tmp_path)


@pages
def test_opened_from_disk_it_asks_for_nothing_complains_of_nothing_and_its_links_lead_somewhere(
    browser, page_file, name
):
    path = page_file(name)
    with opened(browser, path) as seen:
        assert seen.page.evaluate(LINKS_ASTRAY) == []
        assert seen.page.title()
    assert seen.console == []
    assert seen.requests == [path.as_uri()]


def test_what_a_page_asks_for_and_says_is_noticed(browser, tmp_path):
    path = tmp_path / "bad.html"
    path.write_text("<img src='other.png'><a href='#nowhere'>x</a><script>console.error('no'); missing()</script>")
    with opened(browser, path) as seen:
        assert seen.page.evaluate(LINKS_ASTRAY) == ["#nowhere"]
    assert {text.partition(":")[0] for text in seen.console} == {"error", "uncaught"}
    assert seen.requests == [path.as_uri(), (tmp_path / "other.png").as_uri()]


@pages
@widths
def test_nothing_is_wider_than_the_screen(browser, page_file, name, width):
    with opened(browser, page_file(name), width=width) as seen:
        assert seen.page.evaluate(TOO_WIDE) <= 0
        seen.page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
        assert seen.page.evaluate(TOO_WIDE) <= 0


@pages
def test_without_javascript_all_text_is_there(browser, page_file, name):
    path = page_file(name)
    texts = []
    for script in (False, True):
        with opened(browser, path, script=script) as seen:
            found = seen.page.locator("body").text_content() or ""
            texts.append("".join(found.split()))
    assert texts[0] == texts[1]


def _column(page, table: str, place: int) -> list[str]:
    cells = page.locator(f"{table} tbody tr td:nth-child({place})")
    return [text.strip() for text in cells.all_text_contents()]


@widths
@pytest.mark.parametrize("key", ["click", "Enter", "Space"])
def test_a_columns_name_is_a_button_that_sorts(browser, page_file, width, key):
    with opened(browser, page_file("failing"), width=width) as seen:
        table = "[aria-label='Slowest cases'] table"
        button = seen.page.locator(table).get_by_role("button", name="case")
        head = seen.page.locator(f"{table} th:nth-child(2)")
        before = _column(seen.page, table, 2)
        assert head.get_attribute("aria-sort") is None
        for direction, turned in (("ascending", False), ("descending", True)):
            if key == "click":
                button.click()
            else:
                button.press(key)
            assert head.get_attribute("aria-sort") == direction
            assert _column(seen.page, table, 2) == sorted(before, reverse=turned)
    assert len(set(before)) > 2


def test_numbers_are_sorted_by_size_before_words_and_one_column_at_a_time(browser, tmp_path, page_file):
    path = page_file("clean")
    rows = "".join(
        f"<tr><td>{cell}</td><td>{place}</td></tr>" for place, cell in enumerate(["b", "1,000", "a", "9", "-2"])
    )
    table = f'<table class="sorts" id="t"><thead><tr><th>one</th><th>two</th></tr></thead><tbody>{rows}</tbody></table>'
    text = path.read_text()
    path.write_text(text.replace("<main>", f"<main>{table}"))
    with opened(browser, path) as seen:
        one, two = seen.page.locator("#t button").all()
        one.click()
        assert _column(seen.page, "#t", 1) == ["-2", "9", "1,000", "a", "b"]
        two.click()
        assert _column(seen.page, "#t", 2) == ["0", "1", "2", "3", "4"]
        assert seen.page.locator("#t th[aria-sort]").all_text_contents() == ["two"]


def test_what_has_the_focus_is_outlined(browser, page_file):
    with opened(browser, page_file("failing")) as seen:
        reached = set()
        for _ in range(60):
            seen.page.keyboard.press("Tab")
            tag, outline = seen.page.evaluate(
                "() => [document.activeElement.tagName, getComputedStyle(document.activeElement).outlineWidth]"
            )
            assert tag == "BODY" or float(outline.removesuffix("px")) >= 2, tag
            reached.add(tag)
    assert {"A", "BUTTON", "SUMMARY", "DIV"} <= reached


def test_a_link_into_what_is_folded_unfolds_it(browser, page_file):
    with opened(browser, page_file("failing")) as seen:
        seen.page.locator("#wrong ~ article a").first.click()
        assert seen.page.locator("tr:target").is_visible()


@pages
def test_dark_where_the_reader_wants_it_dark(browser, page_file, name):
    path = page_file(name)
    light = []
    for dark in (False, True):
        with opened(browser, path, dark=dark) as seen:
            light.append(sum(map(int, re.findall(r"\d+", seen.page.evaluate(BACKGROUND))[:3])))
    assert light[0] == 3 * 255 and light[1] < 3 * 50


@pages
def test_on_paper_nothing_is_cut_and_what_was_folded_is_there(browser, page_file, name):
    with opened(browser, page_file(name), media="print", width=PAPER, dark=True) as seen:
        assert seen.page.evaluate(CUT) == []
        folded = seen.page.locator("details:not(.bulk):not(.bulk *)").all()
        inside = [part.locator(":scope > *:not(summary)").first for part in folded]
        assert all(part.is_visible() for part in inside)
        assert seen.page.evaluate(BACKGROUND) == "rgb(255, 255, 255)"
        assert not seen.page.locator("nav").is_visible()
    assert folded or name in ("comparison", "empty")


def test_hostile_text_shows_as_text_and_does_nothing(browser, page_file):
    with opened(browser, page_file("hostile")) as seen:
        seen.page.on("dialog", lambda dialog: pytest.fail(f"it ran: {dialog.message}"))
        text = seen.page.locator("body").inner_text()
        assert "<script>alert(1)</script>" in text and "{{ 7 * 7 }}" in text
        assert seen.page.locator("img").count() == 0
    assert seen.console == []


@pages
@widths
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_that_keeps_people_from_reading_it(browser, page_file, axe, name, width, dark):
    with opened(browser, page_file(name), width=width, dark=dark) as seen:
        seen.page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
        found = violations(seen.page, axe)
    said = [f"{one['impact']} {one['id']}: {one['help']}: {one['nodes'][0]['html'][:200]}" for one in found]
    assert said == []


def test_axe_finds_what_is_wrong(browser, tmp_path, axe):
    path = tmp_path / "bad.html"
    path.write_text("<html><body><img src='data:,'><button></button><p style='color:#ccc'>pale</p></body></html>")
    with opened(browser, path) as seen:
        found = {one["id"] for one in violations(seen.page, axe)}
    assert {"image-alt", "button-name", "color-contrast", "html-has-lang"} <= found


@pytest.mark.parametrize(("required", "outcome"), [("1", "1 error"), ("", "1 skipped")])
def test_without_a_browser_it_is_skipped_with_what_to_do_or_fails_where_one_has_to_be(required, outcome):
    one = f"{__file__}::test_what_has_the_focus_is_outlined"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", one]
    environment = {**os.environ, "PATH": "/nowhere", "REQUIRE_BROWSER": required}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert outcome in done.stdout and "apt-get install chromium" in done.stdout, done.stdout
    assert (done.returncode != 0) == bool(required)
