"""In which ways can a backend be wrong? Named faults, each put into the interpreter, with the checks that must fail.

A fault changes as little as possible: one kind of value, one byte, one place. The table says which platform checks
notice it, and by that which do not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from conformance.backends import arithmetic, conversions
from conformance.backends.interpreter_builder import ExactBuilder, Handle
from conformance.calls import host

Put = Callable[[pytest.MonkeyPatch], None]
SMALLEST_NORMAL = np.float32(2.0**-126)


@dataclass(frozen=True)
class Fault:
    """A sentence, what puts the fault in, and the ids of exactly the checks that fail for it."""

    text: str
    put: Put
    fails: frozenset[str]


def in_narrowing(target: str, spoil: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Put:
    """Conversions to ``target`` give spoil(values, codes)."""

    def put(monkeypatch: pytest.MonkeyPatch) -> None:
        right = conversions.narrow

        def narrow(values: np.ndarray, name: str) -> np.ndarray:
            codes = right(values, name)
            return spoil(values, codes) if name == target else codes

        monkeypatch.setattr(conversions, "narrow", narrow)

    return put


def in_widening(source: str, spoil: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Put:
    """Conversions from ``source`` give spoil(codes, values)."""

    def put(monkeypatch: pytest.MonkeyPatch) -> None:
        right = conversions.widen

        def widen(data: np.ndarray, name: str) -> np.ndarray:
            values = right(data, name)
            return spoil(data, values) if name == source else values

        monkeypatch.setattr(conversions, "widen", widen)

    return put


def in_function(name: str, spoil: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Put:
    """A unary operation of the builder gives spoil(argument, result)."""

    def put(monkeypatch: pytest.MonkeyPatch) -> None:
        right = getattr(ExactBuilder, name)

        def operation(self: Any, arg: Any) -> Any:
            return Handle(spoil(arg.data, right(self, arg).data).astype(np.float32), arg.dtype)

        monkeypatch.setattr(ExactBuilder, name, operation)

    return put


def in_arithmetic(ufunc: np.ufunc, spoil: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]) -> Put:
    """FP32 ``ufunc`` gives spoil(left, right, result)."""

    def put(monkeypatch: pytest.MonkeyPatch) -> None:
        right = ExactBuilder.binary_op

        def binary_op(self: Any, lhs: Any, rhs: Any, op: Any) -> Any:
            result = right(self, lhs, rhs, op)
            if op is ufunc and lhs.data.dtype == np.float32:
                result = Handle(spoil(lhs.data, rhs.data, result.data), result.dtype)
            return result

        monkeypatch.setattr(ExactBuilder, "binary_op", binary_op)

    return put


def in_scales(spoil: Callable[[np.ndarray], np.ndarray]) -> Put:
    """tl.dot_scaled reads spoil(bytes [rows, blocks])."""

    def put(monkeypatch: pytest.MonkeyPatch) -> None:
        right = arithmetic.apply_block_scales
        monkeypatch.setattr(arithmetic, "apply_block_scales", lambda values, scales: right(values, spoil(scales)))

    return put


def in_scale_table(byte: int, value: float) -> Put:
    """tl.dot_scaled takes one byte for another value."""
    table = np.append(np.ldexp(1.0, np.arange(255) - 127), np.nan)
    table[byte] = value
    return lambda monkeypatch: monkeypatch.setattr(arithmetic, "_E8M0_TO_FP64", table)


def in_dot_codes(code: int, value: float) -> Put:
    """Dot products take one E4M3 code for another value."""
    table = conversions.FP8_TO_FP64["fp8e4nv"].copy()
    table[code] = value
    return lambda monkeypatch: monkeypatch.setitem(conversions.FP8_TO_FP64, "fp8e4nv", table)


def bits_multiplied(monkeypatch: pytest.MonkeyPatch) -> None:
    right = arithmetic.operand_fp64

    def operand(data: np.ndarray, name: str) -> np.ndarray:
        return data.astype(np.float64) if name == "bf16" else right(data, name)

    monkeypatch.setattr(arithmetic, "operand_fp64", operand)


def flushing_dots(monkeypatch: pytest.MonkeyPatch) -> None:
    right = arithmetic.dot
    monkeypatch.setattr(arithmetic, "dot", lambda *operands: flushed(right(*operands)))


def flushed(values: np.ndarray) -> np.ndarray:
    return np.where(np.abs(values) < SMALLEST_NORMAL, np.copysign(np.float32(0), values), values)


def ties_away(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    tie_to_even = (bits & 0x1FFFF) == 0x8000
    return np.where(tie_to_even & np.isfinite(values), codes + np.uint16(1), codes)


def without_carry(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """0.494 gives 0.25: the mantissa wraps to zero and the exponent stays."""
    rounded_up = np.abs(values) < np.abs(conversions.widen(codes, "fp8e4nv"))
    return np.where(rounded_up & (codes & 7 == 0) & (np.abs(values) < 448), codes - np.uint8(8), codes)


def upper_half(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    return (np.ascontiguousarray(values, dtype=np.float32).view(np.uint32) >> 16).astype(np.uint16)


def _fails(*ids: str) -> frozenset[str]:
    return frozenset(f"PLT-{name}" for name in ids)


def _flushing_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of the threads that torch shares work with flushes."""
    right = host.sums_of_torch

    def sums() -> np.ndarray:
        found = right().copy()
        found[-1, 0] = 0
        return found

    monkeypatch.setattr(host, "sums_of_torch", sums)


