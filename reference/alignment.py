"""Which route goes to which local expert, and what must hold for a block-aligned order of the routes?

Route r = t * k + j is the j-th choice of token t. Rules of moe_align_block_size: routes are grouped by local
expert, each group is padded to a multiple of the block size with the sentinel T * k; the order inside a group
is free. Routes to experts that are not here (expert_map -1) or that do not exist contribute nothing and are
left out.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.codec import AnyArray

Ids = NDArray[np.int32]


def route_experts(
    topk_ids: AnyArray, num_weight_rows: int, expert_map: AnyArray | None = None, global_num_experts: int | None = None
) -> Ids:
    """Local expert of each route, int32 [T * k]; -1 for a route that contributes nothing (ALN-04, ALN-05).

    topk_ids integer [T, k]. Without a map an id is a weight row when 0 <= id < num_weight_rows (also above
    global_num_experts: MOE-08), and adds nothing otherwise (MOE-09). With expert_map [global_num_experts] it is
    expert_map[id]; what is no weight row (-1, say) means not here, ids may share a row (ALN-09, MOE-17), and ids
    outside the map do not exist. ValueError for a map of the wrong length or rank.
    """
    ids = np.asarray(topk_ids)
    if ids.ndim != 2 or not np.issubdtype(ids.dtype, np.integer):
        raise ValueError(f"topk_ids: has {ids.dtype} of shape {ids.shape}, needs integers of shape [T, k]")
    local = ids.reshape(-1).astype(np.int64)
    if expert_map is not None:
        table = np.asarray(expert_map)
        if table.ndim != 1:
            raise ValueError(f"expert_map: has shape {table.shape}, needs one axis")
        if global_num_experts is not None and global_num_experts >= 0 and len(table) != global_num_experts:
            raise ValueError(f"expert_map: has length {len(table)}, needs global_num_experts {global_num_experts}")
        known = (local >= 0) & (local < len(table))
        padded = np.append(table.astype(np.int64), -1)
        local = padded[np.where(known, local, len(table))]
    return np.where((local >= 0) & (local < num_weight_rows), local, -1).astype(np.int32)


def align_block_size(
    topk_ids: AnyArray, block_size: int, num_weight_rows: int, expert_map: AnyArray | None = None
) -> dict[str, Any]:
    """The facts that every right alignment shares, for any number of tokens, experts and their routes (ALN-06).

    route_expert int32 [T * k]; counts and padded_counts int64 [num_weight_rows] (routes per local expert, and
    rounded up to whole blocks); num_tokens_post_padded int, their sum; sentinel int, T * k.
    """
    if block_size <= 0:
        raise ValueError(f"block_size: has {block_size}, needs a positive number")
    route_expert = route_experts(topk_ids, num_weight_rows, expert_map)
    counts = np.bincount(route_expert[route_expert >= 0], minlength=num_weight_rows).astype(np.int64)
    padded = -(-counts // block_size) * block_size
    return {
        "route_expert": route_expert,
        "counts": counts,
        "padded_counts": padded,
        "num_tokens_post_padded": int(padded.sum()),
        "sentinel": len(route_expert),
    }


def check_alignment(
    sorted_token_ids: AnyArray,
    expert_ids: AnyArray,
    num_tokens_post_padded: AnyArray | int,
    topk_ids: AnyArray,
    block_size: int,
    num_weight_rows: int,
    expert_map: AnyArray | None = None,
) -> list[str]:
    """What is wrong with an alignment and its count (ALN-03), one sentence each; empty when it is right.

    Nothing past the end is read.
    """
    facts = align_block_size(topk_ids, block_size, num_weight_rows, expert_map)
    problems = _shape_problems(sorted_token_ids, expert_ids, num_tokens_post_padded)
    total = int(np.asarray(num_tokens_post_padded).reshape(-1)[0]) if np.size(num_tokens_post_padded) else -1
    needed = facts["num_tokens_post_padded"]
    if total != needed:
        problems.append(f"num_tokens_post_padded: has {total}, needs {needed}")
    if np.size(sorted_token_ids) < needed:
        problems.append(f"sorted_token_ids: has {np.size(sorted_token_ids)} entries, needs at least {needed}")
    if np.size(expert_ids) < needed // block_size:
        problems.append(f"expert_ids: has {np.size(expert_ids)} entries, needs at least {needed // block_size}")
    if problems:
        return problems
    ids = np.asarray(sorted_token_ids).reshape(-1)[:needed].astype(np.int64)
    experts = np.asarray(expert_ids).reshape(-1)[: needed // block_size].astype(np.int64)
    return _block_problems(experts, facts, block_size) + _route_problems(ids, experts, facts, block_size)


def _shape_problems(sorted_token_ids: AnyArray, expert_ids: AnyArray, count: AnyArray | int) -> list[str]:
    problems = []
    for name, array in (("sorted_token_ids", sorted_token_ids), ("expert_ids", expert_ids)):
        if np.asarray(array).dtype != np.int32:
            problems.append(f"{name}: has {np.asarray(array).dtype}, needs int32")
    if not isinstance(count, int) and np.asarray(count).shape != (1,):
        problems.append(f"num_tokens_post_padded: has shape {np.asarray(count).shape}, needs (1,)")
    if not isinstance(count, int) and np.asarray(count).dtype != np.int32:
        problems.append(f"num_tokens_post_padded: has {np.asarray(count).dtype}, needs int32")
    return problems


def _block_problems(experts: NDArray[np.int64], facts: dict[str, Any], block_size: int) -> list[str]:
    """Each expert has the blocks that it needs, one after another (ALN-02)."""
    padded = facts["padded_counts"]
    outside = np.flatnonzero((experts < 0) | (experts >= len(padded)))
    if outside.size:
        i = int(outside[0])
        return [f"expert_ids[{i}]: has {experts[i]}, needs a local expert in [0, {len(padded)})"]
    blocks = np.bincount(experts, minlength=len(padded))
    problems = [
        f"expert_ids: has {blocks[e]} blocks of expert {e}, needs {padded[e] // block_size}"
        for e in np.flatnonzero(blocks * block_size != padded)
    ]
    groups = experts[np.flatnonzero(np.diff(experts, prepend=-1))]
    if len(groups) != len(np.unique(groups)):
        problems.append("expert_ids: has an expert's blocks apart, needs them one after another")
    return problems


def _route_problems(
    ids: NDArray[np.int64], experts: NDArray[np.int64], facts: dict[str, Any], block_size: int
) -> list[str]:
    """Each contributing route stands once, in a block of its expert; the rest is the sentinel (ALN-01)."""
    sentinel, route_expert = facts["sentinel"], facts["route_expert"]
    problems = []
    outside = np.flatnonzero((ids < 0) | (ids > sentinel))
    if outside.size:
        i = int(outside[0])
        return [f"sorted_token_ids[{i}]: has {ids[i]}, needs a route below {sentinel} or the sentinel {sentinel}"]
    real = ids < sentinel
    owner = np.append(route_expert, -2)[ids]
    wrong = np.flatnonzero(real & (owner != np.repeat(experts, block_size)))
    if wrong.size:
        i = int(wrong[0])
        problems.append(
            f"sorted_token_ids[{i}]: has route {ids[i]} of expert {owner[i]}, "
            f"needs one of expert {experts[i // block_size]}"
        )
    seen = np.bincount(ids[real], minlength=sentinel)[:sentinel]
    missing = np.flatnonzero(seen != (route_expert >= 0))
    if missing.size:
        r = int(missing[0])
        problems.append(f"route {r}: stands {seen[r]} times, needs {int(route_expert[r] >= 0)}")
    return problems
