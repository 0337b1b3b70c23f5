"""What should one lane of a memory instruction do? On Python's bytes and integers.

A load gets (memory, address, the destination's old words) and gives its new words; a store (memory, address, words)
changes memory; an atomic gives the cell's new value from (old, data, second data).
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from tests.conformance.gfx950.scalar_floats import F32, F64, extreme

Memory = bytearray


def word(memory: Memory, at: int, size: int = 4) -> int:
    return int.from_bytes(memory[at : at + size], "little")


def words(memory: Memory, at: int, count: int) -> list[int]:
    return [word(memory, at + 4 * i) for i in range(count)]


def extended(memory: Memory, at: int, size: int, bits: int = 32) -> int:
    return int.from_bytes(memory[at : at + size], "little", signed=True) % (1 << bits)


def low(old: list[int], half: int) -> list[int]:
    return [(old[0] & 0xFFFF0000) | half]


def high(old: list[int], half: int) -> list[int]:
    return [(old[0] & 0x0000FFFF) | (half << 16)]


Load = Callable[[Memory, int, list[int]], list[int]]
LOADS: dict[str, Load] = {
    "ubyte": lambda m, a, old: [m[a]],
    "sbyte": lambda m, a, old: [extended(m, a, 1)],
    "ushort": lambda m, a, old: [word(m, a, 2)],
    "sshort": lambda m, a, old: [extended(m, a, 2)],
    "dword": lambda m, a, old: words(m, a, 1),
    "dwordx2": lambda m, a, old: words(m, a, 2),
    "dwordx3": lambda m, a, old: words(m, a, 3),
    "dwordx4": lambda m, a, old: words(m, a, 4),
    "ubyte_d16": lambda m, a, old: low(old, m[a]),
    "ubyte_d16_hi": lambda m, a, old: high(old, m[a]),
    "sbyte_d16": lambda m, a, old: low(old, extended(m, a, 1, 16)),
    "sbyte_d16_hi": lambda m, a, old: high(old, extended(m, a, 1, 16)),
    "short_d16": lambda m, a, old: low(old, word(m, a, 2)),
    "short_d16_hi": lambda m, a, old: high(old, word(m, a, 2)),
}
LOCAL_NAMES = {
    "u8": "ubyte", "i8": "sbyte", "u16": "ushort", "i16": "sshort", "b32": "dword", "b64": "dwordx2",
    "b96": "dwordx3", "b128": "dwordx4", "u8_d16": "ubyte_d16", "u8_d16_hi": "ubyte_d16_hi", "i8_d16": "sbyte_d16",
    "i8_d16_hi": "sbyte_d16_hi", "u16_d16": "short_d16", "u16_d16_hi": "short_d16_hi",
}  # fmt: skip


def stored(data: list[int], first: int, size: int) -> bytes:
    return b"".join(value.to_bytes(4, "little") for value in data)[first : first + size]


# Name -> which bytes of the data registers it stores.
STORES = {
    "byte": (0, 1), "short": (0, 2), "byte_d16_hi": (2, 1), "short_d16_hi": (2, 2), "dword": (0, 4),
    "dwordx2": (0, 8), "dwordx3": (0, 12), "dwordx4": (0, 16),
}  # fmt: skip
LOCAL_STORES = {
    "b8": (0, 1), "b16": (0, 2), "b8_d16_hi": (2, 1), "b16_d16_hi": (2, 2), "b32": (0, 4), "b64": (0, 8),
    "b96": (0, 12), "b128": (0, 16),
}  # fmt: skip


def as_float(bits: int, size: int) -> float:
    return float(struct.unpack({2: "<e", 4: "<f", 8: "<d"}[size], bits.to_bytes(size, "little"))[0])


def float_bits(value: float, size: int) -> int:
    return int.from_bytes(struct.pack({2: "<e", 4: "<f", 8: "<d"}[size], value), "little")


def float_add(a: int, b: int, size: int) -> int:
    """The double's sum of two narrower floats rounds to them as the exact one does."""
    return float_bits(as_float(a, size) + as_float(b, size), size)


