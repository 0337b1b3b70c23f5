"""Which gates and ups put a SwiGLU-OAI result just beside a decision: of the scale rule, of the encoder, of a store?

Candidates are drawn, the reference encloses the result of each, and the nearest one whose whole enclosure lies on one
side is taken. So the answer is one, and a kernel that errs by little more than the error model allows gives another.
"""

import ml_dtypes
import numpy as np

from reference.codec import e4m3_to_float64, round_float64
from reference.swiglu import clamp, enclosure, swiglu_oai
from vectors import data
from vectors.case import Case
from vectors.data import BLOCK, Stream

_ATTEMPTS = 32
_CODES = e4m3_to_float64(np.arange(0x7F, dtype=np.uint8))
_MIDPOINTS = (_CODES[1:] + _CODES[:-1]) / 2
_LARGEST = 448.0
_EXACT = 8  # every eighth place may hold the decision itself


def of_blocks(case: Case) -> np.ndarray:
    """gate_up [rows, 2 * width]: block maxima beside 448 * 2^e on both sides and on it, elements beside code midpoints.

    Beside: the rounding to BF16 is the maximum 448 * 2^e, or the midpoint, itself. Of 32 elements the first, moved by
    the number of the block, is the maximum. Places for which nothing was found hold a gate and up of 0.
    """
    rows, width = case.params["shape"]
    blocks = rows * width // BLOCK
    target, off, above = _beside(case, blocks)
    gate, up = _aimed(case, target * (1 + off) * Stream(case.id, "sign").signs(target.shape))
    low, high = _ends(case, gate, up, np.float32)
    place = np.arange(BLOCK)[:, None]
    decided = (low > target) | (high < target) | ((low == high) & (place % _EXACT == 0))
    decided &= (place != 0) | ((low > target) == above)
    near = (_rounded(low, ml_dtypes.bfloat16) == target) & (_rounded(high, ml_dtypes.bfloat16) == target)
    gate, up, found = _nearest(gate, up, np.abs(low / target - 1.0), decided & near)
    if not found[:, 0].all():
        raise ValueError(f"inputs of {case.id}: has blocks without a maximum near 448 * 2^e, needs other exponents")
    turned = (np.arange(BLOCK) - np.arange(blocks)[:, None]) % BLOCK
    halves = [np.take_along_axis(values, turned, axis=1).reshape(rows, width) for values in (gate, up)]
    return np.concatenate(halves, axis=1)


