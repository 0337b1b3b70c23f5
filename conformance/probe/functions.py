"""How far from the nearest result are the functions that hardware approximates? Counts by unit, and special values.

Of each function a few exponents are asked with all significands. A difference is counted in units: how many FP32
numbers lie between the result and the nearest one to the exact value (computed in FP64, whose error is 2^-29 units).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.gfx950.instructions.approximate import APPROXIMATE, FUNCTIONS
from conformance.probe.operands import Array

_SMALLEST, _LARGEST_SUBNORMAL, _NORMAL = 0x00000001, 0x007FFFFF, 0x00800000
SPECIAL = (
    0, 0x80000000, _SMALLEST, 0x80000001, _LARGEST_SUBNORMAL, 0x00400000, _NORMAL, 0x3F800000, 0xBF800000, 0x40000000,
    0x3E800000, 0xC2FE0000, 0xC2FC0000, 0x42FF0000, 0x43000000, 0xC3150000, 0x7E800000, 0x7F000000, 0x7F7FFFFF,
    0x7F800000, 0xFF800000, 0x7FC00000, 0x7F800001,
)  # fmt: skip


@dataclass(frozen=True)
class Function:
    """instruction: its name as the device's own has it (as approximate.FUNCTIONS), the only thing that is asked there.

    exact: on float64, of tl's. exponents: (sign, exponent) of what is asked.
    """

    instruction: str
    exact: Callable[[Array], Array]
    exponents: tuple[tuple[int, int], ...]


ASKED = {
    "exp2": Function("exp", np.exp2, ((1, -1), (1, 3), (-1, 1))),
    "log2": Function("log", np.log2, ((1, -1), (1, 0), (1, 10))),
    "rcp": Function("rcp", lambda x: 1.0 / x, ((1, 0), (-1, 60))),
    "sqrt": Function("sqrt", np.sqrt, ((1, 0), (1, 1))),
    "rsqrt": Function("rsq", lambda x: 1.0 / np.sqrt(x), ((1, 0), (1, 1))),
    "sin": Function("sin", np.sin, ((1, -3), (1, 0))),
    "cos": Function("cos", np.cos, ((1, -3), (1, 0))),
}
RULES = (0, -1, 1)  # nearest, the neighbour below, the one above: approximate's ulp
# NVIDIA's take radians, AMD's revolutions.
IN_RADIANS = {"sin": np.sin, "cos": np.cos}


def measured(
    run: Callable[[Array], Array], exact: Callable[[Array], Array], asked: Function, step: int
) -> dict[str, Any]:
    """run: the device's function. step: every so many-th significand is asked."""
    units: dict[str, dict[str, int]] = {}
    misfits = dict.fromkeys(RULES, 0)
    for sign, exponent in asked.exponents:
        x = significands(sign, exponent, step)
        result = run(x)
        with np.errstate(all="ignore"):
            value = exact(x.astype(np.float64))
        counted = np.unique(between(result, value.astype(np.float32)), return_counts=True)
        units[f"{'-' if sign < 0 else ''}2^{exponent}"] = {str(u): int(n) for u, n in zip(*counted, strict=True)}
        for rule in RULES:
            misfits[rule] += int((by_rule(asked.instruction, x, rule).view(np.uint32) != result.view(np.uint32)).sum())
    fitting = [rule for rule in RULES if not misfits[rule]]
    return {
        "units": units,
        "rule": fitting[0] if fitting else None,
        "misfits": {str(rule): count for rule, count in misfits.items()},
        "special": specials(run),
        "step": step,
    }


def significands(sign: int, exponent: int, step: int) -> Array:
    """float32: sign * [1, 2) * 2^exponent."""
    return (np.arange(0, 1 << 23, step, dtype=np.uint32) | np.uint32((exponent + 127) << 23)).view(np.float32) * sign


def between(x: Array, y: Array) -> Array:
    """How many steps from y up to x; a NaN is 2^31 from anything else."""
    places = [np.where(b < 0, -(b & 0x7FFFFFFF), b) for b in (z.view(np.int32).astype(np.int64) for z in (x, y))]
    nan = np.isnan(x), np.isnan(y)
    return np.where(nan[0] | nan[1], np.where(nan[0] & nan[1], 0, 1 << 31), places[0] - places[1])


def by_rule(instruction: str, x: Array, rule: int) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(APPROXIMATE[f"v_{instruction}_f32"].compute(x, ulp=rule))


def specials(run: Callable[[Array], Array]) -> dict[str, str]:
    """Results of special values, bits to bits."""
    given = np.array(SPECIAL, np.uint32)
    return {f"0x{x:08X}": f"0x{y:08X}" for x, y in zip(given, run(given.view(np.float32)).view(np.uint32), strict=True)}


def of_instruction(name: str, radians: bool) -> Callable[[Array], Array]:
    """On float64, what the device's own instruction approximates."""
    return IN_RADIANS[name] if radians and name in IN_RADIANS else FUNCTIONS[name][0]


def summary(result: dict[str, Any]) -> str:
    most = max((abs(int(u)) for counted in result["units"].values() for u in counted), default=0)
    off = sum(n for counted in result["units"].values() for u, n in counted.items() if u != "0")
    total = sum(sum(counted.values()) for counted in result["units"].values())
    rule = {0: "nearest", -1: "the neighbour below", 1: "the neighbour above", None: "no rule"}[result["rule"]]
    subnormal = result["special"]["0x00400000"]
    return f"{off} of {total} differ from the nearest, by {most} units at most ({rule}); of 2^-127: {subnormal}"
