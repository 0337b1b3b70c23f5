"""Which devices are probed in the tests? Ones that add with integers alone, as told, and share no code with the probe.

A number is (n, p), meaning n * 2^p, both int64 arrays.
"""

from dataclasses import dataclass

import numpy as np

Array = np.ndarray
Number = tuple[Array, Array]
_FAR = -4000  # an exponent below all others: of zero


@dataclass
class Imagined:
    """A device of ordinary numbers: none subnormal as FP32, no overflow, no scales but 1.

    order: at which place of the sum each k stands. start: 'first', 'after' or 'last'; tree: products in pairs instead.
    """

    group: int
    width: int
    cut: str
    rounding: str
    start: str
    order: Array
    tree: bool = False
    c_width: int | None = None  # another width for C
    asked: int = 0

    def sums(self, operands) -> Array:
        self.asked += len(operands)
        a, b = e4m3(operands.a[:, self.order]), e4m3(operands.b[:, self.order])
        n, p, e = a[0] * b[0], a[1] + b[1], np.where(a[0] * b[0] != 0, a[2] + b[2], _FAR)
        c = fp32(operands.c)
        total = (np.zeros_like(c[0]), np.zeros_like(c[1])) if self.start == "last" else c
        for first in range(0, n.shape[1], self.group):
            part = slice(first, first + self.group)
            total = self.group_sum(n[:, part], p[:, part], e[:, part], total)
        if self.start == "last":
            total = self.rounded(*self.plain_sum(total, c), "nearest")
        return (total[0] * np.exp2(total[1].astype(np.float64))).astype(np.float32)

    def group_sum(self, n: Array, p: Array, e: Array, c: Number) -> Number:
        if self.tree:
            return self.tree_sum(n, p, c)
        of_c = np.where(c[0] == 0, _FAR, c[1] + length(c[0]) - 1)
        largest = np.maximum(e.max(axis=1), of_c)
        unit = (e.max(axis=1) if self.start == "after" else largest) - self.width
        products = sum(shifted(n[:, k], p[:, k] - unit, self.cut) for k in range(n.shape[1]))
        if self.start == "after":
            products, unit = shifted(products, unit - (largest - self.width), self.cut), largest - self.width
        width = self.width if self.c_width is None else self.c_width
        kept = shifted(c[0], c[1] - (largest - width), self.cut) << (self.width - width)
        return self.rounded(products + kept, unit, self.rounding)

    def tree_sum(self, n: Array, p: Array, c: Number) -> Number:
        parts = [(n[:, k], p[:, k]) for k in range(n.shape[1])]
        while len(parts) > 1:
            pairs = list(zip(parts[::2], parts[1::2], strict=False))
            parts = [self.rounded(*self.plain_sum(x, y), "nearest") for x, y in pairs] + parts[2 * len(pairs) :]
        return self.rounded(*self.plain_sum(parts[0], c), "nearest")

    def plain_sum(self, x: Number, y: Number) -> Number:
        """Exact, of numbers of 24 bits, but for what is more than 30 bits below, of which something is kept."""
        top = np.maximum(*(np.where(z[0] == 0, _FAR, z[1] + length(z[0])) for z in (x, y)))
        unit = top - 56
        return sum(shifted(z[0], z[1] - unit, "sticky") for z in (x, y)), unit

    def rounded(self, n: Array, p: Array, how: str) -> Number:
        drop = np.maximum(length(n) - 24, 0)
        return np.where(n == 0, 0, shifted(n, -drop, how)), p + drop


def length(n: Array) -> Array:
    """Bits of |n|."""
    found, n = np.zeros_like(n), np.abs(n)
    for step in (32, 16, 8, 4, 2, 1):
        large = n >> step > 0
        found, n = found + step * large, np.where(large, n >> step, n)
    return found + (n > 0)


def shifted(n: Array, by: Array, how: str) -> Array:
    """n * 2^by as an integer, the rest 'zero', 'down', to the 'nearest' (even), or into the lowest bit: 'sticky'."""
    left, right = np.clip(by, 0, 62), np.clip(-by, 0, 62)
    n, up = np.where(n == 0, 0, n << left), np.abs(n << left)
    floor = n >> right
    if how == "down":
        return floor
    if how == "zero":
        return np.sign(n) * (up >> right)
    rest = n - (floor << right)
    if how == "sticky":
        return floor | (rest != 0)
    half = np.where(right > 0, 1 << np.maximum(right - 1, 0), 1)
    above = (rest > half) | ((rest == half) & (right > 0) & (floor % 2 == 1))
    return floor + (above & (right > 0))


_CODES = np.arange(256)
_EXPONENT = np.maximum(_CODES >> 3 & 15, 1) - 7
_SIGNIFICAND = ((_CODES & 7) + 8 * ((_CODES >> 3 & 15) > 0)) * np.where(_CODES >> 7, -1, 1)


def e4m3(codes: Array) -> tuple[Array, Array, Array]:
    """(n, p, the exponent that it is aligned by)."""
    exponent = _EXPONENT[codes]
    return _SIGNIFICAND[codes], exponent - 3, exponent


def fp32(values: Array) -> Number:
    bits = values.view(np.uint32).astype(np.int64)
    n = np.where(bits & 0x7FFFFFFF, bits & 0x7FFFFF | 0x800000, 0)
    return n * np.where(bits >> 31, -1, 1), (bits >> 23 & 255) - 150
