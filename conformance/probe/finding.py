"""Which model of the family gives exactly what the device gave? All are tried on the designed inputs; few remain.

Then random inputs: the model that remains has to give each result bit for bit. It is *sure* where no result,
designed or random, contradicts a model that remains.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from conformance.gfx950.instructions.aligned import EXPONENTS, STARTS, TOWARDS, SumModel, added
from conformance.gfx950.instructions.sums import ABSENT, Factor, cdna3
from conformance.probe import grouping as places
from conformance.probe.designs import designed
from conformance.probe.grouping import Grouping
from conformance.probe.operands import BIAS, FORMATS, Adds, Array, Kind, SumOperands, random_operands

WIDTHS = np.arange(8, 35)  # the designs tell no larger ones from all bits
# All of them, and again those below FP32's for sums that are as short.
_WIDTHS = np.concatenate([WIDTHS, WIDTHS[WIDTHS < 23]])
_SHORT = np.arange(len(_WIDTHS)) >= len(WIDTHS)
FIRST_ROWS = 41  # every so many-th designed input is asked of all models, the others of those that remain
CDNA3 = "cdna3"
Model = SumModel | str
Groups = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Evidence:
    """One sum that the device gave. expected: what the model gives, or the other model that it excludes."""

    inputs: str
    observed: str
    expected: str


@dataclass(frozen=True)
class Found:
    """What was found of a kind.

    models: all that remain; those that are sure are one function in several words, as far as the inputs tell. why: of
    each of the model's numbers, what excludes its other values. designed, random: how many sums were asked. misfits:
    how many random results the model does not give. contradictions: some of them, and what no order of groups gives.
    """

    kind: Kind
    grouping: Grouping
    models: tuple[Model, ...]
    sure: bool
    why: dict[str, list[Evidence]]
    designed: int
    random: int
    misfits: int
    contradictions: tuple[Evidence, ...]


def find(device: Adds, kind: Kind, count: int, seed: int = 22) -> Found:
    """count: of random results."""
    grouping = places.measured(device, kind)
    groups = grouping.groups
    labels, asked = designed(kind, groups)
    observed = device.sums(asked)
    models = remaining(asked, observed, groups, grouping)
    given = random_operands(kind, count, seed)
    results = device.sums(given)
    few = slice(0, 4096)
    fitting = [m for m in models if same(predicted(given.at(few), groups, m), results[few]).all()]
    expected = {model: predicted(given, groups, model) for model in fitting or models[:1]}
    wrong = {model: np.flatnonzero(~same(results, expected[model])) for model in expected}
    misfits = min(map(len, wrong.values()), default=0)
    models = tuple(model for model in expected if len(wrong[model]) == misfits)
    best = models[0] if models else None
    against = [
        Evidence(given.words(i), bits(results[i]), bits(expected[model][i]))
        for model in models[:1]
        for i in wrong[model][:3]
    ]
    why = reasons(best, labels, asked, observed, groups) if isinstance(best, SumModel) else {}
    odd = [Evidence(words, "", "0 or u, in the order of the groups") for words in grouping.odd]
    sure = bool(models) and not misfits and not odd
    return Found(kind, grouping, models, sure, why, len(asked), count, misfits, (*odd, *against))


def remaining(asked: SumOperands, observed: Array, groups: Groups, grouping: Grouping) -> tuple[Model, ...]:
    """Those that give each of the designed results."""
    size = grouping.size
    found: list[Model] = []
    if size is not None and size <= 256:
        few = slice(None, None, FIRST_ROWS)
        found += _of_family(asked, observed, groups, size, asked.at(few), observed[few])
    if {len(group) for group in groups} <= {8, 16} and same(predicted(asked, groups, CDNA3), observed).all():
        found.append(CDNA3)
    return tuple(found)


def _of_family(
    asked: SumOperands, observed: Array, groups: Groups, size: int, few: SumOperands, of_few: Array
) -> list[SumModel]:
    fitting: list[SumModel] = []
    for rule in EXPONENTS:
        terms, c = terms_of(few, groups, rule)
        for cut, rounding, start in itertools.product(TOWARDS, TOWARDS, STARTS):
            family = SumModel(size, 24, cut, rounding, start, rule)
            given = added(terms, c, family, _WIDTHS[:, None], _SHORT[:, None])
            fits = same(given, of_few).all(axis=1)
            fitting += [
                replace(family, width=int(width), short=bool(short))
                for width, short in zip(_WIDTHS[fits], _SHORT[fits], strict=True)
            ]
    fitting += [SumModel(size, None, start=start) for start in STARTS if start != "after"]
    prepared = {rule: terms_of(asked, groups, rule) for rule in {model.exponents for model in fitting}}
    return [model for model in fitting if same(model.add(*prepared[model.exponents]), observed).all()]


def terms_of(asked: SumOperands, groups: Groups, rule: str) -> tuple[list[list[tuple[Array, Array]]], Array]:
    """Products by group, for ``added``, without those that are zero in all sums; and C.

    Of more than three groups of nothing but zeros the others change nothing: after the first a sum has no bits left
    that a further one could cut.
    """
    value, exponent = asked.products(rule)
    none = (np.zeros(len(asked)), np.full(len(asked), ABSENT))
    groups_of_terms, empty = [], 0
    for group in groups:
        used = [k for k in group if value[:, k].any()]
        empty = 0 if used else empty + 1
        if empty <= 3:
            groups_of_terms.append([(value[:, k], exponent[:, k]) for k in used] or [none])
    return groups_of_terms, asked.c


def predicted(asked: SumOperands, groups: Groups, model: Model) -> Array:
    """float32 [n]."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        if isinstance(model, SumModel):
            return model.add(*terms_of(asked, groups, model.exponents))
        return _as_cdna3(asked, [k for group in groups for k in group])


