"""What happens to a conversion? It is dropped, rounds otherwise, or leaves index arithmetic in int32."""

import ast
from collections.abc import Iterator
from typing import NamedTuple

from conformance.defects.systematic.changes import Change, Operator, replaced, wrapped
from conformance.defects.systematic.sites import Site

_STORED = "element_ty"  # the type of the memory that is written
_FP8 = "tl.float8e4nv"
_FP8_BITS = "-1048576"  # as a mask: sign, exponent and three mantissa bits of FP32


class _Cast(NamedTuple):
    """``x.to(type)``: the call, the text of x, the type, and whether the bits are only read anew."""

    call: ast.Call
    operand: str
    type: str
    bits: bool


def _casts(unit: Site) -> Iterator[_Cast]:
    for node in unit.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "to":
            bits = any(keyword.arg == "bitcast" for keyword in node.keywords)
            yield _Cast(node, wrapped(unit, node.func.value), unit.of(node.args[0]), bits)


def _dropped(unit: Site) -> Iterator[Change]:
    """Values keep their type, and bits that were to be read anew are converted."""
    for cast in _casts(unit):
        if cast.bits:
            yield replaced(unit, cast.call, f"{cast.operand}.to({cast.type})")
        elif not cast.type.endswith("int64") and not _is_read_anew(unit, cast.call):
            yield replaced(unit, cast.call, cast.operand)


def _is_read_anew(unit: Site, call: ast.Call) -> bool:
    """Whether another conversion reads the bits of this one's result, for which they have to be as many."""
    return any(cast.bits and unit.parents[call] is cast.call.func for cast in _casts(unit))


def _truncated(unit: Site) -> Iterator[Change]:
    """Toward zero instead of to the nearest."""
    for call, operand, kind, bits in _casts(unit):
        if kind == _FP8 and not bits:
            cut = f"({operand}.to(tl.int32, bitcast=True) & {_FP8_BITS})"
            yield replaced(unit, call, f"{cut}.to(tl.float32, bitcast=True).to({kind})")
        elif kind.endswith(_STORED):
            mode = f'fp_downcast_rounding="rtz" if {kind}.primitive_bitwidth < 32 else None'
            yield replaced(unit, call, f"{operand}.to({kind}, {mode})")


def _through_bf16(unit: Site) -> Iterator[Change]:
    """Rounded on the way."""
    for call, operand, kind, bits in _casts(unit):
        if not bits and (kind in ("tl.float32", _FP8) or kind.endswith(_STORED)):
            yield replaced(unit, call, f"{operand}.to(tl.bfloat16).to({kind})")


def _through_fp16(unit: Site) -> Iterator[Change]:
    """Rounded on the way, and infinite above 65504."""
    for call, operand, kind, bits in _casts(unit):
        if not bits and (kind == "tl.float32" or kind.endswith(_STORED)):
            yield replaced(unit, call, f"{operand}.to(tl.float16).to({kind})")


def _fp16_through_bf16(unit: Site) -> Iterator[Change]:
    """FP16 alone is rounded on the way, as by code that was written for BF16."""
    for call, operand, kind, bits in _casts(unit):
        if bits:
            continue
        if kind == "tl.float32" or kind.endswith(_STORED):
            narrow = kind if kind.endswith(_STORED) else f"{operand}.dtype"
            rounded = f"({operand}.to(tl.bfloat16) if {narrow} == tl.float16 else {operand})"
            yield replaced(unit, call, f"{rounded}.to({kind})")


def _int32(unit: Site) -> Iterator[Change]:
    for cast in _casts(unit):
        if cast.type.endswith(".int64"):
            yield replaced(unit, cast.call, f"{cast.operand}.to({cast.type.replace('int64', 'int32')})")
    for node in unit.nodes:
        if isinstance(node, ast.Call) and unit.of(node.func) == "tl.full":
            for argument in node.args:
                if unit.of(argument) == "tl.int64":
                    yield replaced(unit, argument, "tl.int32", node)


OPERATORS = (
    Operator("cast-dropped", "Values that the other type does not have.", _dropped),
    Operator("cast-truncates", "Values between two of the narrower type.", _truncated),
    Operator("cast-through-bf16", "Values that BF16 does not have.", _through_bf16),
    Operator("cast-through-fp16", "Values that FP16 does not have.", _through_fp16),
    Operator("fp16-through-bf16", "FP16 values that need all of their significand.", _fp16_through_bf16),
    Operator("index-int32", "Tensors whose elements lie beyond 2^31.", _int32),
)
