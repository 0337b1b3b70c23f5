"""How do tests explain a case of a wrong kernel? As a person does, in the tree of a mutant."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.defects import catalogue
from conformance.defects.mutant import tree
from tests.forking import CONFORMANCE, with_libraries

DEFECTS = {defect.id: defect for defect in catalogue.load()}


@dataclass(frozen=True)
class Told:
    """What a command said: exit code and text."""

    code: int
    out: str
    err: str

    def section(self, title: str) -> str:
        """The lines under the title that begins so, up to the next empty line."""
        _, found, rest = self.out.partition(f"\n{title}")
        assert found, f"no section {title!r} in\n{self.out}{self.err}"
        return rest.partition("\n\n")[0]


@contextmanager
def checkout(defect: str | None) -> Iterator[Path]:
    """A tree with that defect of the catalogue in it, or with none."""
    with tree(DEFECTS[defect] if defect else None) as place:
        yield place


def told(place: Path, *words: str) -> Told:
    """``python -m conformance`` there, on the interpreter, which compiles nothing."""
    done = with_libraries().run(CONFORMANCE, *words, "--backend", "interpreter", place=place)
    return Told(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def explain() -> Callable[..., Told]:
    """Explain a case on a kernel with a defect of the catalogue."""
    return _explained


@functools.cache
def _explained(defect: str | None, case: str, subject: str = "native", *words: str) -> Told:
    """What several tests look at is asked once."""
    with checkout(defect) as place:
        return told(place, "--explain", case, "--subject", subject, *words)
