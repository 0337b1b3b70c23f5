"""Which conversions to E4M3 are asked? All 2^32 FP32 patterns, in 32 parts; the gate asks where something changes."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from reference.codec import e4m3_to_float64
from reference.exhaustive import expected_of
from reference.formats import E4M3
from vectors.case import Arrays, Case, as_case, expect_nothing, no_inputs
from vectors.data import Stream

_PARTS = 32
_INFINITY, _MANTISSA = 0x7F800000, 0x007FFFFF
_AROUND = np.arange(-8, 9)


def _of_both_signs(magnitudes: np.ndarray) -> np.ndarray:
    found = np.unique(magnitudes).astype(np.uint32)
    return np.concatenate([found, found | np.uint32(1 << 31)])


def _mantissas(case: Case, drawn: int) -> np.ndarray:
    """The ends, each run of ones from either side with its neighbours, and some drawn ones."""
    powers = 1 << np.arange(23)
    edges = np.concatenate([powers - 1, powers, powers + 1, _MANTISSA - powers, _MANTISSA - powers + 1])
    others = Stream(case.id, "mantissas").integers(0, _MANTISSA + 1, drawn)
    return np.unique(np.concatenate([edges, others, [0, _MANTISSA]]) & _MANTISSA)


def _exponents(case: Case) -> np.ndarray:
    """Every exponent of a finite number, each with the same mantissas."""
    return (np.arange(255)[:, None] << 23) | _mantissas(case, 160)


def _midpoints(case: Case) -> np.ndarray:
    """Each E4M3 number and each midpoint of two, with FP32 neighbours; also beyond 448, had there been more."""
    values = [*e4m3_to_float64(np.arange(E4M3.max_code + 1, dtype=np.uint8)), 480.0, 512.0]
    points = np.array([*values, *((a + b) / 2 for a, b in pairwise(values))], np.float32)
    around = points.view(np.int32)[:, None] + _AROUND
    return around[around >= 0]


def _specials(case: Case) -> np.ndarray:
    """Zero, subnormals, infinity, and NaN of many payloads, quiet and signalling."""
    mantissas = _mantissas(case, 4096)
    return np.concatenate([mantissas, _INFINITY | mantissas])


_STRATA: dict[str, tuple[str, str, Callable[[Case], np.ndarray]]] = {
    "every-exponent": ("Every FP32 exponent of both signs.", "gate", _exponents),
    "every-midpoint": ("Every midpoint between E4M3 numbers, and its FP32 neighbours.", "quick", _midpoints),
    "zeros-subnormals-infinities-and-nans": ("What is no normal FP32 number.", "gate", _specials),
}


def _stratum(case: Case) -> Arrays:
    make = _STRATA[case.params["stratum"]][2]
    return {"patterns": _of_both_signs(make(case))}


def _codes(case: Case, inputs: Arrays) -> Arrays:
    return {"codes": expected_of(inputs["patterns"])}


_ASKED = ("FMT-08 FMT-09", "cast-rounding cast-subnormal nan-input inf-input")
_NEEDS = "PLT-CAST-E4M3-SATURATE"


def cases() -> tuple[Case, ...]:
    """The family's cases: strata as arrays, and patterns start to stop - 1 of each part."""
    size = (1 << 32) // _PARTS
    strata = (
        as_case(f"fp32-sweep/{name}", title, *_ASKED, tier, {"stratum": name}, _stratum, _codes, _NEEDS)
        for name, (title, tier, _) in _STRATA.items()
    )
    parts = (
        as_case(
            f"fp32-sweep/part-{part:02d}-of-{_PARTS}",
            f"FP32 patterns {part * size:#010x} to {(part + 1) * size - 1:#010x} through reference and cast.",
            *_ASKED, "exhaustive", {"start": part * size, "stop": (part + 1) * size}, no_inputs, expect_nothing, _NEEDS,
        )
        for part in range(_PARTS)
    )  # fmt: skip
    return (*strata, *parts)
