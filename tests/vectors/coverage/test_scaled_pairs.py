"""Are the scale bytes and codes that a report says to have met those of the arrays?"""

from __future__ import annotations

import base64

import numpy as np
import pytest

from reports.views import heat
from tests.reports.small_reports import Row, write
from vectors.case import Case
from vectors.coverage import scaled_pairs
from vectors.registry import all_cases


def byte_name(byte):
    """The name that a person would give the byte's class."""
    special = {0x00: "00", 0xFE: "fe", 0xFF: "ff NaN"}
    if byte in special:
        return special[byte]
    spans = (name.split("-") for name in heat.BYTES if "-" in name)
    return next(f"{a}-{b}" for a, b in spans if int(a, 16) <= byte <= int(b, 16))


def code_name(code):
    """Of an E4M3 code."""
    sign, exponent, mantissa = "+-"[code >> 7], code >> 3 & 15, code & 7
    if (exponent, mantissa) == (15, 7):
        return f"{sign}NaN"
    if (exponent, mantissa) == (15, 6):
        return f"{sign}448"
    if exponent == 0:
        return f"{sign}{'subnormal' if mantissa else '0'}"
    spans = (name[1:].split("-") for name in heat.CODES if name[0] == sign and name.count("-") == 1 + (sign == "-"))
    return next(f"{sign}{a}-{b}" for a, b in spans if int(a, 16) <= code & 0x7F <= int(b, 16))


def met(map_):
    return {
        (r, c)
        for r, row in zip(map_.rows, map_.counts, strict=True)
        for c, n in zip(map_.columns, row, strict=True)
        if n
    }


def shown(tmp_path, *rows):
    return heat.pairs(write(tmp_path, rows))


def case_of(family, inputs, expected):
    return Case(f"{family}/x", "t", ("A-01",), lambda case: inputs, lambda case, given: expected)


@pytest.mark.parametrize("byte", range(256))
def test_each_byte_over_each_code_has_its_own_cell(tmp_path, byte):
    codes = np.arange(256, dtype=np.uint8).repeat(32).reshape(256, 32)
    scales = np.full((256, 1), byte, np.uint8)
    for code in (0, 1, 7, 8, 0x1F, 0x20, 0x3F, 0x40, 0x5F, 0x60, 0x7D, 0x7E, 0x7F):
        for sign in (0, 0x80):
            found = scaled_pairs.held(codes[code | sign], scales[0])
            place = heat.BYTES.index(byte_name(byte)), heat.CODES.index(code_name(code | sign))
            assert np.argwhere(found).tolist() == [list(place)]


def test_random_blocks_are_those_of_a_loop(tmp_path):
    draw = np.random.default_rng(1)
    codes = draw.integers(0, 256, (3, 5, 64), dtype=np.uint8)
    scales = draw.integers(0, 256, (3, 5, 2), dtype=np.uint8)
    case = case_of("moe", {"w13": codes, "w13_scale": scales}, {})
    held = scaled_pairs.of_case(case, case.inputs(), {})
    (map_,) = shown(tmp_path, Row("moe/x", pairs=held))
    assert map_.title.endswith("matrix products")
    expected = {
        (byte_name(int(scales[*i[:-1], i[-1] // 32])), code_name(int(codes[i]))) for i in np.ndindex(codes.shape)
    }
    assert met(map_) == expected and len(expected) > 50


def test_cases_are_counted_once_whatever_subjects_they_have(tmp_path):
    block = np.zeros((1, 32), np.uint8), np.full((1, 1), 127, np.uint8)
    held = {"decoded": scaled_pairs.packed(scaled_pairs.held(*block))}
    rows = [
        Row("a/one", pairs=held),
        Row("a/one", subject="other", pairs=held),
        Row("a/two", pairs=held),
        Row("b/three"),
    ]
    (map_,) = shown(tmp_path, *rows)
    assert map_.counts[4][0] == map_.most == 2
    assert len(map_.holes) == 175 and "60-7f with +0" not in map_.holes


def test_what_is_not_determined_is_not_made(tmp_path):
    codes = np.array([[0x7E] * 32 + [0x7F] * 32], np.uint8)
    expected = {"codes": codes, "scales": np.array([[3, 255]], np.uint8), "plain": np.array([[1, 0]], np.uint8)}
    held = scaled_pairs.of_case(case_of("quantize", {}, expected), {}, expected)
    (map_,) = shown(tmp_path, Row("quantize/x", pairs=held))
    assert met(map_) == {("01-1f", "+448")}
    assert map_.counts[-1] == (None,) * 16 and map_.counts[0][7] is None


def test_operands_that_do_not_fit_are_not_counted():
    wrong = {"w": np.zeros((2, 64), np.uint8), "w_scale": np.zeros((2, 3), np.uint8)}
    assert scaled_pairs.of_case(case_of("bad-input", wrong, {}), wrong, {}) == {}


def test_of_a_very_large_tensor_some_blocks_of_every_column_are_looked_at():
    codes = np.zeros((1 << 13, 512), np.uint8)
    codes[:, 32 * 5] = 0x7E
    found = scaled_pairs.held(codes, np.zeros((1 << 13, 16), np.uint8))
    assert np.argwhere(found).tolist() == [[0, 0], [0, 6]]


def test_all_codes_under_all_bytes_are_decoded_and_a_stage_is_fed_with_what_it_says():
    by_id = {case.id: case for case in all_cases()}
    every = by_id["dequantize/every-code-under-every-byte"]
    inputs = every.inputs()
    found = scaled_pairs.of_case(every, inputs, every.expected(inputs))
    assert np.unpackbits(np.frombuffer(base64.b64decode(found["decoded"]), np.uint8)).sum() == 176
    stage = by_id["stages/gaussian-small"]
    inputs = stage.inputs()
    assert scaled_pairs.of_case(stage, inputs, stage.expected(inputs)).keys() == {"multiplied", "made"}
