"""Do digests differ where results do, and only there?"""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from conformance.judging import digests
from conformance.judging.bits import Bits
from conformance.judging.blocks import Blocks
from conformance.judging.digests import Digest
from conformance.judging.judge import Judge
from conformance.judging.within import Within
from reference.interval import Interval
from vectors.case import Case

F32 = np.float32


def digest(*arrays):
    total = Digest()
    for array in arrays:
        total.add(array)
    return total.hex


@pytest.mark.parametrize(
    "other",
    [
        np.array([[1, 2], [3, 5]], F32),
        np.array([[1, 2, 3, 4]], F32),
        np.array([[1, 2], [3, 4]], np.int32),
        np.array([[1, 2], [3, 4]], ml_dtypes.bfloat16),
        np.array([[1, 3], [2, 4]], F32),
    ],
)
def test_another_value_shape_dtype_or_order_is_another_digest(other):
    assert digest(other) != digest(np.array([[1, 2], [3, 4]], F32))


def test_signs_of_zero_count_and_payloads_of_nan_do_not():
    assert digest(np.array([0.0], F32)) != digest(np.array([-0.0], F32))
    quiet, other = (np.array([bits], np.uint32).view(F32) for bits in (0x7FC00000, 0xFFC00001))
    assert digest(quiet) == digest(other)
    codes = np.array([0x7F, 0xFF], np.uint8)
    assert digest(codes) != digest(codes[::-1]), "a code is a byte here"


def test_the_layout_in_memory_does_not_count():
    wide = np.arange(24, dtype=F32).reshape(4, 6)
    assert digest(wide.T) == digest(np.ascontiguousarray(wide.T))
    assert digest(wide[:, ::2]) == digest(wide[:, ::2].copy())


def test_two_arrays_are_not_one():
    one, two = np.array([1], np.uint8), np.array([2], np.uint8)
    assert digest(one, two) != digest(two, one)
    assert digest(one, two) != digest(np.array([1, 2], np.uint8))


@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (7,), (5, 3, 2)])
def test_pieces_make_the_same_digest(shape, monkeypatch):
    array = np.arange(np.prod(shape, dtype=int), dtype=F32).reshape(shape)
    whole = digest(array)
    for size in (4, 8, 20, 24):
        monkeypatch.setattr(digests, "_AT_ONCE", size)
        assert digest(array) == whole


def test_a_view_that_repeats_memory_is_not_copied_at_once(monkeypatch):
    monkeypatch.setattr(digests, "_AT_ONCE", 1 << 10)
    sizes = []
    monkeypatch.setattr(np, "ascontiguousarray", lambda a, real=np.ascontiguousarray: sizes.append(a.nbytes) or real(a))
    digest(np.broadcast_to(np.arange(4, dtype=F32), (1 << 8, 1 << 6, 4)))
    assert max(sizes) <= 1 << 10


def _case(*requirements, **params):
    made = {"make_inputs": lambda case: {}, "make_expected": lambda case, inputs: {}}
    return Case(id="quantize/example", title="An example.", requirements=requirements, params=params, **made)


def test_a_judge_has_one_for_each_observable_that_it_saw_arrays_of():
    one, two = np.array([1], np.uint8), np.array([2], np.uint8)
    judge = Judge(_case("QNT-01", "QNT-02"), "native", "interpreter")
    judge.accepts("codes", Bits(one, one))
    judge.accepts("scales", Bits(two, one))
    judge.claim("refusal", True, "")
    assert judge.digests == {"codes": digest(one), "scales": digest(two)}, "of what came, right or wrong"
    judge.accepts("codes", Bits(two, two))
    assert judge.digests["codes"] == digest(one, two), "a case may ask several times"


def test_a_judge_sees_what_every_comparator_is_given():
    judge = Judge(_case("QNT-01"), "native", "interpreter")
    wrong = np.array([1, 2], F32)  # whose shape no comparator likes
    judge.accepts("output", Within(wrong, Interval(wrong[:1], wrong[:1], *np.zeros((2, 1), bool))))
    judge.accepts("blocks", Blocks(wrong, wrong[:1], None))
    assert judge.digests == {"output": digest(wrong), "blocks": digest(wrong, wrong[:1])}


def test_what_a_case_asks_is_its_parameters_and_arrays():
    arrays = {"x": np.array([1], F32)}
    asked = digests.of_case(_case("QNT-01", limit=1.0), arrays, {})
    assert asked == digests.of_case(_case("QNT-01", limit=1.0), dict(arrays), {})
    for other in (
        digests.of_case(_case("QNT-01", limit=2.0), arrays, {}),
        digests.of_case(_case("QNT-01", limit=1.0), {"x": np.array([2], F32)}, {}),
        digests.of_case(_case("QNT-01", limit=1.0), {"y": arrays["x"]}, {}),
        digests.of_case(_case("QNT-01", limit=1.0), {}, arrays),
    ):
        assert other != asked
