"""Is the exponential within its stated error?"""

from __future__ import annotations

from decimal import Context, Decimal

import numpy as np

from reference.exponential import _LN2_HIGH, _LN2_LOW, exp_minus

CONTEXT = Context(prec=60)


def test_ln_2_is_split_exactly() -> None:
    ln2 = CONTEXT.ln(Decimal(2))
    assert int(_LN2_HIGH * 2.0**32) == _LN2_HIGH * 2.0**32
    assert abs(CONTEXT.subtract(ln2, Decimal(_LN2_HIGH)) - Decimal(_LN2_LOW)) < Decimal(2.0**-85)


def test_the_error_is_below_two_ulp() -> None:
    rng = np.random.default_rng(0)
    near_halves = (np.arange(0, 1000)[:, None] + np.array([0.5])) * np.log(2) + rng.normal(0, 1e-9, (1000, 1))
    x = np.concatenate([rng.random(3000) * 2, rng.random(3000) * 700, near_halves.reshape(-1), [0.0, 1e-300, 1e-20]])
    x = x[x < 700]
    got = exp_minus(x)
    for value, result in zip(x, got, strict=True):
        exact = CONTEXT.exp(-Decimal(float(value)))
        assert abs(CONTEXT.subtract(Decimal(float(result)), exact)) < Decimal(float(2 * np.spacing(result)))


def test_ends() -> None:
    with np.errstate(under="ignore"):
        got = exp_minus(np.array([0.0, 745.0, 746.0, 1e300, np.inf, np.nan]))
    assert got[0] == 1.0 and 0 < got[1] < 1e-320 and (got[2:5] == 0).all() and np.isnan(got[5])
