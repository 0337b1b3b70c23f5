"""What came out? Collecting, reading and rendering the results of a run."""

from reports.reading import ReportError, load

__all__ = ["ReportError", "load"]
