"""What is asked of SwiGLU-OAI, alone and fused with quantization? Limits, parameters, ranges and special values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import ml_dtypes
import numpy as np

from reference import swiglu
from vectors import data
from vectors.arrays import flattened
from vectors.case import Arrays, Case, expect_nothing
from vectors.contents import gates
from vectors.data import Stream

_DTYPES = {"fp32": np.float32, "bf16": ml_dtypes.bfloat16}
_LIMITS = (None, 0.0, 1e-2, 0.5, 1.0, 7.0, 10.0, float("inf"))


def _number(value: float | None) -> str:
    """A slug of a parameter: 0.5 -> 0-5, -1.0 -> minus-1, None -> none."""
    if value is None:
        return "none"
    text = f"{abs(value):g}".replace(".", "-")
    return f"minus-{text}" if value < 0 else text


@dataclass(frozen=True)
class _Ask:
    """One question, asked of the plain activation in FP32 and BF16 and of the fused stage in BF16."""

    name: str
    title: str
    make: Callable[[Case, type], np.ndarray]
    plain: str
    fused: str
    flags: str
    alpha: float = 1.702
    beta: float = 1.0
    limit: float | None = 7.0
    tier: str = "gate"


def _edges(case: Case, dtype: type) -> np.ndarray:
    return gates.crossed(*gates.limit_edges(case.params["limit"], dtype), dtype)


def _gaussian(case: Case, dtype: type) -> np.ndarray:
    rows, width = case.params.get("shape", (9, 96))
    return gates.gaussian(case.id, rows, width, std=2.0, dtype=dtype)


def _wide_range(case: Case, dtype: type) -> np.ndarray:
    """Gates from 2^-30 to 200 of both signs with ups from 2^-100 to 2^100: where a sigmoid over- or underflows."""
    gate = np.concatenate([np.arange(1, 201) * 1.0, data.exp2(np.arange(-30, 1)), np.arange(80, 110) * 0.53])
    gate = np.concatenate([gate, -gate])
    up = np.concatenate([data.exp2(np.arange(-100, 101, 20)), -data.exp2(np.arange(-100, 101, 40)), [0.0, -1.0, 7.0]])
    return gates.crossed(gate, up, dtype)


def _overflow(case: Case, dtype: type) -> np.ndarray:
    """Products near and beyond the largest FP32 value, and gates so large that exp overflows."""
    gate = np.array([1e4, 1e10, 1e19, 1.8e19, 1e30, 3e38, -1e4, -1e10, -1e30, -3e38, 88.0, -88.0, 89.0, -104.0])
    up = np.array([1.0, -3.0, 1e4, 1e10, 1.8e19, -1.9e19, 1e30, 3e38, -3e38])
    return gates.crossed(gate, up, dtype)


def _half_of_products(case: Case, dtype: type) -> np.ndarray:
    """Under alpha 0 the result is g / 2 * (u + beta): products of 2^-150 to 2^128, whose factors are ordinary numbers.

    A scaling that puts the two factors' exponents together first leaves FP32's range where the result does not.
    """
    exponents = np.array([-150, -140, -127, -126, -125, -100, 0, 100, 125, 126, 127, 128])
    gate = data.exp2(exponents // 2) * np.tile([1.0, 1.5], 6)
    up = data.exp2(exponents - exponents // 2) * np.tile([1.5, 1.25, 1.0], 4)
    halves = [np.resize(np.concatenate(ends), (1, data.BLOCK)) for ends in ((gate, -gate), (up, up))]
    return data.rounded(np.concatenate(halves, axis=1), dtype)


def _huge_shift(case: Case, dtype: type) -> np.ndarray:
    """Ups on both sides of -beta and beyond it, where beta is as large as they: neither may swallow the other."""
    beta = case.params["beta"]
    up = np.array([0.5, 0.99, 1.0, 1.01, 2.0, 3.0, 100.0]) * beta
    up = np.concatenate([up, -up, [1.0, 1e20, -1e29]])
    return gates.crossed(np.array([1.0, -1.0, 0.5, -2.0, 1e-3, 30.0]), up, dtype)


def _subnormal_factors(case: Case, dtype: type) -> np.ndarray:
    """Subnormal gates and ups of every length of significand; the other factor makes the result a normal number."""
    bits = Stream(case.id, "significand").integers(1, 1 << 22, 60)
    tiny = (bits | 1 << np.arange(60) % 22).astype(np.uint32).view(np.float32).astype(np.float64)
    tiny = np.concatenate([tiny, [2.0**-149, 2.0**-127 * (1 + 2.0**-10), 2.0**-126 - 2.0**-149]])
    big = data.exp2(np.arange(90, 120, 7))
    of_gates = gates.crossed(np.concatenate([tiny, -tiny]), big, dtype)
    of_ups = gates.crossed(big * 2.0**-3, np.concatenate([tiny, -tiny]), dtype)
    return np.concatenate([of_gates, of_ups])


def _exact(case: Case, dtype: type) -> np.ndarray:
    """Few-bit gates and ups: with a sigmoid of exactly 1/2 or 1 every product is exact."""
    low = case.params["lowest_gate"]
    gate = Stream(case.id, "gate").integers(low, low + 48, (12, 64)).astype(np.float64)
    up = Stream(case.id, "up").integers(-31, 32, (12, 64)).astype(np.float64) / 4
    return data.rounded(np.concatenate([gate, up], axis=1), dtype)


def _nan(case: Case, dtype: type) -> np.ndarray:
    """NaN in single gates and ups, elsewhere ordinary values."""
    x = gates.gaussian(case.id, 8, 64, std=2.0, dtype=dtype)
    for row, column in ((0, 3), (1, 64 + 3), (2, 31), (2, 32), (3, 64), (4, 127), (5, 0)):
        x[row, column] = np.nan
    x[6, 5], x[6, 64 + 5] = np.nan, np.nan
    return x


def _infinite(case: Case, dtype: type) -> np.ndarray:
    values = np.array([np.inf, -np.inf, 0.0, 1.0, -1.0, 6.5, -30.0])
    return gates.crossed(values, values, dtype)


def _zero_blocks(case: Case, dtype: type) -> np.ndarray:
    """Blocks whose results are all zero: zero gates, ups of -beta, and both signs of zero; then tiny results."""
    x = gates.gaussian(case.id, 6, 64, std=1.0, dtype=dtype)
    x[0, :64], x[1, :64] = 0.0, -0.0
    x[2, 64:] = -case.params["beta"]
    x[3, :32], x[3, 96:] = 0.0, -case.params["beta"]
    x[4, :64] = data.rounded(data.exp2(np.full(64, -130)), dtype)
    x[5, :32] = data.rounded(data.exp2(np.arange(-133, -101)), dtype)
    return x


def _asks() -> Iterator[_Ask]:
    for limit in _LIMITS:
        tier = "quick" if limit in (None, 0.0, 7.0) else "gate"
        flags = "clamp-edge" + {None: " limit-none", 0.0: " limit-zero"}.get(limit, "")
        yield _Ask(
            f"limit-{_number(limit)}-edges",
            f"Gate and up on and around the limit {limit}.",
            _edges,
            "ACT-01 ACT-02 ACT-03",
            "FSQ-01 FSQ-05",
            flags,
            limit=limit,
            tier=tier,
        )
    for alpha, beta in ((1.702, 1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.5), (1.702, -1.0), (0.5, 0.1)):
        tier = "quick" if (alpha, beta) in ((1.702, 1.0), (1.0, 0.0)) else "gate"
        yield _Ask(
            f"alpha-{_number(alpha)}-beta-{_number(beta)}",
            f"alpha {alpha} and beta {beta} on Gaussian data.",
            _gaussian,
            "ACT-01 ACT-04 ACT-07",
            "FSQ-01 FSQ-02 FSQ-05",
            "alpha-beta layout bf16-between",
            alpha=alpha,
            beta=beta,
            tier=tier,
        )
        yield _Ask(
            f"alpha-{_number(alpha)}-beta-{_number(beta)}-edges",
            f"alpha {alpha} and beta {beta} around the limit 7.",
            _edges,
            "ACT-01 ACT-02 ACT-04",
            "FSQ-01 FSQ-05",
            "alpha-beta clamp-edge",
            alpha=alpha,
            beta=beta,
        )
    yield _Ask(
        "wide-gates-and-ups",
        "Gates up to 200 of both signs with ups from 2^-100 to 2^100, no limit.",
        _wide_range,
        "ACT-01 ACT-06",
        "FSQ-01",
        "sigmoid-range limit-none",
        limit=None,
    )
    yield _Ask(
        "wide-gates-with-limit",
        "Gates down to -200 with the limit 7.",
        _wide_range,
        "ACT-01 ACT-06",
        "FSQ-01",
        "sigmoid-range",
        tier="quick",
    )
    yield _Ask(
        "products-that-overflow",
        "Products near and beyond the largest FP32 value.",
        _overflow,
        "ACT-01 ACT-06",
        "FSQ-01",
        "sigmoid-range huge-block",
        limit=None,
    )
    yield _Ask(
        "half-of-products-to-both-ends",
        "alpha 0: halves of products from 2^-150 to beyond the largest FP32 value.",
        _half_of_products,
        "ACT-01 ACT-06",
        "FSQ-01",
        "sigmoid-range huge-block tiny-block",
        alpha=0.0,
        beta=0.0,
        limit=None,
    )
    yield _Ask(
        "beta-as-large-as-ups",
        "beta 1e30 beside ups of its size.",
        _huge_shift,
        "ACT-01 ACT-04",
        "FSQ-01 FSQ-05",
        "alpha-beta huge-block",
        beta=1e30,
        limit=None,
    )
    yield _Ask(
        "subnormal-gates-and-ups",
        "Gates and ups that are subnormal, with factors that make the result an ordinary number.",
        _subnormal_factors,
        "ACT-01 ACT-06",
        "FSQ-01",
        "tiny-block sigmoid-range",
        limit=None,
    )
    yield _Ask(
        "nan-in-gate-or-up",
        "NaN in single gates and ups, with a limit.",
        _nan,
        "ACT-01 ACT-05",
        "FSQ-01 FSQ-03",
        "nan-input",
        tier="quick",
    )
    yield _Ask(
        "nan-without-limit",
        "NaN in single gates and ups, without a limit.",
        _nan,
        "ACT-01 ACT-05",
        "FSQ-01 FSQ-03",
        "nan-input",
        limit=None,
    )
    yield _Ask(
        "infinities",
        "Infinite gates and ups under the limit 7.",
        _infinite,
        "ACT-01 ACT-02",
        "FSQ-01",
        "inf-input clamp-edge",
    )
    yield _Ask(
        "zero-and-tiny-blocks",
        "Blocks of zeros of both signs, and results about 2^-126.",
        _zero_blocks,
        "ACT-01",
        "FSQ-01 FSQ-04",
        "zero-block tiny-block signed-zero",
        tier="quick",
    )


def _parameters(ask: _Ask, dtype: str, layout: str) -> dict[str, object]:
    return {"alpha": ask.alpha, "beta": ask.beta, "limit": ask.limit, "dtype": dtype, "layout": layout}


def _inputs_of(ask: _Ask) -> Callable[[Case], Arrays]:
    def make(case: Case) -> Arrays:
        x = ask.make(case, _DTYPES[case.params["dtype"]])
        return {"gate_up": gates.interleaved(x) if case.params["layout"] == "interleaved" else x}

    return make


def _enclosure(case: Case, inputs: Arrays):  # type: ignore[no-untyped-def]
    p = case.params
    gate, up = swiglu.split(inputs["gate_up"].astype(np.float32), p["layout"])
    return swiglu.enclosure(gate, up, alpha=p["alpha"], beta=p["beta"], limit=p["limit"])


def _expect_values(case: Case, inputs: Arrays) -> Arrays:
    """The accepted values in the input's own dtype."""
    return flattened(_enclosure(case, inputs).rounded_to(inputs["gate_up"].dtype))


