"""Which subjects have another arithmetic, declared or not? This repository's GEMMs, a quantizer of exact torch steps.

The quantizer shares nothing with the reference: it takes exponents apart by frexp.
"""

from __future__ import annotations

from typing import Any

import torch

from conformance.subjects.abilities import Abilities
from conformance.subjects.base import Subject
from kernels.activation import swiglu_oai
from kernels.align import moe_align_block_size
from kernels.gemm import grouped_gemm_mxfp8
from kernels.reduce import moe_sum

FLOOR = float(torch.tensor(1e-30, dtype=torch.float32))
_BELOW_256 = 9  # frexp gives halves to ones: 256 is 0.5 * 2^9


def _exponents(amax: torch.Tensor, rule: str) -> torch.Tensor:
    fraction, exponent = torch.frexp(amax)
    found = {"rceil": exponent - _BELOW_256 + (fraction > 0.875), "ocp_floor": exponent - _BELOW_256}
    return found[rule].clamp(-127, 127)


def _make(name: str, abilities: Abilities, *, declared: bool) -> Subject:
    def quantize(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        blocks = x.double().reshape(-1, 32)
        amax = blocks.nan_to_num(0.0).abs().amax(dim=1).clamp(min=abilities.amax_floor)
        e = _exponents(amax, abilities.scale_rule)
        scaled = torch.ldexp(blocks, -e[:, None]).clamp(-448, 448).float()
        codes = scaled.to(torch.float8_e4m3fn).reshape(x.shape)
        return codes, (e + 127).to(torch.uint8).reshape(*x.shape[:-1], x.shape[-1] // 32)

    def activation_quantize(gate_up: torch.Tensor, **given: Any) -> tuple[torch.Tensor, torch.Tensor]:
        return quantize(swiglu_oai(gate_up if abilities.bf16_between else gate_up.float(), **given))

    def fused_moe(x, w13, w13_scale, w2, w2_scale, weights, ids, *, global_num_experts, expert_map, **given):
        rows, k = ids.numel(), ids.shape[1]
        routing = moe_align_block_size(ids, 16, global_num_experts, expert_map, num_local_experts=len(w13))
        shape = {"num_routes": rows, "block_m": 16}
        first = grouped_gemm_mxfp8(*quantize(x), w13, w13_scale, *routing, top_k=k, out_dtype=x.dtype, **shape)
        second = grouped_gemm_mxfp8(
            *activation_quantize(first, **given), w2, w2_scale, *routing, top_k=1, out_dtype=torch.float32,
            topk_weights=weights.reshape(-1), **shape,
        )  # fmt: skip
        return moe_sum(second, k, x.dtype)

    stages = {
        "fused_moe": fused_moe,
        "quantize": quantize,
        "activation_quantize": activation_quantize,
        "grouped_gemm": grouped_gemm_mxfp8,
        "moe_sum": moe_sum,
    }
    return Subject(name, "native", stages, abilities if declared else Abilities())


_OTHERS = {
    "bf16": Abilities(bf16_between=True),
    "rule": Abilities(scale_rule="ocp_floor"),
    "floor": Abilities(amax_floor=FLOOR),
}
globals().update({f"{n}_declared": _make(f"{n}-declared", a, declared=True) for n, a in _OTHERS.items()})
globals().update({f"{n}_silent": _make(f"{n}-silent", a, declared=False) for n, a in _OTHERS.items()})
contract = _make("contract", Abilities(), declared=True)
