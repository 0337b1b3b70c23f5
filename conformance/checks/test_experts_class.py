"""Does the experts class keep vLLM's interface: in place, with its defaults, refusing what it cannot express?"""

import enum
import inspect
from typing import Any

import pytest
import torch

from conformance.calls import tensors
from conformance.judging.within import Within
from conformance.subjects import moe_call
from reference.formats import BLOCK
from vectors import arrays

# vLLM's signature of apply, in order.
APPLY = (
    "output", "hidden_states", "w1", "w2", "topk_weights", "topk_ids", "activation", "global_num_experts", "expert_map",
    "a1q_scale", "a2_scale", "workspace13", "workspace2", "expert_tokens_meta", "apply_router_weight_on_input",
)  # fmt: skip
_ACTIVATION = "swigluoai_uninterleave"  # vLLM's name of split SwiGLU-OAI


class _Activation(enum.Enum):
    SPLIT = _ACTIVATION


@pytest.mark.family("experts-class")
def test_experts_class(case, subject, backend, vector, judge):
    """The result is written into output where it lies (CLS-01)."""
    named = moe_call.arguments(case, vector.inputs, backend.device)
    experts = _experts(subject, case, named)
    judge.problems("properties", _wrong_properties(experts, subject, case))
    output = tensors.poisoned(tuple(named["hidden_states"].shape), torch.bfloat16, backend.device)
    if judge.asks("refusal"):
        _judge_refusals(judge, subject, experts, named, output)
        return
    address = output.data_ptr()
    # vLLM passes a member of its enum; a plain string means the same.
    _apply(subject, experts, named, output, activation=_Activation.SPLIT if case.params["gemm1_alpha"] else _ACTIVATION)
    judge.claim("output", output.data_ptr() == address, "apply moved output")
    accepted = arrays.interval(vector.expected, f"{subject.pipeline}.")
    judge.accepts("output", Within(tensors.array(output), accepted))


def _experts(subject, case, named):
    """The class with the case's alpha, beta and limit; None, and it must come to its own (CLS-03)."""
    gemm1 = {f"gemm1_{name}": case.params[f"gemm1_{name}"] for name in ("alpha", "beta", "clamp_limit")}
    config = subject.stages["quant_config"](w1_scale=named["w13_scale"], w2_scale=named["w2_scale"], **gemm1)
    return subject.stages["experts"](None, config)


def _apply(subject, experts, named, output, /, **changed):
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
            _apply(subject, experts, named, output, **{argument: value})
            problems.append(f"{shown} was accepted")
        except (ValueError, TypeError, NotImplementedError) as error:
            if argument not in str(error):
                problems.append(f"{shown}: the error does not name it: {error}")
    if not torch.isnan(output).all():
        problems.append("output was written before the refusal")
    judge.problems("refusal", problems)