def _expect_blocks(case: Case, inputs: Arrays) -> Arrays:
    """The enclosure of the real results; the set of accepted blocks follows from it."""
    return flattened(_enclosure(case, inputs))


def _plain(ask: _Ask, dtype: str, layout: str = "split") -> Case:
    interleaved = layout == "interleaved"
    extra = (["ACT-10"] if dtype == "bf16" else []) + (["ACT-09"] if interleaved else [])
    return Case(
        id=f"activation/{ask.name}-{dtype}{'-interleaved' if interleaved else ''}",
        title=f"{ask.title} {dtype} in and out{', interleaved' if interleaved else ''}.",
        requirements=(*ask.plain.split(), *extra),
        flags=(*ask.flags.split(), *(("rounding-store",) if dtype == "bf16" else ())),
        tier=ask.tier,
        params=_parameters(ask, dtype, layout) | ({"lowest_gate": -24} if ask.make is _exact else {}),
        make_inputs=_inputs_of(ask),
        make_expected=_expect_values,
    )


def _fused(ask: _Ask) -> Case:
    return Case(
        id=f"activation-quantize/{ask.name}",
        title=f"{ask.title} Fused with MXFP8 quantization, BF16 in.",
        requirements=tuple(ask.fused.split()),
        flags=tuple(ask.flags.split()),
        tier=ask.tier,
        params=_parameters(ask, "bf16", "split"),
        make_inputs=_inputs_of(ask),
        make_expected=_expect_blocks,
    )


