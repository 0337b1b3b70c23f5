"""What would be asked? The requirements, and the cases of a selection, as plain lines."""

from __future__ import annotations

import argparse

from conformance import suite as suites
from conformance.run import Prepared, prepare
from conformance.suite import Suite


def requirements(suite: Suite) -> int:
    """Print every requirement: id, level, number of cases, text, source. Exit code 0."""
    named = [name for case in suite.cases() for name in case.requirements]
    for row in suite.requirements():
        print(f"{row.id}  {row.level:6}  {named.count(row.id):4d} cases  {row.text}  [{row.source}]")
    return 0


def cases(suite_name: str, options: argparse.Namespace) -> int:
    """Print the selected cases with their subjects. Exit code 0, or 4 where there is none."""
    found: Prepared = prepare(suite_name, options)
    by_case: dict[str, list[str]] = {}
    for item in found.asked:
        by_case.setdefault(item.case.id, []).append(item.subject.name)
    for case in suites.load(suite_name).cases():
        if case.id in by_case:
            subjects = ",".join(by_case[case.id])
            print(f"{case.id}  {case.tier}  {subjects}  {','.join(case.requirements)}  {case.title}")
    return 0 if found.asked else 4
