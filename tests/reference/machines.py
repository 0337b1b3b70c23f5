"""Which FP32 accumulations does a conforming machine perform? Simulations that the bounds and sets must hold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


def rounded(x: F64) -> F64:
    """RNE to FP32, as float64."""
    with np.errstate(over="ignore"):
        return x.astype(np.float32).astype(np.float64)


def random_order(products: F64, rng: np.random.Generator) -> F64:
    """FP32 sums over the last axis by a random tree: pairs of a shuffled list are merged until one is left."""
    terms = rounded(products)[..., rng.permutation(products.shape[-1])]
    while terms.shape[-1] > 1:
        if rng.random() < 0.3:  # a sequential stretch
            head = rounded(terms[..., 0] + terms[..., 1])
            terms = np.concatenate([head[..., None], terms[..., 2:]], axis=-1)
            continue
        half = terms.shape[-1] // 2
        merged = rounded(terms[..., :half] + terms[..., half : 2 * half])
        terms = np.concatenate([merged, terms[..., 2 * half :]], axis=-1)
    return terms[..., 0]


def cut(x: F64, largest: F64, bits: int, towards: str) -> F64:
    """x cut at `bits` fractional bits below the exponent of `largest`."""
    quantum = np.ldexp(1.0, np.frexp(largest)[1] - 1 - bits)
    steps = x / np.where(largest == 0, 1.0, quantum)
    return np.where(largest == 0, 0.0, (np.trunc(steps) if towards == "zero" else np.floor(steps)) * quantum)


def aligned_groups(products: F64, group: int, bits: int = 24, towards: str = "zero") -> F64:
    """Groups aligned to their largest term and cut, then added to an accumulator that is aligned, cut, rounded."""
    total = np.zeros(products.shape[:-1])
    for first in range(0, products.shape[-1], group):
        part = products[..., first : first + group]
        inner = cut(part, np.abs(part).max(axis=-1, keepdims=True), bits, towards).sum(axis=-1)
        largest = np.maximum(np.abs(inner), np.abs(total))
        total = rounded(cut(inner, largest, bits, towards) + cut(total, largest, bits, towards))
    return total


def any_machine(products: F64, rng: np.random.Generator) -> F64:
    """One of the above, at random."""
    kind = int(rng.integers(0, 5))
    if kind < 2:
        return random_order(products, rng)
    group = int(rng.choice([1, 4, 16, 32, products.shape[-1]]))
    return aligned_groups(
        products, max(1, group), int(rng.integers(24, 30)), ("zero", "minus")[int(rng.integers(0, 2))]
    )
