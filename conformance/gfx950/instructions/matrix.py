"""What do the matrix instructions compute? Where their operands lie in the registers, and the elements' formats.

D = A B + C over a whole wave, whatever EXEC is. Sources: AMD CDNA3 and CDNA4 ISA, "Matrix arithmetic instructions";
AMD's matrix instruction calculator; "Introduction to Matrix Core Programming on AMD CDNA3 and CDNA4" (AMD, 2025) for
the block-scaled forms. With R rows of A (columns of B), lane l holds elements of row r = l % R, and g = l // R tells
which: element j is k = n g + j, n being the elements in a lane; for 8-bit elements of the f8f6f4 instructions
k = (j // 16) (K / 2) + 16 g + j % 16. Elements fill a register from its low bits. The scale in lane l is that of row r
and of block g of 32 elements. Register i of C and D has, in lane l, column r, row (i % 4) + 4 g + (i // 4) 4 (64 / R).

Instructions of several blocks multiply as many pairs of matrices: lane l holds row l % R of block l // R % blocks, and
only what is left of l tells which k. C and D of one block after the other fill the registers; where R is 4, its lanes
are those of the block. FP64 fills two registers: pair i has, in lane l, row 4 i + l // 16 (AMD's calculator, again).
Its products are added by one FMA after another, in the order of k, whatever the model.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.gfx950.errors import NotEmulated
from conformance.gfx950.instructions.aligned import SumModel
from conformance.gfx950.instructions.float8 import BF8, FP4, FP8, Small
from conformance.gfx950.instructions.floats import bfloat16_value
from conformance.gfx950.instructions.fma import fma64
from conformance.gfx950.instructions.sums import SUMS, Factor

Array = np.ndarray
Scales = tuple[Array, Array] | None
LANES = 64
WAVES = 32  # that are multiplied at a time: their arrays stay in a core's cache

# Until it has freed a larger block, glibc returns the pages of such arrays to the system, which clears them for each
# new array. One large block freed here makes the matrix instructions twice as fast; elsewhere it does nothing.
np.empty(30 << 20, np.uint8)


@dataclass(frozen=True)
class ElementFormat:
    """An element's format. decode: codes [...] -> float64. reach: of a narrow format, the exponent of its quantum and
    of the least power of two above all of its values."""

    bits: int
    significand: int
    lowest_exponent: int
    decode: Callable[[Array], Array]
    reach: tuple[int, int] | None = None


def _table(of: Small) -> Callable[[Array], Array]:
    values = of.values.astype(np.float64)

    def decode(codes: Array) -> Array:
        out = np.empty(codes.shape)
        return values.take(codes, out=out, mode="clip")  # no code is out of range: spares a check and a copy

    return decode


FORMATS: dict[str, ElementFormat] = {
    "fp8": ElementFormat(8, 4, -6, _table(FP8), (-9, 9)),
    "bf8": ElementFormat(8, 3, -14, _table(BF8)),
    "fp4": ElementFormat(4, 2, 0, _table(FP4), (-1, 3)),
    "f16": ElementFormat(16, 11, -14, lambda codes: codes.view(np.float16).astype(np.float64)),
    "bf16": ElementFormat(16, 8, -126, lambda codes: bfloat16_value(codes).astype(np.float64)),
    "f32": ElementFormat(32, 24, -126, lambda codes: codes.view(np.float32).astype(np.float64)),
    "f64": ElementFormat(64, 53, -1022, lambda codes: codes.view(np.float64)),
    "i8": ElementFormat(8, 8, 0, lambda codes: codes.view(np.int8).astype(np.float64)),
}
_SELECTED = {0: "fp8", 1: "bf8", 4: "fp4"}  # by cbsz for A, by blgp for B; 2 and 3 are the 6-bit formats
E8M0_BIAS, E8M0_NAN = 127, 255


def scale_byte(register: Array, op_sel: int, op_sel_hi: int) -> Array:
    """uint8 like register (uint32): the byte that the two modifier bits select."""
    return (register >> (8 * (op_sel + 2 * op_sel_hi))).astype(np.uint8)


@dataclass(frozen=True)
class Product:
    """One matrix instruction with its modifiers: A and B in these formats, ``size`` rows and columns, ``depth`` k.

    blocked: an f8f6f4 instruction, whose k are in blocks of 32; scaled: with scales. matrices: how many pairs are
    multiplied.
    accumulator: dtype of C and D.
    """

    size: int
    depth: int
    a_format: str
    b_format: str
    blocked: bool = False
    scale_bytes: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))  # (op_sel, op_sel_hi) of A, of B
    matrices: int = 1
    scaled: bool = False

    @property
    def accumulator(self) -> type:
        return {"i8": np.int32, "f64": np.float64}.get(self.a_format, np.float32)

    @property
    def kind(self) -> str:
        """By which a measured sum is told: of E4M3, BF16 and FP16; '' for another."""
        if (self.a_format, self.b_format) == ("fp8", "fp8"):
            return f"scaled-{self.size}x{self.size}" if self.scaled else "e4m3"
        return {"f16": "fp16", "bf16": "bf16"}.get(self.a_format, "")

    @property
    def groups(self) -> int:
        """Of lanes, each of which has k of its own."""
        return LANES // self.size // self.matrices

    def registers(self, format_name: str) -> int:
        """How many an operand of this format takes."""
        return self.depth * FORMATS[format_name].bits // (32 * self.groups)

    def run(self, a: Array, b: Array, c: Array, scales: Scales, model: str | SumModel) -> Array:
        """D [n, W, 64], like c (of dtype ``accumulator``). a, b: uint32 [registers, W, 64]; scales: of A and B, uint8
        [W, 64] each, or None for 1. model: one of sums.SUMS, or as measured.
        """
        result: Array = np.empty(c.shape, self.accumulator)
        for start in range(0, c.shape[1], WAVES):
            block = slice(start, start + WAVES)
            scale_a, scale_b = (None, None) if scales is None else (scale[block] for scale in scales)
            rows = self._factor(a[:, block], self.a_format, scale_a)
            columns = self._factor(b[:, block], self.b_format, scale_b)
            matrices = np.ascontiguousarray(self._as_matrices(c[:, block])).reshape(-1, self.size, self.size)
            sums = self._sum(rows, columns, matrices, model)
            out = self._as_matrices(result[:, block])
            out[...] = sums.reshape(out.shape)
        return result

    def _sum(self, rows: Factor, columns: Factor, c: Array, model: str | SumModel) -> Array:
        if self.accumulator is np.float32:
            add = SUMS[model] if isinstance(model, str) else model.matrices
            return add(rows, columns, c)
        if self.accumulator is np.float64:
            for k in range(self.depth):
                c = fma64(rows.values[0, :, :, k, None], columns.values[0, :, None, :, k], c)
            return c
        products = np.matmul(rows.values[0], columns.values[0].transpose(0, 2, 1)).astype(np.int64)
        return (products + c).astype(np.int32)

    def _factor(self, registers: Array, format_name: str, scale: Array | None) -> Factor:
        kind = FORMATS[format_name]
        waves, groups = registers.shape[1], self.groups
        needed = self.registers(format_name)
        if len(registers) != needed:
            raise NotEmulated(f"{len(registers)} registers of {format_name}, {needed} expected")
        words = self._words(registers, kind.bits)
        blocks = groups if self.blocked else 1
        with np.errstate(invalid="ignore"):  # a signalling NaN is as good as a quiet one
            values = kind.decode(_codes(words, kind.bits).reshape(blocks, waves * self.matrices, self.size, -1))
        shifts = None
        if scale is not None:
            by_block = scale.reshape(waves, groups, self.size).transpose(1, 0, 2)
            shifts = by_block.astype(np.int64) - E8M0_BIAS
            if (scale == E8M0_NAN).any():
                values[by_block == E8M0_NAN] = np.nan
        return Factor(values, shifts, kind.significand, kind.lowest_exponent, kind.bits, kind.reach)

    def _words(self, registers: Array, bits: int) -> Array:
        """uint32, contiguous: [block, W, row, ...], the last axes in the order of k."""
        count, waves, groups = len(registers), registers.shape[1], self.groups
        if not self.blocked:
            words = registers.reshape(count, waves, groups, self.matrices, self.size).transpose(1, 3, 4, 2, 0)
        elif bits == 8:  # g = 2 h + p holds two runs of 16 elements, in blocks h and groups / 2 + h
            words = registers.reshape(2, 4, waves, groups // 2, 2, self.size).transpose(0, 3, 2, 5, 4, 1)
        else:
            words = registers.reshape(count, waves, groups, self.size).transpose(2, 1, 3, 0)
        return np.ascontiguousarray(words)

    def _as_matrices(self, registers: Array) -> Array:
        """[W, matrix, ..., column]: a view of C's registers; the axes between are the rows, in order."""
        count, waves, size = len(registers), registers.shape[1], self.size
        if self.accumulator is np.float64:
            return registers.reshape(count, waves, self.groups, self.matrices, size).transpose(1, 3, 0, 2, 4)
        in_lanes, in_registers = (self.matrices, 1) if size == 4 else (1, self.matrices)
        split = registers.reshape(in_registers, count // in_registers // 4, 4, waves, in_lanes, -1, size)
        return split.transpose(3, 0, 4, 1, 5, 2, 6)


def _codes(words: Array, bits: int) -> Array:
    """The elements of words (uint32, consecutive in the last axis), low bits first."""
    if bits == 4:
        octets = words.view(np.uint8)
        return np.stack([octets & 15, octets >> 4], axis=-1)
    return words.view(f"u{bits // 8}")


@dataclass(frozen=True)
class Matrix:
    """A matrix instruction. a_format, b_format: '' where cbsz and blgp select them. scaled: two more operands, the
    registers of A's and B's scales, follow C. matrices: as Product has it."""

    size: int
    depth: int
    a_format: str = ""
    b_format: str = ""
    scaled: bool = False
    matrices: int = 1

    def configured(self, modifiers: Mapping[str, Any]) -> Product:
        """The instruction with these modifiers (assembly.Instruction.modifiers).

        Raises NotEmulated, naming it, for a modifier or a value of one that is not implemented.
        """
        taken = {"op_sel", "op_sel_hi"} if self.scaled else set()
        formats = (self.a_format, self.b_format)
        if not self.a_format:
            taken |= {"cbsz", "blgp"}
            formats = (_selected(modifiers, "cbsz"), _selected(modifiers, "blgp"))
        for name, value in modifiers.items():
            if name not in taken and (any(value) if isinstance(value, list) else value not in (0, False)):
                raise NotEmulated(f"modifier {name}:{value}")
        low, high = modifiers.get("op_sel", [0, 0]), modifiers.get("op_sel_hi", [0, 0])
        if any(low[2:]) or any(high[2:]):
            raise NotEmulated(f"modifier op_sel:{low} op_sel_hi:{high}")
        selectors = ((low[0], high[0]), (low[1], high[1]))
        blocked = not self.a_format
        return Product(self.size, self.depth, *formats, blocked, selectors, self.matrices, self.scaled)


def _selected(modifiers: Mapping[str, Any], name: str) -> str:
    value = modifiers.get(name, 0)
    if value not in _SELECTED:
        raise NotEmulated(f"modifier {name}:{value} (a 6-bit format)")
    return _SELECTED[value]


MATRIX: dict[str, Matrix] = {
    "v_mfma_scale_f32_16x16x128_f8f6f4": Matrix(16, 128, scaled=True),
    "v_mfma_scale_f32_32x32x64_f8f6f4": Matrix(32, 64, scaled=True),
    "v_mfma_f32_16x16x128_f8f6f4": Matrix(16, 128),
    "v_mfma_f32_32x32x64_f8f6f4": Matrix(32, 64),
    "v_mfma_f32_16x16x4_f32": Matrix(16, 4, "f32", "f32"),
    "v_mfma_f32_32x32x2_f32": Matrix(32, 2, "f32", "f32"),
    **{
        f"v_mfma_f32_{size}x{size}x{depth}_{kind}": Matrix(size, depth, kind, kind)
        for size, depths in ((16, (16, 32)), (32, (8, 16)))
        for depth in depths
        for kind in ("f16", "bf16")
    },
    **{
        f"v_mfma_f32_{size}x{size}x{depth}_{a}_{b}": Matrix(size, depth, a, b)
        for size, depth in ((16, 32), (32, 16))
        for a in ("fp8", "bf8")
        for b in ("fp8", "bf8")
    },
    **{
        f"v_mfma_i32_{size}x{size}x{depth}_i8": Matrix(size, depth, "i8", "i8")
        for size, depths in ((16, (32, 64)), (32, (16, 32)))
        for depth in depths
    },
    "v_mfma_f64_16x16x4_f64": Matrix(16, 4, "f64", "f64"),
    "v_mfma_f64_4x4x4_4b_f64": Matrix(4, 4, "f64", "f64", matrices=4),
    **{
        f"v_mfma_{total}_{size}x{size}x{depth}_{LANES // size}b_{kind}": Matrix(
            size, depth, kind, kind, matrices=LANES // size
        )
        for size in (4, 16, 32)
        for total, kind, depth in (("f32", "f32", 1), ("f32", "f16", 4), ("f32", "bf16", 4), ("i32", "i8", 4))
    },
}
