"""Where can the kernels be changed? Their functions and constants as units, each with its nodes and their text."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

Function = (ast.FunctionDef, ast.AsyncFunctionDef)


class Text:
    """A file's text and its tree; places are offsets in characters."""

    def __init__(self, file: str, source: str) -> None:
        self.file, self.source = file, source
        self.tree = ast.parse(source)
        self._lines = source.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Where the node begins and ends; parentheses around it are outside."""
        return self._offset(node, "lineno", "col_offset"), self._offset(node, "end_lineno", "end_col_offset")

    def _offset(self, node: ast.AST, line: str, column: str) -> int:
        number = getattr(node, line) - 1
        before = self._lines[number].encode()[: getattr(node, column)]  # ast counts bytes of a line
        return self._starts[number] + len(before.decode())

    def of(self, node: ast.AST) -> str:
        """The node's text."""
        first, last = self.span(node)
        return self.source[first:last]

    def row(self, offset: int) -> int:
        """The number of the line that holds the offset, from 0."""
        return self.source.count("\n", 0, offset)

    def lines(self, first: int, last: int) -> str:
        """The text of lines first to last (from 0, inclusive), without the last newline."""
        return self.source[self._starts[first] : self._starts[last + 1]].removesuffix("\n")

    @property
    def length(self) -> int:
        """How many lines there are."""
        return len(self._lines)


@dataclass(frozen=True)
class Site:
    """A function, a method, or what a module or class binds to a name outside of functions.

    name: ``function``, ``Class.method``, the constant, or ``Class.constant``.
    """

    text: Text
    name: str
    root: ast.stmt

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node that computes, by place, outer before inner: no docstrings, types, decorators or messages."""
        found = [node for node in _computing(self.root) if hasattr(node, "lineno")]
        return tuple(sorted(found, key=lambda node: (self.text.span(node)[0], -self.text.span(node)[1])))

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """Node -> the node that holds it."""
        return {child: node for node in ast.walk(self.root) for child in ast.iter_child_nodes(node)}

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes that hold this one, inner before outer."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def of(self, node: ast.AST) -> str:
        """The node's text."""
        return self.text.of(node)


def units(text: Text) -> Iterator[Site]:
    """The units of a file, in order."""

    def within(body: list[ast.stmt], owner: str) -> Iterator[Site]:
        for node in body:
            if isinstance(node, Function):
                yield Site(text, owner + node.name, node)
            elif isinstance(node, ast.ClassDef):
                yield from within(node.body, f"{owner}{node.name}.")
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                yield Site(text, owner + node.targets[0].id, node)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                yield Site(text, owner + node.target.id, node)

    yield from within(text.tree.body, "")


def _computing(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, (ast.Raise, ast.JoinedStr)) or _is_docstring(node):
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _computing(child)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
