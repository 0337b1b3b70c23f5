"""Which parts has the suite when a mutant is asked? Its own, in the job's order and without what the job leaves out.

The job is a JSON file that the environment names, since workers load the suite too.
"""

import functools
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance import parts
from conformance.asking.suite import RunsKernels
from vectors.case import Case

JOB = "MXFP8_MUTANT_JOB"


@functools.cache
def _job() -> dict[str, Any]:
    return json.loads(Path(os.environ[JOB]).read_text(encoding="utf-8"))


def _cases() -> Sequence[Case]:
    without = frozenset(_job()["without"])
    return [case for case in parts.SUITE.cases() if case.id not in without]


def _backend(name: str | None) -> RunsKernels:
    """The backend; where the job has results of its checks, these are taken over.

    A mutant of the kernels leaves the platform as it is, so that what the clean tree's checks found holds for it.
    """
    found = parts.SUITE.backend(name)
    known = _job()["platform"]
    if known is not None:
        from conformance.backends import PlatformCheck

        checks = [PlatformCheck(row["id"], "as found before", False, functools.partial(_found, row)) for row in known]
        found.platform_checks = lambda: checks  # type: ignore[method-assign]
    return found


def _found(row: Mapping[str, str]) -> tuple[bool, str]:
    return row["verdict"] == "pass", row["detail"]


@functools.cache
def _places() -> dict[str, int]:
    return {name: place for place, name in enumerate(_job()["first"])}


def _order(name: str) -> int:
    return _places().get(name, len(_places()))


SUITE = replace(
    parts.SUITE,
    cases=_cases,
    backend=_backend,
    order=_order,
    code=lambda: "",  # of the tree; its reports are not kept
    coverage=lambda cases: {},
)
