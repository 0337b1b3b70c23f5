"""What is asked of the MXFP8 row quantizer? Blocks at every decision of the scale rule and of the cast."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from vectors.case import Arrays, Case, as_case, expect_nothing
from vectors.contents import quantize


def _case(
    name: str, title: str, make: Callable[[Case], np.ndarray], requirements: str, flags: str, tier: str = "quick",
    golden: bool = True, expect: Callable[[Case, Arrays], Arrays] = quantize.expected, patience: int = 1, **params: Any,
) -> Case:  # fmt: skip
    def inputs(case: Case) -> Arrays:
        return {"x": make(case)}

    case = as_case(f"quantize/{name}", title, requirements, flags, tier, params, inputs, expect, golden=golden)
    return replace(case, patience=patience)


def _of(dtype: str) -> tuple[Case, ...]:
    """What is asked in each format. Only FP32 has the bits to tell a double rounding or an ulp of a logarithm."""
    tier = "quick" if dtype == "bf16" else "gate"
    decisive = "gate" if dtype == "fp16" else "quick"
    exponents = {"bf16": [-20, 3], "fp16": [0], "fp32": [-100, 0, 100]}[dtype]
    asked = (
        _case(f"gaussian-{dtype}", f"Gaussian {dtype} rows with outlier channels.", quantize.gaussian,
              "QNT-01 QNT-02 QNT-12 QNT-14", "scale-rule input-dtype outlier", tier, dtype=dtype, shape=[7, 256]),
        _case(f"block-maximum-at-scale-edges-{dtype}",
              f"The block maximum stands on, below and above every edge of the scale rule, in {dtype}.",
              quantize.scale_edges, "QNT-01 QNT-02 QNT-05", "log2-inexact scale-rule", decisive, dtype == "bf16",
              patience=5, dtype=dtype),  # one row of 97,536, which a kernel may hold in registers
        _case(f"ties-and-neighbours-{dtype}", f"Every E4M3 midpoint and its neighbours, both signs, in {dtype}.",
              quantize.ties, "QNT-01 QNT-03", "cast-rounding cast-subnormal", decisive, dtype=dtype,
              exponents=exponents),
        _case(f"zero-blocks-and-signed-zeros-{dtype}",
              f"Blocks of zeros of both signs beside ordinary ones, in {dtype}.", quantize.zeros,
              "QNT-02 QNT-04 QNT-06", "zero-block signed-zero", tier, dtype=dtype),
        _case(f"tiny-blocks-{dtype}", f"The block maximum is subnormal or near 1e-38, in {dtype}.", quantize.tiny,
              "QNT-02 QNT-07", "tiny-block zero-block", tier, dtype=dtype),
        _case(f"largest-magnitudes-{dtype}", f"The block maximum is among the largest finite values of {dtype}.",
              quantize.huge, "QNT-02 QNT-08", "huge-block", tier, dtype=dtype),
        _case(f"one-outlier-per-block-{dtype}", f"One element up to 2^20 times larger than its block, in {dtype}.",
              quantize.outliers, "QNT-01 QNT-02", "outlier scale-rule cast-subnormal", tier, dtype=dtype),
        _case(f"negative-maximum-{dtype}", f"The extreme of the block is negative, in {dtype}.", quantize.one_sided,
              "QNT-02 QNT-08", "amax-sign", tier, dtype=dtype),
        _case(f"nan-in-each-place-{dtype}", f"One NaN in each place of a block, in {dtype}.", quantize.specials,
              "QNT-09 QNT-11", "nan-input", tier, dtype=dtype, special="nan"),
        _case(f"infinity-in-each-place-{dtype}", f"One infinity in each place of a block, in {dtype}.",
              quantize.specials, "QNT-10 QNT-11", "inf-input", tier, dtype=dtype, special="inf"),
        _case(f"row-stride-above-k-{dtype}", f"Rows of {dtype} lie in a wider buffer whose padding is NaN.",
              quantize.gaussian, "QNT-02 QNT-13", "row-stride", tier, dtype=dtype, shape=[5, 96], row_padding=40),
    )  # fmt: skip
    # FP16 has five bits of exponent: an outlier of 2^20 takes the rest out of its range.
    return tuple(case for case in asked if case.id != "quantize/one-outlier-per-block-fp16")


_SHAPES = {
    "no-rows": [0, 64],
    "one-block": [1, 32],
    "three-dimensions": [2, 3, 96],
    "four-dimensions": [2, 1, 3, 160],
    "one-dimension": [128],
    "prime-rows-off-the-tile": [37, 288],
    "one-wide-row": [1, 6144],
}
_SHAPED = tuple(
    _case(f"shape-{name}", f"A BF16 input of shape {shape}.", quantize.gaussian, "QNT-01 QNT-02 QNT-12",
          "leading-shape block-boundary", dtype="bf16", shape=shape)
    for name, shape in _SHAPES.items()
)  # fmt: skip


def _placed(name: str, title: str, more: str, flags: str, shape: list[int], tier: str = "quick", **params: Any) -> Case:
    """Sizes and places in memory: what can go wrong is an index."""
    asked = f"QNT-01 QNT-02 {more}"
    return _case(name, title, quantize.gaussian, asked, flags, tier, False, dtype="bf16", shape=shape, **params)


_OTHERS = (
    _case("ties-and-neighbours-under-other-bytes-fp32",
          "Every E4M3 midpoint and its neighbours under bytes that the other cases leave out, subnormal codes too.",
          quantize.ties, "QNT-01 QNT-03", "cast-rounding cast-subnormal", "gate", False, dtype="fp32",
          exponents=[-80, -64, -48]),
    *(_case(f"block-maximum-at-scale-edges-in-rows-{dtype}",
            f"As block-maximum-at-scale-edges-{dtype}, for kernels that hold a whole row in registers.",
            quantize.scale_edges_in_rows, "QNT-01 QNT-02 QNT-05", "log2-inexact scale-rule", "quick", False,
            dtype=dtype, shape=[381, 256]) for dtype in ("bf16", "fp32")),
    _case("every-bf16-pattern", "All 2^16 BF16 patterns, NaN and infinities included.", quantize.every_bf16,
          "QNT-01 QNT-02 QNT-09 QNT-10", "input-dtype nan-input inf-input", "gate", dtype="bf16"),
    _case("many-gaussian-rows", "64 rows of a shipped model's hidden size.", quantize.gaussian,
          "QNT-01 QNT-02", "block-boundary scale-rule", "gate", dtype="bf16", shape=[64, 6144]),
    _placed("no-address-outside", "A number of blocks off every tile, rows in a wider buffer.", "MEM-01",
            "block-boundary row-stride", [7, 96], row_padding=8),
    _placed("row-stride-of-1-bf16",
            "K is not the innermost axis: a row's elements lie apart, the rows one element from each other.",
            "QNT-13", "row-stride", [7, 96], layout="transposed"),
    _placed("rows-2-30-apart-bf16", "Rows lie 2^30 elements apart: the third is past 2^31.", "QNT-13",
            "row-stride int32-offset", [3, 96], layout="distant-rows"),
    _placed("more-than-2-14-blocks", "So many blocks that a kernel may take a larger tile.", "",
            "block-boundary scale-rule", [129, 4096]),
    *(_placed(f"{rows}-rows-of-one-block", f"{rows} rows of 32: {words}.", "", "block-boundary", [3, 32], tier,
              repeated=rows)
      for rows, words, tier in (
        (65, "one block more than a tile may have", "quick"), (2**14 - 1, "one block less than 2^14", "gate"),
        (2**14, "2^14 blocks", "gate"), (2**14 + 1, "one block more than 2^14", "quick"))),
    *(_placed(f"leading-axes-{layout}", f"Three axes, {words}.", "QNT-16", "row-stride leading-shape", [3, 5, 96],
              layout=layout)
      for layout, words in (
        ("padded", "gaps of NaN after each row and each plane"), ("swapped", "the first inside the second"),
        ("spread", "the elements of a row two apart, NaN between"), ("transposed", "the last outside the second"))),
    _case("leading-axes-swapped-fp32", "Three axes of FP32 rows, the first inside the second.", quantize.gaussian,
          "QNT-01 QNT-02 QNT-16", "row-stride leading-shape", "gate", False, dtype="fp32", shape=[2, 37, 64],
          layout="swapped"),
    _placed("more-than-2-31-elements",
            "So many blocks that the offsets of codes pass 2^31: one row that stands for all.", "", "int32-offset",
            [1, 4096], "exhaustive", repeated=2**19 + 3),
    *(_case(f"row-length-{width}-is-refused", f"Rows of {width} elements: no multiple of 32.", quantize.ones,
            "QNT-15", "bad-input block-boundary", "quick", False, expect_nothing, dtype="bf16", shape=[3, width])
      for width in (16, 48, 129)),
)  # fmt: skip
_EXHAUSTIVE = (
    *(_case(f"every-fp32-pattern-part-{part:03d}",
            "A 256th of all finite FP32 patterns, each mantissa through 16 binades of both signs.",
            quantize.fp32_sweep, "QNT-01 QNT-02 QNT-03",
            "cast-rounding cast-subnormal scale-rule log2-inexact", "exhaustive", dtype="fp32", binades=part // 16,
            mantissas=part % 16) for part in range(256)),
    _case("every-fp32-nan-and-infinity", "Every NaN pattern of FP32 and both infinities.", quantize.fp32_nan_sweep,
          "QNT-09 QNT-10", "nan-input inf-input", "exhaustive", dtype="fp32"),
)  # fmt: skip


def cases() -> tuple[Case, ...]:
    """The family's cases."""
    return (*_of("bf16"), *_of("fp16"), *_of("fp32"), *_SHAPED, *_OTHERS, *_EXHAUSTIVE)
