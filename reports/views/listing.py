"""Where on the page is each case? One row with its anchor, its family and what expectations say of it."""

from dataclasses import dataclass

from reports.line import lines
from reports.views.expected import Row, met, unmet


@dataclass(frozen=True)
class Listed:
    """One row of the report. anchor: the page's name for its place; family: the first part of its id."""

    anchor: str
    row: Row

    @property
    def id(self) -> str:
        return str(self.row["id"])

    @property
    def subject(self) -> str:
        return str(self.row["subject"])

    @property
    def verdict(self) -> str:
        return str(self.row["verdict"])

    @property
    def family(self) -> str:
        return self.id.partition("/")[0]

    @property
    def first_line(self) -> str:
        """Of what is wrong; '' where nothing is."""
        return next(iter(lines(self.row)), "")

    @property
    def remark(self) -> str:
        """What expectations have to do with the verdict."""
        if unmet(self.row):
            return "not as expected"
        return "as expected" if met(self.row) else ""
