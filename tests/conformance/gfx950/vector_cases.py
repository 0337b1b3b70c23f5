"""How is one instruction's semantics tried on many operands? Edge values, seeded random ones, an oracle on bits."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from conformance.gfx950.instructions.operations import Op
from tests.conformance.gfx950.scalar_floats import F16, F32, F64, Format

DTYPES: dict[str, Any] = {
    "u16": np.uint16, "i16": np.int16, "f16": np.float16,
    "u32": np.uint32, "i32": np.int32, "f32": np.float32, "b32": np.uint32,
    "u64": np.uint64, "i64": np.int64, "f64": np.float64,
    "mix": np.float32, "mask": np.bool_, "vcc": np.bool_,
}  # fmt: skip
FORMATS: dict[str, Format] = {"f16": F16, "f32": F32, "f64": F64, "mix": F32}
MOST_CASES = 1024  # one array of 16 waves

_BITS = {
    16: [0, 1, 2, 3, 7, 15, 16, 31, 0x80, 0xFF, 0x100, 0x7FFE, 0x7FFF, 0x8000, 0x8001, 0xABCD, 0xFF00, 0xFFFF],
    32: [0, 1, 2, 3, 5, 8, 16, 24, 31, 32, 33, 63, 0xFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFF, 0x800000, 0xFFFFFF,
         0x1000000, 0x12345678, 0x55555555, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xDEADBEEF, 0xFFFF0000, 0xFFFFFFFE,
         0xFFFFFFFF],
    64: [0, 1, 31, 63, 64, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000, 0x0123456789ABCDEF,
         0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFF00000000, 0xFFFFFFFF00000001, 0xFFFFFFFFFFFFFFFF],
}  # fmt: skip


def float_edges(f: Format) -> list[int]:
    """Zeros, subnormals, the ends of each range, halves and neighbours of one, infinities, NaNs; both signs."""
    one = f.bias << f.fraction_bits
    positive = [
        0, 1, 2, f.smallest_normal - 1, f.smallest_normal, f.smallest_normal + 1,
        one - f.smallest_normal, one - 1, one, one + 1, one + f.quiet_bit, one + f.smallest_normal,
        one + 2 * f.smallest_normal + f.quiet_bit, one + f.fraction_bits * f.smallest_normal,
        f.inf - f.smallest_normal, f.inf - 1, f.inf, f.inf + 1, f.nan, f.nan + 5,
    ]  # fmt: skip
    return positive + [x | f.sign_bit for x in positive]


def width_of(word: str) -> int:
    return 32 if word == "mix" else 1 if word in ("mask", "vcc") else int(word.removeprefix("pk_")[1:])


def random_bits(word: str, rng: random.Random) -> int:
    """Uniform bits, or a float near one, where operands meet."""
    bits = rng.getrandbits(width_of(word))
    f = FORMATS.get(word.removeprefix("pk_"))
    if f is None or rng.random() < 0.4:
        return bits
    near = f.bias + rng.randint(-4, 4) if rng.random() < 0.6 else rng.randint(0, 2 * f.bias)
    return (bits & ~f.inf) | (near << f.fraction_bits)


def edges(word: str) -> list[int]:
    element = word.removeprefix("pk_")
    if element in FORMATS:
        return float_edges(FORMATS[element])
    return _BITS.get(width_of(word), [0, 1])


def cases(words: list[str], seed: str) -> list[tuple[int, ...]]:
    """Operands as bits: all combinations of edges where they are few, a sample where they are not, random ones."""
    rng = random.Random(seed)
    pools = [edges(word) for word in words]
    number = int(np.prod([len(pool) for pool in pools]))
    if number <= MOST_CASES // 2:
        chosen: list[tuple[int, ...]] = list(itertools.product(*pools))
    else:
        chosen = [tuple(rng.choice(pool) for pool in pools) for _ in range(MOST_CASES // 2)]
    while len(chosen) < MOST_CASES:
        mixed = [
            rng.choice(p) if rng.random() < 0.2 else random_bits(w, rng) for p, w in zip(pools, words, strict=True)
        ]
        chosen.append(tuple(mixed))
    return chosen


def array_of(word: str, bits: list[int]) -> np.ndarray:
    """[16, 64] of the operand type; [2, 8, 64] for a packed one: the first half of the cases is the low one."""
    dtype = np.dtype(DTYPES[word.removeprefix("pk_")])
    if dtype.kind == "b":
        return np.array(bits, bool).reshape(-1, 64)
    array = np.array(bits, f"u{dtype.itemsize}").view(dtype)
    return array.reshape((2, -1, 64) if word.startswith("pk_") else (-1, 64))


def bits_of(array: np.ndarray, shape: tuple[int, ...]) -> list[int]:
    array = np.broadcast_to(array, shape)
    if array.dtype == bool:
        return [int(x) for x in array.ravel().tolist()]
    return np.ascontiguousarray(array).view(f"u{array.dtype.itemsize}").ravel().tolist()


def check(mnemonic: str, op: Op, oracle: Callable[..., Any], **modifiers: Any) -> None:
    """compute(operands, modifiers) against oracle(bits, modifiers), case by case.

    The oracle gives the result's bits (more than one: a tuple), None for any NaN. A number is compared modulo its
    width, so that it may be negative.
    """
    writes, reads = op.writes.split(), op.reads.split()
    words = [*reads, writes[0]] if op.accumulates else reads
    chosen = cases(words, mnemonic)
    operands = [array_of(word, list(column)) for word, column in zip(words, zip(*chosen, strict=True), strict=True)]
    before = [operand.tobytes() for operand in operands]
    with np.errstate(all="ignore"):
        computed = op.compute(*operands, **modifiers)
    assert before == [operand.tobytes() for operand in operands], f"{mnemonic} changed an operand"
    results = computed if isinstance(computed, tuple) else (computed,)
    wanted = [oracle(*case, **modifiers) for case in chosen]
    for i, (word, result) in enumerate(zip(writes, results, strict=True)):
        assert result.dtype == DTYPES[word.removeprefix("pk_")], f"{mnemonic} {word} is {result.dtype}"
        seen = bits_of(result, operands[0].shape)
        for case, expected, observed in zip(chosen, wanted, seen, strict=True):
            value = expected[i] if isinstance(expected, tuple) else expected
            _compare(f"{mnemonic} {modifiers}", word, case, value, observed, op.exact_nan)


def _compare(name: str, word: str, case: tuple[int, ...], expected: Any, observed: int, exact_nan: bool) -> None:
    f = FORMATS.get(word.removeprefix("pk_"))
    shown = f"{name} ({', '.join(hex(x) for x in case)})"
    if expected is None or (f is not None and not exact_nan and f.is_nan(expected)):
        assert f is not None and f.is_nan(observed), f"{shown}: {word} is {observed:#x}, should be a NaN"
        return
    value = int(expected) & ((1 << width_of(word)) - 1)
    assert observed == value, f"{shown}: {word} is {observed:#x}, should be {value:#x}"


def each(names: dict[str, Any]) -> Iterator[str]:
    """Mnemonics in a stable order, for parametrization."""
    return iter(sorted(names))
