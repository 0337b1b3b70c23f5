"""What is a dimension? Values of one parameter, each with a word for it and the defect that lives there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Value:
    """One value of a dimension.

    name: a word of tables, ids and reports. value: what a case's parameter holds. why: the defect that lives here.
    """

    name: str
    value: Any
    why: str


@dataclass(frozen=True)
class Dimension:
    """A dimension: its name, what it is, and its values in the order of rising cost where there is one.

    short: what stands before a value in ids.
    """

    name: str
    what: str
    values: tuple[Value, ...] = ()
    short: str = ""

    def of(self, *values: tuple[Any, str] | tuple[str, Any, str]) -> Dimension:
        """The dimension with these: as (value, why), whose name is the value's word, or (name, value, why)."""
        return replace(self, values=tuple(Value(*v) if len(v) == 3 else Value(word(v[0]), *v) for v in values))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(v.name for v in self.values)

    def __getitem__(self, name: str) -> Value:
        """The value of that name. Raises KeyError that names the dimension."""
        for value in self.values:
            if value.name == name:
                return value
        raise KeyError(f"{self.name}: has {name!r}, needs one of {', '.join(self.names)}")

    def named(self, value: Any) -> str | None:
        """The name of a parameter's value, None where it is not swept. True, 1 and 1.0 are different values."""
        for known in self.values:
            if type(known.value) is type(value) and known.value == value:
                return known.name
        return None

    def only(self, *names: str) -> Dimension:
        """The dimension cut down to these values, for a family where the others mean nothing."""
        return replace(self, values=tuple(self[name] for name in names))

    def without(self, *names: str) -> Dimension:
        """The dimension without these values."""
        return self.only(*(n for n in self.names if n not in {self[name].name for name in names}))


def word(value: Any) -> str:
    """A parameter as a word of an id: 1.702 -> 1-702, -1.0 -> minus-1, 0.01 -> 0-01, None -> none."""
    if value is None:
        return "none"
    if isinstance(value, str):
        return value.replace("_", "-")
    text = f"{abs(value):g}".replace(".", "-")
    return f"minus-{text}" if value < 0 else text


def by_name(dimensions: Iterable[Dimension]) -> dict[str, Dimension]:
    """The dimensions by their names. Raises ValueError where two share one."""
    found: dict[str, Dimension] = {}
    for dimension in dimensions:
        if dimension.name in found:
            raise ValueError(f"dimensions: has {dimension.name} twice, needs each name once")
        found[dimension.name] = dimension
    return found
