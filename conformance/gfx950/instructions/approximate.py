"""What do the instructions compute that the hardware only approximates, and how do they treat denormals?

Each gives the correctly rounded value (computed in float64; V_RSQ_F64's may be its neighbour); with ``ulp`` -1 or 1
the neighbour below or above the value itself, where float64 tells the two apart. That is the furthest that the
documented accuracy allows, one unit in the last place, and LLVM's integer division relies on no more than that of
V_RCP_F32. FP32: "1ULP accuracy, denormals are flushed" (AMD CDNA3 ISA, notes on V_EXP_F32, V_LOG_F32, V_RCP_F32,
V_RSQ_F32 and V_SQRT_F32), whatever the mode register says; LLVM agrees: its expansions of exp2, log2 and division
scale operands around these instructions for that reason. V_SIN_F32 and V_COS_F32 keep denormals and take any finite
operand; FP16 and FP64 keep denormals too. FP64: "(2**29)ULP accuracy", so ``ulp`` moves the result by 2**29 - 1 units
there. NaNs of invalid operands are the documented 0xFFC00000.
"""

from collections.abc import Callable

import numpy as np

from conformance.gfx950.instructions.floats import LAYOUTS, Array, quieted
from conformance.gfx950.instructions.fma import two_product
from conformance.gfx950.instructions.operations import Op

Function = Callable[[Array], Array]


def _step(result: Array, value: Array, inexact: Array, ulp: int) -> Array:
    """`result`, nearest to `value`, moved to its neighbour on the side of `ulp` (1: above) where it is not there yet.

    Not where it is exact, and not to or beyond a zero, infinity or denormal.
    """
    signed = np.dtype(f"i{result.dtype.itemsize}").type
    bits = result.view(signed)
    if result.dtype == np.float64:
        units = signed(ulp * (2**29 - 1))
    else:
        units = signed(ulp)
        inexact = inexact & ((result < value) if ulp > 0 else (result > value))
    moved = bits + np.where(bits < 0, -units, units)
    smallest = np.finfo(result.dtype).tiny
    inside = np.isfinite(moved.view(result.dtype)) & (np.abs(moved.view(result.dtype)) >= smallest)
    inside &= (bits ^ moved) >= 0  # the same sign
    normal = np.isfinite(result) & (np.abs(result) >= smallest)
    return np.where(inexact & inside & normal, moved, bits).view(result.dtype)


def _flush(x: Array) -> Array:
    """float32 denormals as zeros of their sign."""
    denormal = np.abs(x) < np.finfo(np.float32).tiny
    return np.where(denormal, np.copysign(np.float32(0), x), x) if denormal.any() else x


def _settled(result: Array, x: Array) -> Array:
    """NaNs: the operand's, quieted, or the negative default."""
    nan = np.isnan(result)
    if not nan.any():
        return result
    layout = LAYOUTS[result.dtype]
    default = layout.bits(layout.nan).view(result.dtype)
    return np.where(np.isnan(x), quieted(x), np.where(nan, default, result))


def _approximate(function: Function, exact: Callable[[Array, Array], Array], flushes: bool) -> Callable[..., Array]:
    """function: on float64. exact(x, result): where the result has no error, so that hardware gives just that."""

    def run(x: Array, ulp: int = 0) -> Array:
        flushing = flushes and x.dtype == np.float32
        operand = (_flush(x) if flushing else x).astype(np.float64)
        value = function(operand)
        result = value.astype(x.dtype)
        if flushing:
            result = _flush(result)
        if ulp:
            result = _step(result, value, ~exact(operand, result), ulp)
        return _settled(result, x)

    return run


def _is_power_of_two(x: Array) -> Array:
    return np.abs(np.frexp(x)[0]) == 0.5


def _sine(x: Array) -> Array:
    """sin(2 pi x), by a remainder of at most a quarter turn. Whole turns give +0 but -0 itself (ISA examples)."""
    x = np.where(np.isinf(x), np.nan, x)
    turn = x - np.rint(x)  # exact, in [-0.5, 0.5]
    reduced = np.where(np.abs(turn) > 0.25, np.copysign(0.5, turn) - turn, turn)
    return np.where(x == 0, x, np.sin(2 * np.pi * reduced))


def _cosine(x: Array) -> Array:
    """cos(2 pi x)"""
    x = np.where(np.isinf(x), np.nan, x)
    turn = np.abs(x - np.rint(x))
    return np.where(turn > 0.125, np.sin(2 * np.pi * (0.25 - turn)), np.cos(2 * np.pi * turn))


def _is_square(x: Array, root: Array) -> Array:
    """Whether root * root is x; by significands, whose products do not underflow."""
    significand = np.frexp(root)[0].astype(np.float64)
    square, rest = two_product(significand, significand)
    return (rest == 0) & (np.frexp(square)[0] == np.frexp(x)[0])


def _whole_quarters(x: Array, result: Array) -> Array:
    return (x * 4) % 1 == 0


FUNCTIONS: dict[str, tuple[Function, Callable[[Array, Array], Array], bool]] = {
    "exp": (np.exp2, lambda x, result: x == np.rint(x), True),
    "log": (np.log2, lambda x, result: _is_power_of_two(x), True),
    "rcp": (lambda x: 1.0 / x, lambda x, result: _is_power_of_two(x), True),
    "rsq": (lambda x: 1.0 / np.sqrt(x), lambda x, result: _is_power_of_two(x) & (np.frexp(x)[1] % 2 == 1), True),
    "sqrt": (np.sqrt, _is_square, True),
    "sin": (_sine, _whole_quarters, False),
    "cos": (_cosine, _whole_quarters, False),
}

APPROXIMATE: dict[str, Op] = {
    f"v_{name}_{kind}": Op(kind, kind, _approximate(*functions), exact_nan=True, modifiers=("ulp",))
    for name, functions in FUNCTIONS.items()
    for kind in (("f16", "f32", "f64") if name in ("rcp", "rsq", "sqrt") else ("f16", "f32"))
}
# For integer division: raises no floating-point exceptions, else the same.
APPROXIMATE["v_rcp_iflag_f32"] = APPROXIMATE["v_rcp_f32"]
