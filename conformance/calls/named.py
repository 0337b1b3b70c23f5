"""Which argument of a call is which? A stage's call by the names of its arguments, to be made again with other ones."""

import copy
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

MOE = ("hidden_states", "w13", "w13_scale", "w2", "w2_scale", "topk_weights", "topk_ids")
# What the checks pass by position; everything else goes by its name.
_POSITIONAL: dict[str, tuple[str, ...]] = {
    "quantize": ("x",),
    "activation": ("gate_up",),
    "activation_quantize": ("gate_up",),
    "dequantize": ("codes", "scales"),
    "align": ("topk_ids", "block_size", "num_experts", "expert_map"),
    "moe_sum": ("routes", "top_k", "dtype"),
    "fused_moe": MOE,
    "experts": (),
}
_OF_GEMM = (("a_codes", "a_scales", "w", "w_scale"), ("a", "w"))  # with scales and without
_SCALES = ("w1_scale", "w2_scale")  # of an experts class: they came with its configuration


@dataclass(frozen=True)
class NamedCall:
    """One call of a stage. given: its arguments by name."""

    stage: str
    run: Callable[..., Any]
    given: Mapping[str, Any]

    def __call__(self, **changed: Any) -> Any:
        """Make the call, with some arguments changed."""
        values = {**self.given, **changed}
        names = _OF_GEMM["a" in values] if self.stage == "grouped_gemm" else _POSITIONAL[self.stage]
        return self.run(*[values.pop(name) for name in names if name in values], **values)

    @property
    def tensors(self) -> dict[str, torch.Tensor]:
        """Its tensor arguments."""
        return {name: value for name, value in self.given.items() if isinstance(value, torch.Tensor)}


Way = Callable[[NamedCall], Any]
"""How a call is made: in which surroundings, how often, with what in between. Returns what the call has to."""


def made(stage: str, run: Callable[..., Any], way: Way) -> Callable[..., Any]:
    """The stage, called in that way. Of an experts class ``apply`` is."""
    if isinstance(run, type):
        return _class_applied(stage, run, way)

    @functools.wraps(run)
    def called(*args: Any, **kwargs: Any) -> Any:
        names = _OF_GEMM[len(args) == 2] if stage == "grouped_gemm" else _POSITIONAL[stage]
        return way(NamedCall(stage, run, dict(zip(names, args, strict=False)) | kwargs))

    return called


def _layer_of(layer: Any, scales: Mapping[str, Any]) -> Any:
    """A layer like this one, with these scales."""
    config = copy.copy(layer.quant_config)
    for name, value in scales.items():
        setattr(config, name, value)
    return type(layer)(layer.moe_config, config)


def _class_applied(stage: str, experts: Any, way: Way) -> Any:
    """The class whose ``apply`` is called in that way, each time on the same output, poisoned again."""
    apply = experts.apply

    @functools.wraps(apply)
    def applied(self: Any, **given: Any) -> None:
        def run(**values: Any) -> torch.Tensor:
            output = values["output"]
            output.data.fill_(float("nan"))
            own = {name: values.pop(name) for name in _SCALES}
            apply(self if all(own[name] is scales[name] for name in _SCALES) else _layer_of(self, own), **values)
            return output.clone()

        scales = {name: getattr(self.quant_config, name) for name in _SCALES}
        given["output"].copy_(way(NamedCall(stage, run, {**given, **scales})))

    return type(experts.__name__, (experts,), {"apply": applied})
