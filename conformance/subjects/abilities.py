"""What can an implementation do, and by which arithmetic? What it declares, and what follows for each case.

Two kinds of declarations. The *arithmetic* ones change the reference pipeline that the implementation is held to: the
expected arrays are made anew for it, and no comparison gets wider. The others are *inabilities*: a case that needs what
is missing is never run. Both are reported as declared, with the reason.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.calls.layouts import LAYOUTS
from conformance.requirements import requirement
from reference.arithmetic import CONTRACT, LEAST_FLOOR, Arithmetic
from reference.formats import BLOCK
from reference.pipelines import K_GRANULARITY
from reference.swiglu import DEFAULT_ALPHA, DEFAULT_BETA
from vectors.arithmetic import FAMILIES as QUANTIZING
from vectors.arithmetic import under
from vectors.case import Case

Params = Mapping[str, Any]

ACTIVATION_LAYOUTS = ("split", "interleaved")
EXPERT_MAPS = ("global-to-local", "none")
DTYPES = ("bf16", "fp16", "fp32")
_ACTIVATIONS = ("activation", "activation-quantize")
_GEMMS = ("gemm-mx", "gemm-bf16")
_NAMES = {"float32": "fp32", "bfloat16": "bf16", "float16": "fp16"}  # what some parameters call a format
# Families that run the MoE on their sizes; the others only ask about sizes, or have none.
_MOES = {"moe", "expert-map", "expert-parallel", "experts-class", "batch-invariance"}
# Ability -> families that ask it, the parameters that may name a format, what is declared in words.
_FORMATS: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "quantize_dtypes": (("quantize",), ("dtype",), "quantizes rows of"),
    "activation_dtypes": (("activation",), ("dtype", "out_dtype"), "takes and gives activations of"),
    "fused_dtypes": (("activation-quantize",), ("dtype",), "quantizes activations of"),
    "gemm_dtypes": (_GEMMS, ("out_dtype",), "gives products of"),
    "sum_dtypes": (("moe-sum",), ("dtype", "out_dtype"), "takes and gives sums of"),
    "router_dtypes": ((*_MOES, "use"), ("router_dtype", "weights"), "takes router weights of"),
}
_USES = {"use", "use-mx", "use-bf16"}
_RUNS_SIZES = {*_MOES, "stages", "lowering", "lowering-fallback", "property", "property-mx"}
_WHOLE = {*_MOES, "bad-input"}  # call the whole MoE
_LOWERED = {"lowering", "lowering-fallback"}
# Properties whose layers hold a map, or ids without weight rows.
PROPERTIES_WITH_MAPS = {"splitting-experts-over-ranks-sums"}
PROPERTIES_OUT_OF_RANGE = {
    *("zero-weight-routes-change-nothing", "ids-without-weight-rows-are-alike", "tokens-behind-do-not-show")
}


@dataclass(frozen=True)
class Abilities:
    """What an implementation declares; the defaults are what the contract asks for.

    scale_rule, amax_floor, bf16_between, gate_up_fp32: its arithmetic (``reference.arithmetic``). activation_layouts:
    of gate_up, ``split`` and ``interleaved``. alpha_and_beta: takes others than 1.702 and 1.0. limit_none: takes no
    clamp limit. defaults: alpha, beta and limit may be left out.
    weights_layouts: names of ``conformance.calls.layouts`` in which weights and their scales may lie. k_granularity:
    the hidden and the intermediate size, and the K of a GEMM alone, must be multiples of it. expert_map:
    ``global-to-local`` (global id -> weight row, -1 elsewhere) or ``none``. out_of_range_ids: takes ids without a
    weight row. hidden_dtypes: of hidden_states. quantize_dtypes: of the quantizer's rows. activation_dtypes: of gate_up
    and of the result that is asked for. fused_dtypes: of the fused stage's gate_up. gemm_dtypes: of a GEMM's result.
    sum_dtypes: of the sum's rows and result. router_dtypes: of topk_weights. launches_triton: whether there are Triton
    kernels whose machine code can be looked at. refuses_bad_input: whether it checks its arguments; an engine may do
    that before it. Raises ValueError that names the ability, what it has and what it needs.
    """

    scale_rule: str = "rceil"
    amax_floor: float = LEAST_FLOOR
    bf16_between: bool = False
    gate_up_fp32: bool = False
    activation_layouts: tuple[str, ...] = ACTIVATION_LAYOUTS
    alpha_and_beta: bool = True
    limit_none: bool = True
    defaults: bool = True
    weights_layouts: tuple[str, ...] = LAYOUTS
    k_granularity: int = K_GRANULARITY
    expert_map: str = "global-to-local"
    out_of_range_ids: bool = True
    hidden_dtypes: tuple[str, ...] = ("bf16",)
    quantize_dtypes: tuple[str, ...] = DTYPES
    activation_dtypes: tuple[str, ...] = DTYPES
    fused_dtypes: tuple[str, ...] = DTYPES
    gemm_dtypes: tuple[str, ...] = DTYPES
    sum_dtypes: tuple[str, ...] = DTYPES
    router_dtypes: tuple[str, ...] = DTYPES
    launches_triton: bool = True
    refuses_bad_input: bool = True

    def __post_init__(self) -> None:
        _ = self.arithmetic
        _known("activation_layouts", self.activation_layouts, ACTIVATION_LAYOUTS)
        _known("weights_layouts", self.weights_layouts, LAYOUTS)
        _known("expert_map", (self.expert_map,), EXPERT_MAPS)
        for name in ("hidden_dtypes", *_FORMATS):
            _known(name, getattr(self, name), DTYPES)
        if self.k_granularity < BLOCK or self.k_granularity % BLOCK:
            raise ValueError(f"k_granularity: has {self.k_granularity}, needs a multiple of {BLOCK}")

    @property
    def arithmetic(self) -> Arithmetic:
        """How it quantizes."""
        return Arithmetic(self.scale_rule, self.amax_floor, self.bf16_between, self.gate_up_fp32)

    def asked(self, case: Case) -> Case:
        """The case as it is asked of this implementation: under its arithmetic."""
        return under(case, self.arithmetic)

    def contradicted(self, case: Case) -> dict[str, str]:
        """Requirements of the case that the declared arithmetic contradicts, with the reason.

        They cannot be passed by agreeing with the declaration; disagreeing with it fails them as it fails all.
        """
        if self.arithmetic == CONTRACT or case.family not in QUANTIZING:
            return {}
        found = {}
        if self.bf16_between:
            found["FSQ-02"] = "declared: the activation is rounded to BF16 before it is quantized"
        if self.amax_floor != LEAST_FLOOR:
            found["QNT-06"] = found["QNT-07"] = f"declared: a block maximum below {self.amax_floor:g} counts as it"
        if self.scale_rule != "rceil":
            found["QNT-02"] = found["QNT-05"] = f"declared: the scale rule {self.scale_rule}, not rceil"
        return {name: why for name, why in found.items() if name in case.requirements}

    def unable(self, family: str, params: Params, requirements: Collection[str] = ()) -> str | None:
        """Which declared inability the case needs, in words; None where it needs none."""
        for why_not in (self._scope, self._sizes, self._layouts, self._routing, self._values):
            reason = why_not(family, params, requirements)
            if reason is not None:
                return reason
        return None

    def _scope(self, family: str, params: Params, requirements: Collection[str]) -> str | None:
        if family in _LOWERED and not self.launches_triton:
            return "launches no Triton kernel, at whose machine code the case looks"
        if not self.refuses_bad_input and any(requirement(name).observable == "refusal" for name in requirements):
            return "refuses no bad input, which the case gives it"
        return None

    def _sizes(self, family: str, params: Params, requirements: Collection[str]) -> str | None:
        of_whole, of_gemm = family in _RUNS_SIZES | _USES, family in {*_GEMMS, *_USES}
        sizes = ("H", "I") * of_whole + ("K",) * of_gemm
        for size in sizes:
            if params.get(size, 0) % self.k_granularity:
                return f"needs {size} % {self.k_granularity} == 0, the case has {size} = {params[size]}"
        return None

    def _layouts(self, family: str, params: Params, requirements: Collection[str]) -> str | None:
        if family in _ACTIVATIONS:
            layout, takes, of = params.get("layout", "split"), self.activation_layouts, "gate_up"
        else:
            layout = params.get("layout" if family in _GEMMS else "weights_layout", "contiguous")
            takes, of = self.weights_layouts, "weights"
        for has in (layout, *([params["scale_layout"]] if "scale_layout" in params else [])):
            if has not in takes:
                return f"takes {of} in the layouts {', '.join(takes)}, the case has {has}"
        return None

    def _routing(self, family: str, params: Params, requirements: Collection[str]) -> str | None:
        mapped = (
            params.get("map") is not None
            or family == "expert-parallel"
            or params.get("property") in PROPERTIES_WITH_MAPS
            or params.get("argument") == "expert_map"
        )
        if mapped and self.expert_map == "none":
            return "takes no expert_map, the case has one"
        beyond = (
            bool(params.get("invalid"))
            or not {"MOE-09", "ALN-05", "CLS-07"}.isdisjoint(requirements)
            or params.get("property") in PROPERTIES_OUT_OF_RANGE
            or (family == "align" and params.get("ids") == "int64")
        )
        if beyond and not self.out_of_range_ids:
            return "takes no ids without a weight row, the case has some"
        return None

    def _values(self, family: str, params: Params, requirements: Collection[str]) -> str | None:
        limit = "gemm1_clamp_limit" if family == "experts-class" else "limit"
        whole = params.get("stage") == "fused_moe" and limit not in params  # layers without a clamp
        if not self.limit_none and (whole or (limit in params and params[limit] is None)):
            return "needs a clamp limit, the case has none"
        exact = params.get("stage") == "fused_moe" and "alpha" not in params  # layers whose alpha is 0
        alphas, betas = ({params.get(name), params.get(f"gemm1_{name}"), None} for name in ("alpha", "beta"))
        others = exact or not (alphas <= {None, DEFAULT_ALPHA} and betas <= {None, DEFAULT_BETA})
        if others and not self.alpha_and_beta:
            return f"takes alpha {DEFAULT_ALPHA} and beta {DEFAULT_BETA} alone, the case has others"
        if params.get("defaults") and not self.defaults:
            return "needs alpha, beta and limit in each call, the case leaves them out"
        for ability, (families, names, words) in _FORMATS.items():
            asked = [params[name] for name in names if family in families and params.get(name)]
            for has in (_NAMES.get(name, name) for name in asked):
                if has in DTYPES and has not in (takes := getattr(self, ability)):
                    return f"{words} {', '.join(takes)}, the case has {has}"
        has = params.get("hidden_dtype", "bf16")
        if (family in _WHOLE or params.get("stage") == "fused_moe") and has not in self.hidden_dtypes:
            return f"takes hidden_states of {', '.join(self.hidden_dtypes)}, the case has {has}"
        return None

    def declared(self) -> dict[str, Any]:
        """What differs from the contract, by name, as JSON has it."""
        usual = vars(Abilities())
        differing = {name: value for name, value in vars(self).items() if value != usual[name]}
        return {name: list(v) if isinstance(v, tuple) else v for name, v in differing.items()}


def _known(name: str, has: tuple[str, ...], known: tuple[str, ...]) -> None:
    if not has or not set(has) <= set(known):
        raise ValueError(f"{name}: has {', '.join(has) or 'nothing'}, needs some of {', '.join(known)}")


__all__ = ["ACTIVATION_LAYOUTS", "DTYPES", "EXPERT_MAPS", "Abilities"]
