"""What do the cases cover? Pairs of values in each family, values of each dimension, cases of each requirement.

Everything is computed from the cases that are asked, named ones and combined ones alike, never from the tables that the
combined ones came from: a pair counts when some case holds both values and nothing beside them hides it.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

from vectors.case import Case
from vectors.coverage.models import MODELS, held_elsewhere
from vectors.store.json_text import encode
from vectors.sweep.combinations import Held, Model, Pair
from vectors.sweep.dimensions import DIMENSIONS

CROSSED = (
    ("moe", "tokens", "routing"),
    ("moe", "hidden", "routing"),
    ("activation-places", "limit", "gate-place"),
    ("activation-quantize-places", "limit", "gate-place"),
    ("gemm-mx", "scale-bytes", "depth"),
    ("quantize", "block", "dtype"),
)
"""Models, and two dimensions of each of which every meeting is counted: shapes by routing, limits by gate range,
scales by depth."""

LEAST_CASES = 3
"""Cases of each requirement that differ in more than what they draw."""


def coverage(cases: Iterable[Case], *, most_named: int = 20) -> dict[str, Any]:
    """A summary ready for JSON.

    families: by model, the pairs that are possible and covered, with at most ``most_named`` missing ones by name.
    dimensions: by dimension and value, how many cases hold it. requirements: by id, how many cases name it and how many
    of these differ in their parameters. crossings: of ``CROSSED``, how many cases hold both values, or None.
    """
    asked = tuple(cases)
    return {
        "families": {model.name: _pairs(model, asked, most_named) for model in MODELS},
        "dimensions": _values(asked),
        "crossings": [found for crossed in CROSSED if (found := _crossing(*crossed, asked))],
        "requirements": {
            name: {"cases": count, "different": different}
            for name, (count, different) in sorted(cases_of_requirements(asked).items())
        },
    }


def covered_pairs(model: Model, cases: Iterable[Case]) -> set[Pair]:
    """The possible pairs of a model that these cases show."""
    found: set[Pair] = set()
    for held in {_frozen(h) for case in cases if (h := model.reads(case)) is not None}:
        found |= model.pairs_of(dict(held))
    return found


def _frozen(held: Held) -> frozenset[tuple[str, frozenset[str]]]:
    """Cases that hold the same values are looked at once."""
    return frozenset(held.items())


def missing_pairs(model: Model, cases: Iterable[Case]) -> list[Pair]:
    """The possible pairs that no case shows, in the order of their names."""
    return sorted(model.possible - covered_pairs(model, cases))


def _pairs(model: Model, cases: Sequence[Case], most_named: int) -> dict[str, Any]:
    mine = [case for case in cases if model.reads(case) is not None]
    missing = missing_pairs(model, mine)
    return {
        "family": model.family,
        "dimensions": list(model.names),
        "cases": len(mine),
        "pairs_possible": len(model.possible),
        "pairs_covered": len(model.possible) - len(missing),
        "pairs_missing": [" with ".join(f"{d} {v}" for d, v in pair) for pair in missing[:most_named]],
    }


def _crossing(model_name: str, down: str, across: str, cases: Sequence[Case]) -> dict[str, Any] | None:
    """The cases of a model by the values of two of its dimensions; None where there is no case."""
    model = next(model for model in MODELS if model.name == model_name)
    counts: Counter[tuple[str, str]] = Counter()
    for case in cases:
        if (held := model.reads(case)) is not None:
            counts.update(product(held.get(down, ()), held.get(across, ())))
    if not counts:
        return None
    values = {d.name: d.names for d in DIMENSIONS if d.name in (down, across)}
    can = {frozenset(pair) for pair in model.possible}

    def cell(one: str, other: str) -> int | None:
        possible = frozenset(((down, one), (across, other))) in can
        return counts[one, other] if possible or counts[one, other] else None

    return {
        "family": model.name,
        "rows": {"name": down, "values": list(values[down])},
        "columns": {"name": across, "values": list(values[across])},
        "cases": [[cell(one, other) for other in values[across]] for one in values[down]],
    }


def held_values(case: Case) -> dict[str, set[str]]:
    """Every value of every dimension that a case holds, its contents included."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    readings = [model.reads(case) for model in MODELS]
    for held in (*readings, held_elsewhere(case)):
        for name, values in (held or {}).items():
            found[name] |= values
    return dict(found)


def _values(cases: Sequence[Case]) -> dict[str, dict[str, int]]:
    counts: Counter[tuple[str, str]] = Counter()
    for case in cases:
        counts.update((name, value) for name, values in held_values(case).items() for value in values)
    return {d.name: {value: counts[d.name, value] for value in d.names} for d in DIMENSIONS}


def cases_of_requirements(cases: Iterable[Case]) -> dict[str, tuple[int, int]]:
    """Requirement -> (cases that name it, of these how many differ in family or parameters).

    A case asked again of another model of the device asks nothing new of the arrays, so it makes no difference.
    """
    named: Counter[str] = Counter()
    different: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for case in cases:
        key = case.family, json.dumps(encode(case.params), sort_keys=True)
        for requirement in case.requirements:
            named[requirement] += 1
            different[requirement].add(key)
    return {name: (count, len(different[name])) for name, count in named.items()}
