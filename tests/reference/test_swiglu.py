"""Are the SwiGLU enclosures those of the error model, at the clamp edges, at the extremes and for special values?"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

from reference.codec import BF16_DTYPE
from reference.interval import Interval
from reference.scalar import swiglu, swiglu_enclosure
from reference.swiglu import EXTREMUM, enclosure, interval_enclosure, split, swiglu_oai

PARAMETERS = [
    (1.702, 1.0, 7.0),
    (1.702, 1.0, None),
    (0.0, 1.0, None),
    (-1.0, 0.5, 2.5),
    (1.0, 0.0, 0.0),
    (3.0, -1.0, np.inf),
]
EDGES = [0.0, -0.0, 1e-45, -1e-40, 2.0**-126, 1e-20, 0.5, 1.0, -1.0, 2.5, 6.999999, 7.0, 7.0000005, -7.0, -7.5, 18.75,
         19.0, 33.0, 100.0, -80.0, -104.0, -745.0, 1e10, -1e10, 3e38, -3e38]  # fmt: skip


def fp32(x: float) -> Fraction:
    return Fraction(float(np.float32(x)))


def limit_fraction(limit: float | None) -> Fraction | None:
    return None if limit is None or np.isinf(limit) else fp32(limit)


def pairs(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    edges = np.array(list(itertools.product(EDGES, EDGES)), np.float32)
    noise = np.random.default_rng(seed).standard_normal((300, 2)) * 6
    return tuple(np.concatenate([edges, noise.astype(np.float32)]).T)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("alpha", "beta", "limit"), PARAMETERS)
def test_encloses_the_scalar_enclosure_tightly_or_collapses_onto_its_value(
    alpha: float, beta: float, limit: float | None, strict: bool
) -> None:
    gate, up = pairs()
    got = enclosure(gate, up, alpha=alpha, beta=beta, limit=limit, strict=strict)
    nearest = swiglu_oai(gate, up, alpha=alpha, beta=beta, limit=limit)
    assert not got.nan.any()
    for i, (g, u) in enumerate(zip(gate, up, strict=True)):
        if got.free[i]:
            assert abs(float(u) + beta) > 3.3e38
            continue
        args = fp32(g), fp32(u), fp32(alpha), fp32(beta), limit_fraction(limit)
        r = swiglu(*args)
        assert abs(Fraction(nearest[i]) - r) <= abs(r) / 2**49 + Fraction(1, 2**800)
        low, high = swiglu_enclosure(*args, strict)
        if got.lo[i] == got.hi[i]:
            assert abs(Fraction(got.lo[i]) - r) <= abs(r) / 2**46  # sigmoid within exp(-32) of 1
            assert np.float32(got.lo[i]) == got.lo[i]
            continue
        slack = Fraction(1, 2**20) * (high - low)
        assert low - slack <= Fraction(got.lo[i]) <= low
        assert high <= Fraction(got.hi[i]) <= high + slack


def model_fp32(g: np.ndarray, u: np.ndarray, alpha: float, beta: float, flush: bool, wobble: int) -> np.ndarray:
    """A conforming FP32 evaluation: exp off by `wobble` ulp (exp(0) is 1), optionally flushing the result."""
    with np.errstate(all="ignore"):
        z = np.float32(alpha) * g
        e = np.exp(-z.astype(np.float64)).astype(np.float32)
        e = (
            (e.view(np.int32) + np.where(np.isfinite(e) & (e > 0) & (z != 0), wobble, 0))
            .astype(np.int32)
            .view(np.float32)
        )
        out = g * (np.float32(1) / (np.float32(1) + e)) * (u + np.float32(beta))
    return np.where(flush & (np.abs(out) < 2.0**-126), np.float32(0) * np.sign(out), out).astype(np.float32)


@pytest.mark.parametrize("wobble", [-2, 0, 2])
@pytest.mark.parametrize("flush", [False, True])
@pytest.mark.parametrize(("alpha", "beta", "limit"), PARAMETERS)
def test_conforming_fp32_evaluations_are_accepted(
    alpha: float, beta: float, limit: float | None, flush: bool, wobble: int
) -> None:
    gate, up = pairs(1)
    keep = np.abs(gate.astype(np.float64) * alpha) < 87  # beyond, intermediate flushes depend on the formula's order
    keep &= (np.abs(gate) >= 2.0**-100) | (gate == 0)
    gate, up = gate[keep & (np.abs(up) < 1e30)], up[keep & (np.abs(up) < 1e30)]
    L = np.float32(np.inf if limit is None else limit)
    out = model_fp32(np.minimum(gate, L), np.minimum(np.maximum(up, -L), L), alpha, beta, flush, wobble)
    accepted = enclosure(gate, up, alpha=alpha, beta=beta, limit=limit).rounded_to(np.float32)
    assert accepted.contains(out).all()


def test_a_flushed_sigmoid_is_accepted_and_strictly_refused_where_the_result_is_representable() -> None:
    gate = np.float32([-52.0, -52.0, -52.0, -52.0, -51.0, -60.0])
    up = np.float32([2.0**20, -(2.0**20), -0.99, 2.0**20, 2.0**20, 2.0**90])
    flushed = np.float32([0, 0, 0, 1e-30, 0, 0])  # alpha g is -88.5; a value between is none, and -86.8 flushes nothing
    sets = (enclosure(gate, up, alpha=1.702, beta=1.0, limit=None, strict=strict) for strict in (False, True))
    right, strictly = (found.rounded_to(np.float32).contains(flushed).tolist() for found in sets)
    assert right == [True, True, True, False, False, True]
    assert strictly == [False, False, True, False, False, False]


def test_an_error_of_the_whole_model_more_is_refused() -> None:
    gate, up = np.array([0.7], np.float32), np.array([0.3], np.float32)
    sets = enclosure(gate, up, alpha=1.702, beta=1.0, limit=None)
    r = swiglu_oai(gate, up, alpha=1.702, beta=1.0, limit=None)
    off = (r * (1 + 10.5 * 2.0**-23)).astype(np.float32)
    assert not sets.rounded_to(np.float32).contains(off).any()
    assert sets.rounded_to(np.float32).contains((r * (1 + 8.5 * 2.0**-23)).astype(np.float32)).all()


def test_collapse_where_fp32_is_exact() -> None:
    gate = np.array([0.75, -0.75, 2.0, 1.0 + 2.0**-23, 2.0**-126], np.float32)
    up = np.array([0.5, 1.0, -3.0, 2.0**-23, 1.0], np.float32)
    sets = enclosure(gate, up, alpha=0.0, beta=1.0, limit=None)
    assert sets.is_point().tolist() == [True, True, True, False, False]  # an inexact product, a subnormal half
    assert sets.lo[:3].tolist() == [0.5625, -0.75, -2.0]
    sets = enclosure(np.array([40.0, 31.0], np.float32), np.ones(2, np.float32), alpha=1.0, beta=1.0, limit=None)
    assert sets.is_point().tolist() == [True, False] and sets.lo[0] == 80.0


def test_alpha_below_zero_mirrors_alpha_above() -> None:
    """g * sigmoid(-g) is -((-g) * sigmoid(-g)): points, widths and special values all turn over."""
    gate, up = pairs(3)
    gate = np.append(gate, np.array([np.inf, -np.inf, np.nan, 40.0, -40.0], np.float32))
    up = np.append(up, np.array([1.0, 1.0, 1.0, np.inf, 2.0], np.float32))
    for alpha, beta in ((1.0, 1.0), (1.702, -1.0), (3.0, 0.0)):
        falls = enclosure(gate, up, alpha=-alpha, beta=beta, limit=None)
        rises = enclosure(-gate, up, alpha=alpha, beta=beta, limit=None)
        assert (falls.nan == rises.nan).all() and (falls.free == rises.free).all()
        known = ~falls.nan & ~falls.free
        assert (falls.lo[known] == -rises.hi[known]).all() and (falls.hi[known] == -rises.lo[known]).all()
    exact = enclosure(np.float32([-40.0, -31.0, 40.0]), np.ones(3, np.float32), alpha=-1.0, beta=1.0, limit=7.0)
    assert exact.is_point().tolist() == [True, False, False] and exact.lo[0] == -80.0


def test_exact_zeros_accept_both_signs_and_nothing_else() -> None:
    gate = np.array([0.0, -0.0, 3.0, 5.0], np.float32)
    up = np.array([1.0, 2.0, -1.0, 0.3], np.float32)
    sets = enclosure(gate, up, alpha=1.702, beta=1.0, limit=None).rounded_to(np.float32)
    for zero in (0.0, -0.0):
        assert sets.contains(np.full(4, zero, np.float32)).tolist() == [True, True, True, False]
    assert not sets.contains(np.full(4, 1e-45, np.float32))[:3].any()
    limited = enclosure(np.array([4.0], np.float32), up[:1], alpha=1.702, beta=1.0, limit=0.0)
    assert limited.lo[0] == limited.hi[0] == 0.0


def test_u_plus_beta_that_only_rounds_to_zero_or_one_does_not_collapse() -> None:
    sets = enclosure(np.ones(2, np.float32), np.array([2.0**-60, -1.0], np.float32), alpha=0.0, beta=1.0, limit=None)
    assert sets.is_point().tolist() == [False, True]


def test_flush_and_overflow() -> None:
    tiny = enclosure(np.array([1e-30], np.float32), np.array([1e-30], np.float32), alpha=1.0, beta=0.0, limit=None)
    assert tiny.rounded_to(np.float32).contains(np.zeros(1, np.float32)).all()
    big = enclosure(np.array([3e38], np.float32), np.array([3.0], np.float32), alpha=0.3, beta=0.1, limit=None)
    assert big.rounded_to(np.float32).contains(np.array([np.inf], np.float32)).all()
    lost = enclosure(np.array([1.0], np.float32), np.array([3e38], np.float32), alpha=1.0, beta=3e38, limit=None)
    assert lost.free.all()


def test_nan_and_infinities() -> None:
    inf, nan = np.inf, np.nan
    gate = np.array([nan, 1.0, inf, -inf, inf, 1.0, -1.0, 0.0, inf, 2.0], np.float32)
    up = np.array([1.0, nan, 1.0, 1.0, -1.0, inf, inf, inf, -inf, -inf], np.float32)
    sets = enclosure(gate, up, alpha=1.702, beta=1.0, limit=None)
    assert sets.nan.tolist() == [True, True] + [False] * 8
    assert sets.free.tolist() == [False, False, False, True, True, False, False, True, False, False]
    assert sets.lo[[2, 5, 6, 8, 9]].tolist() == [inf, inf, -inf, -inf, -inf]
    clamped = enclosure(gate, up, alpha=1.702, beta=1.0, limit=7.0)
    assert clamped.nan.tolist() == sets.nan.tolist()
    assert clamped.free.tolist() == [False, False, False, True] + [False] * 6  # only -Inf survives the clamp
    assert enclosure(gate[2:3], up[2:3], alpha=0.0, beta=1.0, limit=None).free.all()
    assert enclosure(gate[3:4], up[3:4], alpha=-1.0, beta=1.0, limit=None).lo[0] == -inf


@pytest.mark.parametrize(("alpha", "beta", "limit"), PARAMETERS)
def test_boxes_enclose_every_point_in_them(alpha: float, beta: float, limit: float | None) -> None:
    rng = np.random.default_rng(5)
    ends = np.sort(rng.standard_normal((2, 2, 400)).astype(np.float32) * 4, axis=1)
    none = np.zeros(400, bool)
    gate, up = (Interval(e[0], e[1], none, none) for e in ends)
    box = interval_enclosure(gate, up, alpha=alpha, beta=beta, limit=limit)
    for weight in np.linspace(0, 1, 9, dtype=np.float32):
        for other in np.linspace(0, 1, 5, dtype=np.float32):
            g = np.clip(ends[0, 0] + weight * (ends[0, 1] - ends[0, 0]), ends[0, 0], ends[0, 1])
            u = np.clip(ends[1, 0] + other * (ends[1, 1] - ends[1, 0]), ends[1, 0], ends[1, 1])
            inner = enclosure(g, u, alpha=alpha, beta=beta, limit=limit)
            assert ((box.lo <= inner.lo) & (inner.hi <= box.hi)).all()


def test_boxes_know_the_extremum() -> None:
    assert 1 + EXTREMUM + np.exp(EXTREMUM) == pytest.approx(0, abs=1e-15)
    none = np.zeros(1, bool)
    gate = Interval(np.array([-3], np.float32), np.array([0], np.float32), none, none)
    up = Interval.exact(np.zeros(1, np.float32))
    assert interval_enclosure(gate, up, alpha=1.0, beta=1.0, limit=None).lo[0] == pytest.approx(-0.2784645, abs=1e-6)


def test_boxes_that_are_points_equal_the_elementwise_enclosure() -> None:
    gate, up = pairs(2)
    sets = (Interval.exact(gate), Interval.exact(up))
    for alpha, beta, limit in PARAMETERS:
        a = enclosure(gate, up, alpha=alpha, beta=beta, limit=limit)
        b = interval_enclosure(*sets, alpha=alpha, beta=beta, limit=limit)
        assert np.array_equal(a.lo, b.lo) and np.array_equal(a.hi, b.hi) and np.array_equal(a.free, b.free)


def test_layouts() -> None:
    x = np.arange(8, dtype=np.float32).reshape(1, 8).astype(BF16_DTYPE)
    gate, up = split(x, "interleaved")
    assert gate.tolist() == [[0, 2, 4, 6]] and up.tolist() == [[1, 3, 5, 7]]
    assert split(x)[1].tolist() == [[4, 5, 6, 7]]
    with pytest.raises(ValueError, match="layout: has 'pairs'"):
        split(x, "pairs")
    with pytest.raises(ValueError, match="gate_up: has shape"):
        split(x[:, :3])
    with pytest.raises(ValueError, match="alpha: has inf"):
        enclosure(x, x, alpha=np.inf, beta=1.0, limit=None)
    with pytest.raises(ValueError, match="limit: has NaN"):
        enclosure(x, x, alpha=1.0, beta=1.0, limit=np.nan)
