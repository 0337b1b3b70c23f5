"""What has a subject changed of the process around it? Each change is named, and put back.

Expected arrays are made in the process that calls subjects, so a library that has the processor flush subnormals would
bend what is right to what is wrong. To make them all before a subject is imported, or in a process that imports none,
would cost their memory or their way through a pipe, and would leave to the changed process what a check compares behind
a call, what other subjects compute and what the emulated device does. So the process is kept as it was.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.calls import notes

Told = Callable[[Any, Any], str]


class ImportChangesError(Exception):
    """The import of a subject changed what every verdict of the process rests on; the message names both."""


def has_and_had(before: Any, now: Any) -> str:
    """Both, in words."""
    return f"has {now}, had {before}"


@dataclass(frozen=True)
class Aspect:
    """Something of the process that outlives a call.

    look: what it is; None for what nobody has loaded yet, of which nothing is a change. put_back: make it again what it
    was; raises where that cannot be; None where it never can. told: what has changed, in words, from what was and what
    is; '' for what is put back without a word.
    """

    name: str
    look: Callable[[], Any]
    put_back: Callable[[Any], object] | None
    told: Told = has_and_had


@dataclass
class Changes:
    """told: each change in words. lasting: those that could not be put back."""

    told: list[str]
    lasting: list[str]


def look(aspects: Sequence[Aspect]) -> list[Any]:
    """What each is now."""
    return [aspect.look() for aspect in aspects]


def put_back(aspects: Sequence[Aspect], before: Sequence[Any]) -> Changes:
    """Make each what it was."""
    changes = Changes([], [])
    for aspect, was in zip(aspects, before, strict=True):
        now = aspect.look()
        if was is None or now == was:
            continue
        words = aspect.told(was, now)
        changes.told += [f"{aspect.name} ({words})"] if words else []
        changes.lasting += [] if _is_put_back(aspect, was) else [f"{aspect.name} ({words})"]
    return changes


def _is_put_back(aspect: Aspect, was: Any) -> bool:
    if aspect.put_back is None:
        return False
    try:
        aspect.put_back(was)
        now = aspect.look()
        return bool(now == was) or not aspect.told(was, now)
    except Exception:
        return False


@contextlib.contextmanager
def kept(who: str, aspects: Sequence[Aspect]) -> Iterator[None]:
    """Within the block ``who``, in words, is at work: what it changes is noted and put back when the block ends."""
    before = look(aspects)
    try:
        yield
    finally:
        changes = put_back(aspects, before)
        notes.current().changed += [f"{who} left changed: {words}" for words in changes.told]
        notes.current().lasting += changes.lasting
