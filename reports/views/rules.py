"""Which scale rule has a quantizer that fails? The one whose bytes all of its blocks in the run have, or none."""

from collections.abc import Iterable, Mapping
from typing import Any


def named(rows: Iterable[Mapping[str, Any]], subject: str) -> str:
    """'all scale bytes of 12 cases are those of the rule even'; '' where no rule but the one that is asked for fits.

    A case alone proves nothing: in its blocks two rules may agree. So those that pass count as well.
    """
    mine = [row for row in rows if row["subject"] == subject]
    if not any(found.get("cause", {}).get("observable") == "scales" for row in mine for found in row["findings"]):
        return ""
    seen = [row["rules"] for row in mine if row.get("rules")]
    fitting = [rule for rule in (seen[0] if seen else ()) if not any(rules.get(rule, 1) for rules in seen)]
    if not fitting:
        return ""
    cases = f"{len(seen)} cases are" if len(seen) > 1 else "its one case are"
    return f"all scale bytes of {cases} those of the rule {' and of '.join(fitting)}"
