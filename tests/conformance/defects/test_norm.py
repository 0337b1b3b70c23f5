"""Does the norm measure what it says?"""

from __future__ import annotations

import math

import ml_dtypes
import numpy as np
import pytest

from conformance.defects import norm


def one_route(weight=2.0, x=4.0, limit=None):
    """T = 1, H = 32, I = 32, one expert; gate and up both read x[0], column i of the output is 0.5 of h[0]."""
    w13 = np.zeros((1, 64, 32), np.uint8)
    w13[0, 0, 0] = w13[0, 32, 0] = 0x38  # 1
    w2 = np.zeros((1, 32, 32), np.uint8)
    w2[0, :, 0] = 0x30  # 0.5
    hidden = np.zeros((1, 32), ml_dtypes.bfloat16)
    hidden[0, 0] = x
    tensors = {
        "hidden_states": hidden,
        "w13": w13,
        "w13_scale": np.full((1, 64, 1), 127, np.uint8),
        "w2": w2,
        "w2_scale": np.full((1, 32, 1), 128, np.uint8),  # 2
        "topk_weights": np.array([[weight]], np.float32),
        "topk_ids": np.zeros((1, 1), np.int32),
    }
    return norm.expected(tensors, limit)


def test_the_expected_value_of_one_route():
    # gate = up = 4, the weights of GEMM 2 are 0.5 under a scale of 2, the router weight is 2
    right = 2.0 * (4.0 / (1.0 + math.exp(-1.702 * 4.0)) * 5.0)
    assert one_route() == pytest.approx(np.full((1, 32), right), rel=1e-12)


def test_the_limit_acts_on_gate_and_up():
    right = 2.0 * (3.0 / (1.0 + math.exp(-1.702 * 3.0)) * 4.0)
    assert one_route(limit=3.0) == pytest.approx(np.full((1, 32), right), rel=1e-12)


def test_relative_l2_of_a_known_pair():
    assert norm.relative_l2(np.array([3.0, 5.0]), np.array([3.0, 4.0])) == pytest.approx(0.2)
    assert math.isnan(norm.relative_l2(np.array([math.nan, 4.0]), np.array([3.0, 4.0])))


@pytest.mark.parametrize(
    ("distances", "verdict"),
    [((0.04, 0.01), True), ((0.04, 0.05), False), ((0.04, None), False), ((math.nan, 0.01), False), ((), False)],
)
def test_the_criterion_needs_every_shape(distances, verdict):
    assert norm.passes(distances) is verdict


def test_data_are_the_same_in_every_call_and_differ_between_shapes():
    first, again = norm.inputs(norm.SHAPES[0]), norm.inputs(norm.SHAPES[0])
    assert all(np.array_equal(first[name], again[name]) for name in first)
    other = norm.inputs(norm.SHAPES[1])
    assert not np.array_equal(first["w2"][0, :8, :8], other["w2"][0, :8, :8])
