"""What is asked of SwiGLU-OAI, alone and fused with quantization? Limits, parameters, ranges and special values."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reference.swiglu import DEFAULT_ALPHA, DEFAULT_BETA
from vectors import data
from vectors.case import Arrays, Case, as_case, expect_nothing
from vectors.contents import gates, quantize
from vectors.data import Stream
from vectors.sweep import dimensions as dim
from vectors.sweep.dimension import Value, word


@dataclass(frozen=True)
class _Ask:
    """One question. plain and fused: the requirements of the activation alone and of the fused stage; also: of both.

    forms: the formats in which the activation is asked alone (of gate_up, and of the result where it is given), and
    ``fused``, whose input is BF16 where no format follows. more: parameters.
    """

    name: str
    title: str
    make: Callable[[Case, type], np.ndarray]
    plain: str
    fused: str
    flags: str
    tier: str = "gate"
    limit: float | None = 7.0
    alpha: float = DEFAULT_ALPHA
    beta: float = DEFAULT_BETA
    forms: str = "fp32 fused"
    also: str = ""
    golden: bool = True
    more: Mapping[str, Any] = field(default_factory=dict)


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


def _quantized(make: Callable[[Case], np.ndarray]) -> Callable[[Case, type], np.ndarray]:
    """Under alpha 0 and beta 0 the results are these rows of the quantizer: gates with ups of 2."""

    def halves(case: Case, dtype: type) -> np.ndarray:
        rows = make(case).reshape(-1, data.BLOCK)
        return np.concatenate([rows, np.full_like(rows, 2)], axis=1)

    return halves


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


def _pairs() -> list[tuple[float, float]]:
    """Every swept alpha and beta, beside the other's default or a value that tells more; and a pair of neither."""
    beside = {1.0: 0.0, -1.0: 0.5}
    found = [(alpha.value, beside.get(alpha.value, 1.0)) for alpha in dim.ALPHA.values]
    held = {beta for _, beta in found}
    return [*found, *((DEFAULT_ALPHA, beta.value) for beta in dim.BETA.values if beta.value not in held), (0.5, 0.1)]


def _limit(value: Value) -> _Ask:
    """Gate and up around one of the limits that are swept."""
    flags = "clamp-edge" + {None: " limit-none", 0.0: " limit-zero"}.get(value.value, "")
    title = f"Gate and up on and around the limit {value.value}."
    tier = "quick" if value.value in (None, 0.0, 7.0) else "gate"
    asked = "ACT-01 ACT-02 ACT-03", "FSQ-01 FSQ-05"
    return _Ask(f"limit-{value.name}-edges", title, _edges, *asked, flags, tier, limit=value.value)


def _parameters(alpha: float, beta: float) -> Iterable[_Ask]:
    name, words = f"alpha-{word(alpha)}-beta-{word(beta)}", f"alpha {alpha} and beta {beta}"
    tier = "quick" if (alpha, beta) in ((DEFAULT_ALPHA, DEFAULT_BETA), (1.0, 0.0)) else "gate"
    yield _Ask(name, f"{words} on Gaussian data.", _gaussian, "ACT-01 ACT-04 ACT-07", "FSQ-01 FSQ-02 FSQ-05",
               "alpha-beta layout bf16-between", tier, alpha=alpha, beta=beta)  # fmt: skip
    yield _Ask(f"{name}-edges", f"{words} around the limit 7.", _edges, "ACT-01 ACT-02 ACT-04", "FSQ-01 FSQ-05",
               "alpha-beta clamp-edge", alpha=alpha, beta=beta)  # fmt: skip


