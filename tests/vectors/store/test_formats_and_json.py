"""Do arrays and parameters survive the way to disk and back?"""

from __future__ import annotations

import json
import math

import ml_dtypes
import numpy as np
import pytest

from vectors.store import json_text
from vectors.store.formats import (
    FORMAT_NOTES,
    FORMATS,
    StoreError,
    bits,
    format_of,
    from_stored,
    to_stored,
    with_one_nan,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("codes", "e4m3"),
        ("w13", "e4m3"),
        ("w13_scale", "e8m0"),
        ("x_scales", "e8m0"),
        ("byte_lo", "e8m0"),
        ("accepted.byte_hi", "e8m0"),
        ("scaled_codes", "e4m3"),
    ],
)
def test_the_name_tells_codes_from_scale_bytes(name, expected):
    assert format_of(name, np.zeros(3, np.uint8)) == expected


def test_other_formats_follow_the_dtype():
    for form, (memory, *_) in FORMATS.items():
        if memory != np.uint8:
            assert format_of("scale", np.zeros(3, memory)) == form
    with pytest.raises(StoreError, match="complex64"):
        format_of("x", np.zeros(3, np.complex64))


@pytest.mark.parametrize("form", FORMATS)
def test_every_bit_pattern_survives(form):
    memory, stored, _ = FORMATS[form]
    if form == "bool":
        array = np.array([[True, False], [False, True]])
    else:
        array = np.arange(65536, dtype=np.uint64).astype(f"u{memory.itemsize}").view(memory)
        if memory.itemsize > 2:  # NaN payloads, infinities and -0 lie in the upper half
            upper = np.arange(65536, dtype=f"u{memory.itemsize}") << (8 * memory.itemsize - 16) | 0xBEEF
            array = np.concatenate([array, upper.view(memory)])
    plain = to_stored(array, form)
    assert plain.dtype == stored
    back = from_stored(plain, form)
    assert back.dtype == memory
    assert np.array_equal(bits(back), bits(array))


def test_layout_does_not_matter():
    array = np.arange(12, dtype=np.float32).reshape(3, 4).T[::2]
    assert np.array_equal(to_stored(array, "float32"), array)
    assert to_stored(np.float32(2).reshape(()), "float32").shape == ()
    assert bits(np.array(-0.0)).item() == 1 << 63


def test_a_boolean_must_be_zero_or_one():
    with pytest.raises(StoreError, match="byte 2"):
        from_stored(np.array([0, 2], np.uint8), "bool")


def test_parameters_survive_json():
    params = {
        "limit": math.inf,
        "low": -math.inf,
        "none": None,
        "shape": (3, 4),
        "alpha": 1.702,
        "deep": {"x": [math.nan]},
    }
    back = json_text.decode(json.loads(json.dumps(json_text.encode(params), allow_nan=False)))
    assert math.isnan(back["deep"].pop("x")[0])
    assert back == {"limit": math.inf, "low": -math.inf, "none": None, "shape": [3, 4], "alpha": 1.702, "deep": {}}
    assert json_text.encode({"n": np.int64(3), "x": np.float32(0.5), "b": np.True_}) == {"n": 3, "x": 0.5, "b": True}


@pytest.mark.parametrize("value", [b"x", {1, 2}, ml_dtypes.finfo, "Infinity", ["NaN"]])
def test_parameters_without_a_json_form_are_refused(value):
    with pytest.raises(StoreError, match=r"params\.p"):
        json_text.encode({"p": value})


def test_a_lower_case_word_is_no_float():
    assert json_text.encode({"special": "nan", "limit": float("inf")}) == {"special": "nan", "limit": "Infinity"}
    assert json_text.decode({"special": "nan", "limit": "Infinity"}) == {"special": "nan", "limit": float("inf")}


def test_what_fits_on_a_line_stands_on_one():
    text = json_text.to_bytes({"shape": [3, 4], "long": ["x" * 100, {"y": "z" * 100}], "empty": {}, "é": None}).decode()
    assert text.splitlines() == [
        "{",
        ' "shape": [3, 4],',
        ' "long": [',
        f'  "{"x" * 100}",',
        f'  {{"y": "{"z" * 100}"}}',
        " ],",
        ' "empty": {},',
        ' "é": null',
        "}",
    ]
    assert text.endswith("}\n")
    assert json.loads(text)["long"][1]["y"] == "z" * 100


def test_every_format_has_a_note():
    assert list(FORMAT_NOTES) == list(FORMATS)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, ml_dtypes.bfloat16])
def test_every_nan_becomes_the_same_one(dtype):
    size = 8 * np.dtype(dtype).itemsize
    high = (np.arange(1 << 16, dtype=np.uint64) << np.uint64(size - 16)).astype(f"u{size // 8}") | (size > 16)
    array = high.view(dtype).reshape(256, 256).T
    found = with_one_nan(array)
    with np.errstate(invalid="ignore"):
        nan = np.isnan(array).astype(bool)
    assert set(bits(found)[nan].tolist()) == set(bits(np.array([np.nan], dtype)).tolist())
    assert np.array_equal(bits(found)[~nan], bits(array)[~nan])


def test_integers_and_arrays_without_nan_are_left_as_they_are():
    for array in (np.arange(3), np.zeros(2, np.uint8), np.array([np.inf, -0.0]), np.zeros(0, np.float32)):
        assert with_one_nan(array) is array
