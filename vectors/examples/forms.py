"""What may a drawn value be? Forms of JSON values: examples are drawn from them, and files held to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Whole:
    """A whole number from low to high."""

    low: int
    high: int

    def fits(self, value: Any) -> bool:
        return type(value) is int and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"a whole number from {self.low} to {self.high}"


@dataclass(frozen=True)
class OneOf:
    """One of these values."""

    values: tuple[str | int, ...]

    def fits(self, value: Any) -> bool:
        return any(type(value) is type(one) and value == one for one in self.values)

    def __str__(self) -> str:
        return f"one of {', '.join(map(str, self.values))}"


@dataclass(frozen=True)
class Truth:
    """true or false."""

    def fits(self, value: Any) -> bool:
        return type(value) is bool

    def __str__(self) -> str:
        return "true or false"


@dataclass(frozen=True)
class Many:
    """A list of ``least`` to ``most`` values of one form."""

    of: Form
    least: int
    most: int

    def fits(self, value: Any) -> bool:
        return isinstance(value, list) and self.least <= len(value) <= self.most and all(map(self.of.fits, value))

    def __str__(self) -> str:
        count = f"{self.least}" if self.least == self.most else f"{self.least} to {self.most}"
        return f"a list of {count}, each {self.of}"


@dataclass(frozen=True)
class Row:
    """A list with one value of each form, in this order."""

    of: tuple[Form, ...]

    def fits(self, value: Any) -> bool:
        same_length = isinstance(value, list) and len(value) == len(self.of)
        return same_length and all(form.fits(part) for form, part in zip(self.of, value, strict=True))

    def __str__(self) -> str:
        return f"a list of {', then '.join(map(str, self.of))}"


Form = Whole | OneOf | Truth | Many | Row
