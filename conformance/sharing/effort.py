"""About how long will a case take, and which compiled kernels does it share? Told from its parameters alone.

An estimate decides what is judged where, never a verdict: a wrong one costs balance. It is no measurement, so that
every machine cuts the same selection into the same shards.
"""

import math
from collections.abc import Mapping
from typing import Any

from vectors.case import Case

# CPU seconds of a family's usual case on all its subjects, on one core of a server, its kernels not yet compiled.
# Most of it is the compiler's; families that take less than the default are left out.
_SECONDS = {
    "lowering": 2.5,
    "property": 2.0,
    "property-mx": 1.5,
    "lowering-fallback": 0.7,
    "moe": 0.4,
    "gemm-mx": 0.4,
    "gemm-bf16": 0.3,
    "expert-map": 0.3,
    "expert-parallel": 4.0,  # processes start
    "stages": 0.3,
    "activation": 0.1,
    "activation-quantize": 0.1,
}
_DEFAULT = 0.03
_ELEMENTS_PER_SECOND = 4e7  # generated, answered by the reference, and run on the emulated device
HEAVY = 1 << 27  # elements; two such cases at once may need more memory than a small machine has
# What Triton specialises a kernel on, as far as parameters show it.
_SPECIALISING = ("stage", "dtype", "out_dtype", "layout", "block_m", "H", "I", "N", "K", "shape")


def seconds(case: Case) -> float:
    """CPU seconds, about, of the case on all its subjects."""
    swept = case.params.get("stop", 0) - case.params.get("start", 0)  # a range of patterns, judged piece by piece
    return _SECONDS.get(case.family, _DEFAULT) + (elements(case.params) + swept) / _ELEMENTS_PER_SECOND


def heavy(case: Case) -> bool:
    """Whether the case's arrays are so large that no second such case should be judged beside it."""
    return elements(case.params) >= HEAVY or "repeated" in case.params


def kernels(case: Case) -> tuple[str, ...]:
    """Equal for cases that launch mostly the same compiled kernels."""
    facts = [str(case.params[name]) for name in _SPECIALISING if name in case.params]
    return (case.family, *facts, "clamped" if case.params.get("limit") is not None else "")


def elements(params: Mapping[str, Any]) -> float:
    """Elements of the largest arrays, as far as the names of the usual parameters tell."""
    tokens, experts, top = (_count(params, name) for name in ("T", "E", "k"))
    if "H" in params and "I" in params:  # weights, and what each route makes of them
        return 3.0 * _count(params, "H") * _count(params, "I") * (experts + tokens * top)
    if "N" in params and "K" in params:
        return float(_count(params, "N") * _count(params, "K")) * (experts + tokens)
    return float(math.prod(params.get("shape", (1,))))


def _count(params: Mapping[str, Any], name: str) -> int:
    value = params.get(name, 1)
    return value if isinstance(value, int) else 1
