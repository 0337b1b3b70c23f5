"""Does the experts class keep vLLM's interface: in place, with its defaults, refusing what it cannot express?"""

import enum
import functools
import inspect
from dataclasses import replace
from typing import Any

import pytest
import torch

from conformance.calls import tensors
from conformance.calls.layouts import laid_out
from conformance.checks.refusals import refusal_problem
from conformance.judging.within import Within
from conformance.leads import layer
from conformance.subjects import moe_call
from reference.formats import BLOCK
from vectors import arrays

# vLLM's signature of apply, in order.
APPLY = (
    "output", "hidden_states", "w1", "w2", "topk_weights", "topk_ids", "activation", "global_num_experts", "expert_map",
    "a1q_scale", "a2_scale", "workspace13", "workspace2", "expert_tokens_meta", "apply_router_weight_on_input",
)  # fmt: skip
_AS_BYTES = "torch.uint8"  # what the refusal of other scales has to say
_ACTIVATION = "swigluoai_uninterleave"  # vLLM's name of split SwiGLU-OAI


class _Activation(enum.Enum):
    SPLIT = _ACTIVATION


@pytest.mark.family("experts-class")
def test_experts_class(case, subject, backend, vector, judge):
    """The result is written into output where it lies (CLS-01), wherever that and hidden_states lie (CLS-08).

    Rows without an expert become zeros (CLS-07); router weights, ids and maps are of every format (CLS-09).
    """
    named = moe_call.arguments(case, vector.inputs, backend.device)
    experts = layer_of(subject, case, named)
    judge.problems("properties", _wrong_properties(experts, subject, case))
    if judge.asks("refusal"):
        output = tensors.poisoned(tuple(named["hidden_states"].shape), torch.bfloat16, backend.device)
        judge.problems("refusal", _taken_scales(subject, case, named, output))
        _judge_refusals(judge, subject, experts, named, output)
        return
    accepted = arrays.interval(vector.expected, f"{subject.pipeline}.")

    def judge_output(output: torch.Tensor) -> None:
        rows = accepted.at(slice(len(output)))
        given = functools.partial(moe_call.describe_row, vector.inputs)
        leads = layer.of_case(case, vector.inputs, subject.pipeline)
        judge.accepts("output", Within(tensors.array(output), rows), given=given, leads=leads)

    if "in_turn" in case.params:
        _IN_TURN[case.params["in_turn"]](subject, case, experts, named, judge_output)
        return
    named["hidden_states"], output, around = _placed(case.params, named["hidden_states"])
    address, before = output.data_ptr(), around.clone()
    # vLLM passes a member of its enum; a plain string means the same.
    activation = _Activation.SPLIT if case.params["gemm1_alpha"] else _ACTIVATION
    apply_layer(subject, experts, named, output, activation=activation)
    judge.claim("output", output.data_ptr() == address, "apply moved output")
    judge_output(output)
    judge.claim("output", tensors.same_bytes(around, tensors.raw(before)), "apply wrote beside output")


def _placed(p, hidden):
    """hidden_states, output, and what lies beside output in its memory and is to stay as it was."""
    tokens, columns = hidden.shape
    nothing, place = hidden[:0], p.get("output")
    if place == "hidden-states":
        return hidden, hidden, nothing
    if place == "a-row-on":
        both = torch.cat([hidden, tensors.poisoned((1, columns), hidden.dtype, hidden.device)])
        return both[:-1], both[1:], both[:1]
    if place == "columns-on":
        both = torch.cat([hidden, tensors.poisoned(hidden.shape, hidden.dtype, hidden.device)], 1)
        return both[:, :columns], both[:, 32 : 32 + columns], both[:, :32]
    output = tensors.poisoned((tokens, columns), hidden.dtype, hidden.device)
    if place == "strided":
        wide = tensors.poisoned((tokens, columns + 24), hidden.dtype, hidden.device)
        return hidden, wide[:, :columns], wide[:, columns:]
    return hidden, laid_out(output, place or "contiguous"), nothing


def _layers_in_turn(subject, case, experts, named, judge_output):
    """Layers that hold the same experts under other ids share workspaces with one of other numbers (CLS-10)."""
    calls = [(experts, named)]
    for shift in (1, 2):
        moved = {name: _rolled(named[name], shift) for name in ("w13", "w13_scale", "w2", "w2_scale")}
        moved["topk_ids"] = (named["topk_ids"] + shift) % len(named["w13"])
        calls.append((layer_of(subject, case, named | moved), named | moved))
    of_others = {"gemm1_alpha": 0.5, "gemm1_beta": -1.0, "gemm1_clamp_limit": 0.25}
    other = layer_of(subject, replace(case, params={**case.params, **of_others}), calls[1][1]), calls[1][1]
    device = named["hidden_states"].device
    shared = {name: tensors.poisoned((4096,), torch.bfloat16, device) for name in ("workspace13", "workspace2")}
    outputs = []
    turns = (other, calls[0], other, *calls[1:], other, *calls)
    for of_layer, arguments in turns:
        outputs.append(tensors.poisoned(tuple(arguments["hidden_states"].shape), torch.bfloat16, device))
        apply_layer(subject, of_layer, arguments, outputs[-1], **shared)
    for turn, output in zip(turns, outputs, strict=True):
        if turn is not other:
            judge_output(output)


