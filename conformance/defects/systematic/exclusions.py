"""Which changes are no defects by contract, and why?"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Protocol

PATH = Path(__file__).with_name("exclusions.toml")


class Described(Protocol):
    """What a row is compared with."""

    @property
    def file(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def shown(self) -> str: ...


@dataclass(frozen=True)
class Exclusion:
    """Changes that are left out: patterns of file, unit, operator and changed text, and the reason."""

    file: str
    reason: str
    unit: str = "*"
    operator: str = "*"
    text: str = "*"

    def covers(self, found: Described) -> bool:
        """Whether the change is one of them."""
        return (
            fnmatchcase(found.file, self.file)
            and fnmatchcase(found.place, self.unit)
            and fnmatchcase(found.kind, self.operator)
            and fnmatchcase(found.shown, self.text)
        )


@cache
def exclusions() -> tuple[Exclusion, ...]:
    """All rows, in order."""
    return tuple(Exclusion(**row) for row in tomllib.loads(PATH.read_text(encoding="utf-8"))["exclusion"])


def reason(found: Described) -> str:
    """Why the change is left out; empty where it is not."""
    return next((row.reason for row in exclusions() if row.covers(found)), "")
