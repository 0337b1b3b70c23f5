"""What small cases do the tests of the store share? One holds every format, NaN payloads and -0."""

from __future__ import annotations

import ml_dtypes
import numpy as np

from vectors.case import Case
from vectors.data import Stream
from vectors.store.notes import Tables

FLAGS = {"rounding": "Rounds the wrong way.", "scales": "Reads the wrong scale.", "unused": "No case has it."}
_ABOUT = {"asks": "Does it come back?", "notes": "Bit for bit."}
_ARRAYS = {
    "compare": {"input": "Given.", "bits": "Equal bits."},
    "other": {"like": ["tiny"]},
    "a": {"like": ["tiny"]},
    "tiny": {
        "input.*": {"shape": "[...]", "compare": "input", "means": "Something."},
        "expected.*": {"shape": "[...]", "compare": "bits", "means": "Something else."},
    },
}
NOTES = Tables(
    {
        "tiny": {"some": _ABOUT | {"cases": ["*o*", "pinned", "zz", "added"]}},
        "other": {"deep": _ABOUT | {"cases": ["deep/*"]}},
        "a": {"few": _ABOUT | {"cases": ["*"]}},
    },
    _ARRAYS,
    {"any": dict.fromkeys(("limit", "shape", "none", "k", "f"), "A parameter.")},
)


def tiny_inputs(case):
    stream = Stream(case.id, "x")
    return {
        "codes": stream.bits((2, 32), np.uint8),
        "x_scale": stream.bits((2, 1), np.uint8),
        "gate": stream.bits((3, 4), np.uint16).view(ml_dtypes.bfloat16),
        "half": stream.bits(7, np.uint16).view(np.float16),
        "weights": np.array([-0.0, np.inf, 1.5, *stream.bits(4, np.uint32).view(np.float32)], dtype=np.float32),
        "nans": np.array([0x7FF8000000000001, 0xFFF800000000BEEF, 1 << 63], dtype=np.uint64).view(np.float64),
        "ids": stream.integers(-5, 5, (0, 4), np.int32),
        "long": stream.integers(-5, 5, 3),
    }


def tiny_expected(case, inputs):
    values = np.array([0x7FF8000000000000, 0x7FF0000000000000, 1 << 63], dtype=np.uint64).view(np.float64)
    return {"byte_lo": inputs["x_scale"], "free": inputs["codes"] == inputs["codes"][0, 0], "value": values}


def make_case(case_id, *, inputs=tiny_inputs, expected=tiny_expected, **fields):
    about = {"title": "A tiny case.", "requirements": ("QNT-01",), "flags": ("rounding",), "tier": "quick", **fields}
    return Case(id=case_id, make_inputs=inputs, make_expected=expected, **about)
