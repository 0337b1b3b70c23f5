"""Which functions do the kernels offer, and with which tensors is each asked?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from kernels import activation, dequantize, emulation, gemm, native, quantize, reduce
from kernels.align import moe_align_block_size
from kernels.experts import Mxfp8EmulationTritonExperts, Mxfp8MoEQuantConfig, Mxfp8NativeTritonExperts
from tests.kernels.moe_arguments import EXPERTS, TOKENS, codes, gemm_arguments, good_arguments

Named = dict[str, Any]


def _apply(cls: type, w1_scale: Any, w2_scale: Any, **arguments: Any) -> None:
    config = Mxfp8MoEQuantConfig(w1_scale=w1_scale, w2_scale=w2_scale)
    unused = dict.fromkeys(("a1q_scale", "a2_scale", "workspace13", "workspace2", "expert_tokens_meta"))
    options = {"activation": "swigluoai_uninterleave", "apply_router_weight_on_input": False}
    cls(None, config).apply(**(arguments | unused | options))


def _moe() -> Named:
    return good_arguments() | {"expert_map": torch.arange(EXPERTS, dtype=torch.int32)}


def _of_apply(cls: type) -> Callable[[], Named]:
    def good() -> Named:
        moe = _moe()
        renamed = {name.replace("w13", "w1"): moe[name] for name in moe if name not in ("alpha", "beta", "limit")}
        return renamed | {"cls": cls, "output": torch.zeros_like(moe["hidden_states"])}

    return good


# name -> (function, what makes good keyword arguments of it)
PUBLIC: dict[str, tuple[Callable[..., Any], Callable[[], Named]]] = {
    "native": (native.fused_moe_mxfp8_native, _moe),
    "emulation": (emulation.fused_moe_mxfp8_emulation, _moe),
    "native class": (_apply, _of_apply(Mxfp8NativeTritonExperts)),
    "emulation class": (_apply, _of_apply(Mxfp8EmulationTritonExperts)),
    "quantize": (quantize.mxfp8_quantize, lambda: {"x": torch.zeros(TOKENS, 64)}),
    "activation": (activation.swiglu_oai, lambda: {"gate_up": torch.zeros(TOKENS, 64)}),
    "fused activation": (activation.swiglu_oai_quantize_mxfp8, lambda: {"gate_up": torch.zeros(TOKENS, 64)}),
    "dequantize": (
        dequantize.dequantize_mxfp8_to_bf16,
        lambda: {"codes": codes(TOKENS, 64), "scales": torch.zeros(TOKENS, 2, dtype=torch.uint8)},
    ),
    "align": (
        moe_align_block_size,
        lambda: (
            {name: _moe()[name] for name in ("topk_ids", "expert_map")} | {"block_size": 16, "num_experts": EXPERTS}
        ),
    ),
    "MXFP8 GEMM": (gemm.grouped_gemm_mxfp8, lambda: gemm_arguments(torch.float8_e4m3fn)),
    "BF16 GEMM": (gemm.grouped_gemm_bf16, lambda: gemm_arguments(torch.bfloat16)),
    "sum": (reduce.moe_sum, lambda: {"routes": torch.zeros(4, 64), "top_k": 2, "dtype": torch.bfloat16}),
}
