"""Does the block alignment place each route once, in a block of its own expert, and nothing else?"""

from __future__ import annotations

import pytest
import torch

from kernels.align import align, moe_align_block_size, padded_capacity, used_experts
from kernels.tiles import ROUTE_BLOCKS, routes_per_program


def expected_groups(ids: torch.Tensor, rows: int, expert_map: torch.Tensor | None) -> dict[int, list[int]]:
    """Flattened routes of each weight row, by the plain definition."""
    groups: dict[int, list[int]] = {}
    for route, global_id in enumerate(ids.reshape(-1).tolist()):
        local = global_id
        if expert_map is not None:
            local = int(expert_map[global_id]) if 0 <= global_id < expert_map.numel() else -1
        if 0 <= local < rows:
            groups.setdefault(local, []).append(route)
    return groups


def check(ids: torch.Tensor, block: int, experts: int, expert_map: torch.Tensor | None, rows: int) -> None:
    tokens, block_experts, post = moe_align_block_size(ids, block, experts, expert_map, num_local_experts=rows)
    groups = expected_groups(ids, rows, expert_map)
    sentinel = ids.numel()
    assert {tensor.dtype for tensor in (tokens, block_experts, post)} == {torch.int32}
    assert tokens.numel() == block_experts.numel() * block == padded_capacity(sentinel, block, rows)
    assert post.tolist() == [sum(-(-len(group) // block) * block for group in groups.values())]
    assert all(0 <= expert < max(rows, 1) for expert in block_experts.tolist())
    assert all(token == sentinel for token in tokens[int(post) :].tolist())
    found: dict[int, list[int]] = {}
    for index in range(int(post) // block):
        members = [token for token in tokens[index * block : (index + 1) * block].tolist() if token != sentinel]
        assert members, "a block in use holds at least one route"
        found.setdefault(int(block_experts[index]), []).extend(members)
    assert found == groups


@pytest.mark.parametrize("block", [1, 16, 64])
@pytest.mark.parametrize(("tokens", "top_k", "experts"), [(0, 2, 4), (1, 1, 1), (7, 2, 5), (40, 8, 12), (3, 1, 128)])
def test_every_route_lands_once_in_a_block_of_its_expert(tokens: int, top_k: int, experts: int, block: int) -> None:
    generator = torch.Generator().manual_seed(tokens)
    ids = torch.randint(0, experts, (tokens, top_k), generator=generator, dtype=torch.int32)
    check(ids, block, experts, None, experts)


@pytest.mark.parametrize(
    "entries",
    [[0, 1, 2, 3, 4, 5], [-1, -1, 0, 1, -1, -1], [2, -1, 0, -1, 1, -1], [-1] * 6, [-1, -1, -1, -1, -1, 0]],
    ids=["identity", "slice", "permuted", "none-local", "last-only"],
)
def test_expert_map_groups_by_local_expert(entries: list[int]) -> None:
    rows = max(max(entries) + 1, 1)
    ids = torch.arange(24, dtype=torch.int64).reshape(12, 2) % 6
    check(ids, 16, 6, torch.tensor(entries, dtype=torch.int32), rows)


def test_ids_that_name_no_weight_row_are_left_out() -> None:
    ids = torch.tensor([[0, -1], [3, 99], [2**40, -(2**40)], [2, 0]], dtype=torch.int64)
    check(ids, 16, 3, None, 3)
    check(ids, 16, 3, torch.tensor([1, -1, 0], dtype=torch.int64), 2)
    check(ids, 16, 3, torch.tensor([1, -1, 7], dtype=torch.int64), 2)


def test_ids_above_the_global_count_reach_extra_weight_rows() -> None:
    check(torch.tensor([[0, 4], [1, 5], [4, 6]], dtype=torch.int32), 16, 4, None, 6)


def test_no_weight_row_at_all() -> None:
    check(torch.tensor([[0, 1]], dtype=torch.int32), 16, 2, torch.tensor([-1, -1], dtype=torch.int32), 0)


def test_all_routes_to_one_expert_and_duplicates_in_a_row() -> None:
    check(torch.full((33, 3), 2, dtype=torch.int32), 16, 5, None, 5)


def test_same_result_every_time() -> None:
    ids = torch.randint(0, 9, (64, 4), generator=torch.Generator().manual_seed(1))
    first, second = (moe_align_block_size(ids, 16, 9) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("entries", [None, [3, -1, 0, -1, 1, 2, -1, -1]])
@pytest.mark.parametrize("rows", [4, 8])
@pytest.mark.parametrize("tokens", [1, 3, 20])
def test_used_experts_renumber_the_blocks(tokens: int, rows: int, entries: list[int] | None) -> None:
    ids = torch.randint(-1, 10, (tokens, 2), generator=torch.Generator().manual_seed(tokens))
    expert_map = None if entries is None else torch.tensor(entries, dtype=torch.int32)
    routing = align(ids, 16, rows, expert_map)
    used, renumbered = used_experts(routing, 16, rows)
    assert used.numel() == min(rows, ids.numel())
    in_use = int(routing.num_tokens_post_padded) // 16
    assert used[renumbered.expert_ids.long()][:in_use].tolist() == routing.expert_ids[:in_use].tolist()
    found = routing.expert_ids[:in_use].unique().tolist()
    assert used.tolist() == found + [0] * (used.numel() - len(found))


def test_the_weight_row_of_each_route_is_kept() -> None:
    ids = torch.tensor([[0, -1], [3, 99], [2, 0]], dtype=torch.int64)
    assert align(ids, 16, 3, None).local_experts.tolist() == [0, -1, -1, -1, 2, 0]


@pytest.mark.parametrize("span", [128, 384])
def test_more_routes_than_one_program_compares(span: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two launches: spans of one block of routes and of several, more groups than the table has columns at a time."""
    monkeypatch.setattr("kernels.align.routes_per_program", lambda *_: span)
    ids = torch.randint(-1, 150, (200, 4), generator=torch.Generator().manual_seed(span), dtype=torch.int32)
    check(ids, 16, 140, None, 140)
    check(ids % 3, 48, 2, torch.tensor([1, 0]), 2)


@pytest.mark.parametrize(
    ("routes", "groups"), [(129, 8), (8192, 128), (1 << 18, 256), (1 << 21, 1024), (5000, 1 << 20)]
)
def test_spans_are_whole_blocks_and_their_table_is_small(routes: int, groups: int) -> None:
    span = routes_per_program(routes, groups)
    assert span > 0
    assert span % ROUTE_BLOCKS[-1] == 0
    assert -(-routes // span) * groups <= 1 << 22
