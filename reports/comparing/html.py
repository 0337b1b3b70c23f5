"""How does a comparison become one HTML file? The tables of a terminal, the histograms drawn over each other."""

from reports.comparing.comparison import Comparison
from reports.comparing.numbers import COLUMNS
from reports.comparing.overlay import overlays
from reports.comparing.page import sections
from reports.comparing.summary import overview, remarks
from reports.forms.html.templating import templates
from reports.model import VERDICTS
from reports.views.exit_codes import SAME, WORSE

FIRST_ROWS = 40  # of a table; the others are folded away
MOST_ROWS = 1000
_STATES = {SAME: "good", WORSE: "bad"}
_COUNTS = ("new failures", "better", "other changes", "other bits", "cases")
_NUMBERS = frozenset({*_COUNTS, "seconds before", "seconds after", "ratio", *VERDICTS})
_TEXT = frozenset({"line", "reason", "how", "otherwise", "variant", "before -> after"})
_SHORT = frozenset({"requirement", "level", "subject", "report", "tile", "verdict", *COLUMNS.values()})


def to_html(title: str, code: int, found: Comparison) -> str:
    """The comparison as one HTML page.

    title: the verdict in a sentence; code: the exit code that goes with it. Text in reports shows as text.
    """
    return (
        templates()
        .get_template("comparison.html")
        .render(
            sentence=title,
            state=_STATES.get(code, "open"),
            remarks=remarks(found),
            overview=overview(found),
            sections=[section for section in sections(found) if section.key != "summary"],
            drawings=[overlays(change) for change in found.closeness.changes],
            number_columns=_NUMBERS,
            text_columns=_TEXT,
            short_columns=_SHORT,
            first_rows=FIRST_ROWS,
            most_rows=MOST_ROWS,
        )
    )
