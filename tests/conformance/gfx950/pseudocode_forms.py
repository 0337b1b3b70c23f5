"""How does one instruction run both ways, in the emulator and by AMD's pseudocode of it? On edge and random operands.

The texts are data of the wheel of tinygrad (tinygrad/runtime/autogen/amd/cdna/str_pcode.py), read and not imported.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from conformance.gfx950.assembly import EXEC, VCC, parse_line
from conformance.gfx950.binding import SOPK, build
from conformance.gfx950.instructions.operations import Op
from conformance.gfx950.instructions.scalar import SCALAR
from conformance.gfx950.instructions.vector import VECTOR
from conformance.gfx950.settings import Settings
from conformance.gfx950.wave import LANES, Front, mask_of
from tests.conformance.gfx950 import pseudocode
from tests.conformance.gfx950.pseudocode_cells import Cell
from tests.conformance.gfx950.pseudocode_values import FORMATS, whole
from tests.conformance.gfx950.vector_cases import edges, random_bits, width_of

TABLES = VECTOR | SCALAR
TEXTS = "runtime/autogen/amd/cdna/str_pcode.py"
MODE = 0x3F0  # denormals kept, DX10_CLAMP, IEEE
IMPLICIT = ("scc", "exec", "vcc")
IMMEDIATES = (0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x1234)  # of SOPK
TRUTH_TABLES = (0x1B, 0x36, 0xEC, 0x80)  # of v_bitop3


@functools.cache
def texts() -> dict[str, str]:
    """By mnemonic as assemblers print it, without the encoding; skips where there are none."""
    spec = importlib.util.find_spec("tinygrad")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("AMD's pseudocode: the tables of tinygrad (dependency group tests) are not installed")
    tree = ast.parse((Path(spec.submodule_search_locations[0]) / TEXTS).read_text())
    (table,) = (node.value for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict))
    found: dict[str, str] = {}
    for key, value in zip(table.keys, table.values, strict=True):
        assert isinstance(key, ast.Attribute) and isinstance(value, ast.Constant)
        found.setdefault(key.attr.lower().removesuffix("_e64").removesuffix("_e32"), value.value)
    return found


@dataclass(frozen=True)
class Form:
    """An instruction as it is tried. places: (operand type, register, the text's name) of what it reads; the last one
    is the destination before. fixed: cells that the text reads for modifiers.
    """

    mnemonic: str
    op: Op
    line: str
    places: list[tuple[str, int, str]]
    fixed: dict[str, int]

    @property
    def waves(self) -> int:
        return 1 if self.mnemonic in VECTOR else LANES // (len(IMMEDIATES) if SOPK.fullmatch(self.mnemonic) else 1)


def forms(mnemonic: str) -> list[Form]:
    """Every setting of the modifier bits that the text reads; for SOPK every immediate that is tried."""
    op, text = TABLES[mnemonic], texts()[mnemonic]
    swaps = mnemonic == "v_swap_b32"
    names = {"v_fmaak_f32": ["S0", "S1", "SIMM32"], "v_fmamk_f32": ["S0", "SIMM32", "S1"], "v_swap_b32": ["D0", "S0"]}
    shown = [word for word in op.reads.split() if word not in IMPLICIT]
    registers = [0, 2] if swaps else [2, 4, 6]
    places = list(zip(shown, registers, names.get(mnemonic, ["S0", "S1", "S2"]), strict=False))
    places += [(word, 0, word.upper()) for word in op.reads.split() if word in IMPLICIT]
    if not swaps and op.writes.split()[0] not in (*IMPLICIT, "mask"):
        places.append((op.writes.split()[0], 0, "D0"))
    written = [] if swaps else [(word, 0) for word in op.writes.split() if word not in IMPLICIT]
    read = list(zip(shown, registers, strict=False))
    operands = [printed("s" if mnemonic in SCALAR else "v", index, word) for word, index in written + read]
    line = f"{mnemonic} {', '.join(operands)}"

    def form(line: str, **fixed: int) -> Form:
        return Form(mnemonic, op, line, places, fixed)

    if "bitop3" in op.modifiers:
        return [form(f"{line} bitop3:{t}", OMOD=t >> 6, ABS=t >> 3 & 7, NEG=t & 7) for t in TRUTH_TABLES]
    if SOPK.fullmatch(mnemonic):
        name = f"S{len(shown) - 1}"
        return [form(f"{mnemonic} {', '.join([*operands[:-1], hex(k)])}", **{name: k}) for k in IMMEDIATES]
    return [form(line + op_sel(text, bits, len(shown)), OPSEL=bits) for bits in selections(text)]


def printed(file: str, index: int, word: str) -> str:
    if word == "mask":
        return "vcc"
    return f"{file}[{index}:{index + 1}]" if size_of(word) == 64 else f"{file}{index}"


def size_of(word: str) -> int:
    """Bits of an operand of this type."""
    if word in (*IMPLICIT, "mask"):
        return 64 if word == "exec" else 1
    return width_of(word.removeprefix("pk_")) * (2 if word.startswith("pk_") else 1)


def selections(text: str) -> list[int]:
    """Values of OPSEL[3:0] in which the bits that the text reads take every value."""
    used = {"OPSEL[0]": 1, "OPSEL[1]": 2, "OPSEL[1 : 0]": 3, "OPSEL[3]": 8, "OPSEL[3 : 2]": 12}
    mask = functools.reduce(int.__or__, (bits for name, bits in used.items() if name in text), 0)
    return [bits for bits in range(16) if bits & ~mask == 0]


def op_sel(text: str, bits: int, sources: int) -> str:
    """As LLVM prints it: the sources' bits, and behind them the destination's, of which a byte has two."""
    values = [bits >> i & 1 for i in range(4)]
    shown = values if "OPSEL[3 : 2]" in text else [*values[:sources], values[3]]
    return f" op_sel:{shown}".replace(", ", ",") if bits else ""


def drawn(form: Form) -> list[list[int]]:
    """The bits of each place for each case, two thirds of them edges; registers that are wider hold noise above."""
    rng = random.Random(form.line)

    def one(word: str, edge: bool) -> int:
        element = word.removeprefix("pk_")
        if word in IMPLICIT or word == "mask":
            return rng.choice([0, (1 << 64) - 1, rng.getrandbits(64)]) if word == "exec" else rng.getrandbits(1)
        pair = [rng.choice(edges(element)) if edge else random_bits(element, rng) for _ in range(2)]
        width = width_of(element)
        return pair[0] | (pair[1] if word.startswith("pk_") else rng.getrandbits(64)) << width & (1 << 64) - 1

    count = form.waves * (LANES if form.mnemonic in VECTOR else 1)
    return [[one(word, case % 3 > 0) for case in range(count)] for word, _, _ in form.places]


def executed(form: Form, columns: list[list[int]]) -> Front:
    """The emulator's registers after the instruction; each case is a lane, of a scalar instruction a wave."""
    front = Front(8, 0, form.waves)
    front.set_pair(EXEC, np.full(front.waves, (1 << LANES) - 1, np.uint64))
    front.mode, front.chunk = MODE, SimpleNamespace(settings=Settings())
    for (word, index, _), column in zip(form.places, columns, strict=True):
        values = np.array(column, np.uint64)
        if word == "scc":
            front.scc = values.astype(bool)
        elif word == "exec":
            front.set_pair(EXEC, values)
        elif word in ("mask", "vcc"):
            front.set_pair(VCC, mask_of(values.astype(bool).reshape(-1, LANES)))
        elif form.mnemonic in SCALAR:
            front.set_pair(index, values)
        else:
            front.v[index] = values.astype(np.uint32).reshape(-1, LANES)
            front.v[index + 1] = (values >> np.uint64(32)).astype(np.uint32).reshape(-1, LANES)
    with np.errstate(all="ignore"):
        build(parse_line(form.line)).run(front)
    return front


def by_text(form: Form, case: list[int], lane: int) -> dict[str, Cell]:
    """The cells after the text has run."""
    values = {"laneId": whole(lane, "u", 32), "VCC": whole(0, "u", 64), "SDWA_SRC0_SEL": whole(0, "u", 3)}
    for (word, _, name), bits in zip(form.places, case, strict=True):
        if word in ("mask", "vcc"):
            values["VCC"] = whole(bits << lane, "u", 64)
        else:
            values[name] = whole(bits, "u", 1 if word == "scc" else 64)
    values |= {name: whole(bits, "u", 32) for name, bits in form.fixed.items()}
    cells = {name: Cell(value) for name, value in values.items()}
    pseudocode.run(texts()[form.mnemonic], cells, texts())
    return cells


@dataclass(frozen=True)
class Difference:
    """One operand set on which text and emulator differ. into: the type of what is written."""

    form: Form
    into: str
    operands: list[tuple[str, int]]
    expected: int
    observed: int

    def __str__(self) -> str:
        operands = ", ".join(f"{word} {bits:#x}" for word, bits in self.operands)
        return f"{self.form.line} of {operands}: {self.into} is {self.observed:#x}, by the text {self.expected:#x}"


def differences(mnemonic: str) -> list[Difference]:
    found = []
    for form in forms(mnemonic):
        columns = drawn(form)
        front = executed(form, columns)
        for number, case in enumerate(zip(*columns, strict=True)):
            cells = by_text(form, list(case), number % LANES)
            operands = [
                (word, bits & (1 << size_of(word)) - 1) for (word, _, _), bits in zip(form.places, case, strict=True)
            ]
            for into, expected, observed in written(form, cells, front, number):
                if expected != observed:
                    found.append(Difference(form, into, operands, expected, observed))
    return found


def written(form: Form, cells: dict[str, Cell], front: Front, number: int) -> Iterator[tuple[str, int, int]]:
    """(type, by the text, by the emulator) of each result, with a NaN that the text leaves open as the emulator's."""
    wave, lane = divmod(number, LANES) if form.mnemonic in VECTOR else (number, 0)
    for position, into in enumerate(form.op.writes.split()):
        if into == "scc":
            yield into, cells["SCC"].value.bits & 1, int(front.scc[wave])
        elif into == "exec":
            yield into, cells["EXEC"].value.bits, int(front.pair(EXEC)[wave])
        elif into == "mask":
            cell, bit = (cells["D1"], 0) if "D1" in cells else (cells["D0" if position == 0 else "VCC"], lane)
            yield into, cell.value.bits >> bit & 1, int(front.pair(VCC)[wave]) >> lane & 1
        else:
            name, index = ("D0", 0) if position == 0 else ("S0", 2)
            words = [
                front.s[index + i, wave] if form.mnemonic in SCALAR else front.v[index + i, wave, lane] for i in (0, 1)
            ]
            yield into, *settled(cells[name], int(words[0]) | int(words[1]) << 32, size_of(into))


def settled(cell: Cell, observed: int, size: int) -> tuple[int, int]:
    """Both results in the bits that the text speaks of: all of a register of which it writes a range, else the range
    that it writes."""
    register = (1 << max(size, 32)) - 1
    mask = (register if cell.partly or not cell.touched else cell.touched) & register
    expected = cell.value.bits
    for first, kind, width in cell.value.free:
        field = (1 << width) - 1
        if is_nan(observed >> first & field, kind, width):
            expected = expected & ~(field << first) | observed & field << first
    return expected & mask, observed & mask


def is_nan(bits: int, kind: str, width: int) -> bool:
    """Of 4 bits any code: the format has no NaN, and the text does not say what becomes of one."""
    return (width == 4 or bits & 0x7F == 0x7F) if kind == "fp" else FORMATS[kind, width].is_nan(bits)
