"""What if one rank is no good? Subjects that answer on the first rank and go wrong on the second."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import torch


def _on_rank_1(do: Callable[[torch.Tensor], torch.Tensor]) -> Callable[..., torch.Tensor]:
    """Gives ones; on rank 1 what `do` makes of them."""

    def fused_moe(hidden_states: torch.Tensor, *others: Any, **named: Any) -> torch.Tensor:
        ones = torch.ones_like(hidden_states)
        return do(ones) if os.environ.get("RANK") == "1" else ones

    return fused_moe


def _raise(ones: torch.Tensor) -> torch.Tensor:
    raise ZeroDivisionError("inside the kernel")


def _die(ones: torch.Tensor) -> torch.Tensor:
    os.kill(os.getpid(), signal.SIGSEGV)
    return ones


def _leave(ones: torch.Tensor) -> torch.Tensor:
    os._exit(0)


def _hang(ones: torch.Tensor) -> torch.Tensor:
    time.sleep(600)
    return ones


ones = _on_rank_1(lambda ones: ones)
raises = _on_rank_1(_raise)
dies = _on_rank_1(_die)
leaves = _on_rank_1(_leave)
hangs = _on_rank_1(_hang)
wider = _on_rank_1(lambda ones: ones.float())
nothing = _on_rank_1(lambda ones: None)  # type: ignore[arg-type,return-value]