def _beside(case: Case, blocks: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Decisions, how far beside them to aim, relative, and whether the block's maximum is to lie above 448 * 2^e.

    Where it does, the elements' midpoints are those of the next scale.
    """
    exponents, shape = np.arange(*case.params["exponents"]), (blocks, BLOCK, _ATTEMPTS)
    exponent = np.resize(exponents, blocks)[:, None, None]
    above = (np.arange(blocks) // len(exponents) % 2 == 0)[:, None, None]
    target = Stream(case.id, "target").pick(_MIDPOINTS, shape)
    target = np.where(above & (target > _LARGEST / 2), target / 4, target) * data.exp2(exponent + above)
    target[:, 0] = _LARGEST * data.exp2(exponent[:, 0])
    off = data.exp2(-Stream(case.id, "off").integers(9, 25, shape)) * Stream(case.id, "side").signs(shape)
    off[:, ::_EXACT, :6] = 0.0
    off[:, 0] = np.where(above[:, 0], np.maximum(np.abs(off[:, 0]), 2.0**-23), -np.abs(off[:, 0]))
    return target, off, above


def of_stores(case: Case) -> np.ndarray:
    """gate_up [rows, 2 * width] whose results lie nearest to midpoints of two values of the case's own dtype."""
    rows, width = case.params["shape"]
    shape, kind = (rows, width, 16 * _ATTEMPTS), data.DTYPES[case.params["dtype"]]
    gate, up = (data.log_uniform(Stream(case.id, half), shape, -3, 2, dtype=kind) for half in ("gate", "up"))
    low, high = _ends(case, gate, up, np.float64)
    value = _rounded(low, kind)
    half_unit = data.exp2(np.frexp(value)[1] - 2 - int(ml_dtypes.finfo(kind).nmant))  # type: ignore[no-untyped-call]
    decided = (value == _rounded(high, kind)) & (low > 0)
    gate, up, _ = _nearest(gate, up, 1.0 - np.abs(low - value) / half_unit, decided)
    return np.concatenate([gate, up], axis=1)


def of_sigmoids(case: Case) -> np.ndarray:
    """gate_up [rows, 2 * width]: alpha * gate densely from -20 to 20, some as far as -87, beside ups of few bits."""
    p, (rows, width) = case.params, case.params["shape"]
    far = Stream(case.id, "far").booleans((rows, width), 0.25)
    inside = (Stream(case.id, "gate").integers(-(1 << 20), 1 << 20, (rows, width)) + 0.5) * (20 * 2.0**-20)
    gate = np.where(far, 4.35 * np.minimum(inside, -inside), inside) / p["alpha"]
    up = Stream(case.id, "up").integers(-31, 32, (rows, width)) / 4 + 0.125
    return data.rounded(np.concatenate([gate, up], axis=1), data.DTYPES[p["dtype"]])


def of_flushed(case: Case) -> np.ndarray:
    """gate_up [rows, 2 * width]: sigmoids falling from 2^-120 to 2^-150, times ups that make them ordinary numbers."""
    p, (rows, width) = case.params, case.params["shape"]
    gate = -(83 + np.arange(rows * width).reshape(rows, width) * (21 / (rows * width))) / p["alpha"]
    up = data.log_uniform(Stream(case.id, "up"), (rows, width), 40, 44).astype(np.float64)
    return data.rounded(np.concatenate([gate, up], axis=1), data.DTYPES[p["dtype"]])


def _aimed(case: Case, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Random gates, half of them powers of two, and the ups whose results are nearest to the target."""
    p, kind = case.params, data.DTYPES[case.params["dtype"]]
    most = 5 if p["limit"] is None else 2  # from alpha * gate = 32 on the sigmoid is 1
    gate = data.log_uniform(Stream(case.id, "gate"), target.shape, -2, most, dtype=kind)
    power = data.powers_of_two(Stream(case.id, "power"), target.shape, -2, most, dtype=kind)
    gate = np.where(Stream(case.id, "which").booleans(target.shape), power, gate)
    one = np.ones_like(gate)
    gated = swiglu_oai(clamp(gate, one, p["limit"])[0], one, alpha=p["alpha"], beta=0.0, limit=None)
    with np.errstate(over="ignore"):
        return gate, data.rounded(target / gated - p["beta"], kind)


def _ends(case: Case, gate: np.ndarray, up: np.ndarray, kind: type) -> tuple[np.ndarray, np.ndarray]:
    """The least and the largest magnitude that the result may have; 0 and infinity where that is not known."""
    p = case.params
    found = enclosure(gate, up, alpha=p["alpha"], beta=p["beta"], limit=p["limit"], strict=True).rounded_to(kind)
    ends = np.abs(np.stack([found.lo, found.hi]).astype(np.float64))
    limited = p["limit"] is not None and np.abs(up.astype(np.float64)) > p["limit"]
    unknown = found.nan | found.free | ~np.isfinite(ends).all(axis=0) | (found.lo * found.hi <= 0) | limited
    return np.where(unknown, 0.0, ends.min(axis=0)), np.where(unknown, np.inf, ends.max(axis=0))


def _rounded(values: np.ndarray, kind: type) -> np.ndarray:
    return round_float64(values, kind).astype(np.float64)


def _nearest(gate: np.ndarray, up: np.ndarray, distance: np.ndarray, good: np.ndarray) -> tuple[np.ndarray, ...]:
    """Of the attempts along the last axis the nearest good one, and whether there is any; pairs without are 0."""
    best = np.where(good, distance, np.inf).argmin(axis=-1)[..., None]
    gate, up, found = (np.take_along_axis(values, best, axis=-1)[..., 0] for values in (gate, up, good))
    return *(np.where(found, values, np.zeros_like(values)) for values in (gate, up)), found
