"""What does one tensor of one case draw from? A named stream of integers, bits, booleans and permutations.

Each draw advances the stream's cursor, so the bits of a tensor depend on its name and on the draws made
before it in the same stream, never on other tensors or cases.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import prod

import numpy as np

from vectors.data import philox

Shape = int | Sequence[int]


def dims(shape: Shape) -> tuple[int, ...]:
    """``shape`` as a tuple; an integer means one axis. Raises ValueError for a negative size."""
    sizes = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    if any(size < 0 for size in sizes):
        raise ValueError(f"shape: has {sizes}, needs sizes >= 0")
    return tuple(int(size) for size in sizes)


class Stream:
    """The random words of one tensor of one case, drawn in sequence.

    case_id, tensor: name the stream; a colon is refused in ``case_id`` because it separates the two.
    """

    def __init__(self, case_id: str, tensor: str) -> None:
        if ":" in case_id:
            raise ValueError(f"case_id: has {case_id!r}, needs an id without ':'")
        self.key = f"{case_id}:{tensor}"
        self.position = 0

    def words(self, n: int) -> np.ndarray:
        """The next ``n`` words, uint32 [n]."""
        drawn = philox.words(self.key, n, self.position)
        self.position += n
        return drawn

    def bits(self, shape: Shape, dtype: type = np.uint32) -> np.ndarray:
        """Uniform bit patterns as uint8, uint16, uint32 or uint64; a word's low bits come first."""
        kind = np.dtype(dtype)
        if kind not in (np.uint8, np.uint16, np.uint32, np.uint64):
            raise ValueError(f"dtype: has {kind}, needs uint8, uint16, uint32 or uint64")
        sizes = dims(shape)
        count = prod(sizes)
        little = self.words((count * kind.itemsize + 3) // 4).astype("<u4")
        return little.view(kind.newbyteorder("<"))[:count].astype(kind).reshape(sizes)

    def integers(self, lo: int, hi: int, shape: Shape, dtype: type = np.int64) -> np.ndarray:
        """Uniform integers in [lo, hi).

        One word per value, scaled by multiply and shift: floor(word * (hi - lo) / 2^32). No value's
        probability is off by more than a factor (hi - lo) / 2^32, below 1e-6 for ranges up to 4096. Raises
        ValueError for an empty range or one wider than 2^32.
        """
        span = hi - lo
        if not 0 < span <= 1 << 32:
            raise ValueError(f"lo, hi: has [{lo}, {hi}), needs a range of 1 to 2^32 values")
        sizes = dims(shape)
        scaled = (self.words(prod(sizes)).astype(np.uint64) * np.uint64(span)) >> np.uint64(32)
        return (scaled.astype(np.int64) + lo).astype(dtype).reshape(sizes)

    def pick(self, table: np.ndarray | Sequence[int], shape: Shape) -> np.ndarray:
        """Uniform draws, with replacement, from a one-dimensional table; the table's dtype."""
        values = np.asarray(table)
        return values[self.integers(0, len(values), shape)]

    def booleans(self, shape: Shape, probability: float | Fraction = Fraction(1, 2)) -> np.ndarray:
        """True with ``probability``, exact to 2^-32; 0 is never and 1 is always. bool [shape]."""
        if not 0 <= probability <= 1:
            raise ValueError(f"probability: has {probability}, needs 0 <= p <= 1")
        threshold = np.uint64(int(Fraction(probability) * (1 << 32)))
        sizes = dims(shape)
        return (self.words(prod(sizes)).astype(np.uint64) < threshold).reshape(sizes)

    def signs(self, shape: Shape) -> np.ndarray:
        """+1 or -1 with equal probability, int64."""
        return 1 - 2 * self.booleans(shape).astype(np.int64)

    def choice_rows(self, rows: int, n: int, k: int) -> np.ndarray:
        """For each row ``k`` different integers of range(n) in random order, int64 [rows, k].

        Each row is the order of n random 64-bit keys; equal keys (probability below n^2 / 2^65) fall back to
        index order.
        """
        if not 0 <= k <= n:
            raise ValueError(f"k: has {k}, needs 0 <= k <= n = {n}")
        keys = self.bits((rows, n), np.uint64)
        return np.argsort(keys, axis=1, kind="stable")[:, :k].astype(np.int64)

    def permutation(self, n: int) -> np.ndarray:
        """A uniform permutation of range(n), int64 [n]."""
        return self.choice(n, n)

    def choice(self, n: int, k: int) -> np.ndarray:
        """``k`` different integers of range(n) in random order, int64 [k]."""
        return self.choice_rows(1, n, k).reshape(k)
