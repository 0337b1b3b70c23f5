"""Does a captured call follow what its static buffers hold when it is replayed? Captured, refilled, replayed."""

from collections.abc import Callable
from typing import Any

import torch

from conformance.calls.again import Again, decided
from conformance.calls.named import NamedCall
from conformance.calls.others import other_contents

Capture = Callable[[Callable[[], Any]], tuple[Any, Callable[[], None]]]
"""Of a call: what it returned as it was captured, and what replays it into the same memory."""


class Replayed(Again):
    """Captured with other contents in every tensor, replayed, refilled in place with the case's, and replayed.

    each_anew: the calls before, which have everything compiled, are made with other tensor objects: what a kernel does
    once for each object falls into the capture. compared: with fresh calls of the same contents.
    """

    def __init__(self, capture: Capture, *, each_anew: bool) -> None:
        super().__init__()
        self._capture, self._each_anew = capture, each_anew

    def __call__(self, call: NamedCall) -> Any:
        buffers = call.tensors
        own = {name: tensor.clone() for name, tensor in buffers.items()}
        others = {name: other_contents(call, name) for name in buffers}
        fresh = [decided(call, call(**contents)) for contents in (others, own)]
        _refill(buffers, others)
        if not self._each_anew:
            call()
        found, replay = self._capture(call)
        for contents, expected in zip((others, own), fresh, strict=True):
            _refill(buffers, contents)
            replay()
            self.same(call, found, expected)
        return found.clone()


def _refill(buffers: dict[str, torch.Tensor], contents: dict[str, torch.Tensor]) -> None:
    for name, tensor in buffers.items():
        tensor.copy_(contents[name])
