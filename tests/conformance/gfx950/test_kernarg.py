"""Are a launch's arguments where the kernel looks for them?"""

from __future__ import annotations

import struct
from types import SimpleNamespace

import pytest

from conformance.gfx950.assembly import Argument
from conformance.gfx950.errors import NotEmulated
from conformance.gfx950.launching.kernarg import BadArgument, encoded, flatten, pack

GRID = (3, 2, 1)


def no_tensor(value):
    raise AssertionError(f"{value!r} is no tensor")


def layout(*members):
    """(offset, size, kind) of each member."""
    return tuple(Argument(*member) for member in members)


def test_each_value_lies_at_its_own_offset():
    members = layout((0, 8, "global_buffer"), (8, 1, "by_value"), (12, 4, "by_value"), (16, 8, "by_value"))
    values = [("p", "*fp32", "tensor"), ("flag", "i1", True), ("n", "i32", -2), ("far", "i64", 1 << 40)]
    segment = pack(members, values, lambda tensor: 0x1122334455, GRID, 4, 0)
    assert segment == struct.pack("<QBxxxiq", 0x1122334455, 1, -2, 1 << 40)


def test_implicit_arguments_say_how_the_grid_is_made():
    kinds = ("block_count_x", "block_count_y", "block_count_z", "grid_dims", "dynamic_lds_size")
    members = [(4 * i, 4, f"hidden_{kind}") for i, kind in enumerate(kinds)]
    groups = [(20 + 2 * i, 2, f"hidden_group_size_{axis}") for i, axis in enumerate("xyz")]
    remainders = [(26 + 2 * i, 2, f"hidden_remainder_{axis}") for i, axis in enumerate("xyz")]
    segment = pack(layout(*members, *groups, *remainders), [], no_tensor, GRID, 4, 4096)
    assert struct.unpack("<5I6H", segment) == (3, 2, 1, 2, 4096, 256, 1, 1, 0, 0, 0)


def test_an_implicit_argument_that_nobody_fills_is_refused():
    with pytest.raises(NotEmulated, match="hidden_assert_buffer"):
        pack(layout((0, 8, "hidden_assert_buffer")), [], no_tensor, GRID, 1, 0)


def test_the_segment_is_as_long_as_the_kernel_says():
    assert len(pack(layout((0, 4, "by_value")), [("n", "i32", 1)], no_tensor, GRID, 1, 0, 48)) == 48


def test_another_number_or_size_of_arguments_is_refused():
    with pytest.raises(NotEmulated, match="has 1 arguments, the launch gives 2"):
        pack(layout((0, 4, "by_value")), [("a", "i32", 1), ("b", "i32", 2)], no_tensor, GRID, 1, 0)
    with pytest.raises(NotEmulated, match="8 bytes in the kernel's metadata, 4 by its type"):
        pack(layout((0, 8, "by_value")), [("a", "i32", 1)], no_tensor, GRID, 1, 0)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("i8", -1, "ff"),
        ("u8", 255, "ff"),
        ("u1", True, "01"),
        ("i16", -2, "feff"),
        ("u32", 0xFFFFFFFF, "ffffffff"),
        ("i64", -1, "ff" * 8),
        ("u64", 1 << 63, "00" * 7 + "80"),
        ("fp32", 1.5, "0000c03f"),
        ("fp64", -2.0, "00" * 7 + "c0"),
        ("fp16", 1.0, "003c"),
        ("bf16", 1.0, "803f"),
        ("bf16", 1.01171875, "813f"),  # a tie that rounds to even would give 0x3F82
        ("*i8", None, "00" * 8),
        ("*i8", 0x1000, "0010" + "00" * 6),
    ],
)
def test_values_by_type(kind, value, expected):
    assert encoded("a", kind, value, no_tensor).hex() == expected


@pytest.mark.parametrize(("kind", "value"), [("i32", 1 << 31), ("u8", -1), ("fp32", "x"), ("i64", None)])
def test_a_value_that_its_type_cannot_hold_is_named(kind, value):
    with pytest.raises(BadArgument, match=f"^stride: has .*, needs a value of type {kind}"):
        encoded("stride", kind, value, no_tensor)


def test_an_unknown_type_is_refused():
    with pytest.raises(NotEmulated, match="argument a of type tdm"):
        encoded("a", "tdm", 1, no_tensor)


def test_tuples_give_their_members_and_constants_nothing():
    kind = ("*fp32", ("i32", "constexpr"), "constexpr")
    found = list(flatten("pair", kind, ("p", (7, 1), None)))
    assert found == [("pair[0]", "*fp32", "p"), ("pair[1][0]", "i32", 7)]
    assert list(flatten("BLOCK", "constexpr", 64)) == []


def test_a_descriptor_gives_base_shape_strides_and_flags():
    descriptor = SimpleNamespace(base="p", shape=[4, 8], strides=[8, 1], padding="nan")
    found = list(flatten("d", "tensordesc<fp16[2,4]>", descriptor))
    assert [kind for _, kind, _ in found] == ["*fp16", *["i64"] * 4, "i1", *["i32"] * 2, *["i64"] * 2]
    assert [value for _, _, value in found] == ["p", 4, 8, 8, 1, True, 4, 8, 8, 1]
    descriptor.round_f32_to_tf32 = False
    assert len(list(flatten("d", "tensordesc<fp16[2,4]>", descriptor))) == len(found) + 1
