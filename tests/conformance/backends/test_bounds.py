"""Which accesses does the interpreter backend refuse? Those outside a launch's tensors, before they happen."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
import triton
import triton.language as tl

from conformance.backends import OutOfBounds
from conformance.subjects.base import Subject

pytestmark = pytest.mark.usefixtures("interpreter")


@triton.jit
def copy_masked(x, y, start, below, N: tl.constexpr):
    i = start + tl.arange(0, N)
    tl.store(y + tl.arange(0, N), tl.load(x + i, mask=i < below, other=5))


@triton.jit
def copy_all(x, y, N: tl.constexpr):
    i = tl.program_id(1) * N + tl.arange(0, N)
    tl.store(y + i, tl.load(x + i))


@triton.jit
def store_at(y, place, value):
    tl.store(y + place, value)


@triton.jit
def read_nested(x, place):
    return tl.load(x + place)


@triton.jit
def copy_nested(x, y, place):
    tl.store(y, read_nested(x, place))


@triton.jit
def copy_rows(x, y, stride, ROWS: tl.constexpr, N: tl.constexpr):
    at = tl.arange(0, ROWS)[:, None] * stride + tl.arange(0, N)[None, :]
    tl.store(y + tl.arange(0, ROWS)[:, None] * N + tl.arange(0, N)[None, :], tl.load(x + at))


@triton.jit
def read_if(x, y, wanted):
    if wanted:
        tl.store(y, tl.load(x))


@triton.jit
def add_at(y, place):
    tl.atomic_add(y + place, 1)


@triton.jit
def swap_at(y, place):
    tl.atomic_cas(y + place, 0, 1)


@triton.jit
def read_either(x, z, y, place, N: tl.constexpr):
    i = tl.arange(0, N)
    pointers = tl.where(i < 2, x + i, z + i)
    tl.store(y + i, tl.load(pointers + place))


@triton.jit
def read_wide(x, y):
    tl.store(y, tl.load(x.to(tl.pointer_type(tl.int64))))


@triton.jit
def store_in_pair(pair, place):
    tl.store(pair[1] + place, 1)


@triton.jit
def read_described(x, y, rows, N: tl.constexpr):
    block = tl.make_tensor_descriptor(x, [rows, N], [N, 1], [4, N])
    i = tl.arange(0, 4)[:, None] * N + tl.arange(0, N)[None, :]
    tl.store(y + i, block.load([0, 0]))


def view_in(buffer, start, stop):
    """A view with the rest of a larger buffer before and after it."""
    return buffer[start:stop]


def ints(count):
    return torch.arange(count, dtype=torch.int32)


def test_a_store_one_past_the_end_is_refused_and_does_not_happen():
    buffer = torch.zeros(12, dtype=torch.int32)
    with pytest.raises(OutOfBounds, match=r"^store in kernel store_at, .* 4 bytes at offset 16 from y, .*16 bytes"):
        store_at[(1,)](view_in(buffer, 4, 8), 4, 7)
    assert not buffer.any()
    store_at[(1,)](view_in(buffer, 4, 8), 3, 7)
    assert buffer.nonzero().tolist() == [[7]]


def test_a_load_before_the_start_is_refused():
    with pytest.raises(OutOfBounds, match=r"^load .* 1 of 1 active lanes .* at offset -4 from x"):
        copy_nested[(1,)](view_in(ints(12), 4, 8), ints(1), -1)


@pytest.mark.parametrize("place", [1 << 40, -(1 << 40)])
def test_addresses_that_would_end_the_process_are_refused(place):
    with pytest.raises(OutOfBounds, match="load in kernel copy_nested"):
        copy_nested[(1,)](ints(4), ints(1), place)
    with pytest.raises(OutOfBounds, match="store in kernel store_at"):
        store_at[(1,)](ints(4), place, 1)


@pytest.mark.parametrize("start", [-6, -2, 0, 2, 3, 1 << 20])
def test_only_active_lanes_count(start):
    x, y = ints(4), torch.zeros(4, dtype=torch.int32)
    if start < 0:
        with pytest.raises(OutOfBounds, match=f"{min(-start, 4)} of 4 active lanes"):
            copy_masked[(1,)](x, y, start, 4, 4)
        return
    copy_masked[(1,)](x, y, start, 4, 4)
    assert y.tolist() == [*range(start, 4), *[5] * min(start, 4)]


def test_a_masked_lane_outside_does_not_hide_an_active_one():
    with pytest.raises(OutOfBounds, match=r"1 of 3 active lanes .* lane \[2\], 4 bytes at offset 16 from x"):
        copy_masked[(1,)](ints(4), ints(4), 2, 5, 4)


def test_an_unmasked_tail_is_told_by_program_and_lane():
    x, y = view_in(ints(32), 0, 10), ints(16)
    with pytest.raises(
        OutOfBounds,
        match=r"^load in kernel copy_all, program \(0, 2, 0\): 2 of 4 .* lane \[2\], 4 bytes at offset 40"
        r" from x, which has 40 bytes \(torch.int32 \[10\], strides \[1\]\), at test_bounds.py:\d+$",
    ):
        copy_all[(1, 4)](x, y, 4)


def test_the_gap_between_rows_of_a_view_is_inside_and_what_follows_the_last_row_is_not():
    rows = ints(64).reshape(4, 16)[:, :8]
    copy_rows[(1,)](rows, ints(4 * 16), 8, 4, 16)
    with pytest.raises(OutOfBounds, match=r"8 of 64 .* lane \[3, 8\], .* \[4, 8\], strides \[16, 1\]"):
        copy_rows[(1,)](rows, ints(4 * 16), 16, 4, 16)


def test_a_tensor_beside_another_is_not_part_of_it():
    buffer = ints(8)
    with pytest.raises(OutOfBounds, match=r"offset 16 from x, .*; there lies y"):
        copy_nested[(1,)](view_in(buffer, 0, 4), view_in(buffer, 4, 8), 4)
    flags = torch.zeros(8, dtype=torch.bool)
    with pytest.raises(OutOfBounds, match=r"offset 4 from x, .*; there lies y"):
        copy_nested[(1,)](view_in(flags, 0, 4), view_in(flags, 4, 8), 4)


def test_overlapping_views_of_one_buffer_are_each_their_own():
    buffer = ints(8)
    copy_nested[(1,)](buffer, view_in(buffer, 2, 3), 7)
    assert buffer[2] == 7
    copy_nested[(1,)](buffer, buffer, 1)
    assert buffer[0] == 1


def test_a_zero_size_tensor_has_nothing_to_touch():
    empty = torch.empty(0, 4, dtype=torch.int32)
    for place in (0, 1):
        with pytest.raises(OutOfBounds, match=r"from y, which has 0 bytes \(torch.int32 \[0, 4\]"):
            store_at[(1,)](empty, place, 1)
    with pytest.raises(OutOfBounds, match="from x, which has 0 bytes"):
        copy_nested[(1,)](view_in(ints(4), 2, 2), ints(1), 0)
    copy_masked[(1,)](empty, y := ints(4), 0, 0, 4)
    assert y.tolist() == [5] * 4


def test_a_dummy_pointer_may_be_passed():
    read_if[(1,)](torch.empty(0, dtype=torch.int32), y := ints(1), 0)
    read_if[(1,)](None, y, 0)
    assert y.tolist() == [0]


@pytest.mark.parametrize("kernel", [add_at, swap_at], ids=["atomic_add", "atomic_cas"])
def test_atomics_are_checked(kernel):
    buffer = torch.zeros(8, dtype=torch.int32)
    kernel[(1,)](buffer[:4], 3)
    for place in (-1, 4):
        with pytest.raises(OutOfBounds, match=f"^atomic in kernel .* offset {4 * place} from y"):
            kernel[(1,)](buffer[:4], place)
    assert buffer.tolist() == [0, 0, 0, 1, 0, 0, 0, 0]


def test_a_block_of_pointers_into_two_tensors_may_reach_either_and_nothing_else():
    buffer = ints(16)
    x, z = view_in(buffer, 0, 4), view_in(buffer, 8, 12)
    read_either[(1,)](x, z, y := ints(4), 0, 4)
    assert y.tolist() == [0, 1, 10, 11]
    for place, name in ((1, "z"), (3, "x"), (-1, "x"), (40, "y|z")):
        with pytest.raises(OutOfBounds, match=f"from ({name}), "):
            read_either[(1,)](x, z, y, place, 4)


def test_a_lane_must_lie_inside_to_its_last_byte():
    read_wide[(1,)](view_in(ints(4), 0, 2), torch.zeros(1, dtype=torch.int64))
    with pytest.raises(OutOfBounds, match=r"8 bytes at offset 0 from x, which has 4 bytes"):
        read_wide[(1,)](view_in(ints(4), 0, 1), torch.zeros(1, dtype=torch.int64))


def test_a_member_of_a_tuple_is_named():
    pair = (ints(4), ints(2))
    store_in_pair[(1,)](pair, 1)
    with pytest.raises(OutOfBounds, match=r"offset 8 from pair\[1\], "):
        store_in_pair[(1,)](pair, 2)


def test_a_descriptor_that_claims_more_rows_than_there_are_is_refused():
    x, y = view_in(ints(64), 0, 24).reshape(3, 8), torch.zeros(4, 8, dtype=torch.int32)
    read_described[(1,)](x, y, 3, 8)
    assert torch.equal(y[:3], x)
    with pytest.raises(OutOfBounds, match=r"8 of 32 active lanes .* lane \[3, 0\]"):
        read_described[(1,)](x, y, 4, 8)


def test_a_refused_launch_leaves_nothing_behind():
    from triton.runtime import interpreter as module

    with pytest.raises(OutOfBounds):
        store_at[(1,)](ints(4), 4, 1)
    assert module.interpreter_builder.launch is None
    store_at[(1,)](y := ints(4), 0, 9)
    assert y.tolist() == [9, 1, 2, 3]


def _own_scratch(given):
    store_at[(1,)](ints(12)[4:8], 6, 1)
    store_at[(1,)](ints(12)[4:8], -4, 1)
    return given


def _leaving_its_scratch(given):
    store_at[(1,)](ints(12)[4:8], 8, 1)


def _from_its_first_element(given):
    store_at[(1,)](given[:1], 3, 1)
    return given


def _behind_what_it_got(given):
    store_at[(1,)](given, 4, 1)


# Who a launch of a subject belongs to: what it does, whether another's may, and what ours is told.
REACHES = {
    "own-scratch": (_own_scratch, True, r"offset 24 from y, which has 16 bytes \(torch"),
    "leaving-its-scratch": (_leaving_its_scratch, False, "offset 32 from y, which has 16 bytes"),
    "within-what-it-got": (_from_its_first_element, True, "offset 12 from y, which has 4 bytes"),
    "behind-what-it-got": (_behind_what_it_got, False, "offset 16 from y, which has 16 bytes"),
}


@pytest.mark.parametrize("name", REACHES)
def test_a_subjects_scratch_is_its_own_and_what_it_was_given_is_ours(name):
    does, others_may, told = REACHES[name]
    given = ints(12)[4:8]
    for held in (False, True):
        subject = Subject("one", "native", {"fused_moe": lambda *tensors: does(tensors[-1])}, held_to_views=held)
        if others_may and not held:
            subject.call("fused_moe", given)
        else:
            with pytest.raises(OutOfBounds, match=told):
                subject.call("fused_moe", given)
    with pytest.raises(OutOfBounds, match=told):  # outside of a call, a view is a view
        does(given)


def test_what_came_with_a_class_or_in_a_list_was_given_too():
    scale, rows = ints(12)[4:8], ints(12)[4:8]

    class Experts:
        quant_config = SimpleNamespace(w1_scale=scale)

        def apply(self, output, rows, which):
            store_at[(1,)]({"scale": scale, "rows": rows[0], "own": ints(12)[4:8]}[which], 4, 1)

    subject = Subject("one", "native", {"fused_moe": print})
    subject.apply(Experts(), output=ints(4), rows=[rows], which="own")
    for which in ("scale", "rows"):
        with pytest.raises(OutOfBounds, match="offset 16 from y, which has 16 bytes"):
            subject.apply(Experts(), output=ints(4), rows=[rows], which=which)


def test_the_report_says_so(interpreter):
    assert interpreter.checks_addresses
    assert interpreter.describe()["memory"] == "every load and store is checked against the launch's tensors"
