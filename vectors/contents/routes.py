"""Which block alignment is a GEMM fed with? One valid order, with bytes behind its end that nobody may use."""

import numpy as np

from reference.alignment import route_experts


def aligned(
    topk_ids: np.ndarray, block_size: int, num_weight_rows: int, expert_map: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """sorted_token_ids, expert_ids, num_tokens_post_padded (int32) and route_expert of topk_ids [T, k].

    Groups stand in order of local expert and routes in order of index. Two blocks follow past
    num_tokens_post_padded that name real routes and experts: a kernel that reads them writes wrong rows.
    """
    experts = route_experts(topk_ids, num_weight_rows, expert_map)
    sentinel = topk_ids.size
    sorted_ids: list[np.ndarray] = []
    expert_ids: list[int] = []
    for expert in range(num_weight_rows):
        routes = np.flatnonzero(experts == expert)
        blocks = -(-len(routes) // block_size)
        padded = np.full(blocks * block_size, sentinel, dtype=np.int32)
        padded[: len(routes)] = routes
        sorted_ids.append(padded)
        expert_ids += [expert] * blocks
    past_the_end = np.arange(2 * block_size, dtype=np.int32) % max(sentinel, 1)
    return {
        "sorted_token_ids": np.concatenate([*sorted_ids, past_the_end]).astype(np.int32),
        "expert_ids": np.array([*expert_ids, num_weight_rows - 1, 0], dtype=np.int32),
        "num_tokens_post_padded": np.array([sum(map(len, sorted_ids))], dtype=np.int32),
        "route_expert": experts.astype(np.int32),
    }
