"""How does a report become one HTML file? Templates around what the modules beside this one find in it.

From top to bottom it is the order of questions: is it right, what does that rest on, is it the platform, which
requirement, where and how, how nearly, what was asked. Where something is wrong, the ways it is are named beside the
verdict, and the requirements that hold are folded, so that the failing ones and the pictures are the first two screens.
"""

from reports.forms.html.templating import templates
from reports.views.report import Report


def to_html(report: Report) -> str:
    """The report as one HTML page.

    Text of the report shows as text, whatever it holds.
    """
    page = templates().get_template("report.html")
    return page.render(report=report, sentence=report.sentence, state=report.state)
