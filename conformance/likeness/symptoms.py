"""What does a failing case show? Its symptoms: which observables are wrong, in which way, how much of them and where.

They are made from a report's row alone, from the fields of its findings and from its pictures, never from a sentence.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reports.views.expected import met

Feature = tuple[str, ...]
FAIL = "fail"
_BLOCK = 32  # elements under one scale byte
_FEW, _MANY = 0.05, 0.5  # parts of an observable


@dataclass(frozen=True, order=True)
class Symptom:
    """observable: what is wrong. way: the kind of the cause, with the type of what was raised. off: how far, of values.

    amount: how much of the observable is wrong. place: where.
    """

    observable: str
    way: str
    off: str = ""
    amount: str = ""
    place: str = ""


Fails = Mapping[str, frozenset[Symptom]]  # id of a failing case -> what it shows


def features(fails: Fails) -> Iterator[Feature]:
    """What is compared of two runs (conformance.likeness.nearest). Some come more than once."""
    for case, shown in fails.items():
        family = case.partition("/")[0]
        yield (case,)
        for one in shown:
            yield case, one.observable, one.way
            yield case, one.observable, one.way, "off", one.off
            yield case, one.observable, one.way, "where", one.amount, one.place
            yield "all of", family, one.observable, one.way
            yield "all of", family, one.observable, one.way, one.off


def of_row(row: Mapping[str, Any]) -> frozenset[Symptom]:
    """The symptoms of a failing row; none of any other, and none of what expectation files explain."""
    return frozenset(_symptoms(row))


def _symptoms(row: Mapping[str, Any]) -> Iterator[Symptom]:
    explained = met(row)
    for finding in row["findings"]:
        cause = finding.get("cause", {})
        # What was not judged because another requirement failed before says nothing of its own.
        if finding["verdict"] == FAIL and not cause.get("after") and finding["requirement"] not in explained:
            yield _symptom(cause, row.get("pictures", {}))


def _symptom(cause: Mapping[str, Any], pictures: Mapping[str, Any]) -> Symptom:
    observable, kind = cause.get("observable", ""), cause.get("kind", "")
    if kind != "values":
        return Symptom(observable, " ".join(filter(None, (kind, cause.get("raised", "")))))
    if not cause.get("index"):
        return Symptom(observable, "another shape or dtype")
    of = cause["expected"].get("of", "")
    way = f"values of {of}" if of else "values"
    return Symptom(observable, way, _off(cause), _amount(cause), _place(pictures.get(observable)))


def _off(cause: Mapping[str, Any]) -> str:
    """How far the wrong ones are off: of scale bytes the first one's distance, of others the range of steps."""
    if cause.get("steps"):
        labels = list(cause["steps"])
        return "NaN" if labels == ["NaN"] else " to ".join(dict.fromkeys((labels[0], labels[-1])))
    ends = [_integer(shown) for shown in (cause["observed"], cause["expected"]["least"])]
    return f"{ends[0] - ends[1]:+d}" if None not in ends else ""  # type: ignore[operator]


def _integer(shown: Mapping[str, str]) -> int | None:
    return int(shown["value"]) if shown["value"].lstrip("-").isdecimal() else None


def _amount(cause: Mapping[str, Any]) -> str:
    bad, total = cause["bad"], cause["total"]
    if bad in (1, total):
        return "one" if bad == 1 else "all"
    return "few" if bad < _FEW * total else "some" if bad < _MANY * total else "most"


def _place(picture: Mapping[str, Any] | None) -> str:
    """Where in the observable: in one row or column, in the last ones, in whole blocks of a row, anywhere."""
    if picture is None:
        return ""
    height, width = picture["shape"]
    (top, bottom), (left, right) = picture["rows"], picture["columns"]
    rows = "row" if top == bottom else "last rows" if top and bottom == height - 1 else "rows"
    whole = (left, right) == (0, width - 1)
    if whole:
        return f"{rows}, whole"
    if left == right:
        return f"{rows}, column"
    blocks = left % _BLOCK == 0 and (right + 1) % _BLOCK == 0
    return f"{rows}, {'blocks' if blocks else 'last columns' if right == width - 1 else 'columns'}"
