"""How does data become a page? Templates that show text as text and whose pages are whole in themselves.

No address is loaded, and a page's content security policy lets nothing run or apply but the script and the style that
were written into it. Without the script everything is there; it sorts tables.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.html import groups, heat, histograms

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