_ASKS = (
    *map(_limit, dim.LIMIT.values),
    *(ask for pair in _pairs() for ask in _parameters(*pair)),
    _Ask("wide-gates-and-ups", "Gates up to 200 of both signs with ups from 2^-100 to 2^100, no limit.", _wide_range,
         "ACT-01 ACT-06 ACT-12", "FSQ-01 FSQ-08", "sigmoid-range limit-none", limit=None),
    _Ask("wide-gates-with-limit", "Gates down to -200 with the limit 7.", _wide_range,
         "ACT-01 ACT-06", "FSQ-01", "sigmoid-range", "quick"),
    _Ask("products-that-overflow", "Products near and beyond the largest FP32 value.", _overflow,
         "ACT-01 ACT-06 ACT-12", "FSQ-01 FSQ-08", "sigmoid-range huge-block", limit=None),
    _Ask("half-of-products-to-both-ends", "alpha 0: halves of products from 2^-150 to beyond the largest FP32 value.",
         _half_of_products, "ACT-01 ACT-06", "FSQ-01", "sigmoid-range huge-block tiny-block",
         limit=None, alpha=0.0, beta=0.0),
    _Ask("beta-as-large-as-ups", "beta 1e30 beside ups of its size.", _huge_shift,
         "ACT-01 ACT-04", "FSQ-01 FSQ-05", "alpha-beta huge-block", limit=None, beta=1e30),
    _Ask("subnormal-gates-and-ups",
         "Gates and ups that are subnormal, with factors that make the result an ordinary number.", _subnormal_factors,
         "ACT-01 ACT-06", "FSQ-01", "tiny-block sigmoid-range", limit=None),
    _Ask("nan-in-gate-or-up", "NaN in single gates and ups, with a limit.", _nan,
         "ACT-01 ACT-05", "FSQ-01 FSQ-03", "nan-input", "quick"),
    _Ask("nan-without-limit", "NaN in single gates and ups, without a limit.", _nan,
         "ACT-01 ACT-05", "FSQ-01 FSQ-03", "nan-input", limit=None),
    _Ask("infinities", "Infinite gates and ups under the limit 7.", _infinite,
         "ACT-01 ACT-02", "FSQ-01", "inf-input clamp-edge"),
    _Ask("zero-and-tiny-blocks", "Blocks of zeros of both signs, and results about 2^-126.", _zero_blocks,
         "ACT-01", "FSQ-01 FSQ-04", "zero-block tiny-block signed-zero", "quick"),
)  # fmt: skip
_ALL = "fp32 bf16 fused"
_ONE_ANSWER = (
    _Ask("alpha-0-is-exact", "alpha 0 makes the sigmoid exactly 1/2.", _exact, "ACT-01 ACT-08", "FSQ-01",
         "alpha-beta", "quick", limit=None, alpha=0.0, forms=_ALL, more={"lowest_gate": -24}),
    _Ask("large-gates-are-exact", "Gates so large that the sigmoid is exactly 1.", _exact, "ACT-01 ACT-08", "FSQ-01",
         "alpha-beta", "quick", limit=None, forms=_ALL, more={"lowest_gate": 19}),
)  # fmt: skip


def _placed(
    name: str, title: str, tier: str = "quick", flags: str = "block-boundary row-stride", forms: str = _ALL,
    fused: str = "FSQ-07", also: str = "", golden: bool = False, **more: Any,
) -> _Ask:  # fmt: skip
    """Sizes and places in memory: the values are Gaussian, what can go wrong is an index."""
    return _Ask(name, title, _gaussian, "ACT-11", fused, flags, tier, forms=forms, also=also, golden=golden, more=more)


_PLACED = (
    _placed("33-columns", "I = 33, 33 columns.", forms="fp32 bf16", shape=(5, 33), row_padding=0),
    _placed("48-columns", "I = 48, 48 columns.", "gate", forms="fp32 bf16", shape=(3, 48), row_padding=0),
    _placed("rows-in-a-wider-buffer", "I = 64, rows in a wider buffer.", shape=(5, 64), row_padding=24),
    _placed("more-than-2-14-blocks", "I = 4096, more than 2 14 blocks.", "gate", shape=(129, 4096), row_padding=0),
    _placed("no-address-outside", "I = 96, no address outside.", also="MEM-01", shape=(7, 96), row_padding=8),
    _placed("row-stride-of-1", "Columns are contiguous, rows are not.", flags="row-stride", forms="bf16 fused",
            shape=(7, 96), memory="transposed"),
    _placed("rows-2-30-apart", "Rows lie 2^30 elements apart.", flags="int32-offset", forms="bf16 fused",
            shape=(3, 64), memory="distant-rows"),
    *(_placed(f"{rows}-rows-of-one-block", f"{rows} rows of 32: 2^14 blocks and a tail of {rows - 2**14}.", "gate",
              "block-boundary", forms, shape=(3, 32), repeated=rows)
      for rows, forms in ((2**14 + 1, "bf16 fused"), (2**14 - 1, "fused"))),
    _placed("columns-of-stride-2", "I = 96, columns of stride 2, NaN between.", "gate", "row-stride", "bf16 fused",
            shape=(7, 96), memory="spread"),
    # So many blocks that the offsets of codes pass 2^31.
    _placed("more-than-2-31-results", "More than 2^31 results, of one row that stands for all.", "exhaustive",
            "int32-offset", "bf16 fused", shape=(1, 4096), repeated=2**19 + 3),
    _placed("interleaved", "The interleaved layout.", flags="layout", forms="fused", golden=True, layout="interleaved"),
    *(_placed(f"{width}-columns-are-refused", f"I = {width}.", flags="bad-input", forms="fused", fused="FSQ-06",
              shape=(3, width)) for width in (40, 8, 72, 33)),
)  # fmt: skip
_FORMATS = ("bf16", "fp16", "fp32")
_HALVED: dict[str, Any] = {"limit": None, "alpha": 0.0, "beta": 0.0, "golden": False}
_IN_FORMATS = (
    *(_Ask("each-format", "Every bit of gates, ups and results counts.", gates.every_bit, "ACT-01 ACT-13", "",
           "input-dtype output-dtype", tier, **_HALVED, more={"exact": True}, forms=forms)
      for tier, forms in (("quick", "fp16 fp32-to-bf16 bf16-to-fp16"),
                          ("gate", "bf16-to-bf16 bf16-to-fp32 fp16-to-fp32 fp16-to-bf16 fp16-to-fp16 fp32-to-fp16 "
                                   "fp32-to-fp32"))),
    *(_Ask("ties-and-neighbours", "Results on every E4M3 midpoint and beside it.", _quantized(quantize.ties), "",
           "FSQ-01 FSQ-09", "input-dtype cast-rounding", tier, **_HALVED, forms=f"fused-{given}",
           more={"exact": True, "exponents": exponents})
      for given, tier, exponents in (("fp16", "quick", [0]), ("fp32", "gate", [-100, 0, 100]))),
    _Ask("block-maximum-at-scale-edges", "The block maximum on, below and above every edge of the scale rule.",
         _quantized(quantize.scale_edges), "", "FSQ-01 FSQ-09", "input-dtype scale-rule", "gate", **_HALVED,
         forms="fused-fp16", more={"exact": True}),
)  # fmt: skip
# The signature's own alpha, beta and limit: the call leaves them out.
_DEFAULTS = _Ask(
    "defaults", "alpha, beta and limit are left to the stage: 1.702, 1.0 and no clamp.", _gaussian, "ACT-01 ACT-04",
    "FSQ-01 FSQ-05", "alpha-beta limit-none interface", "quick", limit=None, forms=_ALL, golden=False,
    more={"defaults": True},
)  # fmt: skip


