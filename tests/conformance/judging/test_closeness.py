"""Do the counts and the map say how far off an answer is and where, and cost little?"""

from __future__ import annotations

import base64
import time

import numpy as np
import pytest

from conformance.judging import closeness
from conformance.judging.bits import Bits
from conformance.judging.judge import Judge
from conformance.judging.picture import picture
from conformance.judging.within import Within
from reference.codec import e4m3_key, next_up
from reference.interval import Interval
from reports.views.histograms import BINS
from vectors.case import Case

F32 = np.float32


def _interval(lo, hi, nan=False, free=False):
    lo, hi = np.asarray(lo, F32), np.asarray(hi, F32)
    return Interval(lo, hi, np.broadcast_to(nan, lo.shape), np.broadcast_to(free, lo.shape))


def test_steps_of_one_right_value_with_signs_of_zero_and_nan():
    expected = np.array([1, 1, 0.0, np.nan, np.nan, 1, 1], F32)
    observed = np.array([1, next_up(F32(1)), -0.0, np.nan, 1, np.nan, 2], F32)
    found = Bits(observed, expected).closeness["steps"]
    assert dict(zip(BINS["steps"], found, strict=True)) == {
        "0": 2,
        "1": 2,
        "2": 0,
        "3-4": 0,
        "5-16": 0,
        "17-256": 0,
        "257-65536": 0,
        "more": 1,
        "NaN": 2,
    }


def test_what_is_not_determined_is_not_counted_and_codes_have_their_own_order():
    codes = np.array([0x38, 0x39, 0x00], np.uint8)
    expected = np.array([0x38, 0x38, 0x80], np.uint8)
    care = np.array([True, True, False])
    assert Bits(codes, expected, care, e4m3_key).closeness == {"steps": [1, 1]}
    assert Bits(codes, expected).closeness == {"steps": [1, 1, 0, 0, 0, 1]}


def test_the_used_share_of_a_range():
    steps = np.arange(0x3F800000, 0x3F800000 + 21, dtype=np.uint32).view(F32)
    accepted = _interval(np.full(21, steps[0]), np.full(21, steps[20]))
    used = Within(steps, accepted).closeness["used"]
    assert used == [0, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2]  # the middle, then each value with its mirror; the edges are 100 %
    pair = Within(steps[:2], _interval(steps[[0, 0]], steps[[1, 1]])).closeness
    assert pair == {"steps": [2], "used": [*[0] * 12, 2]}, "of two values both are edges"
    outside = Within(np.full(21, 9, F32), accepted).closeness["used"]
    assert outside[BINS["used"].index("outside")] == sum(outside) == 21


def test_one_value_nan_and_anything_accepted():
    lo = np.array([1, 0, 0], F32)
    accepted = Interval(lo, lo, np.array([False, True, False]), np.array([False, False, True]))
    found = Within(np.array([1, np.nan, 7], F32), accepted).closeness
    assert found == {"steps": [2], "used": [2]}
    assert Within(np.array([np.nan, 1, 7], F32), accepted).closeness["used"][-1] == 2


@pytest.mark.parametrize("shape", [(1, 1), (7,), (3, 5, 33), (257, 6144), (1000, 8)])
def test_the_map_marks_the_cells_of_wrong_elements_and_stays_small(shape):
    wrong = np.zeros(shape, bool)
    wrong.reshape(-1)[-1] = True
    found = picture(wrong)
    (height, width), (tall, wide) = found["shape"], found["cell"]
    rows, columns = -(-height // tall), -(-width // wide)
    assert (rows <= 32, columns <= 64, found["bad"]) == (True, True, 1)
    assert (found["rows"], found["columns"]) == ([height - 1] * 2, [width - 1] * 2)
    bits = np.unpackbits(np.frombuffer(base64.b64decode(found["bad_cells"]), np.uint8))[: rows * columns]
    assert np.flatnonzero(bits).tolist() == [rows * columns - 1]
    assert len(found["bad_cells"]) <= 400


def test_a_judge_keeps_both_and_only_a_wrong_answer_has_a_map():
    made = {"make_inputs": lambda case: {}, "make_expected": lambda case, inputs: {}}
    case = Case(id="quantize/x", title="An example.", requirements=("QNT-01",), params={}, **made)
    judge = Judge(case, "s", "b")
    right = np.zeros((2, 64), np.uint8)
    judge.accepts("codes", Bits(right, right, key=e4m3_key))
    assert (judge.histograms, judge.pictures) == ({"codes": {"steps": [128]}}, {})
    wrong = right.copy()
    wrong[1, 32:] = 1
    judge.accepts("codes", Bits(wrong, right, key=e4m3_key))
    assert judge.histograms == {"codes": {"steps": [224, 32]}}
    assert judge.pictures["codes"]["columns"] == [32, 63]
    judge.accepts("codes", Bits(right[:1], right, key=e4m3_key))  # another shape has no distance
    assert sum(judge.histograms["codes"]["steps"]) == 256


def test_a_very_large_tensor_costs_no_more_than_a_part_of_it():
    large = np.broadcast_to(np.ones(4096, F32), (1 << 18, 4096))  # 4 GiB, were it copied
    started = time.monotonic()
    found = Bits(large, large).counts(closeness.rows_looked_at(large, None))
    assert time.monotonic() - started < 2
    assert 4096 <= found["steps"][0] <= closeness._MOST_ELEMENTS
