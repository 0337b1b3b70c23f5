"""Which properties are asked, beside the cases with an expectation? Relations between two calls, on generated examples.

Two families: ``property`` of every pipeline, ``property-mx`` of what the native pipeline alone has. A case draws its
examples when it is asked (conformance.properties), from few shapes, so that kernels are compiled once. Examples that
broke a property once (vectors/found) are cases of their own, which ask that example alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from vectors.case import Case, expect_nothing, no_inputs
from vectors.data import GENERATOR_VERSION
from vectors.examples import example as examples
from vectors.examples.example import Example, ExampleError
from vectors.examples.of_properties import problem_of

_MOE = {"stage": "fused_moe", "H": 128, "I": 128, "E": 4, "k": 2, "examples": 8}


def cases() -> tuple[Case, ...]:
    """The properties, then the examples that broke one."""
    asked = (*_routing(), *_unused(), *_powers(), *_quantizer(), *_activation(), *_gemm())
    return (*asked, *found(asked, sorted(examples.FOUND.glob("*.json"))))


def found(asked: Iterable[Case], files: Iterable[Path]) -> tuple[Case, ...]:
    """The cases that ask the examples of these files. Raises ExampleError."""
    known = {case.id: case for case in asked}
    return tuple(of_example(examples.read(path), known, str(path), committed=True) for path in files)


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
    return Case(
        id=f"{family}/{name}",
        title=title,
        requirements=(requirement,),
        flags=tuple(flags.split()),
        tier="gate",
        golden=False,
        params={"property": name, **params},
        make_inputs=no_inputs,
        make_expected=expect_nothing,
    )


def _routing() -> Iterator[Case]:
    yield _case(
        "permuting-tokens-permutes-outputs",
        "The same tokens in another order give the same rows in that order.",
        "PRP-01",
        "block-boundary exact-sum",
        _MOE,
    )
    yield _case(
        "permuting-choices-changes-nothing",
        "A token's choices and their weights, in another order, give the same row.",
        "PRP-01",
        "topk-sum router-weight",
        _MOE | {"k": 3},
    )
    yield _case(
        "renaming-experts-changes-nothing",
        "Experts in another order, and ids that follow them, give the same rows.",
        "PRP-01",
        "scale-addressing expert-count",
        _MOE,
    )
    yield _case(
        "splitting-experts-over-ranks-sums",
        "The experts spread over ranks in any way: the ranks' outputs sum to the whole.",
        "EPM-01",
        "expert-map rank-sum",
        _MOE,
    )


def _unused() -> Iterator[Case]:
    yield _case(
        "zero-weight-routes-change-nothing",
        "A route of weight 0 may go to any expert, or to none.",
        "PRP-02",
        "router-weight routing-invalid",
        _MOE | {"k": 3},
    )
    yield _case(
        "experts-without-routes-do-not-show",
        "NaN in the weights and scales of experts that have no route.",
        "PRP-02",
        "routing-empty nan-code scale-byte-nan",
        _MOE,
    )
    yield _case(
        "tokens-behind-do-not-show",
        "Tokens of garbage behind the first ones leave their rows as they are.",
        "PRP-02",
        "block-boundary stale-memory",
        _MOE,
    )
    yield _case(
        "padding-around-rows-does-not-show",
        "Rows of tokens, ids and router weights in wider buffers of garbage.",
        "PRP-02",
        "row-stride stale-memory",
        _MOE,
    )
    yield _case(
        "ids-without-weight-rows-are-alike",
        "One id without weight rows in place of another.",
        "PRP-02",
        "routing-invalid int32-offset",
        _MOE | {"k": 3},
    )


def _powers() -> Iterator[Case]:
    yield _case(
        "scaling-router-weights-scales-rows",
        "A token's router weights times +-2^n give its row times +-2^n.",
        "PRP-03",
        "router-weight topk-sum",
        _MOE,
    )
    yield _case(
        "powers-move-between-scales-and-weights",
        "2^n taken from an expert's router weights and given to its scale bytes changes nothing.",
        "PRP-03",
        "scale-addressing router-weight",
        _MOE,
    )
    yield _case(
        "halving-a-route-in-two-changes-nothing",
        "A route as two of half its weight.",
        "PRP-03",
        "routing-duplicate topk-sum",
        _MOE,
    )


def _quantizer() -> Iterator[Case]:
    rows = {"stage": "quantize", "rows": 3, "width": 96, "examples": 30}
    for dtype in ("bf16", "fp16", "fp32"):
        yield _case(
            f"scaling-a-block-shifts-its-byte-{dtype}",
            f"A block of {dtype} times 2^n has a byte n higher and the same codes.",
            "PRP-04",
            "scale-rule log2-inexact cast-subnormal",
            {**rows, "property": "scaling-a-block-shifts-its-byte", "dtype": dtype},
            "property-mx",
        )
    yield _case(
        "turning-signs-turns-sign-bits",
        "Turned signs turn the codes' sign bits and nothing else.",
        "PRP-04",
        "amax-sign signed-zero",
        rows | {"dtype": "fp32"},
        "property-mx",
    )
    yield _case(
        "moving-elements-moves-codes",
        "Elements within their block, and blocks, in another order.",
        "PRP-04",
        "block-boundary scale-addressing",
        rows | {"dtype": "bf16"},
        "property-mx",
    )
    for dtype in ("bf16", "fp32"):
        yield _case(
            f"larger-elements-have-no-smaller-codes-{dtype}",
            f"Within a block of {dtype} the codes' magnitudes follow the elements'.",
            "PRP-05",
            "cast-rounding",
            {**rows, "property": "larger-elements-have-no-smaller-codes", "dtype": dtype},
            "property-mx",
        )
    yield _case(
        "quantizing-again-changes-nothing",
        "What quantized elements decode to is quantized to the same values.",
        "PRP-05",
        "scale-rule cast-rounding",
        rows | {"dtype": "fp32"},
        "property-mx",
    )


def _activation() -> Iterator[Case]:
    for stage, family, dtype in (
        ("activation", "property", "fp32"),
        ("activation", "property", "bf16"),
        ("activation_quantize", "property-mx", "bf16"),
    ):
        word = f"{stage.replace('_', '-')}-{dtype}"
        shape = {"stage": stage, "rows": 3, "width": 64, "dtype": dtype, "examples": 20}
        yield _case(
            f"beyond-the-limit-is-the-limit-{word}",
            f"{stage}, {dtype}: gates above the limit and ups beyond it act as the limit does, however far they are.",
            "PRP-06",
            "clamp-edge inf-input",
            {**shape, "property": "beyond-the-limit-is-the-limit"},
            family,
        )
        yield _case(
            f"moving-pairs-moves-results-{word}",
            f"{stage}, {dtype}: pairs of gate and up in another order.",
            "PRP-06",
            "layout block-boundary",
            {**shape, "property": "moving-pairs-moves-results"},
            family,
        )


def _gemm() -> Iterator[Case]:
    shape = {"stage": "grouped_gemm", "T": 5, "N": 72, "K": 256, "E": 3, "top_k": 2, "examples": 8}
    for name, title, flags in (
        ("powers-move-between-operands", "2^n taken from the weights' blocks and given to A's.", "scale-addressing"),
        ("blocks-of-k-move-together", "The blocks of K in another order, in both operands.", "k-tail scale-addressing"),
        ("rows-and-columns-move", "Rows of A and columns of the weights in another order.", "n-tail scale-addressing"),
    ):
        yield _case(name, title, "PRP-07", f"{flags} exact-sum", shape, "property-mx")
