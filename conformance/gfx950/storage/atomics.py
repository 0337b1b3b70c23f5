"""What does an atomic instruction do to a memory cell? Lanes that meet on one cell take turns in lane order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np

from conformance.gfx950.instructions.floats import maximum_number, minimum_number

Array = np.ndarray


@dataclass(frozen=True)
class Atomic:
    """dtype: the cell's type; compute: its new value from the old one and the instruction's data.

    operands: how many data values there are: 2 for a compare and swap.
    """

    dtype: Any
    compute: Callable[..., Array]
    operands: int = 1

    @property
    def width(self) -> int:
        return np.dtype(self.dtype).itemsize

    def apply(self, cells: Array, at: Array, data: list[Array]) -> Array:
        """Change cells (1-D, of dtype) at these indices (int64 [n]) in their order; returns what each lane met."""
        met = np.empty(len(at), self.dtype)
        with np.errstate(all="ignore"):
            for turn in _turns(at):
                where = at[turn]
                met[turn] = old = cells[where]
                cells[where] = self.compute(old, *(values[turn] for values in data))
        return met


def _turns(at: Array) -> list[Array]:
    """Lanes in groups without a collision: the first of each cell, the second of each, and so on."""
    order = np.argsort(at, kind="stable")
    cells = at[order]
    first = np.flatnonzero(np.concatenate(([True], cells[1:] != cells[:-1]))) if len(at) else np.zeros(0, int)
    sizes = np.diff(np.append(first, len(at)))
    if len(first) == len(at):
        return [np.arange(len(at))]
    rank = np.arange(len(at)) - np.repeat(first, sizes)
    by_rank = order[np.argsort(rank, kind="stable")]
    return np.split(by_rank, np.cumsum(np.bincount(rank))[:-1])


def _increment(old: Array, limit: Array) -> Array:
    return np.where(old >= limit, old.dtype.type(0), old + old.dtype.type(1))


def _decrement(old: Array, limit: Array) -> Array:
    return np.where((old == 0) | (old > limit), limit, old - old.dtype.type(1))


def _exchanged(old: Array, data: Array, expected: Array) -> Array:
    return np.where(old == expected, data, old)


def _packed_add(element: Any) -> Callable[[Array, Array], Array]:
    """Two 16-bit floats at once. An FP32 sum has more than twice their precision: rounding it again is exact RNE."""

    def add(old: Array, data: Array) -> Array:
        total = old.view(element).astype(np.float32) + data.view(element).astype(np.float32)
        return total.astype(element).view(np.uint32)

    return add


def _integers(bits: int) -> dict[str, Atomic]:
    """The integer atomics of one size, by the name in an LDS instruction without its type."""
    u, i = np.dtype(f"u{bits // 8}").type, np.dtype(f"i{bits // 8}").type
    return {
        f"add_u{bits}": Atomic(u, lambda old, data: old + data),
        f"sub_u{bits}": Atomic(u, lambda old, data: old - data),
        f"rsub_u{bits}": Atomic(u, lambda old, data: data - old),
        f"inc_u{bits}": Atomic(u, _increment),
        f"dec_u{bits}": Atomic(u, _decrement),
        f"min_i{bits}": Atomic(i, np.minimum),
        f"max_i{bits}": Atomic(i, np.maximum),
        f"min_u{bits}": Atomic(u, np.minimum),
        f"max_u{bits}": Atomic(u, np.maximum),
        f"and_b{bits}": Atomic(u, np.bitwise_and),
        f"or_b{bits}": Atomic(u, np.bitwise_or),
        f"xor_b{bits}": Atomic(u, np.bitwise_xor),
        f"wrxchg_b{bits}": Atomic(u, lambda old, data: data),
        f"mskor_b{bits}": Atomic(u, lambda old, mask, data: (old & ~mask) | data, operands=2),
        # The LDS instruction has what to compare with first, the global one last: see GLOBAL.
        f"cmpst_b{bits}": Atomic(u, lambda old, expected, data: _exchanged(old, data, expected), operands=2),
    }


# FP minima and maxima are those of V_MIN and V_MAX: LLVM selects them for atomicrmw fmin, whose result for a NaN and a
# number is the number. (AMD's pseudocode, a plain comparison, keeps a NaN that stands in memory.)
LOCAL: dict[str, Atomic] = {
    **_integers(32),
    **_integers(64),
    "add_f32": Atomic(np.float32, np.add),
    "min_f32": Atomic(np.float32, minimum_number),
    "max_f32": Atomic(np.float32, maximum_number),
    "add_f64": Atomic(np.float64, np.add),
    "min_f64": Atomic(np.float64, minimum_number),
    "max_f64": Atomic(np.float64, maximum_number),
    "pk_add_f16": Atomic(np.uint32, _packed_add(np.float16)),
    "pk_add_bf16": Atomic(np.uint32, _packed_add(ml_dtypes.bfloat16)),
}

# Name in a global, flat or buffer instruction -> name in an LDS one; with _x2 the 64-bit one.
_INTEGER_NAMES = {
    "add": "add_u", "sub": "sub_u", "smin": "min_i", "smax": "max_i", "umin": "min_u", "umax": "max_u",
    "and": "and_b", "or": "or_b", "xor": "xor_b", "inc": "inc_u", "dec": "dec_u", "swap": "wrxchg_b",
}  # fmt: skip
_FLOAT_NAMES = ("add_f32", "pk_add_f16", "pk_add_bf16", "add_f64", "min_f64", "max_f64")


GLOBAL: dict[str, Atomic] = {
    **{name: LOCAL[f"{local}32"] for name, local in _INTEGER_NAMES.items()},
    **{f"{name}_x2": LOCAL[f"{local}64"] for name, local in _INTEGER_NAMES.items()},
    **{name: LOCAL[name] for name in _FLOAT_NAMES},
    "cmpswap": Atomic(np.uint32, _exchanged, operands=2),
    "cmpswap_x2": Atomic(np.uint64, _exchanged, operands=2),
}
