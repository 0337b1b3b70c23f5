"""Does what a call launches compile to scaled matrix instructions, without spills, within a gfx950's limits?"""

import pytest

from conformance.calls import tensors
from conformance.subjects import moe_call
from reference.swiglu import DEFAULT_ALPHA, DEFAULT_BETA

_ARCH = "gfx950"


@pytest.mark.family("lowering")
def test_lowering(case, subject, backend, vector, judge, lowered):
    """Scaled MFMA in a K loop (LOW-01) without upcasts beside it (LOW-02), its scales in VGPRs (LOW-06)."""
    found = _compiled(case, subject, backend, vector, judge)
    if not found:
        return
    _judge_any_kernel(judge, found, lowered)
    if not judge.asks("scaled-mfma"):
        return
    none = [] if any(facts.scaled[0] for _, facts in found) else ["no kernel has v_mfma_scale in its K loop"]
    judge.problems("scaled-mfma", none + _problems(found, "unscaled_path"))
    judge.problems("upcast", none + _problems(found, "upcast_path"))
    judge.problems("scale-operands", none + _problems(found, "scales_elsewhere"))
    _judge_fallback(judge, [(kernel, facts) for kernel, facts in found if facts.scaled_dots or facts.scaled[1]])


@pytest.mark.family("lowering-fallback")
def test_lowering_of_the_fallback(case, subject, backend, vector, judge, lowered):
    found = _compiled(case, subject, backend, vector, judge)
    if found:
        _judge_any_kernel(judge, found, lowered)


def _compiled(case, subject, backend, vector, judge):
    """(kernel, its facts) of what the case's call launches; nothing, and judged so, where there is no such thing."""
    if backend.compiles_for != _ARCH:
        other = f", but for {backend.compiles_for}" if backend.compiles_for else ""
        judge.unable("unsupported", f"{backend.name} does not compile kernels for {_ARCH}{other}")
        return []
    from conformance.gfx950.launching import capture  # only here: what is launched elsewhere is not compiled

    with capture.launched() as kernels:
        _CALLS[case.params["stage"]](case, subject, vector.inputs, backend.device)
        backend.synchronize()
    if not kernels:
        judge.claim("spills", False, "no kernel was launched through Triton, so none can be looked at")
    return [(kernel, capture.facts_of(kernel)) for kernel in kernels]


def _judge_any_kernel(judge, found, lowered):
    """No spills (LOW-03), within a compute unit (LOW-04), FP32 subnormals and rounding kept (LOW-05)."""
    lowered.extend(facts.to_json() for _, facts in found)
    judge.problems("spills", _problems(found, "spills"))
    judge.problems("limits", _problems(found, "over_limits"))
    judge.problems("fp-mode", _problems(found, "fp_mode"))


def _judge_fallback(judge, scaled):
    """The same sources for an architecture without scaled matrix instructions (LOW-07)."""
    from conformance.backends.gfx950_emulated import triton_version
    from conformance.backends.scaled_dot import scaled_dot_compiles_for
    from conformance.gfx950.launching import capture

    alone = [facts.kernel for _, facts in scaled if not facts.scaled_dots]
    if alone:
        judge.cannot("fallback-lowering", f"{', '.join(alone)}: no tl.dot_scaled, but machine code for {_ARCH} alone")
        return
    try:
        compiled = [capture.compiled_for(kernel, capture.FALLBACK_ARCH) for kernel, _ in scaled]
    except Exception:
        if scaled_dot_compiles_for(capture.FALLBACK_ARCH):
            raise
        lacks = f"compiles no tl.dot_scaled for {capture.FALLBACK_ARCH}, not even the suite's own probe"
        judge.cannot("fallback-lowering", f"Triton {triton_version()} {lacks}")
        return
    none = [] if scaled else ["no kernel has tl.dot_scaled"]
    others = [(kernel, capture.facts_of(kernel)) for kernel in compiled]
    judge.problems("fallback-lowering", none + _problems(others, "no_fallback"))


def _problems(found, speaks_against):
    """What a function of conformance.gfx950.lowering.facts has against each kernel."""
    from conformance.gfx950.lowering import facts as lowering

    return [problem for _, facts in found for problem in getattr(lowering, speaks_against)(facts)]


def _fused_moe(case, subject, inputs, device):
    moe_call.call(subject, moe_call.arguments(case, inputs, device))


def _grouped_gemm(case, subject, inputs, device):
    crossed = {name: tensors.tensor(array, device) for name, array in inputs.items()}
    subject.call(
        "grouped_gemm",
        tensors.codes(inputs["a_codes"], device),
        crossed["a_scales"],
        tensors.codes(inputs["w"], device),
        crossed["w_scale"],
        *(crossed[name] for name in ("sorted_token_ids", "expert_ids", "num_tokens_post_padded")),
        num_routes=case.params["num_routes"],
        top_k=case.params["rows_per_token"],
        block_m=case.params["block_m"],
        out_dtype=tensors.DTYPES[case.params["out_dtype"]],
        topk_weights=crossed.get("topk_weights"),
    )


def _rows(case, subject, inputs, device):
    subject.call("quantize", tensors.tensor(inputs["x"], device))


def _gates(case, subject, inputs, device):
    """With alpha, beta and limit: not every subject has values for those that a call leaves out."""
    subject.call(
        "activation_quantize", tensors.tensor(inputs["x"], device), alpha=DEFAULT_ALPHA, beta=DEFAULT_BETA, limit=7.0
    )


_CALLS = {"fused_moe": _fused_moe, "grouped_gemm": _grouped_gemm, "quantize": _rows, "activation_quantize": _gates}
