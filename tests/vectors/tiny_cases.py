"""What small cases do the tests of the store share? One holds every format, NaN payloads and -0."""

from __future__ import annotations

import ml_dtypes
import numpy as np

from vectors.case import Case
from vectors.data import Stream

FLAGS = {"rounding": "Rounds the wrong way.", "scales": "Reads the wrong scale.", "unused": "No case has it."}


def tiny_inputs(case):
    stream = Stream(case.id, "x")
    return {
        "codes": stream.bits((2, 32), np.uint8),
        "x_scale": stream.bits((2, 1), np.uint8),
        "gate": stream.bits((3, 4), np.uint16).view(ml_dtypes.bfloat16),
        "half": stream.bits(7, np.uint16).view(np.float16),
        "weights": np.array(
            [-0.0, np.inf, 1.5, *stream.bits(4, np.uint32).view(np.float32)], dtype=np.float32
        ),
        "ids": stream.integers(-5, 5, (0, 4), np.int32),
        "long": stream.integers(-5, 5, 3),
    }


def tiny_expected(case, inputs):
    nans = np.array([0x7FF8000000000001, 0xFFF800000000BEEF, 1 << 63], dtype=np.uint64).view(np.float64)
    return {"byte_lo": inputs["x_scale"], "free": inputs["codes"] == inputs["codes"][0, 0], "value": nans}


def make_case(case_id, *, inputs=tiny_inputs, expected=tiny_expected, **fields):
    about = {
        "title": "A tiny case.",
        "requirements": ("QNT-01",),
        "flags": ("rounding",),
        "tier": "quick",
        **fields,
    }
    return Case(id=case_id, make_inputs=inputs, make_expected=expected, **about)
