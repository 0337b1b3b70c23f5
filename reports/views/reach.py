"""Would a served model meet it? What rows say of uses, put together and put into an order: what is met comes first."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

Row = Mapping[str, Any]  # of a report's cases
MET, UNKNOWN, OUTSIDE = range(3)
_NUMBER = re.compile(r"(?<!\w)-?\d[\d.e+-]*")
MOST_FACTS = 4  # that keep a use from meeting something


def met_by(rows: Iterable[Row]) -> list[str]:
    """The uses that meet one of them."""
    return list(dict.fromkeys(use for row in rows for use, outside in row.get("reach", {}).items() if not outside))


def rank(rows: Iterable[Row]) -> int:
    """MET by some use, OUTSIDE of all, or UNKNOWN, which is no excuse."""
    found = [row.get("reach", {}) for row in rows]
    if any(not outside for reach in found for outside in reach.values()):
        return MET
    return OUTSIDE if found and all(found) else UNKNOWN


def words(rows: Iterable[Row]) -> str:
    """'met by a; outside of b: limit none, alpha 0'; '' where no row says anything of uses."""
    rows = list(rows)
    kept = [row for row in rows if row.get("reach")]
    uses = list(dict.fromkeys(use for row in kept for use in row["reach"]))
    if not uses:
        return ""
    met = [f"{use} ({count} of {len(kept)})" if len(kept) > 1 else use for use in uses if (count := _met(kept, use))]
    parts: dict[str, list[str]] = {}
    for use in uses:
        if not _met(kept, use):
            parts.setdefault(_why(kept, use), []).append(use)
    unknown = len(rows) - len(kept)
    none = f"not known of {unknown} of {len(rows)} cases" if unknown else "met by no use"
    told = [f"met by {', '.join(met)}" if met else none]
    told += [f"outside of {', '.join(names)}: {why}" for why, names in parts.items()]
    return "; ".join(told)


def short(row: Row) -> str:
    """', met by a', or ', met by no use', for a line of its own; '' where nothing is known."""
    if not row.get("reach"):
        return ""
    return f", met by {', '.join(met_by([row])) or 'no use'}"


def _met(rows: Iterable[Row], use: str) -> int:
    return sum(not row["reach"].get(use, [""]) for row in rows)


def _why(rows: list[Row], use: str) -> str:
    """What keeps the use from all of these rows: the facts of the most of them first, with the first one's number."""
    alike: dict[str, list[str]] = {}
    for row in rows:
        for fact in row["reach"].get(use, ()):
            alike.setdefault(_NUMBER.sub("", fact), []).append(fact)
    facts = [found[0] for found in sorted(alike.values(), key=lambda found: -len(found))]
    more = len(facts) - MOST_FACTS
    return ", ".join(facts[:MOST_FACTS]) + (f" and {more} more" if more > 0 else "")
