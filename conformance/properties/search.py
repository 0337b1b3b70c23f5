"""Is there an example that breaks a property? A search that gives the same answer in every process, and shrinks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.internal.conjecture import providers
from hypothesis.strategies import SearchStrategy

Example = dict[str, Any]
SHRINKS = 60  # examples asked after the first that broke; each costs calls of the kernel


class Unfit(Exception):
    """An example on which the property says nothing."""


class KernelFault(Exception):
    """What the subject did wrong by itself, before results could be compared; the message says it."""


class Departure(str):
    """What is wrong where the relation holds: results that are equal, and not the right ones."""


class _BrokenError(Exception):
    """The property does not hold on an example."""


def judge_example(wrong: Callable[[Example], str], example: Example) -> str:
    """What is wrong with one example; '' where nothing is or where the property says nothing of it."""
    try:
        return wrong(example)
    except Unfit:
        return ""
    except KernelFault as fault:  # a kernel that raises has broken the property
        return str(fault)


def search(
    examples: SearchStrategy[Example], wrong: Callable[[Example], str], *, most: int, key: str
) -> tuple[Example, str] | None:
    """The smallest example found that breaks the property, and what is wrong there; None where none was found.

    wrong: what is wrong on an example, '' where it holds; raises Unfit or KernelFault. most: examples asked.
    key: names the search; the same key asks the same examples, whatever ran before, without a database, a
    clock or the source of a test.
    """
    known: dict[str, str] = {}
    broken: list[Example] = []
    departed: list[tuple[Example, str]] = []
    left = [SHRINKS]

    def verdict(example: Example) -> str:
        text = json.dumps(example, sort_keys=True)
        if text not in known:
            if broken:
                left[0] -= 1
                if left[0] < 0:
                    return ""  # enough: the smallest one so far it is
            try:
                known[text] = wrong(example)
            except Unfit:
                hypothesis.reject()
            except KernelFault as fault:
                known[text] = str(fault)
        return known[text]

    @seed(int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]))
    @settings(
        max_examples=most,
        deadline=None,
        database=None,
        derandomize=True,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(examples)
    def holds(example: Example) -> None:
        problem = verdict(example)
        if not problem:
            return
        if isinstance(problem, Departure):  # of a kernel that breaks a relation, an example of that is told
            departed.append((example, problem))
        else:
            broken.append(example)
            raise _BrokenError(problem)

    with _nothing_from_the_sources():
        try:
            holds()
        except _BrokenError as error:
            # The last example that is run is the smallest one.
            return broken[-1], str(error)
    return min(departed, key=lambda found: len(json.dumps(found[0])), default=None)


@contextmanager
def _nothing_from_the_sources() -> Iterator[None]:
    """Without the constants that Hypothesis takes from the modules that happen to be loaded.

    They make what is drawn depend on everything that was imported before; there is no public switch.
    """
    before = getattr(providers, "_get_local_constants", None)
    if before is None:
        yield
        return
    providers._get_local_constants = vars(providers)["Constants"]
    try:
        yield
    finally:
        providers._get_local_constants = before
