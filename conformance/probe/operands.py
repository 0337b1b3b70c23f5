"""What is multiplied and added? Kinds of matrix sums, and operands as bits with the exact products that they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import ml_dtypes
import numpy as np

from conformance.gfx950.instructions.sums import ABSENT, exponents_of

Array = np.ndarray
BLOCK, BIAS = 32, 127  # of a scale byte: elements that share one, and the byte that is 1


@dataclass(frozen=True)
class FactorFormat:
    """dtype: NumPy's; codes: of its bits. lowest: exponent of its smallest normal, least: of its smallest number,
    most: of its largest power of two. significand: bits of it."""

    dtype: type
    codes: type
    lowest: int
    least: int
    most: int
    significand: int


FORMATS = {
    "e4m3": FactorFormat(ml_dtypes.float8_e4m3fn, np.uint8, -6, -9, 8, 4),
    "bf16": FactorFormat(ml_dtypes.bfloat16, np.uint16, -126, -133, 127, 8),
    "fp16": FactorFormat(np.float16, np.uint16, -14, -24, 15, 11),
}


@dataclass(frozen=True)
class Kind:
    """A matrix sum as Triton writes it. tile: rows and columns; depth: K, of some instructions; what: in words."""

    id: str
    format: str
    tile: int
    depth: int
    scaled: bool
    what: str


KINDS = {
    kind.id: kind
    for kind in (
        Kind("scaled-32x32", "e4m3", 64, 128, True, "tl.dot_scaled of E4M3, tiles of 64 (gfx950: 32x32x64)"),
        Kind("scaled-16x16", "e4m3", 16, 256, True, "tl.dot_scaled of E4M3, tiles of 16 (gfx950: 16x16x128)"),
        Kind("e4m3", "e4m3", 64, 128, False, "tl.dot of E4M3, tiles of 64"),
        Kind("bf16", "bf16", 64, 64, False, "tl.dot of BF16, tiles of 64"),
        Kind("fp16", "fp16", 64, 64, False, "tl.dot of FP16, tiles of 64"),
    )
}


@dataclass(frozen=True)
class SumOperands:
    """n sums: codes a, b [n, K] of the kind's format, c float32 [n], scale bytes uint8 [n, K/32] (of scaled kinds)."""

    kind: Kind
    a: Array
    b: Array
    c: Array
    a_scale: Array
    b_scale: Array
    _products: dict[str, tuple[Array, Array]] = field(default_factory=dict, repr=False)  # what has been worked out

    def __len__(self) -> int:
        return len(self.c)

    def at(self, rows: Array | slice) -> SumOperands:
        return replace(self, **{name: getattr(self, name)[rows] for name in _ARRAYS}, _products={})

    def products(self, rule: str) -> tuple[Array, Array]:
        """(float64, exact; their exponents by a rule of aligned.EXPONENTS, ABSENT for zero), [n, K] each."""
        if rule not in self._products:
            self._products[rule] = self._multiplied(rule)
        return self._products[rule]

    def _multiplied(self, rule: str) -> tuple[Array, Array]:
        form = FORMATS[self.kind.format]
        value, exponent = np.ones(self.a.shape), np.zeros(self.a.shape, np.int64)
        for codes, scale in ((self.a, self.a_scale), (self.b, self.b_scale)):
            factor = codes.view(form.dtype).astype(np.float64)
            shift = np.repeat(scale.astype(np.int64) - BIAS, BLOCK, axis=1) if self.kind.scaled else np.int64(0)
            own = exponents_of(factor)
            exponent += (np.maximum(own, form.lowest) if rule == "format" else own) + shift
            value *= np.ldexp(factor, shift)
        return value, np.where(value == 0, ABSENT, exponents_of(value) if rule == "value" else exponent)

    def words(self, row: int) -> str:
        """The sum of a row as it can be computed by hand: C and the factors that are not zero."""
        form = FORMATS[self.kind.format]
        a, b = (codes[row].view(form.dtype).astype(np.float64) for codes in (self.a, self.b))
        shifts = [f" scales 2^{int(s) - BIAS}" for s in sorted({*self.a_scale[row], *self.b_scale[row]} - {BIAS})]
        terms = [f"{a[k]:g}*{b[k]:g} at k={k}" for k in np.flatnonzero((a != 0) & (b != 0) | (a != a) | (b != b))]
        shown = [*terms[:6], *([f"and {len(terms) - 6} more"] if len(terms) > 6 else [])]
        return f"C={float(self.c[row])!r} + {' + '.join(shown)}{''.join(shifts[:2])}"


_ARRAYS = ("a", "b", "c", "a_scale", "b_scale")


class Adds(Protocol):
    """What is probed: it gives the sums of operands, float32 [n]."""

    def sums(self, operands: SumOperands) -> Array: ...


def operands_of(kind: Kind, a: Array, b: Array, c: Array, shifts: tuple[Array, Array] | None = None) -> SumOperands:
    """a, b: float64 [n, K] that the format holds exactly; c: anything FP32 holds; shifts: exponents of the scales."""
    form = FORMATS[kind.format]
    ones = np.zeros((len(a), kind.depth // BLOCK), np.int64)
    codes: list[Array] = [np.asarray(x, np.float32).astype(form.dtype).view(form.codes) for x in (a, b)]
    scales = [(x + BIAS).astype(np.uint8) for x in (shifts or (ones, ones))]
    return SumOperands(kind, codes[0], codes[1], np.ascontiguousarray(c, np.float32), scales[0], scales[1])


def joined(parts: Sequence[SumOperands]) -> SumOperands:
    """Of one kind."""
    arrays: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS}
    return replace(parts[0], **arrays, _products={})


def random_operands(kind: Kind, count: int, seed: int) -> SumOperands:
    """Like what kernels multiply, and unlike it: dense and sparse rows, near and far exponents, C of any size."""
    draw, form = np.random.default_rng(seed), FORMATS[kind.format]
    shape, low, high = (count, kind.depth), max(form.least, -20), min(form.most, 14)
    spread = draw.choice([1, 4, high - low], (count, 1))
    sides = []
    for _ in range(2):
        exponent = np.clip(draw.integers(-spread // 2 - 1, spread // 2 + 1, shape) - 1, low, high - 1)
        fraction = 1 + draw.integers(0, 1 << form.significand - 1, shape) / (1 << form.significand - 1)
        numbers = draw.choice([-1.0, 1.0], shape) * np.ldexp(fraction, exponent)
        kept = draw.random(shape) < draw.choice([1.0, 1.0, 0.3, 0.05], (count, 1))
        sides.append(np.where(kept, numbers, 0).astype(np.float32).astype(form.dtype).astype(np.float64))
    c = draw.standard_normal(count) * np.exp2(draw.integers(low, high, count)) * draw.choice([0, 1, 1], count)
    blocks = (count, kind.depth // BLOCK)
    shifts = (draw.integers(-4, 5, blocks), draw.integers(-4, 5, blocks)) if kind.scaled else None
    return operands_of(kind, sides[0], sides[1], c.astype(np.float32), shifts)
