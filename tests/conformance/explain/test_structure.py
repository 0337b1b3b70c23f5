"""Are the patterns of wrong elements named, and only where they hold for every one of them?"""

from __future__ import annotations

import numpy as np
import pytest

from conformance.explain.structure import patterns
from conformance.judging.bits import Bits
from conformance.judging.blocks import Blocks
from conformance.judging.within import Within
from reference.codec import e4m3_key, next_up
from reference.fused import AcceptedBlocks
from reference.interval import Interval, RealInterval
from reference.quantize import quantize_mxfp8

RIGHT = np.random.default_rng(0).uniform(1, 9, (12, 128)).astype(np.float32)


def _told(observed, expected=RIGHT, groups=None):
    return patterns(Within(observed.astype(expected.dtype), Interval.exact(expected)), groups)


def _changed(rows, columns, change):
    observed = RIGHT.copy()
    observed[rows, columns] = change(observed[rows, columns])
    return observed


ROW, ALL = np.s_[3:4], np.s_[:]


@pytest.mark.parametrize(
    ("observed", "says"),
    [
        (_changed(ROW, ALL, np.negative), ["whole row 3", "the sign: each is right with its sign turned"]),
        (_changed(ALL, ALL, lambda x: x * 0), ["every element (1536)", "all wrong ones are zero"]),
        (_changed(ALL, np.s_[5::32], lambda x: x * 8), ["only in columns 5 modulo 32", "each is 2^3 times"]),
        (_changed(ALL, np.s_[120:], lambda x: x * np.nan), ["in the last 8 columns, from 120 on", "are NaN"]),
        (_changed(ROW, np.s_[32:64], lambda x: x / 2), ["whole blocks of 32: 1 of them, block 1 of a row", "2^-1"]),
        (_changed(ALL, ALL, next_up), ["one ulp too far from zero, each"]),
        (_changed(ALL, ALL, lambda x: x * 1.001), ["each is too large in magnitude"]),
        (np.roll(RIGHT, 1, axis=0), ["displaced: what should stand here stands 1 row behind"]),
        (np.roll(RIGHT, 32, axis=1), ["displaced: what should stand here stands 32 columns behind"]),
    ],
)  # fmt: skip
def test_a_pattern_is_named(observed, says):
    told = _told(observed)
    for words in says:
        assert any(words in line for line in told), told


def test_a_pattern_with_one_exception_is_not_named():
    observed = _changed(ROW, ALL, np.negative)
    observed[3, 7] *= 1.5
    assert not any("sign" in line for line in _told(observed))


def test_experts_are_named_where_their_routes_alone_are_wrong():
    groups = np.arange(12) % 4
    told = _told(_changed(np.flatnonzero(groups == 2), ALL, lambda x: x + 1), groups=groups)
    assert "all routes of expert 2, none of any other" in told
    assert not any("expert" in line for line in _told(_changed(ALL, ALL, lambda x: x + 1), groups=groups))


def test_scale_bytes_that_are_off_by_one_number():
    right = np.arange(24, dtype=np.uint8).reshape(3, 8) + 100
    assert "each is 2 too high" in patterns(Bits(right + np.uint8(2), right))
    wrong = right + np.uint8(2)
    wrong[0, 0] = 1
    assert not any("too" in line for line in patterns(Bits(wrong, right)))


def test_codes_that_are_off_by_one():
    codes = quantize_mxfp8(RIGHT)[0]
    assert "one code too near to zero, each" in patterns(Bits(codes - np.uint8(1), codes, key=e4m3_key))
    signs = Bits(codes ^ np.uint8(0x80), codes, key=e4m3_key)
    assert "the sign bit: each code is right with it turned" in patterns(signs)


def test_blocks_under_a_wrong_byte_with_right_codes_for_it():
    nothing = np.zeros(RIGHT.shape, bool)
    accepted = AcceptedBlocks(RealInterval(*(RIGHT.astype(np.float64) for _ in "ab"), nothing, nothing))
    codes, scales = quantize_mxfp8(RIGHT / 2)  # right under a byte that is one higher
    told = patterns(Blocks(codes, scales, accepted))
    assert any("the scale byte is 1 too low in 48 blocks" in line and "are wrong too" in line for line in told), told
    right_codes = np.where(codes > 0, accepted.code_range(scales + np.uint8(2))[0], 0).astype(np.uint8)
    told = patterns(Blocks(right_codes, scales + np.uint8(2), accepted))
    assert any("the scale byte is 1 too high in 48 blocks" in line and "are right" in line for line in told), told


def test_nothing_is_said_of_what_is_right_or_of_another_form():
    assert _told(RIGHT) == []
    assert patterns(Within(RIGHT[:2], Interval.exact(RIGHT))) == []
