"""How far may an FP32-accumulated sum of K exact products be from the exact sum?"""

import math

UNIT = 2.0**-24
"""Unit roundoff of FP32: RNE changes a result by at most 2^-24 of its magnitude."""


def gemm_bound(K: int) -> float:
    """Factor c with |computed - exact| <= c * sum_i |a_i b_i| for every order and grouping of the K additions.

    Let S = sum |a_i b_i|, u = 2^-24. Products are exact (E4M3 x E4M3: 8 bits; BF16 x BF16: 16 bits) and multiplying by
    E8M0 scales is exact, so only additions err. Two machines are covered:

    (a) FP32 additions rounded to nearest in any tree: K - 1 additions, each off by at most u times its result.
    (b) A step takes g >= 1 products, aligns them to the largest exponent among them and cuts each at >= 24
        fractional bits: at most (g - 1) u max|p|, as the largest one loses nothing. The group's sum and the
        accumulator are aligned to the larger of both and cut at >= 24 fractional bits: at most 2u times the
        larger (one u where g = 1, since then the larger is an FP32 number and loses nothing). The result is
        rounded to FP32: u. Groups may also be summed apart and merged as in (a): the merge's u then takes the
        place of the accumulator's alignment. A result that is cut instead of rounded costs 2u.

    Every intermediate magnitude is at most M = S (1 + c) when c bounds the total relative error, so each local
    error is at most a whole number of units u M. Count units: a group of 1 costs 2 = 2g; a group of g >= 2 costs
    (g - 1) + 3 <= 2g (cut results: (g - 1) + 4 <= 2g for g >= 3); (a) costs K - 1. Hence at most 2K units in
    all: total <= 2K u S (1 + c), which is c S for

        c = 2Ku / (1 - 2Ku) = K 2^-23 / (1 - K 2^-23).

    Assumes no overflow and gradual underflow; what underflow can lose is counted apart (``underflow_slack``).
    Raises ValueError when K < 0 or K >= 2^22, where the bound says nothing useful.
    """
    if not 0 <= K < 2**22:
        raise ValueError(f"K: has {K}, needs 0 <= K < 2**22")
    x = K * 2.0 * UNIT
    return math.nextafter(x / (1.0 - x), math.inf)


def gemm_bound_probabilistic(K: int, failure: float) -> float:
    """Factor c' with |computed - exact| <= c' * sum_i |a_i b_i|, per output with probability >= 1 - failure (GEM-10).

    Assumption on top of ``gemm_bound``'s: the local errors, in the order in which they are made, have mean
    zero given all earlier ones (rounding to nearest of data without structure; cutting towards zero of
    products with random signs; cutting towards -infinity does not satisfy it). Their partial sums are then a
    martingale. ``gemm_bound`` counts at most 2K of them, each one cut product, one alignment or one rounding,
    and each at most d = u M with M = S (1 + c). Azuma and Hoeffding: P(|sum| >= t) <= 2 exp(-t^2 / (2 * 2K
    d^2)). With the right side equal to ``failure``:

        c' = 2 u sqrt(K ln(2 / failure)) (1 + c),      never more than c = gemm_bound(K).

    For a tensor of n outputs pass failure / n (union bound). Raises ValueError unless 0 < failure < 1.
    """
    if not 0.0 < failure < 1.0:
        raise ValueError(f"failure: has {failure}, needs a probability between 0 and 1, both excluded")
    worst = gemm_bound(K)
    likely = 2.0 * UNIT * math.sqrt(K * math.log(2.0 / failure)) * (1.0 + worst) * (1.0 + 2.0**-40)
    return min(worst, likely)


def gemm_factor(K: int, failure: float | None = None) -> float:
    """``gemm_bound(K)``, or ``gemm_bound_probabilistic(K, failure)`` where a failure probability is given."""
    return gemm_bound(K) if failure is None else gemm_bound_probabilistic(K, failure)


def underflow_slack(K: int) -> float:
    """Absolute error that gradual underflow to FP32 may add: 2K roundings (products and sums) of at most 2^-150."""
    return K * 2.0**-149
