"""What do the values, operators and functions of AMD's pseudocode give? On Python integers and fractions.

A value is its bits with a type, as in ``S0.f32`` or ``16'0U``: kind ``u``, ``i``, ``b`` (bits), ``f``, ``bf``, ``fp``.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from tests.conformance.gfx950 import scalar_floats as exact
from tests.conformance.gfx950.scalar_floats import BF16, F16, F32, F64, Format
from tests.conformance.gfx950.small_floats import NAN_CODE, TINY, decoded, encoded

FORMATS: dict[tuple[str, int], Format] = {("f", 16): F16, ("bf", 16): BF16, ("f", 32): F32, ("f", 64): F64}


class Value(NamedTuple):
    """free: (first bit, kind, width) of each NaN in it of which the text does not say which bits it has."""

    bits: int
    kind: str
    width: int
    free: tuple[tuple[int, str, int], ...] = ()

    @property
    def format(self) -> Format:
        return FORMATS[self.kind, self.width]

    @property
    def is_float(self) -> bool:
        return (self.kind, self.width) in FORMATS

    @property
    def number(self) -> Any:
        """An integer, or a float (of FP64 at most, so that Python's holds it)."""
        if self.is_float:
            return as_float(self)
        negative = self.kind == "i" and self.bits >> (self.width - 1)
        return self.bits - (1 << self.width) if negative else self.bits

    def typed(self, kind: str, width: int) -> Value:
        """The same bits read as another type."""
        return self.cut(0, width)._replace(kind=kind)

    def cut(self, first: int, width: int) -> Value:
        """Bits first .. first + width - 1."""
        free = tuple((at - first, k, w) for at, k, w in self.free if first <= at and at + w <= first + width)
        return Value(self.bits >> first & ((1 << width) - 1), "u", width, free)


def whole(number: int, kind: str, width: int) -> Value:
    return Value(number & ((1 << width) - 1), kind, width)


def truth(condition: Any) -> Value:
    return Value(int(bool(condition)), "u", 1)


def of_format(bits: int | None, f: Format) -> Value:
    """bits None: a NaN, whichever."""
    kind = "bf" if f is BF16 else "f"
    return Value(f.nan, kind, f.width, ((0, kind, f.width),)) if bits is None else Value(bits, kind, f.width)


def as_float(x: Value) -> float:
    if x.kind == "bf":
        return as_float(Value(x.bits << 16, "f", 32))
    whole_code, float_code = {16: ("<H", "<e"), 32: ("<I", "<f"), 64: ("<Q", "<d")}[x.width]
    return float(struct.unpack(float_code, struct.pack(whole_code, x.bits))[0])


def from_float(number: float, f: Format) -> Value:
    if math.isnan(number):
        return of_format(None, f)
    if math.isinf(number):
        return of_format(f.inf | (f.sign_bit if number < 0 else 0), f)
    return of_format(f.rounded(Fraction(number), math.copysign(1.0, number) < 0), f)


def converted(x: Value, f: Format, toward_zero: bool = False) -> Value:
    """To another floating type; a NaN keeps the top of its payload and stays signaling, as 64'F(S0.f32) is used."""
    source = x.format
    if not source.is_nan(x.bits):
        return of_format(exact.converted(source, f, x.bits, toward_zero), f)
    if x.free:
        return of_format(None, f)
    sign = f.sign_bit if source.negative(x.bits) else 0
    shift = f.fraction_bits - source.fraction_bits
    payload = x.bits & (source.smallest_normal - 1)
    return of_format(sign | f.inf | (payload << shift if shift >= 0 else payload >> -shift), f)


def cast(x: Value, kind: str, width: int) -> Value:
    """32'U(x), 64'F(x): integers by their number, floats converted, bits as they are into a float."""
    if kind == "F":
        return converted(x, FORMATS["f", width]) if x.is_float else x.typed("f", width)
    return whole(x.bits if x.is_float else x.number, kind.lower(), width)


# --- operators ------------------------------------------------------------------------------------


def _divided(f: Format, a: int, b: int) -> int | None:
    if f.is_nan(a) or f.is_nan(b) or (f.is_zero(a) and f.is_zero(b)) or (f.is_inf(a) and f.is_inf(b)):
        return None
    negative = f.negative(a) != f.negative(b)
    if f.is_inf(a) or f.is_zero(b):
        return f.inf | (f.sign_bit if negative else 0)
    return f.rounded(Fraction(0) if f.is_inf(b) else f.value(a) / f.value(b), negative)


_FLOAT: dict[str, Callable[[Format, int, int], int | None]] = {
    "+": exact.add,
    "-": exact.subtract,
    "*": exact.multiply,
    "/": _divided,
}
_WHOLE: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
}
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<>": lambda a, b: a < b or a > b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def operate(operator: str, a: Value, b: Value) -> Value:
    """Integers wrap at the wider operand's width; of two, both signed, the result is signed."""
    if operator in _ORDER:
        return truth(_ORDER[operator](a.number, b.number))
    if operator in ("<<", ">>"):
        count = b.number
        return whole(a.number << count if operator == "<<" else a.number >> count, a.kind, a.width)
    if operator == "**":
        exponent = max(min(b.number, 5000), -5000)
        return of_format(a.format.rounded(Fraction(as_float(a)) ** exponent), a.format)
    if a.is_float:
        f = max(a.format, b.format, key=lambda f: f.width)
        x, y = converted(a, f), converted(b, f)
        return of_format(_FLOAT[operator](f, x.bits, y.bits), f)
    kind = "i" if a.kind == b.kind == "i" else "u"
    return whole(_WHOLE[operator](a.number, b.number), kind, max(a.width, b.width))


