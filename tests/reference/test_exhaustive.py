"""Does the exhaustive check cover its range, agree with the encoder, and notice a wrong one?"""

from __future__ import annotations

import numpy as np
import pytest

from reference import exhaustive
from reference.codec import F32, U8, float_to_e4m3
from reference.formats import E4M3, FP32
from reference.scalar import Special, decode, encode_rne


def test_the_ranges_with_all_decisions_have_no_mismatch() -> None:
    first = int(np.float32(2.0**-10).view(np.uint32)) - 1000
    for sign in (0, 1 << 31):
        for run_start, _ in exhaustive.RUNS:
            start = max(run_start - 3, 0) + sign
            assert sum(p.mismatches for p in exhaustive.check_fp32_to_e4m3(start, start + 7)) == 0
        done = list(exhaustive.check_fp32_to_e4m3(first + sign, first + sign + 300_000, chunk=1 << 17))
        assert [p.stop - p.start for p in done] == [1 << 17, 1 << 17, 300_000 - (1 << 18)]
        assert not any(p.mismatches for p in done)


def test_expected_codes_equal_the_scalar_oracle_on_a_sample() -> None:
    sample = np.random.default_rng(0).integers(0, 1 << 32, 500)
    for bits in [*sample.tolist(), 0, 1 << 31, 0x7F800000, 0xFF800000, 0x7F800001, (1 << 32) - 1]:
        value = decode(FP32, bits)
        expected = encode_rne(E4M3, value, saturate=True, negative_zero=bits >> 31 == 1)
        if value is Special.NAN and bits >> 31:
            expected |= 0x80
        assert exhaustive.expected_codes(bits, bits + 1).tolist() == [expected]


def test_a_wrong_encoder_is_noticed() -> None:
    """Ties away from zero: wrong at exactly one pattern of every second midpoint."""

    def away(x: F32) -> U8:
        return float_to_e4m3((x.view(np.uint32) + 1).view(np.float32))

    start = exhaustive.RUNS[0x39][0] - 10
    found = [p for p in exhaustive.check_fp32_to_e4m3(start, start + 20, encode=away) if p.mismatches]
    assert found and found[0].examples[0] in range(start, start + 20)


def test_nan_sign_is_optional_and_ranges_are_checked() -> None:
    start = 0xFF800001

    def unsigned(x: F32) -> U8:
        return float_to_e4m3(x) & 0x7F

    assert next(exhaustive.check_fp32_to_e4m3(start, start + 4, encode=unsigned)).mismatches == 4
    assert next(exhaustive.check_fp32_to_e4m3(start, start + 4, encode=unsigned, nan_sign=False)).mismatches == 0
    with pytest.raises(ValueError, match="chunk: has 0"):
        next(exhaustive.check_fp32_to_e4m3(chunk=0))
    with pytest.raises(ValueError, match="start, stop"):
        exhaustive.expected_codes(5, 4)
