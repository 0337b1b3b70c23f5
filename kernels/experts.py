"""How does a serving engine call the MXFP8 MoE?

The classes have the interface of vLLM's experts classes of the same names: built from a MoE config and a
quantization config, then called through ``apply`` with the engine's tensors.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import torch

from kernels import emulation, native, validate
from kernels.arch import current_arch, has_native_mxfp8
from kernels.constants import DEFAULT_ALPHA, DEFAULT_BETA, K_GRANULARITY, MX_BLOCK

# Split SwiGLU-OAI: gate and up are halves. "swigluoai" names the interleaved layout, not that of these weights.
ACTIVATION = "swigluoai_uninterleave"


@dataclass
class Mxfp8MoEQuantConfig:
    """How one MoE layer is quantized, with its weights' E8M0 bytes and its activation's numbers.

    gemm1_alpha and gemm1_beta None mean 1.702 and 1.0; gemm1_clamp_limit None means no clamp.
    """

    quant_dtype: torch.dtype | str | None = "mxfp8"
    block_shape: list[int] | None = field(default_factory=lambda: [1, MX_BLOCK.value])
    w1_scale: torch.Tensor | None = None  # [E, 2I, H // 32] uint8 (E8M0); None beside weights decoded to BF16
    w2_scale: torch.Tensor | None = None  # [E, H, I // 32] uint8 (E8M0); likewise
    gemm1_alpha: float | None = None
    gemm1_beta: float | None = None
    gemm1_clamp_limit: float | None = None


class Mxfp8TritonExpertsBase:
    """What the native and the emulated experts share: stored scales, checks, and writing ``output`` in place."""

    SIZE_MULTIPLE: int
    WEIGHT_DTYPES: tuple[torch.dtype, ...] = (torch.float8_e4m3fn,)

    def __init__(self, moe_config: Any, quant_config: Any) -> None:
        self.moe_config = moe_config
        self.quant_config = quant_config
        self.w1_scale_val = quant_config.w1_scale
        self.w2_scale_val = quant_config.w2_scale

    @property
    def quant_dtype(self) -> torch.dtype | str | None:
        raise NotImplementedError

    @property
    def block_shape(self) -> list[int] | None:
        raise NotImplementedError

    @property
    def expects_unquantized_inputs(self) -> bool:
        """True: hidden_states come in BF16, whatever happens to them inside."""
        return True

    @staticmethod
    def _supports_current_device() -> bool:
        raise NotImplementedError

    @classmethod
    def supports_shape(cls, hidden_size: int, intermediate_size: int) -> bool:
        """Whether H and I are positive multiples of what this class's GEMMs take per step."""
        return all(size > 0 and size % cls.SIZE_MULTIPLE == 0 for size in (hidden_size, intermediate_size))

    @staticmethod
    def _run(args: validate.MoEArguments) -> torch.Tensor:
        raise NotImplementedError

    def apply(
        self,
        output: torch.Tensor,  # [T, H] BF16
        hidden_states: torch.Tensor,  # [T, H] BF16
        w1: torch.Tensor,  # [E, 2I, H] float8_e4m3fn; for the emulation also BF16, decoded before
        w2: torch.Tensor,  # [E, H, I] as w1
        topk_weights: torch.Tensor,  # [T, k] FP32, BF16 or FP16
        topk_ids: torch.Tensor,  # [T, k] int32 or int64
        activation: Any,
        global_num_experts: int,
        expert_map: torch.Tensor | None,  # [global_num_experts] int32 or int64
        a1q_scale: torch.Tensor | None,
        a2_scale: torch.Tensor | None,
        workspace13: torch.Tensor,
        workspace2: torch.Tensor,
        expert_tokens_meta: Any,
        apply_router_weight_on_input: bool,
    ) -> None:
        """Write the MoE of hidden_states to ``output``, which may overlap an input.

        The workspaces and expert_tokens_meta are not used. Refused with TypeError or ValueError, before anything is
        written: activations other than split SwiGLU-OAI, apply_router_weight_on_input, activation scales (inputs
        come unquantized), and all bad tensors.
        """
        _check_options(activation, apply_router_weight_on_input, a1q_scale, a2_scale)
        config = self.quant_config
        args = validate.check_moe(
            hidden_states,
            w1,
            self.w1_scale_val,
            w2,
            self.w2_scale_val,
            topk_weights,
            topk_ids,
            alpha=DEFAULT_ALPHA if config.gemm1_alpha is None else config.gemm1_alpha,
            beta=DEFAULT_BETA if config.gemm1_beta is None else config.gemm1_beta,
            limit=config.gemm1_clamp_limit,
            global_num_experts=global_num_experts,
            expert_map=expert_map,
            size_multiple=self.SIZE_MULTIPLE,
            weight_dtypes=self.WEIGHT_DTYPES,
            w13_name="w1",
        )
        validate.check_output(output, hidden_states)
        output.copy_(self._run(args))


def _check_options(activation: Any, apply_router_weight_on_input: Any, a1q_scale: Any, a2_scale: Any) -> None:
    """Refuse what the kernels would otherwise have to ignore."""
    value = activation.value if isinstance(activation, Enum) else activation
    name = value if isinstance(value, str) else None
    if name != ACTIVATION:
        raise ValueError(f"activation: has {validate.shown(value)}, needs {ACTIVATION!r} (split SwiGLU-OAI)")
    if apply_router_weight_on_input is not False:
        has = validate.shown(apply_router_weight_on_input)
        raise ValueError(
            f"apply_router_weight_on_input: has {has}, needs False: "
            "the router weight multiplies the second GEMM's result"
        )
    for argument, value in (("a1q_scale", a1q_scale), ("a2_scale", a2_scale)):
        if value is not None:
            raise ValueError(f"{argument}: has a {type(value).__name__}, needs None: activations come unquantized")


class Mxfp8NativeTritonExperts(Mxfp8TritonExpertsBase):
    """MXFP8 GEMMs on gfx950's scaled matrix-core instructions; H % 128 == 0 and I % 128 == 0."""

    SIZE_MULTIPLE = K_GRANULARITY

    @property
    def quant_dtype(self) -> torch.dtype | str | None:
        return self.quant_config.quant_dtype

    @property
    def block_shape(self) -> list[int] | None:
        return self.quant_config.block_shape

    @staticmethod
    def _supports_current_device() -> bool:
        return has_native_mxfp8(current_arch())

    @staticmethod
    def _run(args: validate.MoEArguments) -> torch.Tensor:
        return native.run(args)


class Mxfp8EmulationTritonExperts(Mxfp8TritonExpertsBase):
    """BF16 GEMMs on decoded weights, on every device; H % 32 == 0 and I % 32 == 0."""

    SIZE_MULTIPLE = MX_BLOCK.value
    WEIGHT_DTYPES = emulation.WEIGHT_DTYPES

    @property
    def quant_dtype(self) -> torch.dtype | str | None:
        return None

    @property
    def block_shape(self) -> list[int] | None:
        return None

    @staticmethod
    def _supports_current_device() -> bool:
        return True

    @staticmethod
    def _run(args: validate.MoEArguments) -> torch.Tensor:
        return emulation.run(args)
