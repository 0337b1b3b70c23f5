"""Which combinations of values are possible, and which ones does a family of cases ask?

A model names a family's dimensions and the rules that forbid some combinations, each with its reason. Its table of rows
is committed (vectors/sweep/tables), so that ids are stable, a change shows in review and a run needs no generator;
``python -m vectors.coverage.pairwise`` extends a table where a dimension or a rule has changed. Whether every possible
pair is asked is computed from the cases themselves (vectors.coverage.pairs), not believed of the generator.
"""

import csv
import functools
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, product
from pathlib import Path
from typing import Any

from vectors.case import Case
from vectors.sweep.dimension import Dimension

TABLES = Path(__file__).with_name("tables")
Row = dict[str, str]
Held = Mapping[str, frozenset[str]]
Setting = tuple[str, str]
"""A dimension's name and a value's name."""
Pair = tuple[Setting, Setting]


@dataclass(frozen=True)
class Rule:
    """A combination that cannot be asked or would show nothing.

    over: names of dimensions. allows: takes the parameters' values of these dimensions in that order.
    """

    why: str
    over: tuple[str, ...]
    allows: Callable[..., bool] = field(repr=False)


@dataclass(frozen=True)
class Model:
    """How one family's dimensions combine.

    name: of the model, its table and its rows in ids. family: of the cases. reads: the values that a case holds in each
    dimension, by name (several where a case crosses them), or None for a case that the model is not about.
    hides: values beside which nothing else can be seen (no tokens: every other choice is idle). A case with one of them
    counts for the pairs of that value alone, and rows with it are apart from the others. free: dimensions whose values
    cost the same, so that a row may as well hold the one that is asked least. dulls: a value, and a value of another
    dimension that cannot be seen beside it: such a case counts for that pair itself, and for no other of the second.
    """

    name: str
    family: str
    dimensions: tuple[Dimension, ...]
    rules: tuple[Rule, ...] = ()
    hides: tuple[Setting, ...] = ()
    free: tuple[str, ...] = ()
    dulls: tuple[tuple[Setting, Setting], ...] = ()
    reads: Callable[[Case], Held | None] = field(repr=False, default=lambda case: None)

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(d.name for d in self.dimensions)

    @functools.cached_property
    def _values(self) -> dict[str, dict[str, Any]]:
        return {d.name: {v.name: v.value for v in d.values} for d in self.dimensions}

    @functools.cached_property
    def _rules_of(self) -> dict[str, tuple[Rule, ...]]:
        return {name: tuple(r for r in self.rules if name in r.over) for name in self.names}

    def values_of(self, dimension: str) -> tuple[str, ...]:
        """The names of a dimension's values."""
        return tuple(self._values[dimension])

    def value(self, dimension: str, name: str) -> Any:
        """What a case's parameter holds for the value of that name."""
        return self._values[dimension][name]

    def parameters(self, row: Mapping[str, str]) -> dict[str, Any]:
        """The parameters' values of a row, by dimension."""
        return {name: self._values[name][row[name]] for name in self.names}

    def held(self, row: Mapping[str, str]) -> Held:
        """A row as what a case holds."""
        return {name: frozenset([row[name]]) for name in self.names}

    def broken(self, row: Mapping[str, str]) -> list[str]:
        """Why the rules forbid a row; empty where they allow it."""
        return [rule.why for rule in self.rules if not self._holds(rule, row)]

    def _holds(self, rule: Rule, row: Mapping[str, str]) -> bool:
        return rule.allows(*(self._values[name][row[name]] for name in rule.over))

    def completed(self, start: Mapping[str, str]) -> Row | None:
        """The first allowed row with these values and no other that hides, None where there is none."""
        row = dict(start)
        if not all(self._allowed(row, name) for name in start):
            return None
        found = self._extended(row, self._order(frozenset(start)), dict(start))
        return None if found is None else {name: found[name] for name in self.names}

    def _order(self, chosen: frozenset[str]) -> list[str]:
        """The other dimensions, each as soon as its rules can decide: those with the fewest open ones first."""
        if chosen not in self._orders:
            known, order = set(chosen), []
            while missing := [name for name in self.names if name not in known]:
                open_in = {n: [len(set(r.over) - known) for r in self._rules_of[n]] or [99] for n in missing}
                order.append(min(missing, key=lambda n: min(open_in[n])))
                known.add(order[-1])
            self._orders[chosen] = order
        return self._orders[chosen]

    @functools.cached_property
    def _orders(self) -> dict[frozenset[str], list[str]]:
        return {}

    def _dulled(self, row: Mapping[str, str], asked: Mapping[str, str]) -> bool:
        """Whether a value of the row hides one that is asked, and is not itself asked."""
        return any(
            row.get(by[0]) == by[1] and asked.get(what[0]) == what[1] and by[0] not in asked for by, what in self.dulls
        )

    def _extended(self, row: Row, missing: list[str], asked: Mapping[str, str]) -> Row | None:
        """Depth first over the missing dimensions in this order."""
        if not missing:
            return row
        name, rest = missing[0], missing[1:]
        for value in self._values[name]:
            if (name, value) in self.hides:
                continue
            row[name] = value
            if self._dulled(row, asked):
                continue
            if self._allowed(row, name) and (found := self._extended(row, rest, asked)) is not None:
                return found
        row.pop(name, None)
        return None

    def _allowed(self, row: Mapping[str, str], name: str) -> bool:
        """Whether the rules over ``name`` whose dimensions are all chosen hold."""
        return all(self._holds(r, row) for r in self._rules_of[name] if all(n in row for n in r.over))

    @functools.cached_property
    def possible(self) -> frozenset[Pair]:
        """Every pair of values of two dimensions that some allowed row holds."""
        bound = {name for rule in self.rules for name in rule.over}
        # What no rule is over goes with everything that is possible without it.
        bound |= {name for dulled in self.dulls for name, _ in dulled}
        shown = {pair for row in self._witnesses() for pair in self._shown_by(self.held(row))}
        searched = (p for p in self._pairs() if p not in shown)
        return frozenset(shown.union(p for p in searched if self._some_row(tuple(s for s in p if s[0] in bound))))

    def _witnesses(self) -> tuple[Row, ...]:
        """Allowed rows that are known already: what they show needs no search. A stale table is of no use here."""
        try:
            return self.rows()
        except ValueError:
            return ()

    @functools.cached_property
    def _known(self) -> dict[tuple[Setting, ...], bool]:
        return {}

    def _some_row(self, start: tuple[Setting, ...]) -> bool:
        if start not in self._known:
            self._known[start] = self.completed(dict(start)) is not None
        return self._known[start]

    def _pairs(self) -> Iterator[Pair]:
        for one, other in combinations(self.dimensions, 2):
            for a, b in product(one.names, other.names):
                yield (one.name, a), (other.name, b)

    def pairs_of(self, held: Held) -> set[Pair]:
        """The possible pairs that a case holding these values shows."""
        return {pair for pair in self._shown_by(held) if pair in self.possible}

    def _shown_by(self, held: Held) -> Iterator[Pair]:
        """The pairs of these values that nothing beside them hides."""
        hidden = {s for s in self.hides if s[1] in held.get(s[0], ())}
        for one, other in combinations(self.names, 2):
            for a, b in product(held.get(one, ()), held.get(other, ())):
                pair = (one, a), (other, b)
                if hidden.issubset(pair) and not self._dull(pair, held):
                    yield pair

    def _dull(self, pair: Pair, held: Held) -> bool:
        """Whether everything that a case holds of some dimension hides a value of the pair."""
        by: dict[tuple[str, Setting], set[str]] = {}
        for (name, value), what in self.dulls:
            if what in pair and name not in (pair[0][0], pair[1][0]):
                by.setdefault((name, what), set()).add(value)
        return any(held.get(name) and held[name] <= values for (name, _), values in by.items())

    def rows(self) -> tuple[Row, ...]:
        """The committed rows. Raises ValueError where the table is of other dimensions or a row is not allowed."""
        path = TABLES / f"{self.name}.csv"
        return read(self, path.read_text(encoding="utf-8")) if path.exists() else ()


