"""How does data become a page? Templates that show text as text and whose pages are whole in themselves.

No address is loaded, and a page's content security policy lets nothing run or apply but the script and the style that
were written into it. Without the script everything is there; it sorts tables.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.foreign.showing import shown
from reports.views import groups, heat, histograms, tables

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")
MOST_IN_SHORT = 10  # groups that are named beside the verdict
STATE_SIGNS = {"good": "✓", "bad": "✗", "open": "?"}
SIGNS = {"pass": "✓", "fail": "✗", "deviation": "△", "unsupported": "–", "declared": "–"}  # noqa: RUF001 (colour is never the only one)


@cache
def templates() -> Environment:
    """The templates of all pages."""
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
        "cell": tables.cell,
        "worst_of": tables.worst_of,
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
