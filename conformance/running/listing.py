"""What would be asked? The requirements, and the cases of a selection, as plain lines."""

import argparse

from conformance.asking import suite as suites
from conformance.running.prepare import Prepared, prepare
from conformance.watching.link import Link
from reports.foreign.showing import complain, say
from vectors.case import TIERS, Case


def requirements(suite_name: str) -> int:
    """Print the matrix: each requirement with its level, its cases per tier and family, text and source. Exit code 0.

    A larger tier includes the smaller ones, so the three counts do not fall.
    """
    suite, cases_of = suites.load(suite_name), dict[str, list[Case]]()
    for case in suite.cases():
        for name in case.requirements:
            cases_of.setdefault(name, []).append(case)
    say(f"{'id':8}{'level':8}{'cases in ' + '/'.join(TIERS):34}families, text [source]")
    for row in suite.requirements():
        found = cases_of.get(row.id, [])
        counts = "/".join(str(sum(case.in_tier(tier) for case in found)) for tier in TIERS)
        families = ", ".join(dict.fromkeys(case.family for case in found)) or "NO CASE"
        say(f"{row.id:8}{row.level:8}{counts:34}{families}: {row.text} [{row.source}]")
    return 0


def _why_empty(found: Prepared) -> str:
    return f"nothing in shard {found.options.shard}: the other shards have the {len(found.selected)} selected"


def cases(suite_name: str, options: argparse.Namespace, link: Link) -> int:
    """Print the selected cases with their subjects. Exit code 0, or 4 where there is none."""
    found = prepare(suite_name, options, link)
    if not found.asked:
        complain(found.why_nothing or _why_empty(found))
    by_case: dict[str, list[str]] = {}
    for item in found.asked:
        by_case.setdefault(item.case.id, []).append(item.subject.name)
    for case in found.suite.cases():
        if case.id in by_case:
            subjects = ",".join(by_case[case.id])
            say(f"{case.id}  {case.tier}  {subjects}  {','.join(case.requirements)}  {case.title}")
    return 0 if found.asked else 4
