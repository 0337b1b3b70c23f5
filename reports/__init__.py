"""What came out? Collecting, reading and rendering the results of a run."""

from reports.keeping.reading import ReportError, load

__all__ = ["ReportError", "load"]
