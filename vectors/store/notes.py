"""What must a reader of a case know: its group's question, its arrays, its parameters? Tables beside this file."""

import functools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from vectors.case import Case
from vectors.store.formats import StoreError

GROUPS, ARRAYS, PARAMETERS = (
    Path(__file__).with_name(f"{name}.toml") for name in ("groups", "array_notes", "parameter_notes")
)


@dataclass(frozen=True)
class StoreGroup:
    """Cases of one family that ask one question.

    asks: the question in one sentence. notes: how to put it and how to judge the answer. patterns: of the ids without
    their family.
    """

    family: str
    name: str
    asks: str
    notes: str
    patterns: tuple[str, ...]

    @property
    def path(self) -> str:
        """``family/group``: its folder in a store."""
        return f"{self.family}/{self.name}"

    def holds(self, case_id: str) -> bool:
        family, _, rest = case_id.partition("/")
        return family == self.family and any(fnmatchcase(rest, pattern) for pattern in self.patterns)


class Tables:
    """The tables, as groups.toml, array_notes.toml and parameter_notes.toml have them."""

    def __init__(self, groups: Mapping[str, Any], arrays: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
        self.groups = tuple(
            StoreGroup(family, name, about["asks"], about["notes"].strip(), tuple(about["cases"]))
            for family, members in groups.items()
            for name, about in members.items()
        )
        self._arrays, self._parameters = arrays, parameters

    @property
    def compare(self) -> dict[str, str]:
        """How an array is compared: the word in its note -> what it means."""
        return dict(self._arrays["compare"])

    def group_of(self, case_id: str) -> StoreGroup:
        """The first group that holds the case. Raises StoreError with what to do where there is none."""
        for group in self.groups:
            if group.holds(case_id):
                return group
        raise StoreError(f"{GROUPS.name}: has no group for the case {case_id}, needs a pattern that matches it")

    def array(self, family: str, name: str) -> dict[str, str]:
        """shape, compare and means of ``input.<name>`` or ``expected.<name>``; StoreError where there is no note."""
        for owner in (family, *self._arrays.get(family, {}).get("like", ())):
            for pattern, note in self._arrays.get(owner, {}).items():
                if pattern != "like" and fnmatchcase(name, pattern):
                    return {key: note[key] for key in ("shape", "compare", "means")}
        raise StoreError(
            f"{ARRAYS.name}: has no note on {name} of the family {family}, needs its shape, means and compare"
        )

    def parameters(self, cases: Iterable[Case]) -> dict[str, str]:
        """The meaning of each parameter that these cases have. Raises StoreError where one has none."""
        found: dict[str, str] = {}
        for case in cases:
            table = {**self._parameters["any"], **self._parameters.get(case.family, {})}
            for name in case.params:
                if name not in table:
                    raise StoreError(
                        f"{PARAMETERS.name}: has no meaning of {name}, a parameter of {case.id}, needs one"
                    )
                found[name] = table[name]
        return dict(sorted(found.items()))


@functools.cache
def project_notes() -> Tables:
    """The notes on this project's cases."""
    return Tables(*(tomllib.loads(path.read_text(encoding="utf-8")) for path in (GROUPS, ARRAYS, PARAMETERS)))
