"""Which bytes of a tensor may a launch touch? Where addresses are checked: its storage's, or fewer where that is ours.

The device knows storages only, and so does the emulated one. The suite asks for more where that stops no right kernel:

- Our own kernels, and whatever is launched outside of a subject's call, leave all but their views alone.
- A call's tensors come from the suite, most as views of larger, poisoned memory: nobody's launch may touch that. Of the
  views a launch may pass whichever part it likes, and touch all of what the call was given.
- What a subject took for itself is its own: who pads a scratch and passes ``pad[:n]`` may touch ``pad``.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from conformance.calls import guards
from conformance.gfx950.storage.bounds import Bytes, storage_of, view_of

_given: Mapping[int, list[Bytes]] | None = None  # memory -> views that the call was given; None where all are held


def reach(tensor: Any) -> Bytes:
    """The bytes that a launch may touch of one of its tensors."""
    start, stop = view_of(tensor)
    if _given is None:
        return start, stop
    views = _given.get(guards.memory_of(getattr(tensor, "base", tensor)))
    if views is None:
        return storage_of(tensor)
    around = [view for view in views if view[0] <= start and stop <= view[1]]
    return min(around, key=lambda view: view[1] - view[0], default=(start, stop))


def lent(run: Callable[..., Any], *others: Any) -> Callable[..., Any]:
    """The same call of a subject whose scratch is its own. others: what it was given before, beside its arguments."""

    @functools.wraps(run)
    def called(*args: Any, **kwargs: Any) -> Any:
        with _giving((*args, *kwargs.values(), *others)):
            return run(*args, **kwargs)

    return called


@contextmanager
def _giving(values: Iterable[Any]) -> Iterator[None]:
    global _given
    before, views = _given, dict[int, list[Bytes]]()
    for tensor in _tensors(values):
        if (memory := guards.memory_of(tensor)) != 0:
            views.setdefault(memory, []).append(view_of(tensor))
    _given = views
    try:
        yield
    finally:
        _given = before


def _tensors(values: Iterable[Any]) -> Iterator[torch.Tensor]:
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, Mapping):
            yield from _tensors(value.values())
        elif isinstance(value, tuple | list):
            yield from _tensors(value)
