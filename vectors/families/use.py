"""What is asked of stages as an engine uses them? Cases of other families, whose stage is called in another way.

Refilled in place, after other calls, watched for reads on the host, replayed from a graph: right is what
is right for the case. Nothing new is asked of arrays, so no store holds these cases.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from vectors.case import Arrays, Case, as_case
from vectors.contents.moe import EXACT, make_inputs, parameters, with_router_format
from vectors.families import activation, align, dequantize, gemm_bf16, gemm_mx, moe_sum, quantize
from vectors.families.moe import expect_output

_FAMILIES = (activation, align, dequantize, gemm_bf16, gemm_mx, moe_sum, quantize)
_KNOWN = {case.id: case for family in _FAMILIES for case in family.cases()}
_CLASS = {"gemm1_alpha": EXACT["alpha"], "gemm1_beta": None, "gemm1_clamp_limit": None}
# Half of the experts are here: the map's other contents name other ones, and -1 elsewhere.
_MAPPED: dict[str, Any] = {"E": 4, "map": "round-robin", "world": 2, "rank": 0}
_MAPS: dict[str, dict[str, Any]] = {
    "no-map": {},
    "identity": {"map": "identity", "world": 1, "rank": 0},
    "half-of-the-experts": _MAPPED,
    "no-local-expert": {"map": "none-local", "world": 1, "rank": 0},
}


def _with_bf16_weights(case: Case) -> Arrays:
    """Router weights in a format that is not the kernels' own: what they are converted to may be kept."""
    found = dict(make_inputs(case))
    return found | with_router_format(found, case.params["router_dtype"])


def _moe(stage: str, make: Callable[[Case], Arrays] = make_inputs, **changed: Any) -> Case:
    """A MoE of exact data, whose every argument shows in the bits of its output."""
    given = {"T": 3, "H": 128, "I": 128, "E": 3, "k": 2, **EXACT} | changed
    params = parameters(**given) | (_CLASS if stage == "experts" else {})
    return as_case("use/moe", "A MoE of exact data", "USE-01", "", "gate", params, make, expect_output)


@dataclass(frozen=True)
class _Use:
    """A stage: the case that it is called on, its tensor arguments, and of which pipelines it is asked."""

    stage: str
    case: Case
    arguments: str
    family: str = "use"
    name: str = ""

    def asked(self, way: str, argument: str, title: str, requirement: str, flags: str, tier: str = "gate") -> Case:
        """The case, asked in that way. argument: '' where it is of none."""
        words = "-".join(word.replace("_", "-") for word in (self.name or self.stage, argument) if word)
        return replace(
            self.case,
            id=f"{self.family}/{way}/{words}",
            title=f"{self.name or self.stage}: {title}",
            requirements=(requirement,),
            flags=tuple(flags.split()),
            tier=tier,
            golden=False,
            params={**self.case.params, "stage": self.stage, "way": way} | ({"argument": argument} if argument else {}),
        )


_OF_MOE = "hidden_states w13 w13_scale w2 w2_scale topk_weights topk_ids"
_OF_CLASS = "hidden_states w1 w1_scale w2 w2_scale topk_weights topk_ids output"
_ROUTING = "sorted_token_ids expert_ids num_tokens_post_padded topk_weights"
_WHOLE = (
    _Use("fused_moe", _moe("fused_moe"), _OF_MOE),
    _Use("fused_moe", _moe("fused_moe", **_MAPPED), "topk_ids expert_map", name="fused_moe-under-a-map"),
    _Use("experts", _moe("experts"), _OF_CLASS),
    _Use("experts", _moe("experts", **_MAPPED), "topk_ids expert_map", name="experts-under-a-map"),
)
# A path of its own: nothing is decoded in the call, and every row has its weights.
_DECODED = _Use(
    "fused_moe", _moe("fused_moe", decoded=True, pipelines=["emulation"], **_MAPPED),
    "hidden_states w13 w2 topk_weights topk_ids expert_map", name="fused_moe-on-decoded-weights",
)  # fmt: skip
_IN_BF16 = tuple(
    _Use(stage, _moe(stage, _with_bf16_weights, router_dtype="bf16"), "topk_weights", name=f"{stage}-in-bf16")
    for stage in ("fused_moe", "experts")
)
_STAGES = (
    _Use("activation", _KNOWN["activation/rows-in-a-wider-buffer-bf16"], "gate_up"),
    _Use("align", _KNOWN["align/same-expert-twice"], "topk_ids"),
    _Use("align", _KNOWN["align/random-map-rank-2-of-3"], "topk_ids expert_map", name="align-under-a-map"),
    _Use("moe_sum", _KNOWN["moe-sum/exact-top-3"], "routes"),
    _Use("quantize", _KNOWN["quantize/row-stride-above-k-bf16"], "x", "use-mx"),
    _Use("activation_quantize", _KNOWN["activation-quantize/rows-in-a-wider-buffer"], "gate_up", "use-mx"),
    _Use("grouped_gemm", _KNOWN["gemm-mx/router-weight-of-each-route"], f"a_codes a_scales w w_scale {_ROUTING}",
         "use-mx"),
    _Use("dequantize", _KNOWN["dequantize/one-expert-of-long-rows"], "codes scales", "use-bf16"),
    _Use("grouped_gemm", _KNOWN["gemm-bf16/router-weight-of-each-route"], f"a w {_ROUTING}", "use-bf16"),
)  # fmt: skip
_QUICK = {"topk_ids", "expert_map", "w13_scale", "w1_scale", "w_scale", "x", "scales", "routes", "gate_up"}


def _refilled() -> Iterator[Case]:
    for use in (*_WHOLE, _DECODED, *_IN_BF16, *_STAGES):
        for argument in use.arguments.split():
            title = f"{argument} is refilled in place between two calls, with copy_ and through a view."
            tier = "quick" if argument in _QUICK and (not use.name or argument == "expert_map") else "gate"
            yield use.asked("refilled", argument, title, "USE-01", "object-cache stale-memory", tier)


def _after_others() -> Iterator[Case]:
    for use in (*_WHOLE, *_STAGES):
        title = "called again after calls of other shapes, sizes and maps, and a refused one."
        yield use.asked("after-others", "", title, "USE-02", "object-cache stale-memory determinism")


def _host_reads() -> Iterator[Case]:
    whole = (
        _Use(stage, _moe(stage, **given), "", name=f"{stage}-{name}")
        for stage in ("fused_moe", "experts")
        for name, given in _MAPS.items()
    )
    for use in (*whole, _DECODED, *_STAGES):
        tier = "quick" if "half" in use.name else "gate"
        yield use.asked("host-reads", "", "no value of a tensor is read on the host.", "USE-03", "host-read", tier)


def _replayed() -> Iterator[Case]:
    for use in _WHOLE:
        for each_anew in (False, True):
            first = "its first call of these tensors falls into the capture" if each_anew else "captured when warm"
            made = use.asked(
                "replay", "", f"{first}, replayed over refilled buffers.", "USE-04", "host-read object-cache"
            )
            words = "-at-the-first-call" * each_anew
            yield replace(made, id=f"{made.id}{words}", params={**made.params, "each_anew": each_anew})


def cases() -> tuple[Case, ...]:
    """The families use (of both pipelines), use-mx and use-bf16."""
    return (*_refilled(), *_after_others(), *_host_reads(), *_replayed())
