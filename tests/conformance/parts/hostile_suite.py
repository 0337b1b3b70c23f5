"""What may a subject raise? What ends a run, what cannot be printed, sent or looked at, what looks like the suite's."""

import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn

import pytest
from fake_suite import SUITE as PLAIN
from fake_suite import FakeSubject, _case, _right, _when

from conformance.asking.unaskable import CannotAskError, NoVectorError, from_below
from conformance.running.refusals import PlatformError, UsageError


def _raiser(error: BaseException | type[BaseException]) -> Callable[[], None]:
    def raises() -> None:
        raise error

    return raises


def _text(make: Callable[[], Any]) -> Callable[[], None]:
    """Raise what has this for a text, and for a representation."""

    class OddText(Exception):
        def __str__(self) -> Any:
            return make()

        __repr__ = __str__

    return _raiser(OddText)


def _attribute(name: str, value: Any) -> Callable[[], None]:
    """Raise what has this attribute, whatever exceptions have."""
    return _raiser(type("OddAttribute", (Exception,), {name: value}))


def _refuse(*_: Any) -> NoReturn:
    raise RuntimeError("hands off")


class _Text(str):
    """A text that does not let itself be looked at."""

    encode = __getitem__ = __len__ = split = __contains__ = __reduce_ex__ = _refuse  # type: ignore[assignment]


class _OddKind(type):
    """A class that does not tell what it is."""

    __name__ = __mro__ = property(_refuse)  # type: ignore[assignment]


class _OfOddKind(Exception, metaclass=_OddKind):
    pass


def _cycle() -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    raise one


def _deep() -> None:
    def deeper() -> None:
        deeper()

    deeper()


def _group() -> None:
    error: Exception = ValueError("innermost")
    for _ in range(5000):
        error = ExceptionGroup("more", [error])
    raise error


RAISING: dict[str, Callable[[], None]] = {
    "text-raises": _text(_refuse),
    "text-exits": _text(sys.exit),
    "text-is-a-number": _text(lambda: 7),
    "text-is-huge": _text(lambda: "x" * 50_000_000),
    "text-is-odd": _text(lambda: _Text("odd")),
    "text-is-no-utf8": _raiser(ValueError("\udcff\x00")),
    "class-raises": _attribute("__class__", property(_refuse)),
    "class-interrupts": _attribute("__class__", KeyboardInterrupt),
    "traceback-raises": _attribute("__traceback__", property(_refuse)),
    "cause-raises": _attribute("__cause__", property(_refuse)),
    "context-raises": _attribute("__context__", property(_refuse)),
    "is-neither-true-nor-equal": _raiser(type("Odd", (Exception,), {"__bool__": _refuse, "__eq__": _refuse})),
    "kind-raises": _raiser(_OfOddKind),
    "cycle": _cycle,
    "deep": _deep,
    "group": _group,
    "unpicklable": _raiser(ValueError(threading.Lock())),
    "base": _raiser(type("Base", (BaseException,), {})),
    "stop-iteration": _raiser(StopIteration),
    "generator-exit": _raiser(GeneratorExit),
    "system-exit": _raiser(SystemExit),
    "pytest-exit": lambda: pytest.exit("enough"),
    "pytest-skip": lambda: pytest.skip("not today"),
    "pytest-xfail": lambda: pytest.xfail("known"),
    "pytest-fail": lambda: pytest.fail("wrong"),
    "like-cannot-ask": _raiser(CannotAskError("not my fault")),
    "like-no-vector": _raiser(NoVectorError("not my fault")),
    "like-usage": _raiser(UsageError("not my fault")),
    "like-platform": _raiser(PlatformError("not my fault")),
    "broken-pipe": _raiser(BrokenPipeError),
}


class _Garbage:
    def __init__(self) -> None:
        self.itself = self  # so that it is collected at some time

    def __del__(self) -> None:
        RAISING["text-raises"]()


def _in_thread() -> None:
    thread = threading.Thread(target=RAISING["text-raises"])
    thread.start()
    thread.join()


def _through_the_suite() -> None:
    raise from_below("the cache cannot be written")


LEAVING: dict[str, Callable[[], object]] = {
    "in-thread": _in_thread, "in-garbage": _Garbage, "through-the-suite": _through_the_suite,
}  # fmt: skip


class _Undeclared(FakeSubject):
    """What it raises where it is asked what it declares: behind the runner's back."""

    def unable(self, case_family: str, params: Any, requirements: Any = ()) -> str | None:
        RAISING[self.name.removesuffix("-undeclared")]()
        return None


def _subject(name: str) -> FakeSubject:
    if name.endswith("-undeclared"):
        return _Undeclared(name, _right, frozenset({"beta"}))

    def answer(case: Any, vector: Any) -> Any:
        (RAISING | LEAVING)[name]()
        return _right(case, vector)

    return FakeSubject(name, _when("beta/number-1", answer), frozenset({"beta"}))


SUITE = replace(
    PLAIN,
    cases=lambda: tuple(_case(f"beta/number-{i}", "BET-01") for i in range(3)),
    subject=_subject,
    subjects=tuple(RAISING),
)
