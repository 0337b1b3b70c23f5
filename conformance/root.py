"""Where are the packages, under which name are they imported, and by which command do people run them?

In a checkout by their own names; installed inside of ``mxfp8_conformance``.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PREFIX = __name__.removesuffix("conformance.root")  # of a module's name: '' or 'mxfp8_conformance.'
MODULE = f"{PREFIX}conformance"  # of ``python -m``
TOP = ROOT.parent if PREFIX else ROOT  # from where a file's path is its module's name
FOLDER = None if PREFIX else ROOT  # where a process has to start to import it
COMMAND = "python -m mxfp8_conformance" if PREFIX else "nox -s conformance --"


def reports() -> Path:
    """The folder of reports whose place nobody says."""
    return Path("mxfp8-reports") if PREFIX else ROOT / "reports" / "out"
