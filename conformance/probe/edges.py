"""What happens at the ends of the formats? Single results, each beside what IEEE 754 and the OCP formats say."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any, Protocol

import numpy as np

from conformance.probe.finding import Evidence, bits
from conformance.probe.operands import BIAS, FORMATS, KINDS, Adds, Array, Kind, operands_of

_INF, _NAN = float("inf"), float("nan")
# What -> (factors in turn, C, the right result), all of which BF16 has; only what a format holds is asked of it.
SUMS: dict[str, tuple[tuple[tuple[float, float], ...], float, float]] = {
    "a product that is subnormal": (((2.0**-70, 2.0**-70),), 0.0, 2.0**-140),
    "a product that is half the least": (((2.0**-70, 2.0**-80),), 0.0, 0.0),
    "a product of a subnormal factor": (((2.0**-130, 2.0**20),), 0.0, 2.0**-110),
    "the format's least factor": (((0.0, 0.0),), 0.0, 0.0),  # by format, see _rows
    "C that is subnormal": (((0.0, 1.0),), 2.0**-140, 2.0**-140),
    "a subnormal sum of normal terms": (((-(2.0**-66), 2.0**-60),), 1.5 * 2.0**-126, 2.0**-127),
    "a product beyond FP32": (((2.0**70, 2.0**70),), 0.0, _INF),
    "products beyond FP32 that cancel": (((2.0**70, 2.0**70), (-(2.0**70), 2.0**70)), 0.0, 0.0),
    "a sum beyond FP32 that cancels": (((2.0**64, 2.0**63), (2.0**64, 2.0**63), (-(2.0**64), 2.0**63)), 0.0, 2.0**127),
    "a sum beyond FP32": (((2.0**64, 2.0**63),), float(np.finfo(np.float32).max), _INF),
    "zeros of both signs": (((-1.0, 0.0),), -0.0, 0.0),
    "C is infinite": (((1.0, 1.0),), _INF, _INF),
    "infinities that cancel": (((_INF, -1.0),), _INF, _NAN),
    "infinity times zero": (((_INF, 0.0),), 0.0, _NAN),
    "NaN times zero": (((_NAN, 0.0),), 0.0, _NAN),
    "C is NaN": (((1.0, 1.0),), _NAN, _NAN),
}
_LEAST, _SUBNORMAL = 2.0**-149, 2.0**-130
PAIRS: dict[str, tuple[str, float, float, float]] = {
    "the smaller of NaN and 1": ("minimum", _NAN, 1.0, 1.0),
    "the smaller of 1 and NaN": ("minimum", 1.0, _NAN, 1.0),
    "the larger of NaN and 1": ("maximum", _NAN, 1.0, 1.0),
    "the larger of 1 and NaN": ("maximum", 1.0, _NAN, 1.0),
    "NaN clamped to -1 .. 1": ("clamp", _NAN, 1.0, _NAN),
    "the smaller of 0 and -0": ("minimum", 0.0, -0.0, -0.0),
    "two subnormals added": ("add", _LEAST, _LEAST, 2 * _LEAST),
    "a subnormal doubled": ("multiply", _SUBNORMAL, 2.0, 2 * _SUBNORMAL),
    "normals with a subnormal product": ("multiply", 2.0**-70, 2.0**-60, _SUBNORMAL),
    "a subnormal made normal": ("multiply", _SUBNORMAL, 2.0**10, 2.0**-120),
}
SCALES = (0, 1, 254, 255)
FP32 = "fp32"  # what is no sum of products


class Edged(Adds, Protocol):
    def pair(self, name: str, x: Array, z: Array) -> Array: ...


def of_sums(device: Adds, kind: Kind) -> dict[str, Evidence]:
    """expected: what is right."""
    form = FORMATS[kind.format]
    least = 2.0**form.least
    rows = {**SUMS, "the format's least factor": (((least, 1.0),), 0.0, least)}
    found = {}
    for what, (factors, c, right) in rows.items():
        with np.errstate(over="ignore"):
            held = all(_same(float(form.dtype(x)), x) for pair in factors for x in pair)
        if not held or (what.startswith("a product of a subn") and form.lowest != -126):
            continue
        a, b = np.zeros((2, 1, kind.depth))
        for k, (left, other) in enumerate(factors):
            a[0, k], b[0, k] = left, other
        asked = operands_of(kind, a, b, np.array([c], np.float32))
        found[what] = Evidence(asked.words(0), bits(device.sums(asked)[0]), bits(right))
    return found | (_of_scales(device, kind) if kind.scaled else {})


def _of_scales(device: Adds, kind: Kind) -> dict[str, Evidence]:
    found = {}
    a, b = np.zeros((2, 1, kind.depth))
    a[0, 0] = b[0, 0] = 1.0
    plain = operands_of(kind, a, b, np.zeros(1, np.float32))
    for byte in SCALES:
        scale = plain.a_scale.copy()
        scale[0, 0] = byte
        right = np.nan if byte == 255 else 2.0 ** (byte - BIAS)
        for side in ("a", "b"):
            asked = replace(plain, **{f"{side}_scale": scale}, _products={})  # type: ignore[arg-type]
            found[f"scale byte {byte} of {side}"] = Evidence(
                f"1*1 with that byte over {side}", bits(device.sums(asked)[0]), bits(right)
            )
    return found


def of_pairs(device: Edged) -> dict[str, Evidence]:
    found = {}
    for what, (name, x, z, right) in PAIRS.items():
        result = device.pair(name, np.array([x], np.float32), np.array([z], np.float32))
        found[what] = Evidence(f"{name} of {x!r} and {z!r}", bits(result[0]), bits(right))
    return found


def measured(device: Edged, what: str) -> dict[str, Any]:
    """what: a kind of sum, or FP32. All results, and how many are not the right ones."""
    found = of_pairs(device) if what == FP32 else of_sums(device, KINDS[what])
    return {
        "results": {name: asdict(one) for name, one in found.items()},
        "others": sum(one.observed != one.expected for one in found.values()),
    }


def summary(result: dict[str, Any]) -> str:
    results = result["results"].items()
    others = [f"{name}: {one['observed']}" for name, one in results if one["observed"] != one["expected"]]
    return f"{len(others)} of {len(results)} are not as the formats say: {'; '.join(others) or 'none'}"


def _same(x: float, y: float) -> bool:
    return x == y or (x != x and y != y)
