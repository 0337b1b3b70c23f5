"""Which properties are asked, beside the cases with an expectation? Relations between two calls, on generated examples.

Two families: ``property`` of every pipeline, ``property-mx`` of what the native pipeline alone has. A case draws its
examples when it is asked (conformance.properties), from few shapes, so that kernels are compiled once. Examples that
broke a property once (vectors/found) are cases of their own, which ask that example alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from vectors.case import Case, as_case, expect_nothing, no_inputs
from vectors.data import GENERATOR_VERSION
from vectors.examples.example import FOUND, Example, ExampleError, read
from vectors.examples.of_properties import problem_of


def cases() -> tuple[Case, ...]:
    """The properties, then the examples that broke one."""
    return (*_ASKED, *found(_ASKED, sorted(FOUND.glob("*.json"))))


def found(asked: Iterable[Case], files: Iterable[Path]) -> tuple[Case, ...]:
    """The cases that ask the examples of these files. Raises ExampleError."""
    known = {case.id: case for case in asked}
    return tuple(of_example(read(path), known, str(path), committed=True) for path in files)


def of_example(example: Example, known: dict[str, Case], where: str, *, committed: bool = False) -> Case:
    """The case that asks one example. where: the file, for ExampleError.

    Raised for a case that is no property, for values that the property does not draw, and for an example of other
    generators: the same values then stand for other numbers, so that it would ask something else and seem to pass.
    A committed one does not stop every run for that: its title says it, and a test asks for it to be found anew.
    """
    properties = {i: c for i, c in known.items() if "property" in c.params and "example" not in c.params}
    case = properties.get(example.case)
    if case is None:
        raise ExampleError(f"{where}: case: has {example.case!r}, needs one of the properties: {', '.join(properties)}")
    problem = problem_of(case.params, example.values)
    if problem:
        raise ExampleError(f"{where}: example of {case.id}: {problem}")
    if example.generator != GENERATOR_VERSION and not committed:
        raise ExampleError(
            f"{where}: generator: has {example.generator}, needs {GENERATOR_VERSION}, this checkout's: with other "
            "numbers it may break nothing; find it anew with the kernel that it broke"
        )
    return replace(
        case,
        id=f"{case.id}/{example.name}",
        title=f"{case.title} One example that broke it once{_of_another_generator(example)}.",
        params={**case.params, "example": dict(example.values)},
    )


def _of_another_generator(example: Example) -> str:
    if example.generator == GENERATOR_VERSION:
        return ""
    return f" (with generators of version {example.generator}, these are of {GENERATOR_VERSION}: other numbers)"


def _case(
    name: str, title: str, requirement: str, flags: str, params: dict[str, Any], family: str = "property"
) -> Case:
    held = {"property": name, **params}
    return as_case(f"{family}/{name}", title, requirement, flags, "gate", held, no_inputs, expect_nothing)


_MOE = {"stage": "fused_moe", "H": 128, "I": 128, "E": 4, "k": 2, "examples": 8}
_MOE3 = _MOE | {"k": 3}
_LAYERS = (
    _case("permuting-tokens-permutes-outputs", "The same tokens in another order give the same rows in that order.",
          "PRP-01", "block-boundary exact-sum", _MOE),
    _case("permuting-choices-changes-nothing",
          "A token's choices and their weights, in another order, give the same row.",
          "PRP-01", "topk-sum router-weight", _MOE3),
    _case("renaming-experts-changes-nothing", "Experts in another order, and ids that follow them, give the same rows.",
          "PRP-01", "scale-addressing expert-count", _MOE),
    _case("splitting-experts-over-ranks-sums",
          "The experts spread over ranks in any way: the ranks' outputs sum to the whole.",
          "EPM-01", "expert-map rank-sum", _MOE),
    _case("zero-weight-routes-change-nothing", "A route of weight 0 may go to any expert, or to none.",
          "PRP-02", "router-weight routing-invalid", _MOE3),
    _case("experts-without-routes-do-not-show", "NaN in the weights and scales of experts that have no route.",
          "PRP-02", "routing-empty nan-code scale-byte-nan", _MOE),
    _case("tokens-behind-do-not-show", "Tokens of garbage behind the first ones leave their rows as they are.",
          "PRP-02", "block-boundary stale-memory", _MOE),
    _case("padding-around-rows-does-not-show", "Rows of tokens, ids and router weights in wider buffers of garbage.",
          "PRP-02", "row-stride stale-memory", _MOE),
    _case("ids-without-weight-rows-are-alike", "One id without weight rows in place of another.",
          "PRP-02", "routing-invalid int32-offset", _MOE3),
    _case("scaling-router-weights-scales-rows", "A token's router weights times +-2^n give its row times +-2^n.",
          "PRP-03", "router-weight topk-sum", _MOE),
    _case("powers-move-between-scales-and-weights",
          "2^n taken from an expert's router weights and given to its scale bytes changes nothing.",
          "PRP-03", "scale-addressing router-weight", _MOE),
    _case("halving-a-route-in-two-changes-nothing", "A route as two of half its weight.",
          "PRP-03", "routing-duplicate topk-sum", _MOE),
)  # fmt: skip


def _in(dtype: str, shape: dict[str, Any], name: str, title: str, requirement: str, flags: str,
        family: str = "property-mx", word: str = "") -> Case:  # fmt: skip
    """A property that is asked in several formats, of which the id ends with one."""
    params = {**shape, "property": name, "dtype": dtype}
    return _case(f"{name}-{word}{dtype}", title, requirement, flags, params, family)


_ROWS = {"stage": "quantize", "rows": 3, "width": 96, "examples": 30}
_QUANTIZER = (
    *(_in(dtype, _ROWS, "scaling-a-block-shifts-its-byte",
          f"A block of {dtype} times 2^n has a byte n higher and the same codes.", "PRP-04",
          "scale-rule log2-inexact cast-subnormal") for dtype in ("bf16", "fp16", "fp32")),
    _case("turning-signs-turns-sign-bits", "Turned signs turn the codes' sign bits and nothing else.",
          "PRP-04", "amax-sign signed-zero", _ROWS | {"dtype": "fp32"}, "property-mx"),
    _case("moving-elements-moves-codes", "Elements within their block, and blocks, in another order.",
          "PRP-04", "block-boundary scale-addressing", _ROWS | {"dtype": "bf16"}, "property-mx"),
    *(_in(dtype, _ROWS, "larger-elements-have-no-smaller-codes",
          f"Within a block of {dtype} the codes' magnitudes follow the elements'.", "PRP-05", "cast-rounding")
      for dtype in ("bf16", "fp32")),
    _case("quantizing-again-changes-nothing", "What quantized elements decode to is quantized to the same values.",
          "PRP-05", "scale-rule cast-rounding", _ROWS | {"dtype": "fp32"}, "property-mx"),
)  # fmt: skip


def _of_activation(stage: str, dtype: str, family: str) -> Iterator[Case]:
    shape = {"stage": stage, "rows": 3, "width": 64, "dtype": dtype, "examples": 20}
    for name, title, flags in (
        ("beyond-the-limit-is-the-limit",
         "gates above the limit and ups beyond it act as the limit does, however far they are", "clamp-edge inf-input"),
        ("moving-pairs-moves-results", "pairs of gate and up in another order", "layout block-boundary"),
    ):  # fmt: skip
        word = f"{stage.replace('_', '-')}-"
        yield _in(dtype, shape, name, f"{stage}, {dtype}: {title}.", "PRP-06", flags, family, word)


_ACTIVATION = (
    *_of_activation("activation", "fp32", "property"),
    *_of_activation("activation", "bf16", "property"),
    *_of_activation("activation_quantize", "bf16", "property-mx"),
)
_PRODUCTS = {"stage": "grouped_gemm", "T": 5, "N": 72, "K": 256, "E": 3, "top_k": 2, "examples": 8}
_GEMM = (
    _case("powers-move-between-operands", "2^n taken from the weights' blocks and given to A's.",
          "PRP-07", "scale-addressing exact-sum", _PRODUCTS, "property-mx"),
    _case("blocks-of-k-move-together", "The blocks of K in another order, in both operands.",
          "PRP-07", "k-tail scale-addressing exact-sum", _PRODUCTS, "property-mx"),
    _case("rows-and-columns-move", "Rows of A and columns of the weights in another order.",
          "PRP-07", "n-tail scale-addressing exact-sum", _PRODUCTS, "property-mx"),
)  # fmt: skip
_ASKED = (*_LAYERS, *_QUANTIZER, *_ACTIVATION, *_GEMM)
