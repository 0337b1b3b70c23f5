"""Does the block alignment place each route once, in a block of its own expert, and nothing else?"""

from __future__ import annotations

import pytest
import torch

from kernels.align import moe_align_block_size, padded_capacity, used_experts


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
def test_used_experts_renumber_the_routes(tokens: int, rows: int, entries: list[int] | None) -> None:
    ids = torch.randint(-1, 10, (tokens, 2), generator=torch.Generator().manual_seed(tokens))
    expert_map = None if entries is None else torch.tensor(entries, dtype=torch.int32)
    used, renumbered = used_experts(ids, rows, expert_map)
    assert used.numel() == min(rows, ids.numel())
    assert used.unique().numel() == used.numel()
    by_row: dict[int, list[int]] = {}
    for route, slot in enumerate(renumbered.reshape(-1).tolist()):
        if slot >= 0:
            by_row.setdefault(int(used[slot]), []).append(route)
    assert by_row == expected_groups(ids, rows, expert_map)
