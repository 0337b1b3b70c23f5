"""What is asked of the experts classes? In place, with defaults, with given parameters, refusing the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from vectors.case import Arrays, Case
from vectors.data import expert_maps
from vectors.families.expert_map import rank_weights
from vectors.families.moe import expect_output
from vectors.moe_data import make_inputs, parameters


def _effective(case: Case) -> Case:
    """The case with the parameters that the class must arrive at: None means alpha 1.702, beta 1.0, no clamp."""
    alpha, beta, limit = (case.params[f"gemm1_{name}"] for name in ("alpha", "beta", "clamp_limit"))
    meant = {
        "alpha": 1.702 if alpha is None else alpha,
        "beta": 1.0 if beta is None else beta,
        "limit": limit,
    }
    return replace(case, params={**case.params, **meant})


def _expected(case: Case, inputs: Arrays) -> Arrays:
    return expect_output(_effective(case), inputs)


def _on_second_rank(case: Case) -> Arrays:
    """What the second of two ranks holds: the upper half of the experts, and a map of all."""
    expert_map = expert_maps.contiguous(case.params["E"], 1, 2)
    whole = {**make_inputs(case), "expert_maps": np.stack([expert_map, expert_map])}
    return {**whole, **rank_weights(whole, expert_map), "expert_map": expert_map}


def cases() -> tuple[Case, ...]:
    """The family's cases."""

    def case(
        name: str,
        title: str,
        requirements: str,
        flags: str,
        make: Callable[[Case], Arrays] = make_inputs,
        **gemm1: Any,
    ) -> Case:
        given = {"gemm1_alpha": None, "gemm1_beta": None, "gemm1_clamp_limit": None} | gemm1
        return Case(
            id=f"experts-class/{name}",
            title=title,
            requirements=("CLS-02", *requirements.split()),
            flags=tuple(flags.split()),
            tier="quick",
            golden=False,
            params=parameters(T=4, H=128, I=128, E=4, k=2) | given,
            make_inputs=make,
            make_expected=_expected,
        )

    return (
        case(
            "defaults",
            "gemm1_alpha, gemm1_beta and gemm1_clamp_limit are None.",
            "CLS-01 CLS-03 CLS-05",
            "interface limit-none stale-memory",
        ),
        case(
            "given-parameters",
            "alpha 1.0, beta 0.0 and limit 0.5 are given.",
            "CLS-01 CLS-03 CLS-05",
            "interface alpha-beta",
            gemm1_alpha=1.0,
            gemm1_beta=0.0,
            gemm1_clamp_limit=0.5,
        ),
        case(
            "limit-zero",
            "The clamp limit 0.0 is given.",
            "CLS-01 CLS-03",
            "interface limit-zero",
            gemm1_clamp_limit=0.0,
        ),
        case(
            "alpha-zero",
            "alpha 0.0 is given: a value, not the absence of one.",
            "CLS-01 CLS-03",
            "interface alpha-beta",
            gemm1_alpha=0.0,
        ),
        case(
            "second-of-two-ranks",
            "Half of the experts, a map of all and a global count.",
            "CLS-01 CLS-06",
            "interface expert-map",
            make=_on_second_rank,
        ),
        case(
            "refusals", "apply_router_weight_on_input, other activations, bad outputs.", "CLS-04", "interface"
        ),
    )
