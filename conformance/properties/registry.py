"""Which property does a case name? One registry; here a case is asked, by a search or by its one example."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.asking.unaskable import NoVectorError
from conformance.backends import Backend
from conformance.calls.explanation import explain
from conformance.properties import activation, drawing, gemm, powers, quantizer, routing, unused
from conformance.properties.asking import Inquiry, Property
from conformance.properties.search import judge_example, search
from conformance.subjects.base import Subject
from reports.files import write_whole
from reports.line import what
from reports.model import Cause
from vectors.case import Case
from vectors.examples.example import Example

PROPERTIES: dict[str, Property] = {
    name: found
    for module in (routing, unused, powers, quantizer, activation, gemm)
    for name, found in module.PROPERTIES.items()
}


def ask(case: Case, subject: Subject, backend: Backend, folder: Path | None) -> Cause | None:
    """What is wrong with the property of a case; None where nothing was found.

    Raises NoVectorError for whatever the suite itself raises: that is no verdict on the subject.
    A case with an example asks that one. Otherwise the smallest example that was found is saved in ``folder``, where
    there is one.
    """
    prop = PROPERTIES[case.params["property"]]
    asked = Inquiry(subject, backend.device, case.params)

    def wrong(values: dict[str, Any]) -> str:
        return prop(asked, values)

    try:
        if "example" in case.params:
            return judge_example(wrong, case.params["example"])
        broken = search(drawing.examples(case.params), wrong, most=case.params["examples"], key=case.id)
    except Exception as error:
        whose = "this is a fault of the suite, `nox -s tests` may tell more"
        raise NoVectorError(f"{what(explain(error))}; {whose}") from error
    if broken is None:
        return None
    values, cause = broken
    example = Example(case.id, values, {"subject": subject.name, "backend": backend.name, "wrong": what(cause)})
    try:
        return replace(cause, hints=(f"example {values}",), saved=_saved(example, folder))
    except OSError as error:  # no fault of the subject, whose example this is all the same
        return replace(cause, hints=(f"example {values}", f"not saved: {error.strerror}"))


def _saved(example: Example, folder: Path | None) -> str:
    """The file, '' where there is no folder for one."""
    if folder is None:
        return ""
    path = folder / f"{example.name}.json"
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(path, example.to_bytes())
    return str(path)
