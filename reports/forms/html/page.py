"""How does a report become one HTML file? Templates around what the modules beside this one find in it.

From top to bottom it is the order of questions: is it right, what does that rest on, is it the platform, which
requirement, where and how, how nearly, what was asked. Where something is wrong, the ways it is are named beside the
verdict, and the requirements that hold are folded, so that the failing ones and the pictures are the first two screens.
"""

from reports.forms.html.templating import templates
from reports.views import facts, heat, histograms, lowering
from reports.views.coverage import pair_rows
from reports.views.expected import unmet
from reports.views.report import Report
from reports.views.tables import cell, unasked


def to_html(report: Report) -> str:
    """The report as one HTML page.

    Text of the report shows as text, whatever it holds.
    """
    document = report.document
    placed = list(enumerate(report.requirements, 1))
    return (
        templates()
        .get_template("report.html")
        .render(
            document=document,
            sentence=report.sentence,
            state=facts.state(document),
            subjects=report.subjects,
            rests_on=facts.rests_on(document),
            environment=facts.environment(document),
            platform=facts.platform(document),
            problems=report.problems,
            requirements=report.requirements,
            failing_requirements=[found for found in placed if facts.broken(found[1])],
            other_requirements=[found for found in placed if not facts.broken(found[1])],
            unasked=unasked(document),
            cell=cell,
            listed=report,
            groups=report.groups,
            unmet=[(row, line) for row in report.rows for line in unmet(row.row)],
            tallies=report.tallies,
            unsupported=facts.unsupported(document),
            histograms=histograms.histograms(document),
            crossings=[*heat.crossings(document), *heat.pairs(document)],
            areas=heat.areas(document),
            dimensions=heat.dimensions(document),
            pairs=pair_rows(document),
            lowering=lowering.variants(document),
            launches=lowering.launches(document),
            slowest=report.slowest,
        )
    )