def _token_counts_in_turn(subject, case, experts, named, judge_output):
    """The first tokens alone, more and fewer in turn (CLS-10)."""
    outputs = []
    for count in (3, case.params["T"], 1, case.params["T"] - 1, 3):
        few = {name: named[name][:count] for name in moe_call.PER_TOKEN}
        outputs.append(tensors.poisoned(tuple(few["hidden_states"].shape), torch.bfloat16, few["topk_ids"].device))
        apply_layer(subject, experts, named | few, outputs[-1])
    for output in outputs:
        judge_output(output)


_IN_TURN = {"layers": _layers_in_turn, "tokens": _token_counts_in_turn}


def _rolled(value, shift):
    """The experts some places further on."""
    return torch.cat([value.view(torch.uint8)[-shift:], value.view(torch.uint8)[:-shift]]).view(value.dtype)


def layer_of(subject, case, named):
    """The class with the case's alpha, beta and limit; None, and it must come to its own (CLS-03)."""
    gemm1 = {f"gemm1_{name}": case.params[f"gemm1_{name}"] for name in ("alpha", "beta", "clamp_limit")}
    config = subject.stages["quant_config"](w1_scale=named["w13_scale"], w2_scale=named["w2_scale"], **gemm1)
    return subject.stages["experts"](None, config)


def apply_layer(subject, experts, named, output, /, **changed):
    """Call with map and count of the experts (CLS-06), and workspaces whose poison must not show (CLS-05)."""
    device = named["hidden_states"].device
    arguments = {
        "output": output,
        "hidden_states": named["hidden_states"],
        "w1": named["w13"],
        "w2": named["w2"],
        "topk_weights": named["topk_weights"],
        "topk_ids": named["topk_ids"],
        "activation": _ACTIVATION,
        "global_num_experts": named["global_num_experts"],
        "expert_map": named["expert_map"],
        "a1q_scale": None,
        "a2_scale": None,
        "workspace13": tensors.poisoned((4096,), torch.bfloat16, device),
        "workspace2": tensors.poisoned((4096,), torch.bfloat16, device),
        "expert_tokens_meta": None,
        "apply_router_weight_on_input": False,
    }
    subject.apply(experts, **(arguments | changed))


def _wrong_properties(experts, subject, case):
    """What the class says of itself that is not documented so (CLS-02)."""
    native = subject.pipeline == "native"
    needs = {
        "quant_dtype": experts.quant_config.quant_dtype if native else None,
        "block_shape": experts.quant_config.block_shape if native else None,
        "expects_unquantized_inputs": True,
    }
    wrong = [f"{n} is {getattr(experts, n)!r}, needs {v!r}" for n, v in needs.items() if getattr(experts, n) != v]
    config = experts.quant_config
    if native and (config.quant_dtype, config.block_shape) != ("mxfp8", [1, BLOCK]):
        wrong.append(
            f"the configuration says quant_dtype {config.quant_dtype!r}, block_shape {config.block_shape}, "
            "needs 'mxfp8', [1, 32]"
        )
    parameters = [name for name in inspect.signature(type(experts).apply).parameters if name != "self"]
    if parameters != list(APPLY):
        wrong.append(f"apply takes {parameters}, needs {list(APPLY)}")
    supported = type(experts)._supports_current_device()
    on_gfx950 = bool(torch.version.hip) and "gfx950" in torch.cuda.get_device_properties(0).gcnArchName
    if supported != (on_gfx950 if native else True):
        wrong.append(f"_supports_current_device() is {supported}, on_gfx950 is {on_gfx950}")
    return wrong


def _form(output):
    lazily = "lazily negated " if output.is_neg() else ""
    strides = f" of strides {list(output.stride())}" if output.layout == torch.strided else f" {output.layout}"
    return f"{lazily}{output.dtype}{list(output.shape)}{strides} on {output.device}"


def _judge_refusals(judge, subject, experts, named, output):
    """What the class cannot express is refused by name, with output as it was (CLS-04)."""
    refused: list[tuple[str, Any]] = [("apply_router_weight_on_input", True)]
    refused += [("activation", other) for other in ("silu", "swigluoai", "gelu", None)]
    one_row = output[:1].expand(output.shape)
    others = (output.float(), output[:-1], output[..., None], one_row, torch._neg_view(output), output.to_sparse())
    refused += [("output", other) for other in (*others, output.to("meta"))]
    problems = []
    for argument, value in refused:
        shown = f"{argument}={value!r}" if argument != "output" else f"output {_form(value)}"
        try:
            apply_layer(subject, experts, named, output, **{argument: value})
            problems.append(f"{shown} was accepted")
        except (ValueError, TypeError, NotImplementedError) as error:
            if argument not in str(error):
                problems.append(f"{shown}: the error does not name it: {error}")
    if not torch.isnan(output).all():
        problems.append("output was written before the refusal")
    judge.problems("refusal", problems)


def _taken_scales(subject, case, named, output):
    """What is wrong with the refusal of scales as E8M0 numbers, which are not to be converted by value."""
    problems = []
    for argument, name in (("w1_scale", "w13_scale"), ("w2_scale", "w2_scale")):
        experts = layer_of(subject, case, named | {name: named[name].view(torch.float8_e8m0fnu)})
        problem = refusal_problem(
            functools.partial(apply_layer, subject, experts, named, output), (argument, _AS_BYTES)
        )
        problems += [f"{argument} as float8_e8m0fnu: {problem}"] if problem else []
    return problems
