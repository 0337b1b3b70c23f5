"""What do the vector unit's comparisons and classifications compute? One mask bit per lane."""

from collections.abc import Callable

import numpy as np

from conformance.gfx950.instructions.floats import LAYOUTS, Array
from conformance.gfx950.instructions.operations import Op

Predicate = Callable[[Array, Array], Array]


def _always(a: Array, b: Array) -> Array:
    return np.ones(np.broadcast_shapes(a.shape, b.shape), bool)


def _unordered(a: Array, b: Array) -> Array:
    return np.isnan(a) | np.isnan(b)


def _not(predicate: Predicate) -> Predicate:
    return lambda a, b: ~predicate(a, b)


def _less_or_greater(a: Array, b: Array) -> Array:
    return (a < b) | (a > b)


_ORDERED: dict[str, Predicate] = {
    "lt": np.less,
    "eq": np.equal,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}
_EVERY: dict[str, Predicate] = {"f": _not(_always), **_ORDERED}
INTEGERS: dict[str, Predicate] = {**_EVERY, "ne": np.not_equal, "t": _always}
FLOATS: dict[str, Predicate] = {
    **_EVERY,
    "lg": _less_or_greater,
    "o": _not(_unordered),
    "u": _unordered,
    "tru": _always,
}
# The n forms are true for NaNs, which the plain ones are not: nlt is no ge.
FLOATS |= {f"n{name}": _not(FLOATS[name]) for name in (*_ORDERED, "lg")}


def _class_of(kind: type[np.floating]) -> Predicate:
    """Whether a number (as bits) is of one of the ten classes whose bits are set in the second operand."""
    layout = LAYOUTS[np.dtype(kind)]
    uint = layout.bits
    smallest = uint(1) << uint(np.finfo(kind).nmant)

    def belongs(bits: Array, classes: Array) -> Array:
        magnitude = bits & uint(layout.sign - 1)
        # 0 signaling NaN, 1 quiet NaN; infinity, normal, subnormal, zero: 2-5 if negative, 9-6 if positive
        size = (magnitude >= layout.infinity).view(np.uint8) + (magnitude >= smallest) + (magnitude > 0)
        number = 6 + size - (bits >= layout.sign).view(np.uint8) * (2 * size + 1)
        nan = magnitude > layout.infinity
        if nan.any():
            number = np.where(nan, magnitude >= layout.infinity | layout.quiet, number)
        return (classes >> number) & np.uint32(1) != 0

    return belongs


COMPARE: dict[str, Op] = {
    f"v_cmp_{name}_{kind}": Op("mask", f"{kind} {kind}", predicate)
    for predicates, kinds in ((INTEGERS, ("i16", "u16", "i32", "u32", "i64", "u64")), (FLOATS, ("f16", "f32", "f64")))
    for name, predicate in predicates.items()
    for kind in kinds
} | {
    # The number is read as bits: a mode that flushes denormals does not change its class.
    "v_cmp_class_f16": Op("mask", "u16 u32", _class_of(np.float16)),
    "v_cmp_class_f32": Op("mask", "b32 u32", _class_of(np.float32)),
    "v_cmp_class_f64": Op("mask", "u64 u32", _class_of(np.float64)),
}
