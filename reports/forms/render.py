"""Which files are made from a report? report.html, report.md and junit.xml, from report.json's values alone."""

from pathlib import Path

from reports.files import write_whole
from reports.forms.html.page import to_html
from reports.forms.junit import to_junit
from reports.forms.markdown import to_markdown
from reports.views.report import Report


def render(report: Report, directory: Path) -> list[Path]:
    """Write every rendering of `report` into `directory`; the paths written."""
    contents = {
        "report.html": to_html(report).encode(errors="replace"),
        "report.md": to_markdown(report).encode(errors="replace"),
        "junit.xml": to_junit(report),
    }
    for name, content in contents.items():
        write_whole(directory / name, content)
    return [directory / name for name in contents]
