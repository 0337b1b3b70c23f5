"""How does a CI system read a report? JUnit XML, one test case for each row, from report.json alone."""

import re
from collections import Counter
from xml.etree import ElementTree

from reports.line import lines
from reports.model import UNASKED, Document
from reports.views.expected import because, unexpected, unmet
from reports.views.report import Report

COUNTED = ("tests", "failures", "errors")
_PLATFORM = "a finding about the platform, not about a kernel"
LONGEST_MESSAGE = 1000  # the element's text has all of it
# Characters that XML 1.0 cannot hold, even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(report: Report) -> bytes:
    """The report as JUnit XML: a suite for the platform checks, one for each subject.

    A fail is a failure, what is unsupported or declared is skipped with its reason, a deviation passes and says so in
    system-out. A fail that was expected is skipped with the reason and evidence; what was expected and did not come is
    a failure. A suite 'run' has an error where the run itself did not go well: rows that were never judged stand
    nowhere else. A platform check that failed is skipped where all cases were judged, so that no run that passes has a
    failure; it is one where it may be why they were not.

    The shape is Jenkins' junit-10.xsd, but for properties of a test case, which it has of a suite only. Each row has
    its requirements there, as pytest, Gradle and others write them; Jenkins and GitLab pass over what they do not know.
    """
    document = report.document
    root = ElementTree.Element("testsuites", name="mxfp8-moe-conformance")
    _run(root, report)
    judged = document["complete"] and document["cases"]
    if document["platform_checks"]:
        suite = ElementTree.SubElement(root, "testsuite", name="platform")
        for check in document["platform_checks"]:
            case = _case(suite, "platform", check["id"], 0.0)
            if check["verdict"] == "fail":
                _outcome(case, "skipped" if judged else "failure", f"{_PLATFORM}: {check['detail']}")
        _count(suite)
    by_subject: dict[str, list[Document]] = {subject: [] for subject in report.subjects}
    for row in document["cases"]:
        by_subject[row["subject"]].append(row)
    for subject, rows in by_subject.items():
        suite = ElementTree.SubElement(root, "testsuite", name=_clean(subject))
        for row in rows:
            _row(suite, row)
        _count(suite)
    for name in COUNTED:
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    root.set("time", f"{document['seconds']:.3f}")
    ElementTree.indent(root, " ")
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _run(root: ElementTree.Element, report: Report) -> None:
    found = list(report.problems)
    found += [] if report.document["complete"] else ["The run did not finish."]
    if found:
        suite = ElementTree.SubElement(root, "testsuite", name="run")
        _outcome(_case(suite, "run", "every case is judged", 0.0), "error", "\n".join(found))
        _count(suite)


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
        _outcome(case, "failure", "\n".join([*missed, *lines(row)]))
    elif unexpected(row):
        _outcome(case, "failure", "\n".join(lines(row)))
    elif row["verdict"] == "fail":
        _outcome(case, "skipped", "\n".join([*because(row), *lines(row)]))
    elif row["verdict"] in UNASKED:
        _outcome(case, "skipped", "\n".join(lines(row)))
    elif row["verdict"] == "deviation":
        ElementTree.SubElement(case, "system-out").text = _clean("\n".join(lines(row)))


def _case(suite: ElementTree.Element, group: str, name: str, seconds: float) -> ElementTree.Element:
    facts = {"classname": _clean(group), "name": _clean(name), "time": f"{seconds:.3f}"}
    return ElementTree.SubElement(suite, "testcase", facts)


def _outcome(case: ElementTree.Element, kind: str, detail: str) -> None:
    first = next(iter(detail.splitlines()), "")
    ElementTree.SubElement(case, kind, message=_clean(first[:LONGEST_MESSAGE])).text = _clean(detail)


def _count(suite: ElementTree.Element) -> None:
    tags = Counter(item.tag for item in suite.iter())
    found = {"tests": "testcase", "failures": "failure", "errors": "error"}
    for name, tag in {**found, "skipped": "skipped"}.items():
        suite.set(name, str(tags[tag]))
    total = sum(float(case.get("time", "0")) for case in suite.iter("testcase"))
    suite.set("time", f"{total:.3f}")


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