_SCALES = (
    *("DOT-SCALED-ORDINARY", "DOT-SCALED-LOW", "DOT-SCALED-HIGH", "DOT-SCALED-SUBNORMAL"),
    *("DOT-SCALED-NAN-BYTE", "DOT-SCALED-NAN-CODE"),
)
FAULTS = {
    fault.text: fault
    for fault in (
        Fault("a thread of the host flushes subnormals", _flushing_thread, _fails("HOST")),
        Fault("FP32 to BF16 cuts off", in_narrowing("bf16", upper_half), _fails("CAST-BF16")),
        Fault("FP32 to BF16 rounds ties away from zero", in_narrowing("bf16", ties_away), _fails("CAST-BF16")),
        Fault(
            "FP32 to BF16 flushes subnormals",
            in_narrowing("bf16", lambda x, c: np.where(np.abs(x) < SMALLEST_NORMAL, c & np.uint16(0x8000), c)),
            _fails("CAST-BF16"),
        ),
        Fault(
            "FP32 to BF16 turns NaN into infinity",
            in_narrowing("bf16", lambda x, c: np.where(np.isnan(x), np.uint16(0x7F80), c)),
            _fails("CAST-BF16"),
        ),
        Fault(
            "FP32 to BF16 drops the sign of zero",
            in_narrowing("bf16", lambda x, c: np.where(x == 0, np.uint16(0), c)),
            _fails("CAST-BF16"),
        ),
        Fault(
            "FP32 to FP16 flushes subnormals",
            in_narrowing("fp16", lambda x, c: np.where(np.abs(c) < 2.0**-14, np.copysign(np.float16(0), c), c)),
            _fails("CAST-FP16"),
        ),
        Fault("BF16 to FP32 flushes subnormals", in_widening("bf16", lambda c, x: flushed(x)), _fails("BF16-WIDEN")),
        Fault(
            "E4M3 to FP32 takes NaN for 480",
            in_widening("fp8e4nv", lambda c, x: np.where(np.isnan(x), np.float32(480), x)),
            _fails("E4M3-WIDEN"),
        ),
        Fault(
            "E4M3 to FP32 has one subnormal wrong",
            in_widening("fp8e4nv", lambda c, x: np.where(c == 5, np.float32(4 * 2.0**-9), x)),
            _fails("E4M3-WIDEN"),
        ),
        Fault(
            "FP32 to E4M3 drops the carry out of the mantissa",
            in_narrowing("fp8e4nv", without_carry),
            _fails("CAST-E4M3"),
        ),
        Fault(
            "FP32 to E4M3 flushes subnormals",
            in_narrowing("fp8e4nv", lambda x, c: np.where((c & 0x78) == 0, c & np.uint8(0x80), c)),
            _fails("CAST-E4M3"),
        ),
        Fault(
            "FP32 to E4M3 rounds the tie at 2^-10 up",
            in_narrowing("fp8e4nv", lambda x, c: np.where(np.abs(x) == 2.0**-10, c | np.uint8(1), c)),
            _fails("CAST-E4M3"),
        ),
        Fault(
            "FP32 to E4M3 turns NaN into 448",
            in_narrowing("fp8e4nv", lambda x, c: np.where(np.isnan(x), np.uint8(0x7E), c)),
            _fails("CAST-E4M3"),
        ),
        Fault(
            "FP32 to E4M3 gives NaN for overflow",
            in_narrowing("fp8e4nv", lambda x, c: np.where(np.abs(x) >= 464, np.uint8(0x7F), c)),
            _fails("CAST-E4M3-SATURATE"),
        ),
        Fault(
            "FP32 to E4M3 gives NaN for infinity alone",
            in_narrowing("fp8e4nv", lambda x, c: np.where(np.isinf(x), np.uint8(0x7F), c)),
            _fails("CAST-E4M3-SATURATE"),
        ),
        Fault(
            "products flush subnormal factors",
            in_arithmetic(np.multiply, lambda a, b, r: flushed(a) * flushed(b)),
            _fails("SUBNORMAL-MUL"),
        ),
        Fault(
            "products flush subnormal results",
            in_arithmetic(np.multiply, lambda a, b, r: flushed(r)),
            _fails("SUBNORMAL-MUL"),
        ),
        Fault(
            "quotients flush subnormal divisors",
            in_arithmetic(np.divide, lambda a, b, r: a / flushed(b)),
            _fails("SUBNORMAL-DIV"),
        ),
        Fault(
            "quotients flush subnormal results",
            in_arithmetic(np.divide, lambda a, b, r: flushed(r)),
            _fails("SUBNORMAL-DIV"),
        ),
        Fault(
            "quotients are products with a rounded reciprocal, 4 ulp off",
            in_arithmetic(np.divide, lambda a, b, r: np.where(np.abs(b) == 1, r, r * np.float32(1 + 2.0**-21))),
            _fails("DIV", "SUBNORMAL-DIV"),
        ),
        Fault(
            "exp2 is one ulp off at one integer",
            in_function("create_exp2", lambda x, y: np.where(x == 127, np.nextafter(y, np.float32(np.inf)), y)),
            _fails("EXP2-INTEGER"),
        ),
        Fault(
            "exp2 flushes subnormal results",
            in_function("create_exp2", lambda x, y: flushed(y)),
            _fails("EXP2-SUBNORMAL"),
        ),
        Fault(
            "exp2 is 4 ulp off",
            in_function("create_exp2", lambda x, y: np.where(x == np.rint(x), y, y * np.float32(1 + 2.0**-21))),
            _fails("EXP2-ACCURACY"),
        ),
        Fault(
            "exp is 40 ulp off near zero",
            in_function("create_exp", lambda x, y: np.where(np.abs(x) < 0.5, y * np.float32(1 + 5 * 2.0**-20), y)),
            _fails("EXP-ACCURACY"),
        ),
        Fault(
            "log2 is one ulp off at one power of two",
            in_function("create_log2", lambda x, y: np.where(x == 8, np.nextafter(y, np.float32(0)), y)),
            _fails("LOG2-INTEGER"),
        ),
        Fault(
            "log2 is 16 ulp off",
            in_function("create_log2", lambda x, y: np.where(y == np.rint(y), y, y * np.float32(1 + 2.0**-19))),
            _fails("LOG2-ACCURACY"),
        ),
        Fault("tl.dot multiplies the bits of BF16", bits_multiplied, _fails("DOT-BF16", "DOT-BF16-SUBNORMAL")),
        Fault("dots flush subnormal results", flushing_dots, _fails("DOT-BF16-SUBNORMAL", "DOT-SCALED-SUBNORMAL")),
        Fault("scale byte 0 is zero", in_scale_table(0, 0.0), _fails("DOT-SCALED-LOW")),
        Fault("scale byte 7 is one too large", in_scale_table(7, 2.0**-119), _fails("DOT-SCALED-LOW")),
        Fault("scale byte 254 is infinite", in_scale_table(254, np.inf), _fails("DOT-SCALED-HIGH")),
        Fault("scale byte 200 is one too large", in_scale_table(200, 2.0**74), _fails("DOT-SCALED-ORDINARY")),
        Fault("scale byte 255 is 2^128", in_scale_table(255, 2.0**128), _fails("DOT-SCALED-NAN-BYTE")),
        Fault("the E4M3 code 0x7F is 480 in a product", in_dot_codes(0x7F, 480.0), _fails("DOT-SCALED-NAN-CODE")),
        Fault("the E4M3 code 0xFF is -480 in a product", in_dot_codes(0xFF, -480.0), _fails("DOT-SCALED-NAN-CODE")),
        Fault("scales come from the next row", in_scales(lambda s: np.roll(s, 1, axis=0)), _fails(*_SCALES)),
        Fault("scales come from the next block", in_scales(lambda s: np.roll(s, 1, axis=1)), _fails(*_SCALES)),
        Fault(
            "a row has its first block's scale throughout",
            in_scales(lambda s: np.repeat(s[:, :1], s.shape[1], axis=1)),
            _fails(*_SCALES),
        ),
    )
}