def _layouts() -> Iterator[Case]:
    """Sizes and places in memory: the values are Gaussian, what can go wrong is an index."""
    base = _Ask("", "", _gaussian, "ACT-11", "FSQ-07", "block-boundary row-stride")
    for name, shape, padding, tier in (
        ("33-columns", (5, 33), 0, "quick"),
        ("48-columns", (3, 48), 0, "gate"),
        ("rows-in-a-wider-buffer", (5, 64), 24, "quick"),
        ("more-than-2-14-blocks", (129, 4096), 0, "gate"),
        ("no-address-outside", (7, 96), 8, "quick"),
    ):
        ask = replace(base, name=name, title=f"I = {shape[1]}, {name.replace('-', ' ')}.", tier=tier)
        cases = [_plain(ask, "fp32"), _plain(ask, "bf16")]
        if shape[1] % data.BLOCK == 0:
            cases.append(_fused(ask))
        for case in cases:
            if name == "no-address-outside":
                case = replace(case, requirements=(*case.requirements, "MEM-01"))
            yield replace(case, golden=False, params={**case.params, "shape": shape, "row_padding": padding})
    yield from _places(base)
    yield from _many(base)
    interleaved = _fused(
        replace(base, name="interleaved", title="The interleaved layout.", flags="layout", tier="quick")
    )
    yield replace(interleaved, params={**interleaved.params, "layout": "interleaved"})
    for width in (40, 8, 72, 33):
        refused = _fused(
            replace(base, name=f"{width}-columns-are-refused", title=f"I = {width}.", fused="FSQ-06", tier="quick")
        )
        nothing = {**refused.params, "shape": (3, width)}
        yield replace(refused, golden=False, flags=("bad-input",), params=nothing, make_expected=expect_nothing)


