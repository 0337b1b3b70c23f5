"""Does a call follow what its arguments hold at that call? It is made again: refilled in place, and after others."""

import contextlib
from typing import Any

import numpy as np
import torch

from conformance.calls import notes, tensors
from conformance.calls.named import NamedCall
from conformance.calls.others import other_calls, other_contents, refused_call


class Again:
    """A way to make a call (conformance.calls.named.Way).

    compared: (observed, expected) of results that must have the same bits.
    """

    def __init__(self) -> None:
        self.compared: list[tuple[np.ndarray, np.ndarray]] = []

    def same(self, call: NamedCall, observed: Any, expected: list[np.ndarray]) -> None:
        self.compared += zip(decided(call, observed), expected, strict=True)


class Refilled(Again):
    """With other contents, with the case's, and with the other ones again: always in the same tensor object.

    The last time they come through a view whose version counter is not the tensor's. is_followed: whether the case's
    contents gave another result than the other ones, as they must: what a layer copied when it was made gives one.
    """

    def __init__(self, argument: str) -> None:
        super().__init__()
        self._argument = argument
        self.is_followed = True

    def __call__(self, call: NamedCall) -> Any:
        tensor = call.given[self._argument]
        own, other = tensor.clone(), other_contents(call, self._argument)
        tensor.copy_(other)
        first = call()
        seen = decided(call, first)
        notes.current().keep(notes.OTHER_CONTENTS, call.stage, seen)
        tensor.copy_(own)
        found = call()
        self.is_followed = not all(map(np.array_equal, decided(call, found), seen))
        tensor.data.copy_(other)
        self.same(call, first, seen)  # nor may a later call write where an earlier one's result lies
        self.same(call, call(), seen)
        tensor.data.copy_(own)
        return found


class AfterOthers(Again):
    """Once at first, and once after calls of other shapes, sizes and maps and one that was refused."""

    def __call__(self, call: NamedCall) -> Any:
        first = call()
        seen = decided(call, first)
        for changes in other_calls(call):
            call(**changes)
        with contextlib.suppress(Exception):  # whether it is refused rightly is another question
            call(**refused_call(call))
        self.same(call, first, seen)  # before the same call may write it anew
        found = call()
        self.same(call, found, seen)
        return found


def decided(call: NamedCall, found: Any) -> list[np.ndarray]:
    """What a result says that two right ones say alike. Of an alignment the order of routes in a group is free."""
    parts = [tensors.array(part) for part in ((found,) if isinstance(found, torch.Tensor) else found)]
    if call.stage != "align":
        return parts
    sorted_ids, expert_ids, total = parts
    used = int(total[0])
    experts = np.repeat(expert_ids, call.given["block_size"])[:used]
    order = np.lexsort((sorted_ids[:used], experts))
    return [sorted_ids[:used][order], experts[order], total]
