"""Does the sweep on the device expect what the reference's own expects, and find a cast that is wrong?"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from conformance.checks.fp32_sweep import wrong_codes
from conformance.checks.test_fp32_sweep import _with_one_nan
from reference.codec import float_to_e4m3
from reference.exhaustive import PATTERNS
from vectors.registry import select

CPU = torch.device("cpu")
# Where something changes: first binades with codes, ties, saturation, infinity and NaN, both signs, the end.
SPANS = [
    (0x3A800000 - 9, 0x3A800000 + 9000),
    (0x43E00000 - 5000, 0x43F00000 + 5000),
    (0x7F800000 - 500, 0x7F800000 + 500),
    (0x80000000 - 300, 0x80000000 + 300),
    (0xC3E00000 - 500, 0xC3E00000 + 5000),
    (PATTERNS - 700, PATTERNS),
]


def _cast(change=lambda codes: codes):
    def cast(values):
        return torch.from_numpy(change(float_to_e4m3(values.numpy()).copy())).view(torch.float8_e4m3fn)

    return cast


@pytest.mark.parametrize("span", SPANS)
def test_the_reference_encoder_is_right(span):
    chunks = list(wrong_codes(*span, _cast(), CPU, chunk=400))
    assert (chunks[0].start, chunks[-1].stop) == span
    assert [c.mismatches for c in chunks] == [0] * len(chunks)


def test_a_wrong_code_is_found_where_it_is():
    def change(codes):
        codes[5] ^= 1
        return codes

    start = 0x3F800000
    chunks = list(wrong_codes(start, start + 200, _cast(change), CPU, chunk=100))
    assert [(c.mismatches, c.examples) for c in chunks] == [(1, (start + 5,)), (1, (start + 105,))]


def test_a_nan_has_either_sign_and_is_no_number():
    def other_sign(codes):
        return np.where((codes & 0x7F) == 0x7F, codes ^ 0x80, codes).astype(np.uint8)

    span = (0x7F800001, 0x7F800101)
    assert sum(c.mismatches for c in wrong_codes(*span, _cast(other_sign), CPU)) == 0
    assert sum(c.mismatches for c in wrong_codes(*span, _cast(lambda codes: codes - 1), CPU)) == 256


@pytest.mark.parametrize("span", [(-1, 5), (5, 4), (0, PATTERNS + 1)])
def test_a_range_that_is_none_is_refused(span):
    with pytest.raises(ValueError, match="start, stop, chunk"):
        next(wrong_codes(*span, _cast(), CPU))


WRONG = {
    "ties away": (lambda codes, values: np.where(values == 1.0625, 0x39, codes), "every-midpoint"),
    "early saturation": (lambda codes, values: np.where(np.abs(values) > 440, 0x7D, codes), "every-midpoint"),
    "flushed subnormals": (lambda codes, values: np.where(np.abs(values) < 2.0**-6, 0, codes), "every-exponent"),
    "one exponent": (lambda codes, values: np.where(values.view(np.int32) >> 23 == 130, 0, codes), "every-exponent"),
    "quiet NaN": (
        lambda codes, values: np.where(values.view(np.uint32) == 0x7FC00001, 0x7E, codes),
        "zeros-subnormals-infinities-and-nans",
    ),
    "lost sign": (lambda codes, values: codes & 0x7F, "zeros-subnormals-infinities-and-nans"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_stratum_of_the_gate_tells_a_wrong_cast(wrong):
    change, stratum = WRONG[wrong]
    case = next(case for case in select("gate", "fp32-sweep") if case.params["stratum"] == stratum)
    values = case.inputs()["patterns"].view(np.float32)
    expected, right = case.expected(case.inputs())["codes"], float_to_e4m3(values)
    assert (_with_one_nan(right) == _with_one_nan(expected)).all()
    assert (_with_one_nan(change(right, values)) != _with_one_nan(expected)).any()
