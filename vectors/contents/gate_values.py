"""Which gates and ups does a combination ask? Values by kind, enough of them for any number of rows and columns."""

from collections.abc import Callable
from typing import Any

import numpy as np

from vectors import data
from vectors.case import Case
from vectors.contents import gates
from vectors.data import Stream

_FAR = 1e4
_ORDINARY = slice(32, 64)
"""Elements that hold nothing special beside zeros and NaN, or nothing could be seen of what else a case asks."""
_LARGEST = {"fp32": 3.4028234663852886e38, "bf16": 3.3895313892515355e38}


def places(limit: float | None, dtype: str) -> dict[str, float]:
    """The values at each place relative to the limit; a place that the limit does not have is left out.

    One step from zero is the smallest normal number: what a subnormal gives is below the error model's floor.
    """
    if limit is None:
        return {"far": _FAR, "minus-far": -_FAR, "zero": 0.0}
    kind = data.DTYPES[dtype]
    if np.isinf(limit):
        largest = _LARGEST[dtype]
        return {
            "on": np.inf,
            "below": largest,
            "minus-on": -np.inf,
            "minus-above": -largest,
            "minus-far": -_FAR,
            "zero": 0.0,
        }
    if limit == 0:
        step = 2.0**-126
        below, on, above = -step, 0.0, step
    else:
        _, below, on, above, _ = gates.around(limit, kind)
    return {
        "on": on,
        "below": below,
        "above": above,
        "minus-on": -on,
        "minus-below": -above,
        "minus-above": -below,
        "far": _FAR,
        "minus-far": -_FAR,
        "zero": 0.0,
    }


def gate_up(case: Case) -> np.ndarray:
    """[rows, 2 * width] in the split layout, of the case's dtype, by the kind of its parameter ``content``."""
    p = case.params
    gate, up = _MAKERS[p["content"]](case, p["rows"] * p["width"])
    halves = [values.reshape(p["rows"], p["width"]) for values in (gate, up)]
    with np.errstate(over="ignore"):
        return data.rounded(np.concatenate(halves, axis=1), data.DTYPES[p["dtype"]])


def _crossed(case: Case, gate: Any, up: Any, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Every gate with every up in a random order, as often as it takes."""
    pairs = np.stack([m.reshape(-1) for m in np.meshgrid(gate, up, indexing="ij")], axis=1)
    order = Stream(case.id, "order").permutation(len(pairs))
    drawn = np.resize(pairs[order], (count, 2))
    return drawn[:, 0], drawn[:, 1]


def _edges(case: Case, count: int) -> tuple[np.ndarray, np.ndarray]:
    held = list(places(case.params["limit"], case.params["dtype"]).values())
    values = np.array([*held, -0.0, 0.25, -0.25, 1.0, -1.0, 3.5, -3.5])
    return _crossed(case, values, values, count)


def _gaussian(case: Case, count: int) -> tuple[np.ndarray, np.ndarray]:
    drawn = [data.normal(Stream(case.id, half), count, std=2.0).astype(np.float64) for half in ("gate", "up")]
    for values in drawn:
        values[::61] *= 8
    limit, first = case.params["limit"], _ORDINARY.start if count > _ORDINARY.start + 1 else 0
    if limit is not None and np.isfinite(limit):  # of few elements chance leaves none beyond the limit
        drawn[0][first : first + 1] = 1.5 * limit
        drawn[1][first + 1 : first + 2] = 1.5 * limit
    return drawn[0], drawn[1]


def _wide(case: Case, count: int) -> tuple[np.ndarray, np.ndarray]:
    gate = np.concatenate([np.arange(1, 201, 7) * 1.0, data.exp2(np.arange(-30, 1, 3)), [88.0, 89.0, 104.0]])
    up = np.concatenate([data.exp2(np.arange(-100, 101, 20)), [0.0, 7.0]])
    return _crossed(case, np.concatenate([gate, -gate]), np.concatenate([up, -up]), count)


def _exact(case: Case, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Integers and quarters: alpha 0 halves them, and else the gates are large on the side where the sigmoid is 1."""
    alpha = case.params["alpha"]
    low = -24 if alpha == 0 else 33
    gate = Stream(case.id, "gate").integers(low, low + 48, count).astype(np.float64)
    up = Stream(case.id, "up").integers(-31, 32, count).astype(np.float64) / 4
    return np.where(alpha < 0, -gate, gate), up


def _nan(case: Case, count: int) -> tuple[np.ndarray, np.ndarray]:
    """NaN in a tenth of the gates, and in a tenth of the ups, one at least; none in the second 32."""
    gate, up = _gaussian(case, count)
    for name, values in (("gate", gate), ("up", up)):
        where = Stream(case.id, f"{name} nan").booleans(count, 0.1)
        where[_ORDINARY], where[:1] = False, True
        values[where] = np.nan
    return gate, up


def _infinite(case: Case, count: int) -> tuple[np.ndarray, np.ndarray]:
    values = np.array([np.inf, -np.inf, 0.0, 1.0, -1.0, 6.5, -30.0])
    return _crossed(case, values, values, count)


def _zero(case: Case, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Runs of 32 whose gates are zeros of both signs, or whose ups are -beta, beside ordinary ones."""
    gate, up = _gaussian(case, count)
    kind = Stream(case.id, "kind").integers(0, 4, -(-count // 32)).repeat(32)[:count]
    kind[:32], kind[_ORDINARY] = 0, 3
    signs = Stream(case.id, "signs").signs(count)
    gate[kind < 2] = np.where(signs < 0, -0.0, 0.0)[kind < 2]
    up[kind == 2] = -case.params["beta"]
    return gate, up


def _tiny(case: Case, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Runs of 32 gates from 2^-133 to 2^-101, so that results lie on both sides of the smallest normal number."""
    exponent = Stream(case.id, "exponent").integers(-133, -101, count)
    up, limit = _gaussian(case, count)[1], case.params["limit"]
    if count and limit and np.isfinite(limit):
        shows = (abs(up) > limit) & (data.exp2(exponent) * limit > 2.0**-122)
        if not shows.any():  # chance left all that the clamp changes below the error model's floor
            up[exponent.argmax()] = 1.5 * limit
    return data.exp2(exponent) * Stream(case.id, "signs").signs(count), up


_MAKERS: dict[str, Callable[[Case, int], tuple[np.ndarray, np.ndarray]]] = {
    "edges": _edges,
    "gaussian": _gaussian,
    "wide": _wide,
    "exact": _exact,
    "nan": _nan,
    "infinite": _infinite,
    "zero": _zero,
    "tiny": _tiny,
}
