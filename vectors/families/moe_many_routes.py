"""What is asked of a MoE about batches as they ship? Thousands of routes, exact to the bit, over every tile of rows;
layers as they are served.

The tokens are a few distinct ones in no order, so that a wrong one is found and the reference computes those few alone.
"""

from dataclasses import replace
from typing import Any

from vectors.arrays import flattened, interval
from vectors.case import Arrays, Case, as_case
from vectors.contents.moe import EXACT, PER_TOKEN, few_tokens, native_can, parameters, token_of
from vectors.families import experts_class, moe

PIPELINES = ("native", "emulation")


def _expected(case: Case, inputs: Arrays) -> Arrays:
    """The accepted outputs of the distinct tokens, spread as the tokens are."""
    count = case.params["distinct_tokens"]
    few = {name: value[:count] if name in PER_TOKEN else value for name, value in inputs.items()}
    meant = experts_class.effective(case) if case.family == "experts-class" else case
    of_few = moe.expect_output(replace(meant, params={**meant.params, "T": count}), few)
    found: dict[str, Any] = {}
    for name in PIPELINES if native_can(meant) else PIPELINES[1:]:
        found |= flattened(interval(of_few, f"{name}.").at(token_of(case)), f"{name}.")
    return found


def _case(case_id: str, title: str, requirements: str, tier: str = "gate", **given: Any) -> Case:
    params = parameters(**(EXACT | {"H": 128, "I": 128, "k": 8, "distinct_tokens": 24} | given))
    asked, flags = f"MOE-20 {requirements}", "batch-size exact-sum real-shape"
    return as_case(case_id, title, asked, flags, tier, params, few_tokens, _expected)


def _served(name: str, title: str, **sizes: int) -> Case:
    params = parameters(T=512, k=4, distinct_tokens=6, distinct=8, **sizes)
    asked = "MOE-01 MOE-03 MOE-05 MOE-06 MOE-13 MOE-20"
    return as_case(f"moe/{name}", title, asked, "batch-size real-shape", "exhaustive", params, few_tokens, _expected)


_ASKED = "MOE-02 MOE-03 MOE-05 MOE-06"
_CASES = (
    _case("moe/512-tokens-top-8-of-16-experts", "4096 routes, 256 of each expert: blocks of 64 rows.", _ASKED, T=512,
          E=16),
    _case("moe/512-tokens-top-8-of-128-experts", "4096 routes, 32 of each expert: blocks of 32 rows.", _ASKED, T=512,
          E=128, distinct=8),
    _case("moe/600-tokens-top-8-of-320-experts", "4800 routes, 15 of each expert: blocks of 16 rows.", _ASKED, T=600,
          E=320, distinct=8),
    _case("experts-class/512-tokens-top-8", "4096 routes, as an engine calls the experts class.", "CLS-01 CLS-02",
          T=512, E=16, gemm1_alpha=0.0, gemm1_beta=None, gemm1_clamp_limit=None),
    _served("layer-as-served", "A layer of 128 experts, 3072 wide over 8 ranks, and 512 tokens.", H=6144, I=384,
            E=128),
    _served("layer-as-served-2880-wide", "A layer of 32 experts whose weights are 2880 wide, and 512 tokens.", H=2880,
            I=2880, E=32),
)  # fmt: skip


def cases() -> tuple[Case, ...]:
    """The cases of many routes of the families moe and experts-class."""
    return _CASES
