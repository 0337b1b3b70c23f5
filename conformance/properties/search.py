"""Is there an example that breaks a property? A search that gives the same answer in every process, and shrinks."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.internal.conjecture import providers
from hypothesis.strategies import SearchStrategy

from reports.model import Cause

Example = dict[str, Any]
SHRINKS = 60  # examples asked after the first that broke; each costs calls of the kernel


class Unfit(Exception):
    """An example on which the property says nothing."""


class KernelFault(Exception):
    """What the subject did wrong by itself, before results could be compared."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause)
        self.cause = cause


class Departure(str):
    """What is wrong where the relation holds: results that are equal, and not the right ones."""


class _BrokenError(Exception):
    """The property does not hold on an example."""


def judge_example(wrong: Callable[[Example], str], example: Example) -> Cause | None:
    """What is wrong with one example; None where nothing is or where the property says nothing of it."""
    try:
        words = wrong(example)
        return Cause("claim", words) if words else None
    except Unfit:
        return None
    except KernelFault as fault:  # a kernel that raises has broken the property
        return fault.cause


def search(
    examples: SearchStrategy[Example], wrong: Callable[[Example], str], *, most: int, key: str
) -> tuple[Example, Cause] | None:
    """The smallest example found that breaks the property, and what is wrong there; None where none was found.

    wrong: what is wrong on an example, '' where it holds; raises Unfit or KernelFault. most: examples asked.
    key: names the search; the same key asks the same examples, whatever ran before, without a database, a
    clock or the source of a test.
    """
    known: dict[str, str | Cause] = {}
    broken: list[tuple[Example, Cause]] = []
    departed: list[tuple[Example, Cause]] = []
    left = [SHRINKS]

    def verdict(example: Example) -> str | Cause:
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
                known[text] = fault.cause
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
            departed.append((example, Cause("claim", problem)))
        else:
            broken.append((example, problem if isinstance(problem, Cause) else Cause("claim", problem)))
            raise _BrokenError

    with _nothing_from_the_sources():
        try:
            holds()
        except _BrokenError:
            return broken[-1]  # the last example that is run is the smallest one
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
