"""Which of AITER's files are its MXFP8 MoE on gfx950, and what stands in for the rest? vLLM's backend ``aiter``.

Judged: the two FlyDSL stages as AITER launches them for sizes that no table of its own knows (gate and up interleaved,
BF16 between the stages, routes added up by atomics), compiled by the installed FlyDSL, with AITER's own shuffles of
weights and scales. Not judged, since they are HIP operators that AITER compiles on the machine: the sorting of routes
(``profiles.alignment``) and the quantizer of rows (this repository's), which also orders the scales; nor the checks of
a call's arguments, which lie before all of these. Sizes that are no multiple of the stages' 256 are filled up with
zeros. It is called as vLLM's AiterMxfp8Experts calls it, so no clamp limit is handed on as 0.
"""

import hashlib
import importlib
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from conformance.subjects import flydsl
from conformance.subjects.abilities import Abilities
from conformance.subjects.base import Subject
from conformance.subjects.machine_code import unable_here
from conformance.subjects.ours import native
from conformance.subjects.profiles import shipped
from conformance.subjects.profiles.alignment import write_blocks
from conformance.subjects.profiles.stand_ins import Names, StandIns
from reference.formats import BLOCK
from reference.swiglu import DEFAULT_ALPHA, DEFAULT_BETA

_OPS = "aiter.ops.flydsl"
_STAGES, _SHUFFLES = f"{_OPS}.moe_kernels", "aiter.ops.shuffle"
_KERNELS = (
    *("mixed_moe_gemm_2stage", "mixed_moe_gemm_2stage_common", "tensor_shim", "kernels_common", "layout_utils"),
    *("mfma_epilogues", "mfma_preshuffle_pipeline", "buffer_ops", "vector"),
)
_REAL = (_STAGES, _SHUFFLES, f"{_OPS}.moe_common", *(f"{_OPS}.kernels.{name}" for name in _KERNELS))
TILE_K = 256
# A checkout says no version: the digest of the judged files -> the day of the commit that has them.
_DAYS = {"a4e4bd323b3537c1": "20260822"}
_SLOT_BITS = 24  # a sorted route is its token, and its place among the token's routes above


def stand_ins(folder: Path) -> StandIns:
    """The importer of the AITER in ``folder``. Raises ProfileError."""
    return StandIns("aiter", folder, _REAL, _given())


def subject(found: StandIns) -> Subject:
    """The MoE of the AITER that ``found`` serves."""
    flydsl.prepare()
    stages, shuffles = importlib.import_module(_STAGES), importlib.import_module(_SHUFFLES)
    vars(stages).update(ptr_arg=lambda tensor, dtype=None: tensor, _run_compiled=flydsl.call)
    judged = b"".join(found.file(name).read_bytes() for name in sorted(found.real))
    name = f"aiter-{_DAYS.get(hashlib.sha256(judged).hexdigest()[:16], found.version)}"
    return Subject(
        name=name,
        pipeline="native",
        expectations=shipped.expectations(name),
        abilities=Abilities(
            activation_layouts=("split",),
            defaults=False,
            alpha_and_beta=False,
            bf16_between=True,
            gate_up_fp32=True,
            router_dtypes=("fp32",),
            refuses_bad_input=False,
        ),
        stages={"fused_moe": partial(_fused_moe, stages, shuffles, native().stages["quantize"])},
        unable_here=unable_here(),
    )


def _given() -> dict[str, Names]:
    """What the kernel files import of the rest of AITER."""
    dtypes = SimpleNamespace(fp8=torch.float8_e4m3fn, bf16=torch.bfloat16, fp16=torch.float16, fp4x2=torch.uint8)
    return {
        "aiter.utility": lambda: {"dtypes": dtypes},
        "aiter.jit.utils.chip_info": lambda: {"get_gfx": lambda: "gfx950"},
    }


