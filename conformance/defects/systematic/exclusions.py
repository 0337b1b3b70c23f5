"""Which changes are no defects by contract, and why?"""

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("exclusions.toml")


@dataclass(frozen=True)
class Exclusion:
    """Changes that are left out: patterns of file, unit, operator and changed text, and the reason."""

    file: str
    reason: str
    unit: str = "*"
    operator: str = "*"
    text: str = "*"

    def covers(self, found: Any) -> bool:
        """Whether the change, a generation.Candidate, is one of them."""
        patterns = (self.file, self.unit, self.operator, self.text)
        return all(map(fnmatchcase, (found.file, found.place, found.kind, found.shown), patterns))


@cache
def exclusions() -> tuple[Exclusion, ...]:
    """All rows, in order."""
    return tuple(Exclusion(**row) for row in tomllib.loads(PATH.read_text(encoding="utf-8"))["exclusion"])


def reason(found: Any) -> str:
    """Why the change is left out; empty where it is not."""
    return next((row.reason for row in exclusions() if row.covers(found)), "")
