"""Is each stage right when it is fed with the reference's own result of the stage before? So no error hides another."""

import pytest
import torch

from conformance.calls import tensors
from conformance.calls.layouts import padded_rows
from conformance.judging.blocks import Blocks
from conformance.judging.within import Within
from conformance.leads import quantized
from conformance.leads.contraction import RoutedProduct
from reference.codec import float64_to_bf16
from reference.quantize import dequantize_mxfp8
from vectors import arrays
from vectors.arithmetic import accepted_blocks


@pytest.mark.family("stages")
def test_stages(case, subject, backend, vector, judge):
    """The sum over top-k of the reference's own second GEMM, after the stages before it (STG-04)."""
    (_native_stages if subject.pipeline == "native" else _emulation_stages)(
        case, subject, backend.device, vector, judge
    )
    if "moe_sum" not in subject.stages:
        judge.cannot("sum", f"{subject.name} exposes no stage moe_sum")
        return
    of_gemm2 = padded_rows(tensors.tensor(_stage(subject, vector, "gemm2_nominal"), backend.device), 32)
    found = subject.call("moe_sum", of_gemm2, case.params["k"], torch.bfloat16)
    judge.accepts("sum", Within(tensors.array(found), _interval(subject, vector, "output_given_gemm2")))


def _stage(subject, vector, name):
    return vector.expected[f"{subject.pipeline}.{name}"]


def _interval(subject, vector, name):
    return arrays.interval(vector.expected, f"{subject.pipeline}.{name}.")


def _routing(case, vector, device, *, second):
    weights = vector.inputs["topk_weights"].reshape(-1)
    return {
        "sorted_token_ids": tensors.tensor(vector.inputs["sorted_token_ids"], device),
        "expert_ids": tensors.tensor(vector.inputs["expert_ids"], device),
        "num_tokens_post_padded": tensors.tensor(vector.inputs["num_tokens_post_padded"], device),
        "num_routes": weights.size,
        "top_k": 1 if second else case.params["k"],
        "block_m": case.params["block_m"],
        "topk_weights": tensors.tensor(weights, device) if second else None,
    }


def _activation_parameters(case):
    return {name: case.params[name] for name in ("alpha", "beta", "limit")}


def _native_stages(case, subject, device, vector, judge):
    """First GEMM (STG-01), activation (STG-02), second GEMM (STG-03)."""

    def gemm(codes, scales, weights, second, out_dtype):
        return subject.call(
            "grouped_gemm",
            tensors.codes(_stage(subject, vector, codes), device),
            tensors.tensor(_stage(subject, vector, scales), device),
            tensors.codes(vector.inputs[weights], device),
            tensors.tensor(vector.inputs[f"{weights}_scale"], device),
            out_dtype=out_dtype,
            **_routing(case, vector, device, second=second),
        )

    def leads(codes, scales, weights, second):
        names = (f"native.{codes}", f"native.{scales}", weights, f"{weights}_scale")
        return lambda answer: RoutedProduct.of(
            {**vector.expected, **vector.inputs, "topk_weights": vector.inputs["topk_weights"].reshape(-1)},
            1 if second else case.params["k"],
            names,
            weighted=second,
        ).leads(answer)

    first = gemm("x_codes", "x_scales", "w13", False, torch.bfloat16)
    accepted = _interval(subject, vector, "gemm1")
    judge.accepts("gemm1", Within(tensors.array(first), accepted), leads=leads("x_codes", "x_scales", "w13", False))
    of_gemm1 = tensors.tensor(_stage(subject, vector, "gemm1_nominal"), device)
    found = subject.call("activation_quantize", of_gemm1, **_activation_parameters(case))
    enclosure = arrays.real_interval(vector.expected, "native.activation.")
    accepted = accepted_blocks(case.params, enclosure)
    codes, scales = (tensors.array(t) for t in found)
    judge.accepts("activation", Blocks(codes, scales, accepted), leads=quantized.leads)
    second = gemm("h_codes", "h_scales", "w2", True, torch.float32)
    accepted = _interval(subject, vector, "gemm2")
    judge.accepts("gemm2", Within(tensors.array(second), accepted), leads=leads("h_codes", "h_scales", "w2", True))


def _emulation_stages(case, subject, device, vector, judge):
    """First GEMM (STG-01), activation (STG-02), second GEMM (STG-03), on decoded weights."""

    def gemm(activations, weights, second):
        codes, scales = vector.inputs[weights], vector.inputs[f"{weights}_scale"]
        dequantized = tensors.tensor(float64_to_bf16(dequantize_mxfp8(codes, scales)), device)
        return subject.call(
            "grouped_gemm",
            activations,
            dequantized,
            out_dtype=torch.bfloat16,
            **_routing(case, vector, device, second=second),
        )

    first = gemm(tensors.tensor(vector.inputs["hidden_states"], device), "w13", False)
    judge.accepts("gemm1", Within(tensors.array(first), _interval(subject, vector, "gemm1")))
    of_gemm1 = tensors.tensor(_stage(subject, vector, "gemm1_nominal"), device)
    found = subject.call("activation", of_gemm1, **_activation_parameters(case))
    judge.accepts("activation", Within(tensors.array(found), _interval(subject, vector, "activation")))
    second = gemm(tensors.tensor(_stage(subject, vector, "activation_nominal"), device), "w2", True)
    judge.accepts("gemm2", Within(tensors.array(second), _interval(subject, vector, "gemm2")))