def _places(base: _Ask) -> Iterator[Case]:
    """Rows elsewhere in memory than one after the other."""
    for name, title, memory, shape, flags in (
        ("row-stride-of-1", "Columns are contiguous, rows are not.", "transposed", (7, 96), "row-stride"),
        ("rows-2-30-apart", "Rows lie 2^30 elements apart.", "distant-rows", (3, 64), "int32-offset"),
    ):
        ask = replace(base, name=name, title=title, flags=flags, tier="quick")
        for case in (_plain(ask, "bf16"), _fused(ask)):
            yield replace(case, golden=False, params={**case.params, "shape": shape, "memory": memory})


def _many(base: _Ask) -> Iterator[Case]:
    """So many blocks that the offsets of codes pass 2^31: one row that stands for all."""
    title = "More than 2^31 results, of one row that stands for all."
    ask = replace(base, name="more-than-2-31-results", title=title, flags="int32-offset", tier="exhaustive")
    case = _fused(ask)
    yield replace(case, golden=False, params={**case.params, "shape": (1, 4096), "repeated": 2**19 + 3})


def _defaults() -> Iterator[Case]:
    """The signature's own alpha, beta and limit: the call leaves them out."""
    ask = _Ask(
        "defaults",
        "alpha, beta and limit are left to the stage: 1.702, 1.0 and no clamp.",
        _gaussian,
        "ACT-01 ACT-04",
        "FSQ-01 FSQ-05",
        "alpha-beta limit-none interface",
        limit=None,
        tier="quick",
    )
    for case in (_plain(ask, "fp32"), _plain(ask, "bf16"), _fused(ask)):
        yield replace(case, golden=False, params={**case.params, "defaults": True})


def _exact_asks() -> Iterator[Case]:
    half = _Ask(
        "alpha-0-is-exact",
        "alpha 0 makes the sigmoid exactly 1/2.",
        _exact,
        "ACT-01 ACT-08",
        "FSQ-01",
        "alpha-beta",
        alpha=0.0,
        limit=None,
        tier="quick",
    )
    one = replace(
        half, name="large-gates-are-exact", title="Gates so large that the sigmoid is exactly 1.", alpha=1.702
    )
    for ask, lowest in ((half, -24), (one, 19)):
        for dtype in ("fp32", "bf16"):
            case = _plain(ask, dtype)
            yield replace(case, params={**case.params, "lowest_gate": lowest})
        yield replace(_fused(ask), params={**_fused(ask).params, "lowest_gate": lowest})


def cases() -> tuple[Case, ...]:
    """The families activation and activation-quantize."""
    asks = list(_asks())
    found = [case for ask in asks for case in (_plain(ask, "fp32"), _fused(ask))]
    for ask in asks:
        if ask.tier == "quick":  # the wide ranges are many values, and those of FP32 are the harder ones
            found.append(replace(_plain(ask, "bf16"), golden=ask.make is not _wide_range))
    found += [_plain(ask, "fp32", "interleaved") for ask in asks if ask.make in (_gaussian, _nan)]
    return (*found, *_exact_asks(), *_layouts(), *_defaults())
