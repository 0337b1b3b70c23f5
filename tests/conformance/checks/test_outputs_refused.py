"""Does the check of an experts class see each output that the class takes and should not?"""

from __future__ import annotations

from typing import Any

import torch

from conformance.checks.test_experts_class import _judge_refusals
from conformance.subjects.base import Subject
from tests.kernels.moe_arguments import good_arguments


class _Judge:
    def problems(self, observable: str, problems: list[str]) -> None:
        self.found = problems


class _TakesAnyOutput:
    def apply(self, **given: Any) -> None:
        if given["activation"] != "swigluoai_uninterleave" or given["apply_router_weight_on_input"]:
            raise ValueError("activation or apply_router_weight_on_input")


def test_every_form_of_output_is_asked() -> None:
    judge, output = _Judge(), torch.full((3, 256), torch.nan, dtype=torch.bfloat16)
    subject = Subject("theirs", "native", {"fused_moe": print})
    _judge_refusals(judge, subject, _TakesAnyOutput(), good_arguments(), output)
    forms = ("float32[3", "[2, 256]", "[3, 256, 1]", "strides [0, 1]", "lazily negated", "sparse_coo", "on meta")
    assert [form in problem for form, problem in zip(forms, judge.found, strict=True)] == [True] * len(forms)
    assert all(problem.startswith("output ") and problem.endswith("was accepted") for problem in judge.found)
