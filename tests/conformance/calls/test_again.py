"""Does a call that is made again show what a stage keeps with a tensor object? Of each kind of key, one that keeps."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from conformance.calls.again import AfterOthers, Refilled, decided
from conformance.calls.named import NamedCall, made
from conformance.calls.replayed import Replayed

KEYS: dict[str, Callable[[torch.Tensor], Any]] = {
    "object": id,
    "address": lambda x: x.data_ptr(),
    "address and version": lambda x: (x.data_ptr(), x._version),
    "object and version": lambda x: (id(x), x._version),
    "shape": lambda x: x.shape,
}


def total(routes: torch.Tensor, top_k: int, dtype: torch.dtype) -> torch.Tensor:
    return routes.float().unflatten(0, (-1, top_k)).sum(1).to(dtype)


def keeping(key: Callable[[torch.Tensor], Any]) -> Callable[..., torch.Tensor]:
    kept: dict[Any, torch.Tensor] = {}
    alive = []

    def stage(routes: torch.Tensor, top_k: int, dtype: torch.dtype) -> torch.Tensor:
        alive.append(routes)  # or another tensor may have its address
        return kept.setdefault(key(routes), total(routes, top_k, dtype)).clone()

    return stage


def in_one_buffer(routes: torch.Tensor, top_k: int, dtype: torch.dtype) -> torch.Tensor:
    found = total(routes, top_k, dtype)
    return BUFFER[: len(found), : found.shape[1]].copy_(found)


BUFFER = torch.zeros(64, 128)


def rows() -> torch.Tensor:
    return torch.arange(6 * 64, dtype=torch.float32).reshape(6, 64)


def asked(stage: Callable[..., Any], way: Any) -> tuple[bool, bool]:
    """Whether the result is right, and whether all results that must be alike are."""
    found = made("moe_sum", stage, way)(rows(), 2, torch.float32)
    right = torch.equal(found, total(rows(), 2, torch.float32))
    assert way.compared
    return right, all(np.array_equal(observed, expected) for observed, expected in way.compared)


@pytest.mark.parametrize("make", [lambda: Refilled("routes"), AfterOthers])
def test_a_right_stage_is_right_in_every_way(make: Callable[[], Any]) -> None:
    assert asked(total, make()) == (True, True)


@pytest.mark.parametrize("key", KEYS)
def test_what_is_kept_with_an_object_shows_when_it_is_refilled(key: str) -> None:
    """A version counter is no help against a view that has one of its own."""
    right, alike = asked(keeping(KEYS[key]), Refilled("routes"))
    assert (right, alike) == ((True, False) if "version" in key else (False, True))


@pytest.mark.parametrize("make", [lambda: Refilled("routes"), AfterOthers])
def test_a_result_in_memory_that_is_used_again_shows(make: Callable[[], Any]) -> None:
    assert asked(in_one_buffer, make()) != (True, True)


def test_a_call_that_was_refused_and_left_something_shows() -> None:
    refused = []

    def stage(routes: torch.Tensor, top_k: int, dtype: torch.dtype) -> torch.Tensor:
        if not isinstance(routes, torch.Tensor):
            refused.append(routes)
            raise TypeError
        return total(routes, top_k, dtype) + len(refused)

    assert asked(stage, AfterOthers()) == (False, False)
    assert refused


class Experts:
    """A class that keeps its scales as they were at the first call."""

    quant_config: Any = None
    kept: torch.Tensor | None = None

    def apply(self, output: torch.Tensor, hidden_states: torch.Tensor) -> None:
        self.kept = self.quant_config.w1_scale.clone() if self.kept is None else self.kept
        output.copy_(hidden_states * self.kept)


def test_a_class_is_held_to_its_configurations_tensors_and_its_output_is_poisoned_for_each_call() -> None:
    class Config:
        w1_scale, w2_scale = torch.tensor([1.0, 2.0]), torch.tensor([0.0, 0.0])

    way = Refilled("w1_scale")
    experts = made("experts", Experts, way)()
    assert type(experts).__name__ == "Experts" and isinstance(experts, Experts)
    experts.quant_config = Config
    output = torch.zeros(2)
    experts.apply(output=output, hidden_states=torch.tensor([1.0, 1.0]))
    assert output.tolist() == [2.0, 1.0]  # of the other contents
    assert Config.w1_scale.tolist() == [1.0, 2.0]

    class Silent(Experts):
        def apply(self, output: torch.Tensor, hidden_states: torch.Tensor) -> None:
            if self.kept is None:
                super().apply(output, hidden_states)

    way = Refilled("output")
    silent = made("experts", Silent, way)()
    silent.quant_config = Config
    silent.apply(output=output, hidden_states=torch.tensor([1.0, 1.0]))
    assert output.isnan().all()


def test_the_order_of_routes_in_a_group_is_free_and_nothing_else() -> None:
    call = NamedCall("align", print, {"block_size": 2})
    experts, used = torch.tensor([4, 1, 0], dtype=torch.int32), torch.tensor([4], dtype=torch.int32)

    def said(*ids: int) -> list[list[int]]:
        return [part.tolist() for part in decided(call, (torch.tensor(ids, dtype=torch.int32), experts, used))]

    assert said(3, 1, 0, 2, 7, 7) == said(1, 3, 2, 0, 8, 8)
    assert said(3, 1, 0, 2, 7, 7) != said(3, 0, 1, 2, 7, 7)


def replaying(stage: Callable[..., Any]) -> tuple[Any, Any]:
    """A graph's captures without a GPU: a replay makes the call again and puts its result where the first one lies."""

    def capture(call: Callable[[], Any]) -> tuple[Any, Callable[[], None]]:
        found = call()
        return found, lambda: found.copy_(call())

    return capture, stage


@pytest.mark.parametrize("each_anew", [False, True])
def test_a_replay_follows_static_buffers(each_anew: bool) -> None:
    capture, stage = replaying(total)
    assert asked(stage, Replayed(capture, each_anew=each_anew)) == (True, True)


@pytest.mark.parametrize("each_anew", [False, True])
def test_what_a_capture_kept_of_its_buffers_shows(each_anew: bool) -> None:
    capture, stage = replaying(keeping(id))
    assert asked(stage, Replayed(capture, each_anew=each_anew)) == (False, False)


def test_a_capture_that_is_replayed_for_nothing_shows() -> None:
    way = Replayed(lambda call: (call(), lambda: None), each_anew=False)
    assert asked(total, way) == (False, False)


@pytest.mark.parametrize(("kept", "right"), [(False, True), (True, False)])
def test_a_replay_of_a_class_follows_its_configurations_tensors_too(kept: bool, right: bool) -> None:
    class Layer:
        def __init__(self, moe_config: Any, quant_config: Any) -> None:
            self.moe_config, self.quant_config = moe_config, quant_config
            self.scale = quant_config.w1_scale.clone()

        def apply(self, output: torch.Tensor, hidden_states: torch.Tensor) -> None:
            output.copy_(hidden_states * (self.scale if kept else self.quant_config.w1_scale))

    way = Replayed(replaying(total)[0], each_anew=False)
    config = SimpleNamespace(w1_scale=torch.tensor([1.0, 2.0]), w2_scale=torch.tensor([0.0, 0.0]))
    made("experts", Layer, way)(None, config).apply(output=torch.zeros(2), hidden_states=torch.tensor([1.0, 3.0]))
    assert all(np.array_equal(observed, expected) for observed, expected in way.compared) is right
