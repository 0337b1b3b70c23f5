"""How does a report become one HTML file? Templates around what the modules beside this one find in it.

From top to bottom it is the order of questions: is it right, what does that rest on, is it the platform, which
requirement, where and how, how nearly, what was asked. Where something is wrong, the ways it is are named beside the
verdict, and the requirements that hold are folded, so that the failing ones and the pictures are the first two screens.
"""

from __future__ import annotations

from reports.forms.html.templating import templates
from reports.model import Document
from reports.views import facts, groups, heat, histograms, listing, lowering
from reports.views.coverage import pair_rows
from reports.views.expected import tallies, unmet
from reports.views.tables import cell, problem_line, requirement_rows, sentence, subjects, unasked


def to_html(document: Document) -> str:
    """The report as one HTML page.

    document: of report.json's schema. Text in it shows as text, whatever it holds.
    """
    listed = listing.listed(document)
    requirements = requirement_rows(document)
    placed = list(enumerate(requirements, 1))
    return (
        templates()
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
