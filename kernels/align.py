"""Which route goes to which block of which expert's tile rows?

The convention is vLLM's moe_align_block_size. Few routes are placed by one program, which compares each with each;
more by two launches: the first counts each span's routes by expert, the second places them. No value is read on the
host, and no two programs write the same place: the result is the same in every run.
"""

from dataclasses import dataclass, replace

import torch
import triton
import triton.language as tl

from kernels import validate
from kernels.arch import triton_backend
from kernels.tiles import ROUTE_BLOCKS, cdiv, routes_per_program

BINS, ROWS = 128, 16  # of the table of counts: columns and rows that a program has at a time
# Places of padding that a route's lanes write at a time, and places behind all groups that a program does.
PADDING_BLOCK = tl.constexpr(16)
FILL_BLOCK = tl.constexpr(256)
# A result begins where Triton takes it for aligned, whatever lies before it: no batch compiles what another did not.
ALIGNED_INT32 = 4
_LENGTHS = ["num_routes", "top_k", "stride_token", "stride_choice", "stride_map", "num_ids", "num_groups"]


@triton.jit
def _local_experts(
    ids_ptr,  # [T, top_k] int32 or int64
    map_ptr,  # [num_ids] int32 or int64, read where HAS_MAP
    route,
    num_routes,
    top_k,
    stride_token,
    stride_choice,
    stride_map,
    num_ids,
    num_groups,
    HAS_MAP: tl.constexpr,
):
    """Weight row of each route, int32; ``num_groups`` where the route belongs to none here or does not exist."""
    place = (route // top_k).to(tl.int64) * stride_token + (route % top_k).to(tl.int64) * stride_choice
    row = tl.load(ids_ptr + place, mask=route < num_routes, other=-1).to(tl.int64)
    if HAS_MAP:
        known = (row >= 0) & (row < num_ids)
        row = tl.load(map_ptr + row * stride_map, mask=known, other=-1).to(tl.int64)
    return tl.where((row >= 0) & (row < num_groups), row, num_groups).to(tl.int32)


@triton.jit
def _keep(local_ptr, route, expert, num_groups, mask):
    """The weight row of each route for those who come after; -1 for none here."""
    tl.store(local_ptr + route, tl.where(expert < num_groups, expert, -1), mask=mask)


@triton.jit
def _how_many(pairs):
    """Of [others, routes], how many others each route is true with."""
    return tl.sum(tl.where(pairs, 1, 0), axis=0)


@triton.jit
def _rank(expert, lane, BLOCK: tl.constexpr):
    """How many routes of the block stand before each and have its expert: their keys are in [start, start + lane)."""
    start = expert * BLOCK
    behind = (start + lane)[:, None] - start[None, :]
    return _how_many(behind.to(tl.uint32, bitcast=True) < lane[None, :].to(tl.uint32))


@triton.jit
def _place(sorted_ptr, expert_ids_ptr, route, expert, slot, end, num_routes, num_groups, block_size):
    """Routes to their slots; the first of a block names its expert, the last of a group (at end - 1) pads it."""
    here = expert < num_groups
    after = slot % block_size + 1
    tl.store(sorted_ptr + slot, route, mask=here)
    tl.store(expert_ids_ptr + slot // block_size, expert, mask=here & (after == 1))
    padding = tl.where(here & (slot + 1 == end), block_size - after, 0)
    for first in range(0, block_size - 1, PADDING_BLOCK):
        column = first + tl.arange(0, PADDING_BLOCK)
        places = (slot + 1)[:, None] + column[None, :]
        tl.store(sorted_ptr + places, num_routes, mask=column[None, :] < padding[:, None])


@triton.jit
def _fill(ptr, first, end, value):
    """The value in every place of [first, end): of each FILL_BLOCK * programs of them this program's share."""
    step = tl.num_programs(0).to(tl.int64) * FILL_BLOCK
    for start in range(first + tl.program_id(0).to(tl.int64) * FILL_BLOCK, end, step):
        place = start + tl.arange(0, FILL_BLOCK)
        tl.store(ptr + place, value, mask=place < end)


@triton.jit
def _finish(sorted_ptr, expert_ids_ptr, num_post_ptr, total, num_routes, block_size, blocks):
    """The sum of padded group sizes, and what lies past it."""
    if tl.program_id(0) == 0:
        tl.store(num_post_ptr, total)
    _fill(sorted_ptr, total, blocks.to(tl.int64) * block_size, num_routes)
    _fill(expert_ids_ptr, total // block_size, blocks.to(tl.int64), 0)


@triton.jit(do_not_specialize=[*_LENGTHS, "block_size", "blocks"])
def _align_kernel(
    ids_ptr,
    map_ptr,
    sorted_ptr,  # [blocks * block_size] int32
    expert_ids_ptr,  # [blocks] int32
    num_post_ptr,  # [1] int32
    local_ptr,  # [num_routes] int32
    num_routes,
    top_k,
    stride_token,
    stride_choice,
    stride_map,
    num_ids,
    num_groups,
    block_size,
    blocks,
    HAS_MAP: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """All of at most BLOCK routes by one program."""
    route = tl.arange(0, BLOCK)
    expert = _local_experts(
        ids_ptr,
        map_ptr,
        route,
        num_routes,
        top_k,
        stride_token,
        stride_choice,
        stride_map,
        num_ids,
        num_groups,
        HAS_MAP,
    )
    _keep(local_ptr, route, expert, num_groups, route < num_routes)
    rank = _rank(expert, route, BLOCK)
    count = _how_many(expert[:, None] == expert[None, :])
    opens = (expert < num_groups) & (rank % block_size == 0)  # the first route of each block
    opened = tl.where(opens, expert, num_groups)
    begin = _how_many(opened[:, None] < expert[None, :]) * block_size
    total = tl.sum(tl.where(opens, 1, 0)) * block_size
    _place(sorted_ptr, expert_ids_ptr, route, expert, begin + rank, begin + count, num_routes, num_groups, block_size)
    _finish(sorted_ptr, expert_ids_ptr, num_post_ptr, total, num_routes, block_size, blocks)


@triton.jit(do_not_specialize=[*_LENGTHS, "span"])
def _count_kernel(
    ids_ptr,
    map_ptr,
    local_ptr,  # [num_routes] int32
    counts_ptr,  # [programs, num_groups] int32
    num_routes,
    top_k,
    stride_token,
    stride_choice,
    stride_map,
    num_ids,
    num_groups,
    span,
    HAS_MAP: tl.constexpr,
    BLOCK: tl.constexpr,
    BINS: tl.constexpr,
):
    """Each program's span of routes: the weight row of each, and how many each weight row has."""
    first = tl.program_id(0) * span
    for first_bin in range(0, tl.maximum(num_groups, 1), BINS):
        bins = first_bin + tl.arange(0, BINS)
        count = tl.zeros((BINS,), dtype=tl.int32)
        for start in range(first, tl.minimum(first + span, num_routes), BLOCK):
            route = start + tl.arange(0, BLOCK)
            expert = _local_experts(
                ids_ptr, map_ptr, route, num_routes, top_k, stride_token, stride_choice, stride_map, num_ids,
                num_groups, HAS_MAP,
            )  # fmt: skip
            _keep(local_ptr, route, expert, num_groups, (route < num_routes) & (first_bin == 0))
            count += _how_many(expert[:, None] == bins[None, :])
        tl.store(counts_ptr + tl.program_id(0) * num_groups + bins, count, mask=bins < num_groups)


@triton.jit
def _groups(counts_ptr, first_bin, num_groups, programs, ROWS: tl.constexpr, BINS: tl.constexpr):
    """(routes of BINS groups in earlier programs' spans, in all spans)."""
    bins = first_bin + tl.arange(0, BINS)
    before = tl.zeros((ROWS, BINS), dtype=tl.int32)
    count = tl.zeros((ROWS, BINS), dtype=tl.int32)
    for first in range(0, programs, ROWS):
        row = first + tl.arange(0, ROWS)
        mask = (row < programs)[:, None] & (bins < num_groups)[None, :]
        part = tl.load(counts_ptr + row[:, None] * num_groups + bins[None, :], mask=mask, other=0)
        count += part
        before += tl.where((row < tl.program_id(0))[:, None], part, 0)
    return tl.sum(before, axis=0), tl.sum(count, axis=0)


@triton.jit(do_not_specialize=["num_routes", "num_groups", "block_size", "blocks", "span", "programs"])
def _place_kernel(
    local_ptr,  # [num_routes] int32
    counts_ptr,  # [programs, num_groups] int32
    sorted_ptr,  # [blocks * block_size] int32
    expert_ids_ptr,  # [blocks] int32
    num_post_ptr,  # [1] int32
    num_routes,
    num_groups,
    block_size,
    blocks,
    span,
    programs,
    BLOCK: tl.constexpr,
    BINS: tl.constexpr,
    ROWS: tl.constexpr,
):
    """Each program's span of routes into the groups, behind those of earlier spans."""
    first = tl.program_id(0) * span
    total = 0
    for start in range(first, tl.minimum(first + span, num_routes), BLOCK):
        route = start + tl.arange(0, BLOCK)
        expert = tl.load(local_ptr + route, mask=route < num_routes, other=-1)
        expert = tl.where(expert < 0, num_groups, expert)
        slot = _rank(expert, tl.arange(0, BLOCK), BLOCK)
        for start_before in range(first, start, BLOCK):
            expert_before = tl.load(local_ptr + start_before + tl.arange(0, BLOCK))
            slot += _how_many(expert_before[:, None] == expert[None, :])
        end = tl.zeros((BLOCK,), dtype=tl.int32)
        total = 0
        for first_bin in range(0, num_groups, BINS):
            before, count = _groups(counts_ptr, first_bin, num_groups, programs, ROWS, BINS)
            padded = (count + (block_size - 1)) // block_size * block_size
            begin = total + tl.cumsum(padded, 0) - padded
            is_bin = (expert >= first_bin) & (expert < first_bin + BINS)
            bin_of = tl.where(is_bin, expert - first_bin, 0)
            slot += tl.where(is_bin, tl.gather(begin + before, bin_of, 0), 0)
            end += tl.where(is_bin, tl.gather(begin + count, bin_of, 0), 0)
            total += tl.sum(padded)
        _place(sorted_ptr, expert_ids_ptr, route, expert, slot, end, num_routes, num_groups, block_size)
    _finish(sorted_ptr, expert_ids_ptr, num_post_ptr, total, num_routes, block_size, blocks)


@triton.jit(do_not_specialize=["blocks", "block_size", "num_rows"])
def _used_kernel(
    expert_ids_ptr,  # [blocks] int32
    num_post_ptr,  # [1] int32
    rows_ptr,  # [num_rows] int32
    numbers_ptr,  # [blocks] int32
    blocks,
    block_size,
    num_rows,
    BLOCK: tl.constexpr,
):
    """The experts of the blocks in use, each once and in order, and each block's number among them; one program."""
    in_use = tl.load(num_post_ptr) // block_size
    total = 0
    for first in range(0, blocks, BLOCK):
        block = first + tl.arange(0, BLOCK)
        live = block < in_use
        expert = tl.load(expert_ids_ptr + block, mask=live, other=0)
        opens = live & (expert != tl.load(expert_ids_ptr + block - 1, mask=live & (block > 0), other=-1))
        number = total + tl.cumsum(opens.to(tl.int32), 0) - 1
        tl.store(rows_ptr + number, expert, mask=opens)
        tl.store(numbers_ptr + block, tl.where(live, number, 0), mask=block < blocks)
        total += tl.sum(opens.to(tl.int32))
    _fill(rows_ptr, total, num_rows.to(tl.int64), 0)


@dataclass(frozen=True)
class Routing:
    """The routes by blocks of experts, as moe_align_block_size returns them, and the weight row of each route."""

    sorted_token_ids: torch.Tensor  # [blocks * block_size] int32
    expert_ids: torch.Tensor  # [blocks] int32
    num_tokens_post_padded: torch.Tensor  # [1] int32
    local_experts: torch.Tensor  # [T * k] int32; -1 where the route belongs to none here

    @property
    def blocks(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """What a grouped GEMM takes: sorted_token_ids, expert_ids, num_tokens_post_padded."""
        return self.sorted_token_ids, self.expert_ids, self.num_tokens_post_padded


def padded_capacity(num_routes: int, block_size: int, num_groups: int) -> int:
    """Length of sorted_token_ids: enough for any distribution of the routes, and a multiple of block_size.

    Each group that has a route wastes at most block_size - 1 slots; there are at most num_routes such groups.
    """
    worst = num_routes + min(num_routes, num_groups) * (block_size - 1)
    return cdiv(worst, block_size) * block_size


def align(topk_ids: torch.Tensor, block_size: int, num_groups: int, expert_map: torch.Tensor | None) -> Routing:
    """The routing of checked arguments over ``num_groups`` weight rows."""
    num_routes = topk_ids.numel()
    capacity = padded_capacity(num_routes, block_size, num_groups)
    blocks = capacity // block_size
    sorted_ids, expert_ids, num_post, local = _results(capacity, blocks, 1, num_routes, device=topk_ids.device)
    results = (sorted_ids, expert_ids, num_post)
    has_map = expert_map is not None
    mapping = topk_ids if expert_map is None else expert_map  # without a map a pointer that is never read
    numbers = (num_routes, topk_ids.shape[1], *topk_ids.stride(), mapping.stride(0), mapping.shape[0], num_groups)
    if num_routes <= ROUTE_BLOCKS[-1]:
        block = next(size for size in ROUTE_BLOCKS if num_routes <= size)
        _align_kernel[(1,)](
            topk_ids, mapping, *results, local, *numbers, block_size, blocks,
            HAS_MAP=has_map, BLOCK=block, num_warps=_warps(block),
        )  # fmt: skip
        return Routing(*results, local)
    span = routes_per_program(num_routes, num_groups)
    programs = cdiv(num_routes, span)
    counts = torch.empty((programs, num_groups), dtype=torch.int32, device=topk_ids.device)
    block = ROUTE_BLOCKS[-1]
    _count_kernel[(programs,)](
        topk_ids,
        mapping,
        local,
        counts,
        *numbers,
        span,
        HAS_MAP=has_map,
        BLOCK=block,
        BINS=BINS,
        num_warps=_warps(block),
    )
    _place_kernel[(programs,)](
        local, counts, *results, num_routes, num_groups, block_size, blocks, span, programs,
        BLOCK=block, BINS=BINS, ROWS=ROWS, num_warps=_warps(block),
    )  # fmt: skip
    return Routing(*results, local)


def _warps(block: int) -> int:
    """As many warps as ``block`` routes fill: a program of more lanes would load each route again for each pair."""
    return block // (64 if triton_backend() == "hip" else 32)


def _results(*lengths: int, device: torch.device) -> tuple[torch.Tensor, ...]:
    """Int32 tensors of these lengths in memory of one allocation, each at an address that Triton takes for aligned."""
    parts = [part for length in lengths for part in (length, -length % ALIGNED_INT32)]
    return torch.empty(sum(parts), dtype=torch.int32, device=device).split_with_sizes(parts)[::2]


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
    capacity = padded_capacity(topk_ids.numel(), block_size, num_groups)
    validate.at_most("block_size", capacity, "places for routes and padding", validate.MAX_INT32)
    return align(topk_ids, block_size, num_groups, expert_map).blocks


def used_experts(
    routing: Routing, block_size: int, num_weight_rows: int
) -> tuple[torch.Tensor, Routing]:  # rows [min(num_weight_rows, T * k)] int32
    """The weight rows that some route uses, in order, and the routing with its blocks renumbered to them.

    Block b uses weight row rows[expert_ids[b]]. Where fewer rows are in use, row 0 fills ``rows`` up.
    """
    blocks = routing.expert_ids.numel()
    num_rows = min(num_weight_rows, routing.local_experts.numel())
    rows, numbers = _results(num_rows, blocks, device=routing.expert_ids.device)
    _used_kernel[(1,)](
        *routing.blocks[1:],
        rows,
        numbers,
        blocks,
        block_size,
        num_rows,
        BLOCK=ROUTE_BLOCKS[-1],
        num_warps=_warps(ROUTE_BLOCKS[-1]),
    )
    return rows, replace(routing, expert_ids=numbers)
