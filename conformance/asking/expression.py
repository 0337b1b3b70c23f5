"""Which cases does -k mean? Words over a case's names, joined by and, or, not and parentheses."""

import re
from collections.abc import Callable, Collection

from vectors.case import Case

Predicate = Callable[[Case, str], bool]
MOST_LEVELS = 50  # each costs frames of the stack when it is read and when it is asked
_TOKEN = re.compile(r"\(|\)|[^\s()]+")


class ExpressionError(ValueError):
    """The expression cannot be read; the message says where."""


def parse(text: str, known_ids: Collection[str]) -> Predicate:
    """The predicate on (case, subject name) that `text` stands for; empty text is every case.

    A word that is the id of a case (one of `known_ids`) means that case alone, so that an id that begins another one
    still selects one case. Any other word means, whatever its capitals, the subject of that name, the case of that
    ``<case id>-<subject>``, and the cases in whose id, flags and requirements it is found: a word of a case that a
    subject's name has in it means nothing of the subject. Raises ExpressionError.
    """
    if not text.strip():
        return lambda case, subject: True
    reader = _Reader(_TOKEN.findall(text), frozenset(known_ids))
    predicate = reader.alternatives()
    if reader.here is not None:
        raise ExpressionError(f"-k: has {reader.here!r} where the expression should end, in {text!r}")
    return predicate


class _Reader:
    """Recursive descent over the words; each method reads one level of the grammar."""

    def __init__(self, words: list[str], known_ids: frozenset[str]) -> None:
        self._words, self._known_ids = words, known_ids
        self._depth = 0

    @property
    def here(self) -> str | None:
        return self._words[0] if self._words else None

    def alternatives(self) -> Predicate:
        parts = [self._conjunction()]
        while self.here == "or":
            self._words.pop(0)
            parts.append(self._conjunction())
        return lambda case, subject: any(part(case, subject) for part in parts)

    def _conjunction(self) -> Predicate:
        parts = [self._negation()]
        while self.here == "and":
            self._words.pop(0)
            parts.append(self._negation())
        return lambda case, subject: all(part(case, subject) for part in parts)

    def _negation(self) -> Predicate:
        word = self.here
        if word is None or word in (")", "and", "or"):
            raise ExpressionError(f"-k: has {word or 'its end'!r} where a word is needed")
        self._words.pop(0)
        if word not in ("not", "("):
            return self._word(word)
        self._depth += 1
        if self._depth > MOST_LEVELS:
            raise ExpressionError(f"-k: has more than {MOST_LEVELS} of '(' and 'not' within each other")
        found = self._parenthesised() if word == "(" else self._negated()
        self._depth -= 1
        return found

    def _negated(self) -> Predicate:
        inner = self._negation()
        return lambda case, subject: not inner(case, subject)

    def _parenthesised(self) -> Predicate:
        inner = self.alternatives()
        if self.here != ")":
            raise ExpressionError("-k: has '(' without its ')'")
        self._words.pop(0)
        return inner

    def _word(self, word: str) -> Predicate:
        if word in self._known_ids:
            return lambda case, subject: case.id == word
        part = word.lower()
        return lambda case, subject: (
            part in (subject.lower(), f"{case.id}-{subject}".lower())
            or any(part in name.lower() for name in (case.id, *case.flags, *case.requirements))
        )
