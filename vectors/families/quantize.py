"""What is asked of the MXFP8 row quantizer? Blocks at every decision of the scale rule and of the cast."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vectors.case import Arrays, Case, expect_nothing
from vectors.contents import quantize

Maker = Callable[[Case], np.ndarray]


def _make(maker: Maker) -> Callable[[Case], Arrays]:
    return lambda case: {"x": maker(case)}


def cases() -> tuple[Case, ...]:
    """The family's cases."""
    found: list[Case] = []

    def add(
        name: str,
        title: str,
        maker: Maker,
        requirements: str,
        flags: str,
        tier: str = "quick",
        golden: bool = True,
        **params: object,
    ) -> None:
        found.append(
            Case(
                id=f"quantize/{name}",
                title=title,
                requirements=tuple(requirements.split()),
                flags=tuple(flags.split()),
                tier=tier,
                golden=golden,
                params=params,
                make_inputs=_make(maker),
                make_expected=quantize.expected,
            )
        )

    for dtype in ("bf16", "fp16", "fp32"):
        tier = "quick" if dtype == "bf16" else "gate"
        # Only FP32 has the bits to tell a double rounding or an ulp of a logarithm.
        decisive = "gate" if dtype == "fp16" else "quick"
        add(
            f"gaussian-{dtype}",
            f"Gaussian {dtype} rows with outlier channels.",
            quantize.gaussian,
            "QNT-01 QNT-02 QNT-12 QNT-14",
            "scale-rule input-dtype outlier",
            tier,
            dtype=dtype,
            shape=[7, 256],
        )
        add(
            f"block-maximum-at-scale-edges-{dtype}",
            f"The block maximum stands on, below and above every edge of the scale rule, in {dtype}.",
            quantize.scale_edges,
            "QNT-01 QNT-02 QNT-05",
            "log2-inexact scale-rule",
            decisive,
            golden=dtype == "bf16",
            dtype=dtype,
        )
        add(
            f"ties-and-neighbours-{dtype}",
            f"Every E4M3 midpoint and its neighbours, both signs, in {dtype}.",
            quantize.ties,
            "QNT-01 QNT-03",
            "cast-rounding cast-subnormal",
            decisive,
            dtype=dtype,
            exponents=[0] if dtype == "fp16" else [-100, 0, 100] if dtype == "fp32" else [-20, 3],
        )
        add(
            f"zero-blocks-and-signed-zeros-{dtype}",
            f"Blocks of zeros of both signs beside ordinary ones, in {dtype}.",
            quantize.zeros,
            "QNT-02 QNT-04 QNT-06",
            "zero-block signed-zero",
            tier,
            dtype=dtype,
        )
        add(
            f"tiny-blocks-{dtype}",
            f"The block maximum is subnormal or near 1e-38, in {dtype}.",
            quantize.tiny,
            "QNT-02 QNT-07",
            "tiny-block zero-block",
            tier,
            dtype=dtype,
        )
        add(
            f"largest-magnitudes-{dtype}",
            f"The block maximum is among the largest finite values of {dtype}.",
            quantize.huge,
            "QNT-02 QNT-08",
            "huge-block",
            tier,
            dtype=dtype,
        )
        add(
            f"one-outlier-per-block-{dtype}",
            f"One element up to 2^20 times larger than its block, in {dtype}.",
            quantize.outliers,
            "QNT-01 QNT-02",
            "outlier scale-rule cast-subnormal",
            tier,
            dtype=dtype,
        ) if dtype != "fp16" else None
        add(
            f"negative-maximum-{dtype}",
            f"The extreme of the block is negative, in {dtype}.",
            quantize.one_sided,
            "QNT-02 QNT-08",
            "amax-sign",
            tier,
            dtype=dtype,
        )
        add(
            f"nan-in-each-place-{dtype}",
            f"One NaN in each place of a block, in {dtype}.",
            quantize.specials,
            "QNT-09 QNT-11",
            "nan-input",
            tier,
            dtype=dtype,
            special="nan",
        )
        add(
            f"infinity-in-each-place-{dtype}",
            f"One infinity in each place of a block, in {dtype}.",
            quantize.specials,
            "QNT-10 QNT-11",
            "inf-input",
            tier,
            dtype=dtype,
            special="inf",
        )
        add(
            f"row-stride-above-k-{dtype}",
            f"Rows of {dtype} lie in a wider buffer whose padding is NaN.",
            quantize.gaussian,
            "QNT-02 QNT-13",
            "row-stride",
            tier,
            dtype=dtype,
            shape=[5, 96],
            row_padding=40,
        )
    for name, shape in (
        ("no-rows", [0, 64]),
        ("one-block", [1, 32]),
        ("three-dimensions", [2, 3, 96]),
        ("four-dimensions", [2, 1, 3, 160]),
        ("one-dimension", [128]),
        ("prime-rows-off-the-tile", [37, 288]),
        ("one-wide-row", [1, 6144]),
    ):
        add(
            f"shape-{name}",
            f"A BF16 input of shape {shape}.",
            quantize.gaussian,
            "QNT-01 QNT-02 QNT-12",
            "leading-shape block-boundary",
            dtype="bf16",
            shape=shape,
        )
    add(
        "ties-and-neighbours-under-other-bytes-fp32",
        "Every E4M3 midpoint and its neighbours under bytes that the other cases leave out, subnormal codes too.",
        quantize.ties,
        "QNT-01 QNT-03",
        "cast-rounding cast-subnormal",
        "gate",
        golden=False,
        dtype="fp32",
        exponents=[-80, -64, -48],
    )
    add(
        "every-bf16-pattern",
        "All 2^16 BF16 patterns, NaN and infinities included.",
        quantize.every_bf16,
        "QNT-01 QNT-02 QNT-09 QNT-10",
        "input-dtype nan-input inf-input",
        "gate",
        dtype="bf16",
    )
    add(
        "many-gaussian-rows",
        "64 rows of a shipped model's hidden size.",
        quantize.gaussian,
        "QNT-01 QNT-02",
        "block-boundary scale-rule",
        "gate",
        dtype="bf16",
        shape=[64, 6144],
    )
    add(
        "no-address-outside",
        "A number of blocks off every tile, rows in a wider buffer.",
        quantize.gaussian,
        "QNT-01 QNT-02 MEM-01",
        "block-boundary row-stride",
        golden=False,
        dtype="bf16",
        shape=[7, 96],
        row_padding=8,
    )
    add(
        "row-stride-of-1-bf16",
        "K is not the innermost axis: a row's elements lie apart, the rows one element from each other.",
        quantize.gaussian,
        "QNT-01 QNT-02 QNT-13",
        "row-stride",
        golden=False,
        dtype="bf16",
        shape=[7, 96],
        layout="transposed",
    )
    add(
        "rows-2-30-apart-bf16",
        "Rows lie 2^30 elements apart: the third is past 2^31.",
        quantize.gaussian,
        "QNT-01 QNT-02 QNT-13",
        "row-stride int32-offset",
        golden=False,
        dtype="bf16",
        shape=[3, 96],
        layout="distant-rows",
    )
    add(
        "more-than-2-14-blocks",
        "So many blocks that a kernel may take a larger tile.",
        quantize.gaussian,
        "QNT-01 QNT-02",
        "block-boundary scale-rule",
        golden=False,
        dtype="bf16",
        shape=[129, 4096],
    )
    add(
        "more-than-2-31-elements",
        "So many blocks that the offsets of codes pass 2^31: one row that stands for all.",
        quantize.gaussian,
        "QNT-01 QNT-02",
        "int32-offset",
        "exhaustive",
        golden=False,
        dtype="bf16",
        shape=[1, 4096],
        repeated=2**19 + 3,
    )
    for width in (16, 48, 129):
        found.append(
            Case(
                id=f"quantize/row-length-{width}-is-refused",
                title=f"Rows of {width} elements: no multiple of 32.",
                requirements=("QNT-15",),
                flags=("bad-input", "block-boundary"),
                tier="quick",
                golden=False,
                params={"dtype": "bf16", "shape": [3, width]},
                make_inputs=_make(quantize.ones),
                make_expected=expect_nothing,
            )
        )
    for part in range(256):
        add(
            f"every-fp32-pattern-part-{part:03d}",
            "A 256th of all finite FP32 patterns, each mantissa through 16 binades of both signs.",
            quantize.fp32_sweep,
            "QNT-01 QNT-02 QNT-03",
            "cast-rounding cast-subnormal scale-rule log2-inexact",
            "exhaustive",
            dtype="fp32",
            binades=part // 16,
            mantissas=part % 16,
        )
    add(
        "every-fp32-nan-and-infinity",
        "Every NaN pattern of FP32 and both infinities.",
        quantize.fp32_nan_sweep,
        "QNT-09 QNT-10",
        "nan-input inf-input",
        "exhaustive",
        dtype="fp32",
    )
    return tuple(found)
