"""What do the texts of AMD's pseudocode read and write? Registers and variables, parts of them, and calls by name.

Registers are Cells: D0, S0, VCC and so on. A lane's bit of a mask is bit laneId of D0 or VCC, as it stands there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.gfx950.pseudocode_values import FUNCTIONS, Value, conversion, from_float, operate, truth, whole
from tests.conformance.gfx950.scalar_floats import F16, F32, F64

Lambda = Callable[..., Value]
Expression = Callable[["Scope"], Any]


@dataclass
class Cell:
    """A register or variable. touched: mask of the bits that were written; partly: whether a range of it was."""

    value: Value
    touched: int = 0
    partly: bool = False
    elements: int = 0  # the width of an array's

    def write(self, first: int, width: int, value: Value, kind: str) -> None:
        field = ((1 << width) - 1) << first
        old = self.value
        kept = tuple(f for f in old.free if f[0] + f[2] <= first or f[0] >= first + width)
        free = kept + tuple((at + first, k, w) for at, k, w in value.free)
        bits = (old.bits & ~field) | (value.bits << first & field)
        self.value = Value(bits, kind, max(old.width, first + width), free)
        self.touched |= field


@dataclass
class Scope:
    """What a text sees. instruction: runs another one, by its mnemonic, on cells."""

    cells: dict[str, Cell]
    instruction: Callable[[str, dict[str, Cell]], None]
    lambdas: dict[str, Lambda] = field(default_factory=dict)
    rounding: str = "ROUND_NEAREST_EVEN"


_CONSTANTS = {
    "INF": Value(F64.inf, "f", 64), "INF_16": Value(F16.inf, "f", 16), "INF_32": Value(F32.inf, "f", 32),
    "PI": from_float(3.141592653589793, F64),
    "OVERFLOW_F32": Value(F32.inf, "f", 32), "UNDERFLOW_F32": Value(0, "f", 32),
    "OVERFLOW_F64": Value(F64.inf, "f", 64), "UNDERFLOW_F64": Value(0, "f", 64),
    "BYTE1": Value(1, "b", 3), "BYTE2": Value(2, "b", 3), "BYTE3": Value(3, "b", 3), "WORD1": Value(1, "b", 2),
}  # fmt: skip


@dataclass(frozen=True)
class Selector:
    """.u32, [i], [high : low] or [first +: width]; [0 : 31] reverses the bits."""

    first: Expression | None = None
    second: Expression | None = None
    by_width: bool = False
    kind: tuple[str, int] | None = None

    def range(self, scope: Scope, elements: int) -> tuple[int, int, bool]:
        """(lowest bit, width, reversed)"""
        assert self.first is not None
        first = self.first(scope).number
        if self.second is None:
            return (first * elements, elements, False) if elements else (first, 1, False)
        second = self.second(scope).number
        if self.by_width:
            return first, second, False
        return min(first, second), abs(first - second) + 1, first < second


@dataclass(frozen=True)
class Target:
    """What an assignment writes to."""

    name: str
    selectors: list[Selector]

    def _place(self, scope: Scope) -> tuple[Cell, int, int | None, tuple[str, int] | None]:
        cell = scope.cells.setdefault(self.name, Cell(Value(0, "b", 0)))
        first, width, kind = 0, None, None
        for selector in self.selectors:
            if selector.kind is not None:
                kind = selector.kind
            else:
                low, width, _ = selector.range(scope, cell.elements)
                first += low
        return cell, first, width, kind

    def width(self, scope: Scope) -> int:
        _, _, width, kind = self._place(scope)
        assert width is not None or kind is not None, self.name
        return width if width is not None else kind[1]  # type: ignore[index]

    def read(self, scope: Scope) -> Value:
        return selected(scope, scope.cells[self.name], self.selectors)

    def write(self, scope: Scope, value: Value) -> None:
        cell, first, width, kind = self._place(scope)
        if kind is not None and kind[0] in ("u", "i") and value.kind in ("u", "i"):
            value = whole(value.number, *kind)
        if width is not None:
            cell.partly = True
            cell.write(first, width, value, cell.value.kind)
            return
        name, size = kind if kind is not None else (value.kind, value.width)
        cell.write(first, size, value, name)
        cell.value = cell.value._replace(width=size)


def selected(scope: Scope, value: Value | Cell, selectors: list[Selector]) -> Value:
    elements, result = (value.elements, value.value) if isinstance(value, Cell) else (0, value)
    for place, selector in enumerate(selectors):
        if selector.kind is not None:
            if place + 1 == len(selectors) or selectors[place + 1].kind is not None:  # a range reads beyond the type
                result = result.typed(*selector.kind)
            continue
        low, width, backwards = selector.range(scope, elements)
        elements, result = 0, result.cut(low, width)
        if backwards:
            result = whole(int(f"{result.bits:0{width}b}"[::-1], 2), "u", width)
    return result


def named(scope: Scope, name: str) -> Any:
    cell = scope.cells.get(name)
    if cell is not None:
        return cell if cell.elements else cell.value
    if name not in _CONSTANTS:
        raise ValueError(f"pseudocode: {name} has no value")
    return _CONSTANTS[name]


def applied(operator: str, left: Expression, right: Expression) -> Expression:
    if operator == "&&":
        return lambda scope: truth(left(scope).number and right(scope).number)
    if operator == "||":
        return lambda scope: truth(left(scope).number or right(scope).number)
    return lambda scope: operate(operator, left(scope), right(scope))


def joined(parts: list[Expression]) -> Expression:
    def run(scope: Scope) -> Value:
        cell = Cell(Value(0, "b", 0))
        for part in reversed(parts):  # the last one has the low bits
            value = part(scope)
            cell.write(cell.value.width, value.width, value, "b")
        return cell.value

    return run


def call(name: str, arguments: list[Expression]) -> Expression:
    function = FUNCTIONS.get(name)
    if function is not None:
        return lambda scope: function(*(a(scope) for a in arguments))
    convert = conversion(name)
    if convert is not None:
        return lambda scope: convert(*(a(scope) for a in arguments), scope.rounding)
    return lambda scope: _other(scope, name, [a(scope) for a in arguments])


def _other(scope: Scope, name: str, arguments: list[Value]) -> Value:
    """A lambda of this text, or another instruction by its name: v_max_f32(a, b)."""
    if name in scope.lambdas:
        return scope.lambdas[name](*arguments)
    cells = {f"S{i}": Cell(argument) for i, argument in enumerate(arguments)}
    scope.instruction(name, cells)
    return cells["D0"].value
