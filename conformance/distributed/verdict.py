"""Is what the ranks gave right? Each one's output, the total on every one, and the total beside the whole run."""

from collections.abc import Mapping

import numpy as np

from conformance.backends import Backend
from conformance.calls import tensors
from conformance.judging.judge import Judge
from conformance.judging.within import Within
from conformance.subjects import moe_call
from conformance.subjects.base import Subject
from vectors import arrays
from vectors.case import Case


def judge_rank(
    judge: Judge, pipeline: str, expected: Mapping[str, np.ndarray], rank: int, output: np.ndarray, total: np.ndarray
) -> None:
    """Judge what one rank gave (EPM-05), and what the all-reduce left it with (EPM-04)."""
    own = arrays.interval(expected, f"{pipeline}.rank{rank}.")
    judge.accepts("process-output", Within(output, own), given=lambda i: f"rank {rank}, token {i[0]}")
    both = arrays.interval(expected, f"{pipeline}.total.")
    judge.accepts("process-sum", Within(total, both), given=lambda i: f"on rank {rank}, token {i[0]}")


def judge_whole(
    judge: Judge,
    case: Case,
    subject: Subject,
    backend: Backend,
    inputs: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
    total: np.ndarray,
) -> None:
    """Judge the total beside the subject's own run with all experts (EPM-04). Zeros have either sign."""
    at_once = tensors.array(moe_call.call(subject, moe_call.arguments(case, inputs, backend.device)))
    same_form = (at_once.shape, at_once.dtype) == (total.shape, total.dtype)
    exact = expected[f"{subject.pipeline}.as_whole"].astype(bool)
    differ = exact & (total.astype(np.float32) != at_once.astype(np.float32)) if same_form else exact
    judge.claim(
        "process-sum",
        same_form and not differ.any(),
        f"{int(differ.sum())} exact elements differ from the run with all experts",
    )
