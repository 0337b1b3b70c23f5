"""How does a report become one HTML file? Templates around what the modules beside this one find in it.

The file is whole in itself: no address is loaded, and its content security policy lets nothing run or apply but the
script and the style that were written into it. Without the script everything is there; it sorts tables.

From top to bottom it is the order of questions: is it right, what does that rest on, is it the platform, which
requirement, where and how, how nearly, what was asked. Where something is wrong, the ways it is are named beside the
verdict, and the requirements that hold are folded, so that the failing ones and the pictures are the first two screens.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.coverage import pair_rows
from reports.expected import tallies, unmet
from reports.html import facts, groups, heat, histograms, listing, lowering
from reports.model import Document
from reports.showable import shown
from reports.tables import cell, problem_line, requirement_rows, sentence, subjects, unasked

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")
MOST_IN_SHORT = 10  # groups that are named beside the verdict
STATE_SIGNS = {"good": "✓", "bad": "✗", "open": "?"}
SIGNS = {"pass": "✓", "fail": "✗", "deviation": "△", "unsupported": "–"}  # noqa: RUF001 (colour is never the only one)


def to_html(document: Document) -> str:
    """The report as one HTML page.

    document: of report.json's schema. Text in it shows as text, whatever it holds.
    """
    listed = listing.listed(document)
    requirements = requirement_rows(document)
    placed = list(enumerate(requirements, 1))
    return (
        _templates()
        .get_template("report.html")
        .render(
            document=document,
            sentence=sentence(document),
            state=facts.state(document),
            subjects=subjects(document),
            rests_on=facts.rests_on(document),
            environment=facts.environment(document),
            platform=facts.platform(document),
            problems=[problem_line(problem) for problem in document.get("problems", ())],
            requirements=requirements,
            failing_requirements=[found for found in placed if facts.broken(found[1])],
            other_requirements=[found for found in placed if not facts.broken(found[1])],
            unasked=unasked(document),
            cell=cell,
            listed=listed,
            groups=groups.groups(document, listed),
            unmet=[(row, line) for row in listed.rows for line in unmet(row.row)],
            tallies=tallies(document),
            unsupported=facts.unsupported(document),
            histograms=histograms.histograms(document),
            crossings=[*heat.crossings(document), *heat.pairs(document)],
            areas=heat.areas(document),
            dimensions=heat.dimensions(document),
            pairs=pair_rows(document),
            lowering=lowering.variants(document),
            launches=lowering.launches(document),
            slowest=listed.slowest,
        )
    )


@cache
def _templates() -> Environment:
    # Slow to import, and in no need where a process renders nothing.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    parts = {name: (TEMPLATES / name).read_text(encoding="utf-8") for name in ("style.css", "sort.js")}
    found.globals |= {
        "style": parts["style.css"],
        "script": parts["sort.js"],
        "style_digest": _digest(parts["style.css"]),
        "script_digest": _digest(parts["sort.js"]),
        "heat_step": heat.step,
        "most_groups": groups.MOST_GROUPS,
        "most_cases": groups.MOST_CASES,
        "most_reasons": groups.MOST_REASONS,
        "most_in_short": MOST_IN_SHORT,
        "state_signs": STATE_SIGNS,
        "signs": SIGNS,
    }
    found.filters |= {"count": lambda number: f"{number:,}", "short": histograms.short}
    return found


def _shown(value: Any) -> Any:
    """Text as it can be shown; what is markup already, and what is no text, as it is."""
    return shown(value) if type(value) is str else value


def _digest(text: str) -> str:
    """As a content security policy names a script or a style."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
