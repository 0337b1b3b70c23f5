"""How does a matrix instruction become a record? Its operands' places, and its shape and formats in one word."""

from typing import Any

import numpy as np

from conformance.gfx950 import decode
from conformance.gfx950.assembly import Instruction, Literal, Operand, Register
from conformance.gfx950.core.layout import File, Kind, Record, SourceRecord, TargetRecord
from conformance.gfx950.core.unknown import Unknown
from conformance.gfx950.instructions.matrix import MATRIX, Product

FORMATS = ("fp8", "bf8", "fp4", "f16", "bf16", "f32")  # as mfma.h numbers them


def matrix_record(instruction: Instruction) -> Record:
    """Raises Unknown for what is left to NumPy: several matrices, integers, FP64, operands of a wrong size."""
    product = MATRIX[instruction.mnemonic].configured(instruction.modifiers)
    if product.matrices > 1 or product.a_format not in FORMATS:
        raise Unknown
    d, a, b, c, *scales = instruction.operands
    made = Record(kind=Kind.MATRIX, extra=_packed(product), inputs=3 + len(scales), outputs=1)
    accumulators = product.size * product.size // 64
    into = _registers(d, accumulators)
    made.into[0] = TargetRecord(file=into.file, index=into.index)
    made.of[0] = _registers(a, product.registers(product.a_format))
    made.of[1] = _registers(b, product.registers(product.b_format))
    made.of[2] = _constant(c.value, "f32") if isinstance(c.value, Literal) else _registers(c, accumulators)
    for at, (scale, (low, high)) in enumerate(zip(scales, product.scale_bytes, strict=False), 3):
        made.of[at] = _constant(scale.value, "u32") if isinstance(scale.value, Literal) else _registers(scale, 1, "vas")
        made.of[at].first = low + 2 * high
    return made


def _packed(product: Product) -> int:
    formats = FORMATS.index(product.a_format) << 16 | FORMATS.index(product.b_format) << 20
    return product.size | product.depth << 8 | formats | product.blocked << 24


def _registers(operand: Operand, count: int, files: str = "va") -> SourceRecord:
    value: Any = operand.value
    if not isinstance(value, Register) or value.file not in files or value.count != count:
        raise Unknown
    return SourceRecord(file=File["VAS"["vas".index(value.file)]], index=value.index)


def _constant(literal: Literal, kind: str) -> SourceRecord:
    return SourceRecord(file=File.CONSTANT, value=int(decode.constant(literal.value, kind).view(np.uint32)[0]))