def unary(operator: str, x: Value) -> Value:
    if operator == "-":
        return x._replace(bits=x.bits ^ x.format.sign_bit) if x.is_float else whole(-x.number, x.kind, x.width)
    if operator == "~":
        return whole(~x.bits, x.kind, x.width)
    return truth(not x.number) if operator == "!" else x


# --- functions ------------------------------------------------------------------------------------


def _int32(number: int) -> Value:
    return whole(number, "i", 32)


def _floor(x: Value) -> Value:
    f = x.format
    if not f.is_finite(x.bits):
        return of_format(None if f.is_nan(x.bits) else x.bits, f)
    return of_format(f.rounded(Fraction(exact.floor(f.value(x.bits))), f.negative(x.bits)), f)


def _trunc(x: Value) -> Value:
    f = x.format
    if not f.is_finite(x.bits):
        return of_format(None if f.is_nan(x.bits) else x.bits, f)
    return of_format(f.rounded(Fraction(exact.truncated(f.value(x.bits))), f.negative(x.bits)), f)


def _mantissa(x: Value) -> Value:
    return from_float(math.frexp(as_float(x))[0], x.format)


def _fma(a: Value, b: Value, c: Value) -> Value:
    return of_format(exact.fma(a.format, a.bits, b.bits, c.bits), a.format)


def _through(function: Callable[[float], float]) -> Callable[[Value], Value]:
    """What the hardware only approximates: by way of Python's, whose last bit in FP64 may be off."""

    def run(x: Value) -> Value:
        try:
            return from_float(function(as_float(x)), x.format)
        except ValueError:  # outside of the function's domain, or log2(0)
            return from_float(-math.inf if as_float(x) == 0 else math.nan, x.format)

    return run


def _power(base: Value, x: Value) -> Value:
    number = as_float(x)
    return from_float(math.nan if math.isnan(number) else math.inf if number >= 1024 else 2.0**number, x.format)


def _sign_extended(x: Value, count: Value) -> Value:
    bits = count.number
    number = x.bits & ((1 << bits) - 1)
    return whole(number - (1 << bits) if bits and number >> (bits - 1) else number, "i", x.width)


def _normalized(low: int, high: int) -> Callable[[Value], Value]:
    def run(x: Value) -> Value:
        number = as_float(x)
        scaled = 0 if math.isnan(number) else round(Fraction(max(min(number, 1.0), -1.0)) * high)
        return whole(max(scaled, low), "u", 16)

    return run


def _extreme(larger: bool) -> Callable[..., Value]:
    """v_minimum_f32 and its like, which have no text of their own: IEEE 754-2019 minimum, of two or three."""

    def run(first: Value, *others: Value) -> Value:
        f, result = first.format, first.bits
        for other in others:
            result = exact.extreme(f, result, other.bits, larger, nan_wins=True)
        return of_format(result, f)

    return run


