"""Which rows hold every possible pair of values? ``python -m vectors.coverage.pairwise`` writes the tables.

covertable does the search. It keeps the rows that a table has already and adds what is missing, so that ids stay when a
value is added. It is only needed here: a run reads the tables.
"""

import importlib.util
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reports.foreign.arguments import Parser
from reports.foreign.showing import complain, say
from vectors.sweep.combinations import TABLES, Model, Row, Rule, Setting, read, written


def generated(model: Model, kept: Iterable[Row] = ()) -> tuple[Row, ...]:
    """Rows that show every possible pair, ``kept`` ones first as far as the rules allow them.

    Rows beside a value that hides come apart: each other value once, since only the pairs of that value count there.
    Raises ValueError where a pair that is possible stays without a row.
    """
    kept = [row for row in kept if _fits(model, row)]
    stays = [dict(row) for row in kept]
    hiding = [row for row in kept if _hidden(model, row)]
    rows = _covering(model, {}, 2, [row for row in kept if row not in hiding])
    for setting in model.hides:
        mine = [row for row in hiding if _hidden(model, row) == {setting}]
        rows += _covering(model, dict([setting]), 1, mine)
    rows += hiding
    filled = _filled(model, [row for i, row in enumerate(rows) if row not in rows[:i]])
    return tuple(_spread(model, filled, stays))


def _fits(model: Model, row: Row) -> bool:
    known = all(row.get(d.name) in d.names for d in model.dimensions) and len(row) == len(model.dimensions)
    return known and not model.broken(row)


def _hidden(model: Model, row: Row) -> set[tuple[str, str]]:
    return {s for s in model.hides if row[s[0]] == s[1]}


def _covering(model: Model, fixed: Mapping[str, str], strength: int, kept: Sequence[Row]) -> list[Row]:
    """Rows over all values but those that hide, with the fixed ones."""
    from covertable import make

    hidden = set(model.hides)
    factors = {
        d.name: [fixed[d.name]] if d.name in fixed else [v for v in d.names if (d.name, v) not in hidden]
        for d in model.dimensions
    }
    # make raises no error for a pair that it could not place: the caller compares with what is possible.
    return list(make(factors, strength=strength, constraints=[_condition(model, r) for r in model.rules], presets=kept))


def _condition(model: Model, rule: Rule) -> dict[str, Any]:
    def holds(row: Mapping[str, str]) -> bool:
        return rule.allows(*(model.value(name, row[name]) for name in rule.over))

    return {"operator": "fn", "requires": list(rule.over), "evaluate": holds}


def _filled(model: Model, rows: Sequence[Row]) -> list[Row]:
    """The rows, and one for each pair that none of them shows."""
    found = list(rows)
    shown = {pair for row in rows for pair in model.pairs_of(model.held(row))}
    for pair in sorted(model.possible - shown):
        if pair in shown:
            continue
        row = model.completed(dict(pair))
        if row is None or pair not in model.pairs_of(model.held(row)):
            raise ValueError(f"table {model.name}: has no row for {pair}, needs one")
        found.append(row)
        shown |= model.pairs_of(model.held(row))
    return found


def _spread(model: Model, rows: Sequence[Row], kept: Sequence[Row]) -> list[Row]:
    """The rows with the least asked value wherever no pair needs the one that they have.

    A search fills what it is free to fill with first values; so spread, the same rows show more triples.
    """
    found = [dict(row) for row in rows]
    shown = Counter(p for row in found if not _hidden(model, row) for p in model.pairs_of(model.held(row)))
    uses = Counter(setting for row in found for setting in row.items())
    for row in found:
        if row in kept or _hidden(model, row):
            continue
        for name in model.free:
            value = _rarest(model, row, name, uses)
            other = {**row, name: value}
            before, after = (model.pairs_of(model.held(r)) for r in (row, other))
            if value == row[name] or other in found or any(shown[p] == 1 for p in before - after):
                continue
            uses.update({(name, value): 1, (name, row[name]): -1})
            shown.subtract(before)
            shown.update(after)
            row[name] = value
    return found


def _rarest(model: Model, row: Row, name: str, uses: Counter[Setting]) -> str:
    """The value that fewest rows hold and that the rules allow here; the row's own where none is rarer by two."""
    for value in sorted(model.values_of(name), key=lambda v: uses[name, v]):
        if uses[name, value] + 1 >= uses[name, row[name]]:
            break
        if (name, value) not in model.hides and not model.broken({**row, name: value}):
            return value
    return row[name]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the tables of the named models. 0, or 2 where covertable is missing or a model is unknown."""
    from vectors.coverage.models import TABLED

    parser = Parser(prog="python -m vectors.coverage.pairwise", description="Write tables of combinations.")
    parser.add_argument("model", nargs="*", help=f"names (default: all): {', '.join(m.name for m in TABLED)}")
    parser.add_argument("--anew", action="store_true", help="keep no row: fewer rows, and other ids")
    options = parser.parse_args(arguments)
    unknown = set(options.model) - {m.name for m in TABLED}
    if unknown:
        parser.error(f"model: has {', '.join(sorted(unknown))}, needs one of {', '.join(m.name for m in TABLED)}")
    if importlib.util.find_spec("covertable") is None:
        complain(
            f"{parser.prog}: needs covertable, which the group tests of pyproject.toml names:"
            " run `nox -s tests` once, then this with .nox/suite/bin/python"
        )
        return 2
    for model in TABLED:
        if options.model and model.name not in options.model:
            continue
        rows = generated(model, () if options.anew else _lenient(model))
        path = TABLES / f"{model.name}.csv"
        TABLES.mkdir(exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(written(model, rows), encoding="utf-8")
        part.replace(path)
        say(f"{path}: {len(rows)} rows for {len(model.possible)} pairs")
    return 0


def _lenient(model: Model) -> tuple[Row, ...]:
    """The rows of a table that is still of these dimensions; rows that are no longer allowed are dropped later."""
    path = TABLES / f"{model.name}.csv"
    try:
        return read(model, path.read_text(encoding="utf-8"), check=False) if path.exists() else ()
    except ValueError:
        return ()


if __name__ == "__main__":
    sys.exit(main())
