"""Are AITER's stages given what they read? What stands in for its own sorting, and rows filled up."""

from __future__ import annotations

import pytest
import torch

from conformance.subjects.abilities import Abilities
from conformance.subjects.profiles.aiter import _filled, _fused_moe, _sorted
from reference.swiglu import DEFAULT_ALPHA, DEFAULT_BETA


@pytest.mark.parametrize("mapped", [False, True])
def test_each_route_with_a_weight_row_stands_once_in_a_block_of_its_expert(mapped):
    ids = torch.tensor([[0, 3, 1], [-1, 2, 7], [3, 3, 0]])
    weights = torch.arange(9, dtype=torch.float32).reshape(3, 3)
    expert_map = torch.tensor([2, -1, 0, 1]) if mapped else None
    routes, experts, counts, of_routes = _sorted(ids, weights, expert_map, 4, 4)
    rows = {0: 2, 2: 0, 3: 1} if mapped else {row: row for row in range(4)}
    wanted = {(t, s): rows[int(e)] for t, each in enumerate(ids) for s, e in enumerate(each) if int(e) in rows}
    padded, tokens = counts.tolist()
    found = {}
    for at, route in enumerate(routes[:padded].tolist()):
        token, slot = route & 0xFFFFFF, route >> 24
        if (token, slot) != (3, 3):
            assert (token, slot) not in found and of_routes[at] == weights[token, slot]
            found[token, slot] = int(experts[at // 4])
    assert found == wanted and tokens == 3 and padded % 4 == 0


def test_rows_and_matrices_are_filled_up_with_zeros():
    rows = torch.ones(3, 128)
    filled = _filled(rows)
    assert filled.shape == (3, 256) and torch.equal(filled[:, :128], rows) and not filled[:, 128:].any()
    gates_and_ups = torch.arange(1, 2 * 128 + 1).reshape(1, 256, 1).expand(2, 256, 4)
    filled = _filled(gates_and_ups, 2, 8)
    assert filled.shape == (2, 512, 8)
    assert torch.equal(filled[:, :128, :4], gates_and_ups[:, :128])
    assert torch.equal(filled[:, 256:384, :4], gates_and_ups[:, 128:])
    assert filled.count_nonzero() == gates_and_ups.numel()


@pytest.mark.parametrize(("tokens", "experts"), [(3, 0), (0, 2)])
def test_a_rank_without_experts_and_a_call_without_tokens_launch_nothing(tokens, experts):
    x, ids = torch.full((tokens, 128), 7.0, dtype=torch.bfloat16), torch.zeros(tokens, 2, dtype=torch.int32)
    weights = torch.ones(experts, 256, 128), torch.ones(experts, 256, 4), torch.ones(experts, 128, 128), None
    call = {"alpha": DEFAULT_ALPHA, "beta": DEFAULT_BETA, "limit": 7.0, "global_num_experts": 2}
    out = _fused_moe(None, None, None, x, *weights, torch.ones(tokens, 2), ids, expert_map=None, **call)
    assert out.shape == x.shape and out.dtype == x.dtype and not out.any()


def test_other_alphas_and_betas_are_declared():
    fixed = Abilities(alpha_and_beta=False)
    sizes = {"H": 128, "I": 128, "limit": 7.0}
    assert fixed.unable("moe", sizes | {"alpha": 1.702, "beta": 1.0}) is None
    assert fixed.unable("experts-class", {"gemm1_alpha": None, "gemm1_beta": 1.0}) is None
    for family, params in (
        ("moe", sizes | {"alpha": 0.0, "beta": 1.0}),
        ("moe", sizes | {"alpha": 1.702, "beta": 0.0}),
        ("experts-class", {"gemm1_alpha": 1.0}),
        ("property", {"stage": "fused_moe"}),
    ):
        assert fixed.unable(family, params) == "takes alpha 1.702 and beta 1.0 alone, the case has others"
        assert Abilities().unable(family, params) is None