_Q = {16: F16, 32: F32, 64: F64}
FUNCTIONS: dict[str, Callable[..., Value]] = {
    "signext": lambda x: whole(x.number, "i", 64),
    "signext_from_bit": _sign_extended,
    "isNAN": lambda x: truth(x.format.is_nan(x.bits)),
    "isSignalNAN": lambda x: truth(x.format.is_signaling(x.bits)),
    "isQuietNAN": lambda x: truth(x.format.is_nan(x.bits) and not x.format.is_signaling(x.bits)),
    "cvtToQuietNAN": lambda x: of_format(x.format.quieted(x.bits), x.format),
    "exponent": lambda x: _int32(x.format.exponent(x.bits)),
    "mantissa": _mantissa,
    "sign": lambda x: truth(x.format.negative(x.bits)),
    "abs": lambda x: x._replace(bits=x.format.magnitude(x.bits)),
    "trunc": _trunc,
    "floor": _floor,
    "fract": lambda x: operate("-", x, _floor(x)),
    "isEven": lambda x: truth(math.isfinite(as_float(x)) and as_float(x) % 2 == 0),
    "fma": _fma,
    "pow": _power,
    "log2": _through(math.log2),
    "sqrt": _through(math.sqrt),
    "sin": _through(math.sin),
    "cos": _through(math.cos),
    "f16_to_snorm": _normalized(-32767, 32767),
    "f32_to_snorm": _normalized(-32767, 32767),
    "f16_to_unorm": _normalized(0, 65535),
    "f32_to_unorm": _normalized(0, 65535),
    "v_minimum_f32": _extreme(False),
    "v_maximum_f32": _extreme(True),
    "v_minimum3_f16": _extreme(False),
    "v_maximum3_f16": _extreme(True),
}
_CONVERSION = re.compile(r"([a-z]+\d+)_to_([a-z]+\d+)(_scale)?")
_TYPE = re.compile(r"([a-z]+)(\d+)")


def type_of(name: str) -> tuple[str, int]:
    """``bf16`` -> ('bf', 16)"""
    match = _TYPE.fullmatch(name)
    if match is None:
        raise ValueError(f"no type: {name}")
    return match.group(1), int(match.group(2))


def conversion(name: str) -> Callable[..., Value] | None:
    """f32_to_i32, f32_to_fp8_scale and so on; the rounding mode of the wave stands behind the arguments."""
    match = _CONVERSION.fullmatch(name)
    if match is None:
        return None
    source, target, scaled = match.groups()
    if target in TINY:
        return lambda x, *scale_and_mode: _to_tiny(target, x, scale_and_mode if scaled else ())
    if source in TINY:
        return lambda x, *scale_and_mode: _from_tiny(source, x, type_of(target), scale_and_mode if scaled else ())
    kind, width = type_of(target)
    return lambda x, mode: _plain(x, kind, width, mode)


def _scale(arguments: tuple[Any, ...]) -> Fraction | None:
    """2**(e - 127) of an E8M0 code, None where it is NaN; 1 without a scale."""
    if not arguments or not isinstance(arguments[0], Value):
        return Fraction(1)
    code = arguments[0].bits & 0xFF
    return None if code == 255 else Fraction(2) ** (code - 127)


def _to_tiny(name: str, x: Value, scale: tuple[Any, ...]) -> Value:
    _, width = type_of(name)
    code = encoded(name, x.format, x.bits, _scale(scale), name == "fp4")
    if code is None:  # which sign a NaN has, the text does not say
        return Value(NAN_CODE, "u", width, ((0, "fp", width),))
    return Value(code, "u", width)


def _from_tiny(name: str, x: Value, target: tuple[str, int], scale: tuple[Any, ...]) -> Value:
    wide = of_format(decoded(name, x.bits, _scale(scale)), F32)
    return converted(wide, FORMATS[target])


def _plain(x: Value, kind: str, width: int, mode: str) -> Value:
    """Between integers and floats; integers saturate, and a NaN becomes 0."""
    if (kind, width) in FORMATS:
        f = FORMATS[kind, width]
        if not x.is_float:
            return of_format(f.rounded(Fraction(x.number)), f)
        return of_format(None, f) if x.format.is_nan(x.bits) else converted(x, f, mode == "ROUND_TOWARD_ZERO")
    low, high = (0, (1 << width) - 1) if kind == "u" else (-(1 << (width - 1)), (1 << (width - 1)) - 1)
    number = exact.to_integer(x.format, x.bits, low, high) if x.is_float else max(min(x.number, high), low)
    return whole(number, kind, width)