def _fused_moe(
    stages: Any,
    shuffles: Any,
    quantize: Any,
    x: torch.Tensor,
    w13: torch.Tensor,
    w13_scale: torch.Tensor,
    w2: torch.Tensor,
    w2_scale: torch.Tensor,
    topk_weights: torch.Tensor,
    topk_ids: torch.Tensor,
    *,
    alpha: float,
    beta: float,
    limit: float | None,
    global_num_experts: int,
    expert_map: torch.Tensor | None,
) -> torch.Tensor:
    if (alpha, beta) != (DEFAULT_ALPHA, DEFAULT_BETA):
        raise ValueError(f"alpha, beta: has {alpha}, {beta}, needs {DEFAULT_ALPHA}, {DEFAULT_BETA}")
    experts, (tokens, top_k) = len(w13), topk_ids.shape
    if not tokens or not experts:  # no blocks, so nothing is launched
        return torch.zeros_like(x)
    block_m = 32 if tokens < 2048 else 64 if tokens < 4096 else 128 if tokens < 16384 else 64
    routes = _sorted(topk_ids, topk_weights, expert_map, experts, block_m)
    tiles = {"tile_m": block_m, "a_dtype": "fp8", "b_dtype": "fp8", "out_dtype": "bf16", "topk": top_k}

    def quantized(rows: torch.Tensor, each: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Codes, and the scales of sorted routes as the stages read them. each: the row of a sorted route, or none."""
        codes, scales = quantize(_filled(rows))
        padded = torch.cat([scales, torch.zeros_like(scales[:1])])  # what no route has is the row to spare
        return codes, shuffles.shuffle_scale(padded[each.clamp(max=len(scales))])

    def weights(codes: torch.Tensor, scales: torch.Tensor, gate_up: bool) -> tuple[torch.Tensor, torch.Tensor]:
        form, parts = {"is_guinterleave": True, "gate_up": gate_up}, 2 if gate_up else 1
        whole, of_blocks = _filled(codes.view(torch.uint8), parts), _filled(scales, parts, TILE_K // BLOCK)
        shuffled = shuffles.shuffle_weight(whole, (16, 16), **form).view(codes.dtype)
        return shuffled, shuffles.shuffle_scale(of_blocks.view(-1, of_blocks.shape[-1]), experts, **form)

    sorted_ids, expert_ids, counts, sorted_weights = routes
    token, slot = sorted_ids & ((1 << _SLOT_BITS) - 1), sorted_ids >> _SLOT_BITS
    codes, scales = quantized(x, token)
    w, w_scale = weights(w13, w13_scale, True)
    between = stages._flydsl_moe_stage1_impl(
        codes, w, sorted_ids, expert_ids, counts, act="swiglu", gate_mode="interleave", tile_n=128, tile_k=256,
        w1_scale=w_scale, a1_scale=scales, use_async_copy=True, waves_per_eu=2, b_nt=2,
        swiglu_limit=0.0 if limit is None else limit, **tiles,
        _build_mx_args=partial(stages._s1_args_fp4, stream=0),
    )  # fmt: skip
    codes, scales = quantized(between.view(-1, between.shape[-1]), token * top_k + slot)
    w, w_scale = weights(w2, w2_scale, False)
    out = torch.zeros(tokens, w.shape[1], dtype=torch.bfloat16, device=x.device)
    stages._flydsl_moe_stage2_impl(
        codes.view(between.shape), w, sorted_ids, expert_ids, counts, out, tile_n=128, tile_k=256, mode="atomic",
        w2_scale=w_scale, a2_scale=scales, sorted_weights=sorted_weights, b_nt=2, **tiles,
        _build_mx_args=partial(stages._s2_args_fp4, stream=0),
    )  # fmt: skip
    return out[:, : x.shape[1]].contiguous()


def _filled(tensor: torch.Tensor, parts: int = 1, columns: int = TILE_K) -> torch.Tensor:
    """Rows filled up with zeros to a multiple of ``columns``; of matrices [.., N, K], each of their ``parts`` too."""
    apart = tensor.unflatten(1, (parts, -1)) if tensor.ndim == 3 else tensor
    more = [-apart.shape[-1] % columns, *([0, -apart.shape[-2] % TILE_K] if tensor.ndim == 3 else [])]
    filled = torch.nn.functional.pad(apart, (0, more[0], *more[1:]))
    return (filled.flatten(1, 2) if tensor.ndim == 3 else filled).contiguous()


def _sorted(
    ids: torch.Tensor, weights: torch.Tensor, expert_map: torch.Tensor | None, experts: int, block_m: int
) -> tuple[torch.Tensor, ...]:
    """What AITER's sorting gives: routes by expert, the expert of each block, [routes, tokens], router weights."""
    (tokens, top_k), device = ids.shape, ids.device
    bucket = ids.reshape(-1).to(torch.int64)
    valid = bucket >= 0
    if expert_map is not None:
        valid &= bucket < len(expert_map)
        bucket = expert_map.to(torch.int64)[bucket.clamp(0, len(expert_map) - 1)]
    valid &= (bucket >= 0) & (bucket < experts)
    room = tokens * top_k + experts * (block_m - 1)
    room = -(-room // block_m) * block_m
    places = torch.empty(room, dtype=torch.int32, device=device)
    expert_ids = torch.empty(room // block_m, dtype=torch.int32, device=device)
    counts = torch.full((2,), tokens, dtype=torch.int32, device=device)
    write_blocks(torch.where(valid, bucket, experts), experts, block_m, places, expert_ids, counts[:1])
    # The route past the last one is token ``tokens`` with place ``top_k``: nobody's.
    token, slot = places // top_k, torch.where(places < tokens * top_k, places % top_k, top_k)
    spare = torch.cat([weights.reshape(-1), weights.new_zeros(1)])
    return (token | slot << _SLOT_BITS).to(torch.int32), expert_ids.clamp(min=0), counts, spare[places.long()]
