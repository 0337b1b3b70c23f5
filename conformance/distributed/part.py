"""What is one rank's part? Its own experts' weights and map, one call of the subject, and the all-reduce."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist

from conformance.backends import Backend
from conformance.calls import notes
from conformance.calls.explanation import FaultError
from conformance.subjects import moe_call
from conformance.subjects.base import Subject
from vectors.case import Case
from vectors.families.expert_map import rank_weights

CALL, REDUCE = "fused_moe", "all-reduce"  # stages that a rank says it is in
_LOOPBACK = Path("/sys/class/net/lo")
_MOST = timedelta(hours=1)  # who watches the ranks ends them before


def join(backend: Backend) -> str:
    """Become one of the ranks that the environment names; the library that carries the all-reduce.

    NCCL (which is RCCL on ROCm) where every rank has a GPU of its own, else Gloo.
    """
    enough = backend.device.type == "cuda" and torch.cuda.device_count() >= int(os.environ["LOCAL_WORLD_SIZE"])
    if not enough and _LOOPBACK.exists():
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")  # the ranks of one machine need no other network
    carrier = "nccl" if enough else "gloo"
    dist.init_process_group(carrier, timeout=_MOST)
    return carrier


def leave() -> None:
    """Be no rank any more."""
    with suppress(RuntimeError):
        dist.destroy_process_group()


def run(
    case: Case,
    inputs: Mapping[str, np.ndarray],
    subject: Subject,
    backend: Backend,
    says: Callable[[str], None] = lambda stage: None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """This rank's output and the total over all ranks, both BF16 on the CPU.

    The total is all-reduced in BF16, the format that the output has, as vLLM and SGLang do. Raises ValueError where the
    subject returns something else than one BF16 row for each token, and FaultError where its call leaves the process
    changed, before any other rank has to wait for it.
    """
    named = on_rank(case, inputs, dist.get_rank(), backend)
    says(CALL)
    notes.take()
    output = moe_call.call(subject, named)
    backend.synchronize()
    if changed := notes.take().changed:
        raise FaultError("; ".join(changed))
    _refuse_other_forms(output, named["hidden_states"])
    total = output.detach().clone() if dist.get_backend() == "nccl" else output.detach().cpu().clone()
    says(REDUCE)
    dist.all_reduce(total)
    return output.detach().cpu(), total.cpu()


def on_rank(case: Case, inputs: Mapping[str, np.ndarray], rank: int, backend: Backend) -> dict[str, Any]:
    """The arguments of a rank: every token, and nothing of the experts that it does not hold."""
    expert_map = inputs["expert_maps"][rank]
    held = dict(inputs) | rank_weights(dict(inputs), expert_map) | {"expert_map": expert_map}
    return moe_call.arguments(case, held, backend.device)


def _refuse_other_forms(output: Any, like: torch.Tensor) -> None:
    if not isinstance(output, torch.Tensor):
        raise TypeError(f"returned {type(output).__name__}, needs a torch.Tensor")
    has, needs = (output.shape, output.dtype, output.device), (like.shape, like.dtype, like.device)
    if has != needs:
        raise ValueError(f"returned {output.dtype}{list(output.shape)} on {output.device}, needs {like.dtype}"
                         f"{list(like.shape)} on {like.device}")  # fmt: skip
