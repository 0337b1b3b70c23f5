"""Do the GEMM bounds hold for every machine they claim to cover, and do they refuse what they do not?"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from reference.bounds import gemm_bound, gemm_bound_probabilistic, underflow_slack
from tests.reference.machines import aligned_groups, any_machine, random_order


def exact_sums(products: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    sums = [math.fsum(row) for row in products]
    return np.array(sums), np.array([math.fsum(abs(row)) for row in products])


@pytest.mark.parametrize("K", [1, 2, 3, 5, 16, 33, 128])
def test_every_machine_stays_within_the_worst_case(K: int) -> None:
    rng = np.random.default_rng(K)
    wide = np.ldexp(rng.integers(-255, 256, (400, K)).astype(np.float64), rng.integers(-24, 3, (400, K)))
    nasty = np.concatenate(
        [np.full((400, 1), 2.0**20), rng.integers(1, 256, (400, K - 1)) * (2.0**-4 - 2.0**-12)], axis=1
    )
    for products in (wide, nasty):
        exact, magnitude = exact_sums(products)
        for _ in range(12):
            got = any_machine(products, rng)
            assert (np.abs(got - exact) <= gemm_bound(K) * magnitude * (1 + 2.0**-40)).all()


def test_the_worst_case_is_not_far_from_a_bad_machine() -> None:
    """Each term is just below the last bit that alignment keeps: near half of the bound is really reached."""
    K = 64
    products = np.full((1, K), 2.0**-8 * (1.0 - 2.0**-7))
    products[:, 0] = 2.0**16
    exact, magnitude = exact_sums(products)
    got = aligned_groups(products, 1, 24, "zero")
    assert np.abs(got - exact)[0] > 0.45 * gemm_bound(K) * magnitude[0]


def test_coarser_alignment_breaks_the_bound() -> None:
    rng = np.random.default_rng(1)
    products = np.concatenate([np.full((200, 1), 1.0), rng.random((200, 31)) * 2.0**-11], axis=1)
    exact, magnitude = exact_sums(products)
    got = aligned_groups(products, 32, 13)
    assert (np.abs(got - exact) > gemm_bound(32) * magnitude).any()


def test_the_likely_bound_holds_for_rounding_to_nearest() -> None:
    rng = np.random.default_rng(2)
    K, worst = 512, 0.0
    products = rng.standard_normal((2000, K)).astype(np.float32).astype(np.float64)
    exact, magnitude = exact_sums(products)
    for _ in range(4):
        worst = max(worst, float((np.abs(random_order(products, rng) - exact) / magnitude).max()))
    assert worst < gemm_bound_probabilistic(K, 1e-4) < gemm_bound(K) / 4


def test_forms_and_limits() -> None:
    for K in (0, 1, 6144, 2**22 - 1):
        x = Fraction(K, 2**23)
        assert Fraction(gemm_bound(K)) >= x / (1 - x)
    assert gemm_bound(6144) < 6144 * 2.0**-23 * 1.001
    assert gemm_bound_probabilistic(6144, 1e-12) == pytest.approx(2.0**-23 * math.sqrt(6144 * math.log(2e12)), rel=1e-3)
    assert gemm_bound_probabilistic(2, 1e-12) == gemm_bound(2)  # never above the worst case
    assert underflow_slack(32) == 2.0**-144
    for bad in (-1, 2**22):
        with pytest.raises(ValueError, match="K: has"):
            gemm_bound(bad)
    for failure in (0.0, 1.0):
        with pytest.raises(ValueError, match="failure: has"):
            gemm_bound_probabilistic(4, failure)
