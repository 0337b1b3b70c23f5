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
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.coverage import pair_rows
from reports.expected import tallies, unmet
from reports.html import facts, groups, heat, histograms, listing, lowering
from reports.model import Document
from reports.tables import cell, problem_line, requirement_rows, sentence, subjects, unasked

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")
MOST_IN_SHORT = 10  # groups that are named beside the verdict
STATE_SIGNS = {"good": "✓", "bad": "✗", "open": "?"}
SIGNS = {"pass": "✓", "fail": "✗", "deviation": "△", "unsupported": "–"}  # noqa: RUF001 (colour is never the only one)
# What no HTML file may hold, what no screen shows, and what turns the direction of the text around it.
_UNSHOWABLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u200d\u2010-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]"
)


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
            crossings=heat.crossings(document),
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
        "most_in_short": MOST_IN_SHORT,
        "state_signs": STATE_SIGNS,
        "signs": SIGNS,
    }
    found.filters |= {"count": lambda number: f"{number:,}", "short": histograms.short}
    return found


def _shown(value: Any) -> Any:
    """The text with a sign in the place of each character that cannot be shown as it is."""
    if type(value) is str and _UNSHOWABLE.search(value):
        return _UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    return value


def _digest(text: str) -> str:
    """As a content security policy names a script or a style."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
