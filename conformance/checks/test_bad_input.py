"""Is malformed input refused, by name, before anything is written?"""

import contextlib
import functools

import numpy as np
import pytest
import torch

from conformance.calls import tensors
from conformance.checks.bad_inputs import FORMS, of_stage, spoil
from conformance.checks.refusals import refused, unsaid
from conformance.subjects import moe_call


@pytest.mark.family("bad-input")
def test_bad_input(case, subject, backend, vector, judge):
    """Refused, by name, and nothing is written before (BAD-03)."""
    if "stage" in case.params:
        _judge_stage(case.params, subject, backend, judge)
        return
    named = moe_call.arguments(case, vector.inputs, backend.device)
    argument = case.params["argument"]
    spoiled = spoil(case.params["how"], argument, named)
    before = {n: tensors.stored(t) for n, t in spoiled.items() if isinstance(t, torch.Tensor)}
    needs = case.params["words"]
    problem, message = refused(lambda: moe_call.call(subject, spoiled))
    judge.claim("refusal", not problem, f"{case.params['how']}: {problem}")
    missing = unsaid(message, (argument, *needs))
    judge.claim(
        "message", not missing, f"{case.params['how']}: the error says {message!r} and not {', '.join(missing)}"
    )
    changed = [n for n, b in before.items() if not np.array_equal(tensors.stored(spoiled[n]), b)]
    written = [*changed, *_written_output(subject, case, spoiled, backend)]
    judge.claim("untouched", not written, f"{case.params['how']}: wrote {', '.join(written)}")


def _judge_stage(p, subject, backend, judge):
    """The same of each way to spoil an argument of one stage."""
    stage = p["stage"]
    problems: dict[str, list[str]] = {"refusal": [], "message": [], "untouched": []}
    for argument, form, words in p["ways"]:
        good, by_position = of_stage(stage, subject.pipeline, backend.device)
        spoiled = good | {argument: FORMS[form](good[argument])}
        before = {n: tensors.stored(t) for n, t in spoiled.items() if isinstance(t, torch.Tensor)}
        values = list(spoiled.items())
        call = functools.partial(
            subject.call, stage, *(value for _, value in values[:by_position]), **dict(values[by_position:])
        )
        problem, message = refused(call)
        missing = unsaid(message, (argument, *words.split()))
        changed = [n for n, b in before.items() if not np.array_equal(tensors.stored(spoiled[n]), b)]
        said = f"{stage} with {argument} as {form}"
        problems["refusal"] += [f"{said}: {problem}"] if problem else []
        problems["message"] += [f"{said}: the error says {message!r} and not {', '.join(missing)}"] if missing else []
        problems["untouched"] += [f"{said}: wrote {', '.join(changed)}"] if changed else []
    for observable, found in problems.items():
        judge.problems(observable, found)


def _written_output(subject, case, spoiled, backend):
    """The class writes ``output`` in place: it must not, where the same input is refused."""
    if "experts" not in subject.stages or (case.params["argument"] in ("alpha", "beta") and spoiled["beta"] is None):
        return []  # None is a class's way to ask for the default
    output = tensors.poisoned((8, case.params["H"]), torch.bfloat16, backend.device)
    gemm1 = {"gemm1_alpha": spoiled["alpha"], "gemm1_beta": spoiled["beta"], "gemm1_clamp_limit": spoiled["limit"]}
    config = subject.stages["quant_config"](w1_scale=spoiled["w13_scale"], w2_scale=spoiled["w2_scale"], **gemm1)
    with contextlib.suppress(ValueError, TypeError):
        subject.stages["experts"](None, config).apply(
            output, spoiled["hidden_states"], spoiled["w13"], spoiled["w2"], spoiled["topk_weights"],
            spoiled["topk_ids"], "swigluoai_uninterleave", spoiled["global_num_experts"], spoiled["expert_map"],
            None, None, output.new_empty(1), output.new_empty(1), None, False,
        )  # fmt: skip
    return [] if torch.isnan(output).all() else ["output"]
