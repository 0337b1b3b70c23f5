"""What came of one attempt to bend a verdict? Held, or lost and why."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Trial:
    """name: what was tried. lost: what broke, '' where it held."""

    name: str
    lost: str = ""