def cases() -> tuple[Case, ...]:
    """The families activation and activation-quantize."""
    found = _in_forms(*_ASKS)
    # The wide ranges are many values, and those of FP32 are the harder ones.
    found += [_plain(ask, "bf16", golden=ask.make is not _wide_range) for ask in _ASKS if ask.tier == "quick"]
    found += [_plain(ask, "fp32", "interleaved") for ask in _ASKS if ask.make in (_gaussian, _nan)]
    return (*found, *_in_forms(*_ONE_ANSWER, *_PLACED, *_IN_FORMATS, _DEFAULTS))


def _in_forms(*asks: _Ask) -> list[Case]:
    return [
        _fused(ask, form) if form.startswith("fused") else _plain(ask, form, golden=ask.golden)
        for ask in asks
        for form in ask.forms.split()
    ]


def _plain(ask: _Ask, form: str, layout: str = "split", golden: bool = True) -> Case:
    interleaved = layout == "interleaved"
    dtype, _, out = form.partition("-to-")
    stored = {"out_dtype": out} if out else {}
    return as_case(
        f"activation/{ask.name}-{form}{'-interleaved' * interleaved}",
        f"{ask.title} {dtype} in{f', {out}' if out else ' and'} out{', interleaved' * interleaved}.",
        f"{ask.plain}{' ACT-10' * (form == 'bf16')}{' ACT-09' * interleaved} {ask.also}",
        f"{ask.flags}{' rounding-store' * ((out or dtype) == 'bf16')}",
        ask.tier, _params(ask, dtype, layout) | stored, _inputs_of(ask), gates.expect_values,
        "PLT-CAST-FP16" * ((out or dtype) == "fp16"), golden,
    )  # fmt: skip


def _fused(ask: _Ask, form: str) -> Case:
    refused, dtype = ask.fused == "FSQ-06", form.removeprefix("fused").removeprefix("-")
    return as_case(
        f"activation-quantize/{ask.name}{f'-{dtype}' if dtype else ''}",
        f"{ask.title} Fused with MXFP8 quantization, {(dtype or 'bf16').upper()} in.",
        f"{ask.fused} {ask.also}", ask.flags, ask.tier, _params(ask, dtype or "bf16", "split"), _inputs_of(ask),
        expect_nothing if refused else gates.expect_blocks, golden=ask.golden,
    )  # fmt: skip


def _params(ask: _Ask, dtype: str, layout: str) -> dict[str, Any]:
    return {"alpha": ask.alpha, "beta": ask.beta, "limit": ask.limit, "dtype": dtype, "layout": layout, **ask.more}


def _inputs_of(ask: _Ask) -> Callable[[Case], Arrays]:
    return lambda case: gates.laid_out(case, ask.make(case, data.DTYPES[case.params["dtype"]]))
