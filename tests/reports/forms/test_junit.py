"""Do CI systems find in junit.xml what they look for, in the places where they look?"""

from __future__ import annotations

import copy
import re
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.forms.junit import to_junit
from reports.views.report import Report
from tests.reports.full_report import write_full

OUTCOMES = {"failure", "error", "skipped"}
# What Jenkins' junit-10.xsd allows, of what is written here: element -> attributes it must have, may have, children.
# Its one exception here: it knows `properties` of a suite only.
SHAPE = {
    "testsuites": ({"name"}, {"time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors"}, {"time", "skipped"}, {"testcase"}),
    "testcase": ({"name"}, {"time", "classname"}, {"properties", "system-out", *OUTCOMES}),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "system-out": (set(), set(), set()),
    **{kind: (set(), {"message", "type"}, set()) for kind in OUTCOMES},
}
TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")


def has_the_shape(root: ElementTree.Element) -> None:
    assert root.tag == "testsuites"
    for element in root.iter():
        must, may, children = SHAPE[element.tag]
        assert must <= set(element.keys()) <= must | may, element.tag
        assert {child.tag for child in element} <= children, element.tag
        assert TIME.fullmatch(element.get("time", ""))
        if element.tag in ("testsuites", "testsuite"):
            _counts_what_is_in_it(element)
        if element.tag == "testcase":
            tags = [child.tag for child in element]
            assert sum(tag in OUTCOMES for tag in tags) <= 1
            assert tags.count("properties") <= 1 and "properties" not in tags[1:]
            assert element.get("name") and element.get("classname") and element.get("time")


def _counts_what_is_in_it(suite: ElementTree.Element) -> None:
    counted = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for name, tag in counted.items():
        if (count := suite.get(name)) is not None:
            assert int(count) == len(list(suite.iter(tag)))


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    return write_full(tmp_path_factory.mktemp("full"))


def test_each_row_is_a_test_case_with_its_requirements_and_its_outcome(document):
    root = ElementTree.fromstring(to_junit(Report(document)))
    has_the_shape(root)
    assert [suite.get("name") for suite in root] == ["run", "platform", "emulation", "native"]
    found = {(case.get("classname"), case.get("name")): case for case in root.iter("testcase")}
    assert len(found) == 1 + 2 + len(document["cases"])
    for row in document["cases"]:
        case = found[f"{row['subject']}.a", row["id"]]
        named = [p.get("value") for p in case.iter("property") if p.get("name") == "requirement"]
        assert named == row["requirements"]
        assert float(case.get("time")) == row["seconds"]
        (outcome,) = [child.tag for child in case if child.tag in OUTCOMES] or ["passed"]
        expected = {
            "pass": "passed",
            "fail": "failure",
            "deviation": "passed",
            "unsupported": "skipped",
            "declared": "skipped",
        }
        items = row.get("expected", ())
        due = "failure" if any(item["unmet"] for item in items) else expected[row["verdict"]]
        known = any("A-01" in item["met"] for item in items) and row["verdict"] == "fail"
        assert outcome == ("skipped" if known else due)
        said = case.find("system-out")
        assert (said is not None) == (row["verdict"] == "deviation" and outcome == "passed")


def test_a_run_that_did_not_go_well_is_an_error(document):
    error = ElementTree.fromstring(to_junit(Report(document))).find(".//error")
    assert error.text.splitlines() == ["a/lost was not judged, a torn file", "The run did not finish."]
    well = {**document, "complete": True, "problems": []}
    assert ElementTree.fromstring(to_junit(Report(well))).find(".//error") is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=30), min_size=1, max_size=4))
def test_any_text_is_legal_xml_and_comes_back(document, texts):
    changed = copy.deepcopy(document)
    for number, row in enumerate(changed["cases"]):
        row |= {name: f"x{texts[number % len(texts)]}" for name in ("id", "subject", "backend")}
        for finding in row["findings"]:
            finding["cause"] = {"kind": "claim", "words": f"x{texts[number % len(texts)]}"}
        row["requirements"] = [f"R{texts[0]}"]
    changed["platform_checks"][0]["id"] = texts[0] + "x"
    root = ElementTree.fromstring(to_junit(Report(changed)))
    has_the_shape(root)
    legal = "".join(sign if _may_stand_in_xml(sign) else "\ufffd" for sign in texts[0])
    assert [case.get("name") for case in root.iter("testcase")][1] == f"{legal}x"


def _may_stand_in_xml(sign: str) -> bool:
    """XML 1.0, section 2.2."""
    code = ord(sign)
    return sign in "\t\n\r" or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or code >= 0x10000


def test_a_message_is_short_and_the_text_has_all_of_it(document):
    changed = copy.deepcopy(document)
    changed["cases"][1]["findings"][0]["cause"] = {"kind": "inability", "words": "y" * 50_000}
    (failure,) = [f for f in ElementTree.fromstring(to_junit(Report(changed))).iter("failure") if "y" * 900 in f.text]
    assert len(failure.get("message")) == 1000 and len(failure.text) == 50_000
