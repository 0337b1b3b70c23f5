"""What is asked of the fallback's dequantization? Every E4M3 code under every E8M0 byte."""

from __future__ import annotations

import numpy as np

from reference.codec import float64_to_bf16
from reference.quantize import dequantize_mxfp8
from vectors import data
from vectors.case import Arrays, Case
from vectors.data import BLOCK, Stream

_SHAPES = {
    "many-experts-of-few-rows": (33, 3, 32),
    "one-expert-of-long-rows": (1, 5, 1056),
    "rows-without-experts": (7, 96),
    "no-experts": (0, 4, 64),
}


def _every_pair(case: Case) -> Arrays:
    """Row b holds all 256 codes, all its blocks under byte b: codes [1, 256, 256], scales [1, 256, 8]."""
    rows = np.arange(256, dtype=np.uint8)
    return {"codes": np.tile(rows, (256, 1))[None], "scales": np.repeat(rows[:, None], 256 // BLOCK, axis=1)[None]}


def _distinct(case: Case) -> Arrays:
    """Random codes, scale bytes that differ between neighbouring rows, blocks and experts."""
    return {
        "codes": data.codes(Stream(case.id, "codes"), (3, 40, 160), nan=True),
        "scales": data.distinct_scale_bytes(Stream(case.id, "scales"), (3, 40, 5), 100, 150),
    }


def _any_shape(case: Case) -> Arrays:
    """All codes under all bytes, in random order, in the case's shape."""
    shape = tuple(case.params["shape"])
    return {
        "codes": data.codes(Stream(case.id, "codes"), shape, nan=True),
        "scales": data.scale_bytes(Stream(case.id, "scales"), (*shape[:-1], shape[-1] // BLOCK), 0, 255),
    }


def _expected(case: Case, inputs: Arrays) -> Arrays:
    return {"bf16": float64_to_bf16(dequantize_mxfp8(inputs["codes"], inputs["scales"]))}


def cases() -> tuple[Case, ...]:
    """The family's cases."""
    return (
        Case(
            id="dequantize/every-code-under-every-byte",
            title="All 256 codes under all 256 scale bytes.",
            requirements=("FMT-07",),
            flags=("all-codes", "scale-byte-zero", "scale-byte-nan", "scale-byte-extreme", "nan-code"),
            tier="quick",
            make_inputs=_every_pair,
            make_expected=_expected,
        ),
        Case(
            id="dequantize/scales-that-differ-everywhere",
            title="Random codes under scale bytes that differ between rows, blocks and experts.",
            requirements=("FMT-07",),
            flags=("scale-addressing",),
            tier="quick",
            make_inputs=_distinct,
            make_expected=_expected,
        ),
        *(_shaped(name, shape) for name, shape in _SHAPES.items()),
    )


def _shaped(name: str, shape: tuple[int, ...]) -> Case:
    return Case(
        id=f"dequantize/{name}",
        title=f"Any codes under any bytes in the shape {list(shape)}.",
        requirements=("FMT-07",),
        flags=("leading-shape", "block-boundary", "all-codes"),
        tier="quick",
        golden=False,
        params={"shape": list(shape)},
        make_inputs=_any_shape,
        make_expected=_expected,
    )
