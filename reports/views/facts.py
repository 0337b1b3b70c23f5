"""What does the verdict rest on, and what else is said of the run? The facts of a report, in a reader's order."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from reports.line import lines
from reports.model import Document
from reports.views.tables import subjects

# Of the environment, what a verdict means: its words, in this order.
FACTS = {
    "backend": "backend",
    "device": "device",
    "arch": "architecture",
    "arithmetic": "arithmetic",
    "profile": "measured",
    "modelled": "modelled, not measured",
    "not_modelled": "not modelled",
    "executed_by": "executed by",
    "interpreted": "interpreted",
    "fp_fusion": "FP fusion (TRITON_DEFAULT_FP_FUSION)",
    "compiler": "compiler settings",
    "torch": "torch",
    "triton": "Triton",
    "toolkit": "toolkit",
    "commit": "commit",
    "code": "code of the suite",
    "declared": "declared by subjects",
    "started": "started",
    "command": "command",
}


@dataclass(frozen=True)
class Check:
    """A platform check. hides: rows of kernels that could not be judged because it failed."""

    id: str
    verdict: str
    detail: str
    hides: int


def rests_on(document: Document) -> list[tuple[str, str]]:
    """Name and value of what the verdict would be another without."""
    facts = document["environment"]
    found = [("subjects", ", ".join(subjects(document)) or "none")]
    found += [(words, value_text(facts[name])) for name, words in FACTS.items() if facts.get(name) not in (None, "")]
    selection = document.get("selection", {})
    if selection.get("expression"):
        found.append(("selected by", selection["expression"]))
    if "asked" in selection:
        found.append(("rows", f"{len(document['cases'])} of {selection['asked']} that were asked for"))
    return found


def environment(document: Document) -> list[tuple[str, str]]:
    """Every fact of the environment, the versions one by one."""
    facts = {name: value for name, value in document["environment"].items() if name != "versions"}
    found = [(name, value_text(value)) for name, value in facts.items()]
    return found + [
        (f"version of {name}", value) for name, value in document["environment"]["versions"].items() if value
    ]


def platform(document: Document) -> list[Check]:
    """The platform checks, failed ones first."""
    hidden: Counter[str] = Counter()
    failed = [check["id"] for check in document["platform_checks"] if check["verdict"] == "fail"]
    for row in document["cases"] if failed else ():
        explaining = {name for finding in row["findings"] for name in finding.get("platform", ())}
        hidden.update(name for name in failed if name in explaining)
    checks = [Check(c["id"], c["verdict"], c["detail"], hidden[c["id"]]) for c in document["platform_checks"]]
    return sorted(checks, key=lambda check: check.verdict != "fail")


def unasked(document: Document, verdict: str) -> list[tuple[str, str, int]]:
    """Subject, reason and number of its rows with this verdict, most rows first."""
    found: Counter[tuple[str, str]] = Counter()
    for row in document["cases"]:
        if row["verdict"] == verdict:
            found[row["subject"], next(iter(lines(row)), "no reason given")] += 1
    return [(*key, count) for key, count in found.most_common()]


def value_text(value: Any) -> str:
    """A fact in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
