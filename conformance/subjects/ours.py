"""How are this repository's kernels called? The native pipeline and the emulation fallback as subjects."""

from conformance.subjects.abilities import Abilities
from conformance.subjects.base import Stage, Subject
from mxfp8_conformance.kernels import activation, align, dequantize, experts, gemm, quantize, reduce, selection
from mxfp8_conformance.kernels import emulation as emulation_kernels
from mxfp8_conformance.kernels import native as native_kernels
from reference.formats import BLOCK

_SHARED: dict[str, Stage] = {
    "activation": activation.swiglu_oai,
    "align": align.moe_align_block_size,
    "moe_sum": reduce.moe_sum,
    "quant_config": experts.Mxfp8MoEQuantConfig,
    "select": selection.select_mxfp8_experts,
}


def native() -> Subject:
    """The Triton ``tl.dot_scaled`` pipeline: MXFP8 activations, E4M3 weights read as stored."""
    return Subject(
        name="native",
        pipeline="native",
        stages={
            **_SHARED,
            "quantize": quantize.mxfp8_quantize,
            "activation_quantize": activation.swiglu_oai_quantize_mxfp8,
            "grouped_gemm": gemm.grouped_gemm_mxfp8,
            "fused_moe": native_kernels.fused_moe_mxfp8_native,
            "experts": experts.Mxfp8NativeTritonExperts,
        },
        held_to_views=True,
    )


def emulation() -> Subject:
    """The fallback: weights dequantized to BF16, activations left in BF16."""
    return Subject(
        name="emulation",
        pipeline="emulation",
        abilities=Abilities(k_granularity=BLOCK),
        stages={
            **_SHARED,
            "dequantize": dequantize.dequantize_mxfp8_to_bf16,
            "grouped_gemm": gemm.grouped_gemm_bf16,
            "fused_moe": emulation_kernels.fused_moe_mxfp8_emulation,
            "experts": experts.Mxfp8EmulationTritonExperts,
        },
        held_to_views=True,
    )