def _as_cdna3(asked: SumOperands, order: list[int]) -> Array:
    form = FORMATS[asked.kind.format]
    sides = []
    for codes, scale in ((asked.a, asked.a_scale), (asked.b, asked.b_scale)):
        # In measured order each element has its block's scale: blocks of one element.
        values = codes.view(form.dtype).astype(np.float64)[:, order]
        scale = np.repeat(scale, codes.shape[1] // scale.shape[1], axis=1)[:, order].astype(np.int64) - BIAS
        shifts = scale.T[:, :, None] if asked.kind.scaled else None
        sides.append(Factor(values.T[:, :, None, None], shifts, form.significand, form.lowest, 8 * codes.itemsize))
    return cdna3(sides[0], sides[1], asked.c[:, None, None])[:, 0, 0]


def reasons(
    model: SumModel, labels: Sequence[str], asked: SumOperands, observed: Array, groups: Groups
) -> dict[str, list[Evidence]]:
    """For each number of the model, a designed sum that each neighbouring value of it would have given otherwise."""
    others: dict[str, list[Any]] = {
        "width": [model.width - 1, model.width + 1] if model.width else [24, 40],
        "cut": [] if model.width is None else list(TOWARDS),
        "rounding": [] if model.width is None else list(TOWARDS),
        "start": list(STARTS),
        "exponents": list(EXPONENTS),
    }
    found: dict[str, list[Evidence]] = {}
    for name, values in others.items():
        for value in values:
            if value == getattr(model, name) or (name == "width" and not 8 <= value <= 40):
                continue
            given = predicted(asked, groups, replace(model, **{name: value}))
            told = np.flatnonzero(~same(given, observed))
            evidence = (
                Evidence(f"{labels[told[0]]}; {asked.words(told[0])}", bits(observed[told[0]]), bits(given[told[0]]))
                if len(told)
                else Evidence("no designed input tells the two apart", "", "the same")
            )
            found.setdefault(name, []).append(replace(evidence, expected=f"{evidence.expected} with {name} {value}"))
    return found


def same(x: Array, y: Array) -> Array:
    """Whether bits are equal, any NaN as another."""
    return (x.view(np.uint32) == y.view(np.uint32)) | (np.isnan(x) & np.isnan(y))


def bits(value: Any) -> str:
    """Of FP32; all NaN are one."""
    if np.isnan(value):
        return "NaN"
    return f"0x{int(np.float32(value).view(np.uint32)):08X} ({float(value):.9g})"


def words(model: Model) -> str:
    """A model in one line."""
    if not isinstance(model, SumModel):
        return "as CDNA3's cores were measured: halves of 8 of 16 products at 24 bits, then C"
    if model.width is None:
        kept = "no bit is lost before the one rounding"
    else:
        kept = f"{model.width} bits below the largest exponent are kept (the rest towards {model.cut})"
    rounding = "to nearest" if model.rounding == "nearest" else f"towards {model.rounding}"
    short = f" with {model.width} fractional bits" if model.short else ""
    return f"{model.group} products at once, {kept}, the sum rounded {rounding}{short}; C {model.start}"


def to_json(model: Model) -> Any:
    return model if isinstance(model, str) else asdict(model)
