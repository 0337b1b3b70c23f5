"""Which route goes to which block of which expert's tile rows?

The convention is vLLM's moe_align_block_size. Everything is a torch operation of fixed shape on the ids'
device: no host synchronisation, no atomics, so the result is the same in every run.
"""

import torch

from kernels import validate


def _local_experts(topk_ids: torch.Tensor, num_groups: int, expert_map: torch.Tensor | None) -> torch.Tensor:
    """Local expert of each flattened route, int64; ``num_groups`` where the route belongs to none here."""
    ids = topk_ids.reshape(-1).to(torch.int64)
    if expert_map is not None and expert_map.numel() == 0:
        return torch.full_like(ids, num_groups)
    if expert_map is not None:
        known = (ids >= 0) & (ids < expert_map.numel())
        mapped = expert_map.to(torch.int64)[ids.clamp(0, expert_map.numel() - 1)]
        ids = torch.where(known, mapped, -1)
    return torch.where((ids >= 0) & (ids < num_groups), ids, num_groups)


def padded_capacity(num_routes: int, block_size: int, num_groups: int) -> int:
    """Length of sorted_token_ids: enough for any distribution of the routes, and a multiple of block_size.

    Each group that has a route wastes at most block_size - 1 slots; there are at most num_routes such groups.
    """
    worst = num_routes + min(num_routes, num_groups) * (block_size - 1)
    return -(-worst // block_size) * block_size


def moe_align_block_size(
    topk_ids: torch.Tensor,  # [T, k] int32 or int64
    block_size: int,
    num_experts: int,
    expert_map: torch.Tensor | None = None,  # [num_experts] int32 or int64, global id -> local id
    *,
    num_local_experts: int | None = None,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Group the routes by local expert and pad every group to a multiple of block_size.

    num_experts: how many ids exist; the length of expert_map, when given.
    num_local_experts: number of weight rows; num_experts when None.
    expert_map: its values are data; what is no weight row (-1, say) means not here, and several ids may share a row.
    A route whose id is negative or beyond the map, or that comes to no weight row, is left out. Without a map, ids up
    to num_local_experts are valid even above num_experts.

    Returns int32 tensors:
    sorted_token_ids [padded_capacity(T * k, ...)]: flattened routes t * k + j by expert, in order; padding
    holds T * k.
    expert_ids [capacity // block_size]: one local expert per block; 0 past the last block in use.
    num_tokens_post_padded [1]: sum of the padded group sizes; what lies past it is not to be read.
    Raises TypeError or ValueError naming the argument.
    """
    validate.check_align(topk_ids, block_size, num_experts, expert_map, num_local_experts)
    num_groups = num_experts if num_local_experts is None else num_local_experts
    num_routes, device = topk_ids.numel(), topk_ids.device
    capacity = padded_capacity(num_routes, block_size, num_groups)
    validate.at_most("block_size", capacity, "places for routes and padding", validate.MAX_INT32)

    groups, order = torch.sort(_local_experts(topk_ids, num_groups, expert_map), stable=True)
    starts = torch.searchsorted(groups, torch.arange(num_groups + 1, device=device))
    padded = (starts.diff() + (block_size - 1)) // block_size * block_size
    ends = padded.cumsum(0)
    # Where a group's padded rows begin, minus where its routes begin in sorted order.
    # Dropped routes aim past the end.
    shift = torch.cat([ends - padded - starts[:-1], ends.new_full((1,), capacity)])
    dropped = groups == num_groups
    slot = torch.arange(num_routes, device=device) + shift[groups]
    slot = torch.where(dropped, capacity, slot)

    sorted_ids = torch.full((capacity + 1,), num_routes, dtype=torch.int64, device=device)
    sorted_ids.scatter_(0, slot, torch.where(dropped, num_routes, order))
    block_starts = torch.arange(0, capacity, block_size, device=device)
    expert_ids = torch.searchsorted(ends, block_starts, right=True)
    expert_ids = torch.where(expert_ids < num_groups, expert_ids, 0)
    total = padded.sum().reshape(1)
    return sorted_ids[:capacity].to(torch.int32), expert_ids.to(torch.int32), total.to(torch.int32)


def used_experts(
    topk_ids: torch.Tensor,  # [T, k] int32 or int64
    num_weight_rows: int,
    expert_map: torch.Tensor | None,  # [global_num_experts] int32 or int64
) -> tuple[torch.Tensor, torch.Tensor]:  # rows [min(num_weight_rows, T * k)] int64, ids [T, k] int64
    """The weight rows that some route uses, and the routes renumbered to them; no host synchronisation.

    Route t, j uses weight row rows[ids[t, j]], or none where ids is -1. Where fewer rows are in use, unused ones
    fill ``rows`` up.
    """
    local = _local_experts(topk_ids, num_weight_rows, expert_map)
    used = torch.zeros(num_weight_rows + 1, dtype=torch.bool, device=local.device).index_fill(0, local, True)
    used_first = torch.sort(used[:-1].to(torch.int8), stable=True, descending=True).indices
    rows = used_first[: min(num_weight_rows, topk_ids.numel())]
    slot = torch.full_like(used, -1, dtype=torch.int64)
    slot[rows] = torch.arange(rows.numel(), device=local.device)
    ids = torch.where(local < num_weight_rows, slot[local], -1)
    return rows, ids.view(topk_ids.shape)
