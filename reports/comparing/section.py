"""What is one part of a comparison, whatever shows it? A table under a title, or commands."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """A table under a title, or lines of code where ``head`` is empty. key: a name for links to it."""

    key: str
    title: str
    about: str
    head: tuple[str, ...]
    rows: list[list[str]]
