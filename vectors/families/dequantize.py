"""What is asked of the fallback's dequantization? Every E4M3 code under every E8M0 byte."""

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.codec import float64_to_bf16
from reference.quantize import dequantize_mxfp8
from vectors import data
from vectors.case import Arrays, Case, as_case
from vectors.data import BLOCK, Stream

_SHAPES = {
    "many-experts-of-few-rows": (33, 3, 32),
    "one-expert-of-long-rows": (1, 5, 1056),
    "rows-without-experts": (7, 96),
    "no-experts": (0, 4, 64),
    "one-row": (96,),
    "experts-of-layers": (2, 3, 4, 64),
    "no-rows": (0, 64),
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


def _case(
    name: str, title: str, flags: str, make: Callable[[Case], Arrays], golden: bool = True, **params: Any
) -> Case:
    return as_case(f"dequantize/{name}", title, "FMT-07", flags, "quick", params, make, _expected, golden=golden)


def cases() -> tuple[Case, ...]:
    """The family's cases."""
    return (
        _case("every-code-under-every-byte", "All 256 codes under all 256 scale bytes.",
              "all-codes scale-byte-zero scale-byte-nan scale-byte-extreme nan-code", _every_pair),
        _case("scales-that-differ-everywhere",
              "Random codes under scale bytes that differ between rows, blocks and experts.", "scale-addressing",
              _distinct),
        *(_case(f"codes-{codes}-scales-{scales}",
                f"Codes lie {codes}, scale bytes {scales}: neither's place says where the other is.",
                "strided-weights scale-addressing", _distinct, False, layout=codes, scale_layout=scales)
          for codes, scales in (
            ("contiguous", "transposed"), ("contiguous", "padded"), ("contiguous", "swapped"),
            ("padded", "contiguous"), ("transposed", "spread"), ("swapped", "padded"))),
        *(_case(name, f"Any codes under any bytes in the shape {list(shape)}.",
                "leading-shape block-boundary all-codes", _any_shape, False, shape=list(shape))
          for name, shape in _SHAPES.items()),
    )  # fmt: skip
