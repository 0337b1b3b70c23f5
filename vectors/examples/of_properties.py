"""What does an example of each property hold? The name and the form of every value that the property draws."""

from collections.abc import Callable, Mapping
from typing import Any

from vectors.examples.forms import Form, Many, OneOf, Row, Truth, Whole

Params = Mapping[str, Any]
Forms = dict[str, Form]

LIMITS = (7.0, 0.5, 1.0, 0.0)  # of the activation; an example names one by its place
ROUTINGS = ("uniform", "skewed", "all_to_one", "with_duplicates")
BASES = ("zeros", "gaussian", "wide")  # what rows are before single elements are drawn
BITS = {"bf16": 16, "fp16": 16, "fp32": 32}
MOST_TOKENS = 6
RANKS = 3
_MOST_DRAWN = 12
_MOST_BINADES = 6  # that a power moves up or down
_SEED = Whole(0, 999)
_NUMBER = Whole(0, 99)  # names a permutation or a mask


def forms_of(params: Params) -> Forms:
    """The values of an example of the property that a case with these parameters asks, by name."""
    return _FORMS[params["property"]](params)


def problem_of(params: Params, values: Mapping[str, Any]) -> str:
    """What is wrong with the values of an example, in words that name the value; '' where nothing is."""
    forms = forms_of(params)
    for name, form in forms.items():
        if name not in values:
            return f"{name}: has nothing, needs {form}"
        if not form.fits(values[name]):
            return f"{name}: has {_short(values[name])}, needs {form}"
    unknown = [name for name in values if name not in forms]
    return f"{unknown[0]}: has a value, needs none beside {', '.join(forms)}" if unknown else ""


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]} ..."


def _layer(more: Callable[[Params], Forms] = lambda p: {}) -> Callable[[Params], Forms]:
    """A layer (seed of its numbers, tokens, routing), and what else a property draws."""
    layer: Forms = {"seed": _SEED, "tokens": Whole(1, MOST_TOKENS), "routing": OneOf(ROUTINGS)}
    return lambda p: layer | more(p)


def _rows(halves: int, **more: Form) -> Callable[[Params], Forms]:
    """Rows of ``halves`` times the width: a base with some elements drawn as [place, bits], and what else is drawn."""

    def forms(p: Params) -> Forms:
        last = p["rows"] * halves * p["width"] - 1
        element = Row((Whole(0, last), Whole(0, (1 << BITS[p["dtype"]]) - 1)))
        return {"base": OneOf(BASES), "seed": _SEED, "drawn": Many(element, 0, _MOST_DRAWN), **more}

    return forms


def _gemm(**more: Form) -> Callable[[Params], Forms]:
    return lambda p: {"seed": _SEED, **more}


def _whole(most: int, count: int) -> Many:
    """``count`` numbers from 0 to ``most``: what they mean is read modulo what there is."""
    return Many(Whole(0, most), count, count)


def _binades(count: int) -> Many:
    return Many(Whole(-_MOST_BINADES, _MOST_BINADES), count, count)


_FORMS: dict[str, Callable[[Params], Forms]] = {
    "permuting-tokens-permutes-outputs": _layer(lambda p: {"keys": _whole(3, MOST_TOKENS)}),
    "permuting-choices-changes-nothing": _layer(lambda p: {"keys": _whole(2, MOST_TOKENS * p["k"])}),
    "renaming-experts-changes-nothing": _layer(lambda p: {"keys": _whole(3, p["E"])}),
    "splitting-experts-over-ranks-sums": _layer(lambda p: {"ranks": _whole(RANKS - 1, p["E"])}),
    "zero-weight-routes-change-nothing": _layer(
        lambda p: {"zeroed": _whole(1, MOST_TOKENS * p["k"]), "others": _whole(p["E"], MOST_TOKENS * p["k"])}
    ),
    "experts-without-routes-do-not-show": _layer(),
    "tokens-behind-do-not-show": _layer(lambda p: {"more": Whole(1, 3), "ids": _whole(p["E"], 3 * p["k"])}),
    "padding-around-rows-does-not-show": _layer(lambda p: {"padding": OneOf((8, 24))}),
    "ids-without-weight-rows-are-alike": _layer(
        lambda p: {"where": _whole(1, MOST_TOKENS * p["k"]), "first": _whole(3, 5), "second": _whole(3, 7)}
    ),
    "scaling-router-weights-scales-rows": _layer(
        lambda p: {"powers": _binades(MOST_TOKENS), "signs": Many(Truth(), MOST_TOKENS, MOST_TOKENS)}
    ),
    "powers-move-between-scales-and-weights": _layer(lambda p: {"powers": _binades(p["E"])}),
    "halving-a-route-in-two-changes-nothing": _layer(lambda p: {"which": _whole(p["k"] - 1, MOST_TOKENS)}),
    "scaling-a-block-shifts-its-byte": _rows(1, power=Whole(-20, 20)),
    "turning-signs-turns-sign-bits": _rows(1, turned=_NUMBER),
    "moving-elements-moves-codes": _rows(1, order=_NUMBER),
    "larger-elements-have-no-smaller-codes": _rows(1),
    "quantizing-again-changes-nothing": _rows(1),
    "beyond-the-limit-is-the-limit": _rows(2, limit=Whole(0, len(LIMITS) - 1), far=_NUMBER),
    "moving-pairs-moves-results": _rows(2, limit=Whole(0, len(LIMITS) - 1), order=_NUMBER),
    "powers-move-between-operands": _gemm(powers=Many(Whole(-30, 30), 8, 8)),
    "blocks-of-k-move-together": _gemm(order=_NUMBER),
    "rows-and-columns-move": _gemm(order=_NUMBER),
}
