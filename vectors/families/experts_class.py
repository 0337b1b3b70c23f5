"""What is asked of the experts classes? In place, with defaults, with given parameters, refusing the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vectors.case import Arrays, Case
from vectors.contents.moe import make_inputs, parameters
from vectors.families.moe import expect_output


def _effective(case: Case) -> Case:
    """The case with the parameters that the class must arrive at: None means alpha 1.702, beta 1.0, no clamp."""
    alpha, beta, limit = (case.params[f"gemm1_{name}"] for name in ("alpha", "beta", "clamp_limit"))
    meant = {"alpha": 1.702 if alpha is None else alpha, "beta": 1.0 if beta is None else beta, "limit": limit}
    return replace(case, params={**case.params, **meant})


def _expected(case: Case, inputs: Arrays) -> Arrays:
    return expect_output(_effective(case), inputs)


def cases() -> tuple[Case, ...]:
    """The family's cases."""

    def case(name: str, title: str, requirements: str, flags: str, **changed: Any) -> Case:
        given = {"gemm1_alpha": None, "gemm1_beta": None, "gemm1_clamp_limit": None} | changed
        return Case(
            id=f"experts-class/{name}",
            title=title,
            requirements=("CLS-02", *requirements.split()),
            flags=tuple(flags.split()),
            tier="quick",
            golden=False,
            params=parameters(T=4, H=128, I=128, E=4, k=2) | given,
            make_inputs=make_inputs,
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
            map="contiguous",
            world=2,
            rank=1,
        ),
        case(
            "first-of-three-ranks-with-parameters",
            "Every third expert, with alpha, beta and limit given.",
            "CLS-01 CLS-03 CLS-05 CLS-06",
            "interface expert-map alpha-beta stale-memory",
            map="round-robin",
            world=3,
            rank=0,
            gemm1_alpha=1.0,
            gemm1_beta=-1.0,
            gemm1_clamp_limit=7.0,
        ),
        case(
            "all-experts-in-another-order",
            "A map that permutes all experts.",
            "CLS-01 CLS-06",
            "interface expert-map",
            map="permutation",
            world=1,
            rank=0,
        ),
        case(
            "one-token-in-poisoned-output",
            "A single token: output and workspaces hold NaN before.",
            "CLS-01 CLS-05",
            "interface stale-memory",
            T=1,
        ),
        case(
            "sizes-in-steps-of-256",
            "H and I are multiples of 256, as shipped models' are: kernels may take other tiles than for 128.",
            "CLS-01",
            "interface real-shape k-tail",
            H=256,
            I=256,
        ),
        case(
            "many-routes-of-each-expert",
            "48 tokens on 2 experts, H 640, I 384: several blocks of rows, and a width off every power of two.",
            "CLS-01 CLS-05",
            "interface block-boundary n-tail",
            T=48,
            H=640,
            I=384,
            E=2,
            k=1,
        ),
        case("refusals", "apply_router_weight_on_input, other activations, bad outputs.", "CLS-04", "interface"),
        case(
            "refusals-with-parameters",
            "The same with alpha, beta and limit given.",
            "CLS-04",
            "interface",
            gemm1_alpha=1.0,
            gemm1_beta=0.0,
            gemm1_clamp_limit=0.0,
        ),
        case(
            "refusals-on-a-rank",
            "The same on the second of two ranks.",
            "CLS-04",
            "interface expert-map",
            map="contiguous",
            world=2,
            rank=1,
        ),
    )
