"""What if a kernel really hangs, writes where it may not, or wants too much? Subjects for a run on a GPU, by hand.

Each is the native pipeline, but for calls with one token. ``python -m conformance --backend device -n 2 -k "moe/"
--case-timeout 60 --subject tests.gpu.subjects:hangs`` must fail the cases with one token, by their reasons, and no
other one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import triton
import triton.language as tl

from kernels.native import fused_moe_mxfp8_native


@triton.jit
def _wait_for(flag, out):
    waited = 0
    while tl.load(flag, volatile=True) == 0:
        waited += 1
    tl.store(out, waited)


@triton.jit
def _write_far_away(out):
    tl.store(out + (1 << 42), 1)


def _for_one_token(do: Callable[[torch.Tensor], None]) -> Callable[..., torch.Tensor]:
    def fused_moe(hidden_states: torch.Tensor, *others: Any, **named: Any) -> torch.Tensor:
        if len(hidden_states) == 1:
            do(torch.zeros(2, dtype=torch.int32, device=hidden_states.device))
        return fused_moe_mxfp8_native(hidden_states, *others, **named)

    return fused_moe


def _hang(memory: torch.Tensor) -> None:
    _wait_for[(1,)](memory, memory[1:])


def _write(memory: torch.Tensor) -> None:
    _write_far_away[(1,)](memory)


def _want(memory: torch.Tensor) -> None:
    held = [torch.empty(1 << 33, dtype=torch.uint8, device=memory.device) for _ in range(1 << 10)]
    held[0].zero_()


hangs = _for_one_token(_hang)
writes_far_away = _for_one_token(_write)
wants_all_memory = _for_one_token(_want)
