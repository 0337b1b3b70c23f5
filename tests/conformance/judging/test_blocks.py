"""Does membership of MXFP8 blocks fail when it must? Each condition has an answer that only it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.judging.blocks import Blocks
from reference.fused import AcceptedBlocks
from reference.interval import RealInterval

U8 = np.uint8
TINY = 2.0**-140  # rounded to a code 0 under byte 0, the least scale


def _accepted(values: float | np.ndarray, slack: float = 0.0, nan: int | None = None) -> AcceptedBlocks:
    """One block of these values. nan: the element that must be NaN."""
    values = np.broadcast_to(np.asarray(values, np.float64), (1, 32))
    asked = np.zeros((1, 32), bool)
    if nan is not None:
        asked[0, nan] = True
    return AcceptedBlocks(RealInterval(values - slack, values + slack, asked, np.zeros((1, 32), bool)))


def _seen(code: int, byte: int, accepted: AcceptedBlocks, **others: int) -> Blocks:
    """code everywhere, but for others: ``at9=0x77``."""
    codes = np.full((1, 32), code, U8)
    for place, other in others.items():
        codes[0, int(place.removeprefix("at"))] = other
    return Blocks(codes, np.full((1, 1), byte, U8), accepted)


def _right(code: int, byte: int, accepted: AcceptedBlocks, **others: int) -> bool:
    return _seen(code, byte, accepted, **others).mismatch is None


def test_the_code_is_accepted_and_its_neighbours_are_not() -> None:
    accepted = _accepted(1.0)  # amax 1 = 1.75 * 2^8 * 2^e rounded up: e = -8, 1.0 * 2^8 = 256 = 0x78
    assert _right(0x78, 119, accepted)
    for neighbour in (0x77, 0x79, 0xF8):
        found = _seen(0x78, 119, accepted, at9=neighbour).mismatch
        assert found is not None and (found.index, found.bad, found.total) == ((0, 9), 1, 32)


def test_codes_of_a_range_end_at_both_of_its_ends() -> None:
    values = np.full(32, 1.0)
    values[9] = 0.5  # between 0.46 and 0.54: under byte 119 from 117.76 to 138.24, the codes 0x6f to 0x71
    slack = np.where(np.arange(32) == 9, 0.04, 0.0)
    accepted = AcceptedBlocks(RealInterval((values - slack)[None], (values + slack)[None], *np.zeros((2, 1, 32), bool)))
    for code, right in ((0x6E, False), (0x6F, True), (0x70, True), (0x71, True), (0x72, False)):
        assert _right(0x78, 119, accepted, at9=code) == right, hex(code)


def test_bytes_of_a_range_end_at_both_of_its_ends() -> None:
    accepted = _accepted(448.0, slack=448.0 * 2.0**-20)  # just below the edge e is 0, just above it is 1
    for code, byte, right in ((0x7E, 126, False), (0x7E, 127, True), (0x76, 128, True), (0x6E, 129, False)):
        found = _seen(code, byte, accepted).mismatch
        assert (found is None) == right
        if found is not None:
            assert (found.expected.of, found.index, found.bad, found.total) == ("scale byte", (0, 0), 1, 1)
            assert found.wrong is not None and found.wrong.all() and found.wrong.shape == (1, 32)


def test_an_equal_value_under_another_byte_is_refused() -> None:
    # 128 under byte 120 decodes to the same 1.0, but the rule gives byte 119.
    found = _seen(0x70, 120, _accepted(1.0)).mismatch
    assert found is not None and found.expected.of == "scale byte"


def test_codes_of_the_one_byte_are_refused_under_the_other() -> None:
    accepted = _accepted(448.0, slack=448.0 * 2.0**-20)
    assert not _right(0x7E, 128, accepted) and not _right(0x76, 127, accepted)


@pytest.mark.parametrize("slack", [0.0, TINY])
def test_zero_codes_may_have_any_byte_where_all_values_may_be_zero(slack: float) -> None:
    """The three conditions of that: all may be zero, all are, and the byte is not NaN."""
    accepted = _accepted(0.0, slack)
    for byte in (0, 1, 119, 254):
        assert _right(0x00, byte, accepted) and _right(0x80, byte, accepted, at9=0x00)
    found = _seen(0x00, 255, accepted).mismatch
    assert found is not None and found.expected.of == "scale byte"
    found = _seen(0x00, 7, _accepted(0.0, 2.0**-130), at9=0x01).mismatch  # 1 of them is not, under a byte that is wrong
    assert found is not None and found.expected.of == "scale byte"


def test_the_least_value_is_not_zero() -> None:
    """Its code is 0 under byte 0, as that of zero is; under another byte the block is wrong."""
    accepted = _accepted(2.0**-149)
    assert _right(0x00, 0, accepted) and not _right(0x00, 1, accepted)


@pytest.mark.parametrize("byte", [0, 118, 120, 254])
def test_zero_codes_have_no_other_byte_where_the_block_cannot_be_zero(byte: int) -> None:
    """Under byte 254 every code of small values is 0, so that the byte alone is wrong."""
    values = np.zeros(32)
    values[9] = 1.0
    accepted = _accepted(values)
    assert _right(0x00, 119, accepted, at9=0x78)
    found = _seen(0x00, byte, accepted).mismatch
    assert found is not None and found.expected.of == "scale byte"
    if byte == 254:
        assert accepted.membership(np.zeros((1, 32), U8), np.full((1, 1), byte, U8))[1].all()


@pytest.mark.parametrize("value", [1.0, 0.0, 448.0 * 2.0**127])
@pytest.mark.parametrize("code", [0x00, 0x78, 0x7E])
def test_byte_255_is_right_in_no_closed_block(value: float, code: int) -> None:
    seen = _seen(code, 255, _accepted(min(value, 3.0e38)))
    assert seen.mismatch is not None and not seen.members[1].any()


def test_a_zero_code_has_the_sign_of_its_value() -> None:
    for sign, right, wrong in ((1, 0x00, 0x80), (-1, 0x80, 0x00)):
        values = np.full(32, sign * 1e-6)
        values[9] = 448.0
        accepted = _accepted(values)
        assert _right(right, 127, accepted, at9=0x7E) and not _right(right, 127, accepted, at9=0x7E, at5=wrong)


def test_a_nan_is_asked_for_and_leaves_the_rest_of_its_block_open() -> None:
    accepted = _accepted(1.0, nan=9)
    for code in (0x7F, 0xFF):
        assert _right(0x12, 3, accepted, at9=code)
    assert _right(0x12, 255, accepted), "every code decodes to NaN"
    for code in (0x00, 0x78, 0x7E, 0xFE, 0x80):
        found = _seen(0x12, 119, accepted, at9=code).mismatch
        assert found is not None and found.index == (0, 9) and found.bad == 1
    assert not _right(0x78, 119, _accepted(1.0), at9=0x7F), "and refused where no NaN is"


@pytest.mark.parametrize(("value", "sign"), [(np.inf, 0x00), (-np.inf, 0x80)])
def test_an_infinity_is_the_largest_code_of_its_sign_or_nan(value: float, sign: int) -> None:
    values = np.full(32, 1.0)
    values[9] = value
    accepted = _accepted(values)
    for code in (sign | 0x7E, 0x7F, 0xFF):
        assert _right(0x12, 3, accepted, at9=code)
    for code in ((sign ^ 0x80) | 0x7E, sign | 0x7D, sign | 0x12, sign):
        assert not _right(0x12, 3, accepted, at9=code), hex(code)


def test_where_nothing_is_said_of_an_element_its_block_is_open_and_the_next_is_not() -> None:
    values, none = np.ones((1, 64)), np.zeros((1, 64), bool)
    free = none.copy()
    free[0, 9] = True
    accepted = AcceptedBlocks(RealInterval(values, values, none, free))
    codes = np.full((1, 64), 0x78, U8)
    codes[0, :32] = np.arange(32)
    assert Blocks(codes, np.array([[3, 119]], U8), accepted).mismatch is None
    assert Blocks(codes, np.array([[3, 120]], U8), accepted).mismatch is not None
    codes[0, 40] = 0x77
    found = Blocks(codes, np.array([[3, 119]], U8), accepted).mismatch
    assert found is not None and found.index == (0, 40)


@pytest.mark.parametrize(
    ("codes", "scales"),
    [
        (np.zeros((1, 32), U8), np.zeros((1, 2), U8)),
        (np.zeros(32, U8), np.zeros((1, 1), U8)),
        (np.zeros(32, U8), np.zeros(1, U8)),
        (np.zeros((1, 1, 32), U8), np.zeros((1, 1, 1), U8)),
        (np.zeros((2, 32), U8), np.zeros((2, 1), U8)),  # as they belong together, but not what was asked for
        (np.zeros((1, 64), U8), np.zeros((1, 2), U8)),
        (np.zeros((1, 63), U8), np.zeros((1, 1), U8)),
        (np.zeros((2, 32), U8), np.zeros((1, 1), U8)),
        (np.zeros((1, 32), np.int8), np.zeros((1, 1), U8)),
        (np.zeros((1, 32), U8), np.zeros((1, 1), np.int8)),
        (np.zeros((1, 32), U8), np.zeros((1, 1), np.float32)),
    ],
)
def test_another_shape_or_dtype_is_refused(codes: np.ndarray, scales: np.ndarray) -> None:
    seen = Blocks(codes, scales, _accepted(0.0))
    assert seen.mismatch is not None and (seen.mismatch.wrong, seen.closeness) == (None, {})
    if np.dtype(U8) != codes.dtype or np.dtype(U8) != scales.dtype:
        assert seen.mismatch.expected.least.value == "uint8 [R, K] with uint8 [R, K/32]"
