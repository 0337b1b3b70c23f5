"""How does a CI system read a report? JUnit XML, one test case for each row, from report.json alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree

from reports.expected import because, unexpected, unmet
from reports.model import Document
from reports.tables import subjects

# Characters that XML 1.0 cannot hold, even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(document: Document) -> bytes:
    """The report as JUnit XML: a suite for the platform checks, one for each subject.

    A fail is a failure, unsupported is skipped with its reason, a deviation passes and says so in system-out. A fail
    that was expected is skipped with the reason and evidence; what was expected and did not come is a failure.
    """
    root = ElementTree.Element("testsuites", name="mxfp8-moe-conformance")
    root.set("time", f"{document['seconds']:.3f}")
    if document["platform_checks"]:
        suite = ElementTree.SubElement(root, "testsuite", name="platform")
        for check in document["platform_checks"]:
            case = _case(suite, "platform", check["id"], 0.0)
            if check["verdict"] == "fail":
                _outcome(case, "failure", check["detail"])
        _count(suite)
    for subject in subjects(document):
        suite = ElementTree.SubElement(root, "testsuite", name=subject)
        for row in document["cases"]:
            if row["subject"] == subject:
                _row(suite, row)
        _count(suite)
    ElementTree.indent(root, " ")
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _row(suite: ElementTree.Element, row: Document) -> None:
    case = _case(suite, f"{row['subject']}.{row['id'].split('/', 1)[0]}", row["id"], row["seconds"])
    properties = ElementTree.SubElement(case, "properties")
    facts = [("backend", row["backend"]), ("verdict", row["verdict"])]
    facts += [("flag", flag) for flag in row["flags"]]
    judged = {finding["requirement"]: finding["verdict"] for finding in row["findings"]}
    facts += [("requirement", name) for name in row["requirements"]]
    facts += [(f"requirement.{name}", verdict) for name, verdict in judged.items()]
    facts += [("expected", text) for text in because(row)]
    for name, value in facts:
        ElementTree.SubElement(properties, "property", name=_clean(name), value=_clean(value))
    if missed := unmet(row):
        _outcome(case, "failure", "\n".join([*missed, row["detail"]]).strip())
    elif unexpected(row):
        _outcome(case, "failure", row["detail"])
    elif row["verdict"] == "fail":
        _outcome(case, "skipped", "\n".join([*because(row), row["detail"]]))
    elif row["verdict"] == "unsupported":
        _outcome(case, "skipped", row["detail"])
    elif row["verdict"] == "deviation":
        ElementTree.SubElement(case, "system-out").text = _clean(row["detail"])


def _case(suite: ElementTree.Element, group: str, name: str, seconds: float) -> ElementTree.Element:
    facts = {"classname": _clean(group), "name": _clean(name), "time": f"{seconds:.3f}"}
    return ElementTree.SubElement(suite, "testcase", facts)


def _outcome(case: ElementTree.Element, kind: str, detail: str) -> None:
    lines = detail.splitlines() or [""]
    ElementTree.SubElement(case, kind, message=_clean(lines[0])).text = _clean(detail)


def _count(suite: ElementTree.Element) -> None:
    def found(tag: str) -> str:
        return str(_length(suite.iter(tag)))

    suite.set("tests", found("testcase"))
    suite.set("failures", found("failure"))
    suite.set("skipped", found("skipped"))
    suite.set("errors", "0")
    total = sum(float(case.get("time", "0")) for case in suite.iter("testcase"))
    suite.set("time", f"{total:.3f}")


def _length(items: Iterable[object]) -> int:
    return sum(1 for _ in items)


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