def read(model: Model, text: str, *, check: bool = True) -> tuple[Row, ...]:
    """The rows of a table: one a line, cells padded with blanks so that columns line up.

    Raises ValueError for other columns and, with ``check``, for an unknown value or a row that the rules forbid.
    """
    lines = [[cell.strip() for cell in line] for line in csv.reader(io.StringIO(text)) if line]
    if not lines or tuple(lines[0]) != model.names:
        raise ValueError(
            f"table {model.name}: has columns {lines[0] if lines else []}, needs {list(model.names)};"
            f" `python -m vectors.coverage.pairwise {model.name}` writes it anew"
        )
    rows = tuple(dict(zip(model.names, line, strict=True)) for line in lines[1:])
    for row in rows if check else ():
        unknown = [f"{d.name} {row[d.name]}" for d in model.dimensions if row[d.name] not in d.names]
        if unknown:
            raise ValueError(f"table {model.name}: has {', '.join(unknown)}, needs values of the dimensions")
        if why := model.broken(row):
            raise ValueError(f"table {model.name}: has {slug(model, row)}, which cannot be: {'; '.join(why)}")
    return rows


def written(model: Model, rows: tuple[Row, ...]) -> str:
    """The text of a table, rows in the order of their values."""
    order = {d.name: {name: i for i, name in enumerate(d.names)} for d in model.dimensions}
    ranked = sorted(rows, key=lambda row: [order[name][row[name]] for name in model.names])
    lines = [list(model.names), *([row[name] for name in model.names] for row in ranked)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(model.names))]
    text = (", ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "".join(f"{line.rstrip()}\n" for line in text)


def slug(model: Model, row: Mapping[str, str]) -> str:
    """A row as words of an id: every dimension's value, so that an id changes only with its row."""
    return "-".join(f"{d.short}{row[d.name]}" for d in model.dimensions)


def holding(found: Mapping[str, str | set[str | None] | None]) -> Held:
    """What a case holds, from a name, several, or None for a value that is not swept."""
    sets = {name: value if isinstance(value, set) else {value} for name, value in found.items()}
    return {name: frozenset(v for v in values if v is not None) for name, values in sets.items()}
