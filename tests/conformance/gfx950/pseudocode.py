"""What does AMD's pseudocode of an instruction compute? A parser of its statements into closures, run lane by lane."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tests.conformance.gfx950.pseudocode_cells import (
    Cell,
    Expression,
    Scope,
    Selector,
    Target,
    applied,
    call,
    joined,
    named,
    selected,
)
from tests.conformance.gfx950.pseudocode_values import Value, cast, from_float, operate, type_of, unary, whole
from tests.conformance.gfx950.scalar_floats import F16, F32, F64

Statement = Callable[[Scope], None]


class _Return(Exception):
    pass


class _Break(Exception):
    pass


_NUMBER = r"(?:\d+')?(?:0x[0-9a-fA-F]+|\d+\.\d+|\d+)(?:ULL|LL|U|L|F|I)?"
_WORDS = re.compile(
    rf"\d+'[UIFB]\b|{_NUMBER}|[A-Za-z_]\w*|\+:|<<|>>|<>|\*\*|[<>=!+*/-]=|&&|\|\||[-+*/&|^~!<>=?:;,.(){{}}\[\]]"
)
# What stands for something simpler: a lane's own register, a mode bit, a field of the instruction.
_NAMED = (
    (r"//[^\n]*", ""),
    (r"VGPR\[laneId\]\[VDST\.u32\]", "D0"),
    (r"VGPR\[laneId\]\[SRC0\.u32\]", "S0"),
    (r"WAVE_MODE\.IEEE", "1'1U"),
    (r"\bINST\.", ""),
    (r"\bD\.b(16|32)", r"D0.b\1"),
    (r"\bINF\.f(16|32|64)", r"INF_\1"),
)
_LEVELS = (
    ("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!=", "<>"), ("<", "<=", ">", ">="), ("<<", ">>"),
    ("+", "-"), ("*", "/"), ("**",),
)  # fmt: skip
_ROUNDINGS = ("ROUND_MODE", "ROUND_NEAREST_EVEN", "ROUND_TOWARD_ZERO", "prev_mode")


class Parser:
    """Recursive descent; semicolons and line ends carry nothing that the words do not."""

    def __init__(self, text: str) -> None:
        for form, plain in _NAMED:
            text = re.sub(form, plain, text)
        self.words = _WORDS.findall(text)
        if "".join(self.words) != re.sub(r"\s", "", text):
            raise ValueError(f"pseudocode with a word that is not known: {text}")
        self.at = 0

    def peek(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def take(self, *wanted: str) -> str:
        word = self.peek()
        if not word or (wanted and word not in wanted):
            raise ValueError(f"pseudocode: {word!r} at {' '.join(self.words[max(self.at - 8, 0) :][:20])}")
        self.at += 1
        return word

    def taken(self, *words: str) -> bool:
        if self.peek() not in words:
            return False
        self.at += 1
        return True

    # statements

    def block(self, *ends: str) -> Statement:
        statements = []
        while self.peek() and self.peek() not in ends:
            statements.append(self.statement())
            while self.taken(";"):
                pass
        if len(statements) == 1:
            return statements[0]

        def run(scope: Scope) -> None:
            for statement in statements:
                statement(scope)

        return run

    def statement(self) -> Statement:
        word = self.peek()
        if word in ("if", "for", "declare", "return", "break"):
            self.take()
            return getattr(self, f"_{word}")()
        if word in _ROUNDINGS:
            return self._rounding()
        if self.words[self.at + 1 : self.at + 3] == ["=", "lambda"]:
            return self._lambda()
        return self._assignment()

    def _if(self) -> Statement:
        branches: list[tuple[Expression, Statement]] = []
        while True:
            condition = self.expression()
            self.take("then")
            branches.append((condition, self.block("elsif", "else", "endif")))
            if not self.taken("elsif"):
                break
        otherwise = self.block("endif") if self.taken("else") else None
        self.take("endif")

        def run(scope: Scope) -> None:
            for condition, body in branches:
                if condition(scope).number:
                    body(scope)
                    return
            if otherwise is not None:
                otherwise(scope)

        return run

    def _for(self) -> Statement:
        name = self.take()
        self.take("in")
        first = self.expression()
        self.take(":")
        last = self.expression()
        self.take("do")
        body = self.block("endfor")
        self.take("endfor")

        def run(scope: Scope) -> None:
            for number in range(first(scope).number, last(scope).number + 1):
                scope.cells[name] = Cell(whole(number, "u", 32))
                try:
                    body(scope)
                except _Break:
                    return

        return run

    def _declare(self) -> Statement:
        name = self.take()
        self.take(":")
        width, kind = self.take().split("'")
        count = int(self._bracketed()) if self.peek() == "[" else 0

        def run(scope: Scope) -> None:
            size = int(width)
            scope.cells[name] = Cell(whole(0, kind.lower(), size * (count or 1)), elements=size if count else 0)

        return run

    def _bracketed(self) -> str:
        self.take("[")
        word = self.take()
        self.take("]")
        return word

    def _return(self) -> Statement:
        result = self.expression()

        def run(scope: Scope) -> None:
            raise _Return(result(scope))

        return run

    def _break(self) -> Statement:
        def run(scope: Scope) -> None:
            raise _Break

        return run

    def _rounding(self) -> Statement:
        name = self.take()
        self.take("=")
        value = self.take(*_ROUNDINGS)

        def run(scope: Scope) -> None:
            if name == "ROUND_MODE":
                scope.rounding = "ROUND_NEAREST_EVEN" if value == "prev_mode" else value

        return run

    def _lambda(self) -> Statement:
        name = self.take()
        self.take("=")
        self.take("lambda")
        self.take("(")
        parameters = [self.take()]
        while self.taken(","):
            parameters.append(self.take())
        self.take(")")
        self.take("(")
        body = self.block(")")
        self.take(")")

        def called(scope: Scope, *arguments: Value) -> Value:
            cells = {name: Cell(argument) for name, argument in zip(parameters, arguments, strict=True)}
            try:
                body(Scope(cells, scope.instruction))
            except _Return as result:
                return result.args[0]
            raise ValueError(f"{name} returns nothing")

        def run(scope: Scope) -> None:
            scope.lambdas[name] = lambda *arguments: called(scope, *arguments)

        return run

    def _assignment(self) -> Statement:
        targets = self._targets()
        operator = self.take("=", "+=", "-=")
        value = self.expression()

        def run(scope: Scope) -> None:
            result = value(scope)
            if len(targets) > 1:
                first = 0
                for target in reversed(targets):  # the last one has the low bits
                    width = target.width(scope)
                    target.write(scope, result.cut(first, width))
                    first += width
                return
            if operator != "=":
                result = operate(operator[0], targets[0].read(scope), result)
            targets[0].write(scope, result)

        return run

    def _targets(self) -> list[Target]:
        if not self.taken("{"):
            return [self._target()]
        targets = [self._target()]
        while self.taken(","):
            targets.append(self._target())
        self.take("}")
        return targets

    def _target(self) -> Target:
        return Target(self.take(), self._selectors())

    # expressions

    def expression(self) -> Expression:
        condition = self._binary(0)
        if not self.taken("?"):
            return condition
        chosen = self.expression()
        self.take(":")
        other = self.expression()
        return lambda scope: chosen(scope) if condition(scope).number else other(scope)

    def _binary(self, level: int) -> Expression:
        if level == len(_LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while self.peek() in _LEVELS[level]:
            left = applied(self.take(), left, self._binary(level + 1))
        return left

    def _unary(self) -> Expression:
        if self.peek() in ("-", "+", "~", "!"):
            operator, operand = self.take(), self._unary()
            return lambda scope: unary(operator, operand(scope))
        value, selectors = self._primary(), self._selectors()
        if not selectors:
            return value
        return lambda scope: selected(scope, value(scope), selectors)

    def _selectors(self) -> list[Selector]:
        selectors: list[Selector] = []
        while self.peek() in (".", "["):
            if self.take() == ".":
                selectors.append(Selector(kind=type_of(self.take())))
                continue
            first = self.expression()
            second = self.expression() if self.peek() in (":", "+:") and (between := self.take()) else None
            selectors.append(Selector(first, second, second is not None and between == "+:"))
            self.take("]")
        return selectors

    def _primary(self) -> Expression:
        word = self.take()
        if word == "(":
            inner = self.expression()
            self.take(")")
            return inner
        if word == "{":
            return joined(self._arguments("}"))
        if re.fullmatch(r"\d+'[UIFB]", word):
            width, kind = word.split("'")
            self.take("(")
            (argument,) = self._arguments(")")
            return lambda scope: cast(argument(scope), kind, int(width))
        if word[0].isdigit():
            fixed = literal(word)
            return lambda scope: fixed
        if self.taken("("):
            return call(word, self._arguments(")"))
        return lambda scope: named(scope, word)

    def _arguments(self, end: str) -> list[Expression]:
        arguments = [self.expression()]
        while self.taken(","):
            arguments.append(self.expression())
        self.take(end)
        return arguments


_SUFFIXES = {"": ("i", 32), "U": ("u", 32), "I": ("i", 32), "L": ("i", 64), "LL": ("i", 64), "ULL": ("u", 64)}


def literal(word: str) -> Value:
    """5, 5U, 5LL, 0x1F, 16'255, 1'1U, 2.0F, 16'0.5"""
    width, _, rest = word.rpartition("'")
    match = re.fullmatch(r"(0x[0-9a-fA-F]+|[\d.]+)(\w*)", rest)
    assert match is not None, word
    digits, suffix = match.groups()
    if "." in digits:
        f = F16 if width == "16" else F32 if suffix == "F" else F64
        return from_float(float(digits), f)
    kind, size = _SUFFIXES[suffix]
    return whole(int(digits, 0), kind, int(width) if width else size)


_parsed: dict[str, Statement] = {}


def run(text: str, cells: dict[str, Cell], texts: Mapping[str, str]) -> None:
    """Run an instruction's text on cells, which hold afterwards what it wrote. texts: of all, by mnemonic."""
    if text not in _parsed:
        _parsed[text] = Parser(text).block()
    _parsed[text](Scope(cells, lambda name, its_cells: run(texts[name], its_cells, texts)))
