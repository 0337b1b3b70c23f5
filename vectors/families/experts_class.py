"""What is asked of the experts classes? In place, with defaults, with given parameters, refusing the rest."""

from dataclasses import replace
from typing import Any

from reference.swiglu import DEFAULT_ALPHA, DEFAULT_BETA
from vectors.case import Arrays, Case, as_case
from vectors.contents.moe import make_inputs, parameters
from vectors.families.moe import expect_output


def effective(case: Case) -> Case:
    """The case with the parameters that the class must arrive at: None means alpha 1.702, beta 1.0, no clamp."""
    alpha, beta, limit = (case.params[f"gemm1_{name}"] for name in ("alpha", "beta", "clamp_limit"))
    meant = {
        "alpha": DEFAULT_ALPHA if alpha is None else alpha,
        "beta": DEFAULT_BETA if beta is None else beta,
        "limit": limit,
    }
    return replace(case, params={**case.params, **meant})


def _expected(case: Case, inputs: Arrays) -> Arrays:
    return expect_output(effective(case), inputs)


def _case(name: str, title: str, more: str, flags: str, **changed: Any) -> Case:
    given = {"gemm1_alpha": None, "gemm1_beta": None, "gemm1_clamp_limit": None} | changed
    params = parameters(T=4, H=128, I=128, E=4, k=2) | given
    asked, hunted = f"CLS-02 {more}", f"interface {flags}"
    return as_case(f"experts-class/{name}", title, asked, hunted, "quick", params, make_inputs, _expected)


def _given(alpha: float, beta: float, limit: float) -> dict[str, float]:
    return {"gemm1_alpha": alpha, "gemm1_beta": beta, "gemm1_clamp_limit": limit}


_CASES = (
    _case("defaults", "gemm1_alpha, gemm1_beta and gemm1_clamp_limit are None.", "CLS-01 CLS-03 CLS-05",
          "limit-none stale-memory"),
    _case("given-parameters", "alpha 1.0, beta 0.0 and limit 0.5 are given.", "CLS-01 CLS-03 CLS-05", "alpha-beta",
          **_given(1.0, 0.0, 0.5)),
    _case("limit-zero", "The clamp limit 0.0 is given.", "CLS-01 CLS-03", "limit-zero", gemm1_clamp_limit=0.0),
    _case("alpha-zero", "alpha 0.0 is given: a value, not the absence of one.", "CLS-01 CLS-03", "alpha-beta",
          gemm1_alpha=0.0),
    _case("second-of-two-ranks", "Half of the experts, a map of all and a global count.", "CLS-01 CLS-06",
          "expert-map", map="contiguous", world=2, rank=1),
    _case("first-of-three-ranks-with-parameters", "Every third expert, with alpha, beta and limit given.",
          "CLS-01 CLS-03 CLS-05 CLS-06", "expert-map alpha-beta stale-memory", map="round-robin", world=3, rank=0,
          **_given(1.0, -1.0, 7.0)),
    _case("all-experts-in-another-order", "A map that permutes all experts.", "CLS-01 CLS-06", "expert-map",
          map="permutation", world=1, rank=0),
    _case("one-token-in-poisoned-output", "A single token: output and workspaces hold NaN before.", "CLS-01 CLS-05",
          "stale-memory", T=1),
    _case("sizes-in-steps-of-256",
          "H and I are multiples of 256, as shipped models' are: kernels may take other tiles than for 128.",
          "CLS-01", "real-shape k-tail", H=256, I=256),
    _case("many-routes-of-each-expert",
          "48 tokens on 2 experts, H 640, I 384: several blocks of rows, and a width off every power of two.",
          "CLS-01 CLS-05", "block-boundary n-tail", T=48, H=640, I=384, E=2, k=1),
    _case("refusals", "apply_router_weight_on_input, other activations, bad outputs.", "CLS-04", ""),
    _case("refusals-with-parameters", "The same with alpha, beta and limit given.", "CLS-04", "",
          **_given(1.0, 0.0, 0.0)),
    _case("refusals-on-a-rank", "The same on the second of two ranks.", "CLS-04", "expert-map", map="contiguous",
          world=2, rank=1),
)  # fmt: skip


def cases() -> tuple[Case, ...]:
    """The family's cases."""
    return _CASES