def half_add(a: int, b: int) -> int:
    return float_add(a, b, 2)


def bfloat_add(a: int, b: int) -> int:
    bits = float_add(a << 16, b << 16, 4)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16) & 0xFFFF


def packed(add: Callable[[int, int], int]) -> Callable[[int, int], int]:
    return lambda a, b: add(a & 0xFFFF, b & 0xFFFF) | (add(a >> 16, b >> 16) << 16)


def signed(value: int, size: int) -> int:
    return value - (1 << 8 * size) if value >> (8 * size - 1) else value


Atomic = Callable[[int, int, int], int]


def integer_atomics(size: int) -> dict[str, Atomic]:
    most = (1 << 8 * size) - 1
    return {
        "add": lambda old, d, e: (old + d) & most,
        "sub": lambda old, d, e: (old - d) & most,
        "rsub": lambda old, d, e: (d - old) & most,
        "inc": lambda old, d, e: 0 if old >= d else old + 1,
        "dec": lambda old, d, e: d if old == 0 or old > d else old - 1,
        "smin": lambda old, d, e: min(signed(old, size), signed(d, size)) & most,
        "smax": lambda old, d, e: max(signed(old, size), signed(d, size)) & most,
        "umin": lambda old, d, e: min(old, d),
        "umax": lambda old, d, e: max(old, d),
        "and": lambda old, d, e: old & d,
        "or": lambda old, d, e: old | d,
        "xor": lambda old, d, e: old ^ d,
        "swap": lambda old, d, e: d,
        "mskor": lambda old, d, e: (old & ~d & most) | e,
        "cmpst": lambda old, d, e: e if old == d else old,
        "cmpswap": lambda old, d, e: d if old == e else old,
    }


def float_atomics(size: int) -> dict[str, Atomic]:
    kind = {4: F32, 8: F64}[size]
    return {
        "add": lambda old, d, e: float_add(old, d, size),
        "min": lambda old, d, e: extreme(kind, old, d, larger=False),
        "max": lambda old, d, e: extreme(kind, old, d, larger=True),
    }


PACKED: dict[str, Atomic] = {
    "pk_add_f16": lambda old, d, e: packed(half_add)(old, d),
    "pk_add_bf16": lambda old, d, e: packed(bfloat_add)(old, d),
}
TWO_VALUES = ("mskor", "cmpst", "cmpswap")


def global_atomics() -> dict[str, tuple[int, Atomic]]:
    """Name after ``global_atomic_`` -> (bytes of the cell, rule)."""
    left_out = ("rsub", "mskor", "cmpst")
    table = {n: (4, rule) for n, rule in integer_atomics(4).items() if n not in left_out}
    table |= {f"{n}_x2": (8, rule) for n, rule in integer_atomics(8).items() if n not in left_out}
    table |= {"add_f32": (4, float_atomics(4)["add"])}
    table |= {f"{n}_f64": (8, rule) for n, rule in float_atomics(8).items()}
    return table | {n: (4, rule) for n, rule in PACKED.items()}


def local_atomics() -> dict[str, tuple[int, Atomic]]:
    """Name after ``ds_`` without ``_rtn`` -> (bytes of the cell, rule)."""
    table: dict[str, tuple[int, Atomic]] = {n: (4, rule) for n, rule in PACKED.items()}
    for bits in (32, 64):
        rules = integer_atomics(bits // 8)
        typed = {f"{n}_u{bits}": n for n in ("add", "sub", "rsub", "inc", "dec")}
        typed |= {f"min_i{bits}": "smin", f"max_i{bits}": "smax", f"min_u{bits}": "umin", f"max_u{bits}": "umax"}
        typed |= {f"{n}_b{bits}": n for n in ("and", "or", "xor", "mskor", "cmpst")} | {f"wrxchg_b{bits}": "swap"}
        table |= {name: (bits // 8, rules[rule]) for name, rule in typed.items()}
        table |= {f"{n}_f{bits}": (bits // 8, rule) for n, rule in float_atomics(bits // 8).items()}
    return table
