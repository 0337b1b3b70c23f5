"""Does the text of a case show what its arrays hold, and change where they change?"""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from vectors.store.case_text import group_text, shown, tensor_lines

ARRAYS = {
    "input.x": np.array([[1.5, -0.0, np.nan], [np.inf, -(2.0**-133), 0.0]], dtype=ml_dtypes.bfloat16),
    "input.codes": np.arange(256, dtype=np.uint8),
    "input.scale": np.array([0, 127, 255], dtype=np.uint8),
    "input.ids": np.array([[3, -1], [2**31 - 1, 3]], dtype=np.int32),
    "input.none": np.zeros((0, 4), dtype=np.float32),
    "expected.all_nan": np.full(2, np.nan, dtype=np.float64),
    "expected.mask": np.array([[False, True], [True, False]]),
}
FORMATS = {
    "input.x": "bfloat16",
    "input.codes": "e4m3",
    "input.scale": "e8m0",
    "input.ids": "int32",
    "input.none": "float32",
    "expected.all_nan": "float64",
    "expected.mask": "bool",
}
TEXT = """\
  input.x bfloat16 [2, 3] e9cfffdc2119fb13
    least 0x8001 (-9.18354962e-41) at [1, 1]; greatest 0x7f80 (inf) at [1, 0]; 1 NaN; 1 infinite; 2 zero; 1 negative zero
    0x3fc0 (1.5) 0x8000 (-0) 0x7fc0 (NaN) 0x7f80 (inf) 0x8001 (-9.18354962e-41) 0x0000 (0)
  input.codes e4m3 [256] 40aff2e9d2d8922e
    least 0xfe (-448) at [254]; greatest 0x7e (448) at [126]; 2 NaN; 2 zero; 1 negative zero; eighths 630d 72db ca2a 4d8d 82d8 00e9 ec07 9432
    0x00 (0) 0x01 (0.001953125) 0x02 (0.00390625) 0x03 (0.005859375) 0x04 (0.0078125) 0x05 (0.009765625) ...
  input.scale e8m0 [3] 4234f1064f32788d
    least 0x00 (2^-127) at [0]; greatest 0x7f (2^0) at [1]; 1 NaN
    0x00 (2^-127) 0x7f (2^0) 0xff (NaN)
  input.ids int32 [2, 2] e993d1945ff2a504
    least -1 at [0, 1]; greatest 2147483647 at [1, 0]
    3 -1 2147483647 3
  input.none float32 [0, 4] e3b0c44298fc1c14
  expected.all_nan float64 [2] 241808cce19b4968
    2 NaN
    0x7ff8000000000000 (NaN) 0x7ff8000000000000 (NaN)
  expected.mask bool [2, 2] d5e2d2ac07b741be
    2 of 4 true, first at [0, 1]
    0 1 1 0"""  # noqa: E501


def test_every_format_reads_as_bits_and_numbers():
    assert tensor_lines(ARRAYS, FORMATS) == TEXT.splitlines()


@pytest.mark.parametrize("size", [1, 2, 3])
def test_an_array_seen_in_pieces_reads_the_same(monkeypatch, size):
    monkeypatch.setattr("vectors.store.case_text._PIECE", size)
    test_every_format_reads_as_bits_and_numbers()
    ends = np.array([np.nan, np.inf, np.nan, np.inf, -0.0, 0.0, -np.inf, -np.inf], dtype=np.float32)
    (_, facts, _) = tensor_lines({"input.x": ends}, {"input.x": "float32"})
    assert "least 0xff800000 (-inf) at [6]; greatest 0x7f800000 (inf) at [1]; 2 NaN; 4 infinite; 2 zero" in facts
    (_, facts, _) = tensor_lines({"input.x": ends[:4]}, {"input.x": "float32"})
    assert "least 0x7f800000 (inf) at [1]; greatest 0x7f800000 (inf) at [1]; 2 NaN" in facts


def test_a_bit_anywhere_changes_the_digest_and_its_eighth():
    array = np.arange(800, dtype=np.float32)
    other = array.copy()
    other[333] = np.nextafter(np.float32(333), np.float32(0))
    before, after = (" ".join(tensor_lines({"input.x": a}, {"input.x": "float32"})).split() for a in (array, other))
    changed = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    eighths = before.index("eighths") + 1
    assert changed == [3, eighths + 3]


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (np.float32(0.1), "float32", "0x3dcccccd (0.100000001)"),
        (np.float16(65504), "float16", "0x7bff (65504)"),
        (np.float64(1 / 3), "float64", "0x3fd5555555555555 (0.333333333)"),
        (np.uint8(0xFF), "e4m3", "0xff (NaN)"),
        (np.int64(-5), "int64", "-5"),
        (np.bool_(True), "bool", "1"),
    ],
)
def test_one_element(value, form, text):
    assert shown(np.array([value]), form, (0,)) == text


def test_only_ids_stand_at_the_start_of_a_line():
    group = {"family": "f", "group": "g", "asks": "Is it right?", "cases": [{"id": "f/a", "params": {"k": 1}}]}
    lines = group_text(group, [tensor_lines(ARRAYS, FORMATS)]).decode().splitlines()
    assert lines[:5] == ["f/g", "Is it right?", "", "f/a", '  {"k": 1}']
    assert all(line.startswith("  ") for line in lines[4:])


def test_a_case_without_arrays_has_its_parameters():
    group = {"family": "f", "group": "g", "asks": "?", "cases": [{"id": "f/a", "params": {}}]}
    assert group_text(group, [tensor_lines({}, {})]) == b"f/g\n?\n\nf/a\n  {}\n"
