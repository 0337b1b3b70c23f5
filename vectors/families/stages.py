"""What is asked of each stage of a MoE alone? Its own work on the reference's own result of the stage before.

So that an error in one stage cannot hide behind, or be blamed on, another.
"""

from dataclasses import replace
from typing import TypeVar

from reference import pipelines
from reference.interval import Interval, RealInterval
from vectors.arrays import flattened
from vectors.case import Arrays, Case, as_case
from vectors.contents.moe import EXACT, as_moe, certify, make_inputs, parameters
from vectors.contents.routes import aligned

Kind = TypeVar("Kind", Interval, RealInterval)


def cases() -> tuple[Case, ...]:
    """The family's cases."""
    asked = {
        "gaussian-small": parameters(T=5, H=128, I=128, E=4, k=2),
        "gaussian-two-blocks-per-expert": parameters(T=40, H=256, I=128, E=3, k=2),
        "exact-half-sigmoid": parameters(T=5, H=128, I=128, E=4, k=2, **EXACT),
        "gaussian-nine-choices": parameters(T=3, H=128, I=128, E=12, k=9),
        "hidden-640-intermediate-384": parameters(T=40, H=640, I=384, E=2, k=1),
        "ids-without-weight-rows": parameters(T=6, H=128, I=128, E=4, k=3, invalid=0.3),
    }
    return tuple(
        as_case(
            f"stages/{name}",
            f"Each stage fed with the reference's own result of the one before: {name.replace('-', ' ')}.",
            "STG-01 STG-02 STG-03 STG-04", "scale-rule router-weight topk-sum rounding-store bf16-between",
            "quick" if params["T"] < 6 else "gate", params, _stage_inputs, _expect_stages,
            golden=name == "gaussian-small",
        )
        for name, params in asked.items()
    )  # fmt: skip


def _stage_inputs(case: Case) -> Arrays:
    inputs = dict(make_inputs(case))
    return inputs | aligned(inputs["topk_ids"], case.params["block_m"], len(inputs["w13"]))


def _expect_stages(case: Case, inputs: Arrays) -> Arrays:
    moe = as_moe(case, inputs)
    native, emulation = pipelines.native(moe), pipelines.emulation(moe)
    certify(case, "native", native.output)
    certify(case, "emulation", emulation.output)
    absent = (inputs["route_expert"] < 0)[:, None]

    def between(accepted: Kind) -> Kind:
        """Rows of routes without an expert are nobody's business before the last stage that they take part in."""
        return replace(accepted, free=accepted.free | absent)

    return {
        "native.x_codes": native.x_codes,
        "native.x_scales": native.x_scales,
        "native.gemm1_nominal": native.gemm1,
        "native.h_codes": native.h_codes,
        "native.h_scales": native.h_scales,
        "native.gemm2_nominal": native.gemm2,
        **flattened(between(native.gemm1_accepted), "native.gemm1."),
        **flattened(between(native.activation), "native.activation."),
        **flattened(native.gemm2_accepted, "native.gemm2."),
        **flattened(native.output_given_gemm2, "native.output_given_gemm2."),
        "emulation.gemm1_nominal": emulation.gemm1,
        "emulation.activation_nominal": emulation.activation,
        "emulation.gemm2_nominal": emulation.gemm2,
        **flattened(between(emulation.gemm1_accepted), "emulation.gemm1."),
        **flattened(between(emulation.activation_accepted), "emulation.activation."),
        **flattened(emulation.gemm2_accepted, "emulation.gemm2."),
        **flattened(emulation.output_given_gemm2, "emulation.output_given_gemm2."),
    }
