"""Are wrong entries of a block alignment what the call before has left there?"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from reports.model import Lead, Spot

_LEAST = 2  # entries


def left_over(
    ids: np.ndarray, experts: np.ndarray, before: np.ndarray, facts: Mapping[str, Any], block: int
) -> list[Lead]:
    """ids, experts: sorted_token_ids and expert_ids. before: the ids of the earlier call. facts: what is right now.

    An entry is wrong that is no route, of another expert than its block's, or there more than once.
    """
    route_expert, sentinel = facts["route_expert"], facts["sentinel"]
    used = min(facts["num_tokens_post_padded"], ids.size, before.size, experts.size * block)
    seen = ids.reshape(-1)[:used].astype(np.int64)
    outside = (seen < 0) | (seen > sentinel)
    route = np.where(outside, sentinel, seen)
    owner = np.append(route_expert, -2)[route]
    real = route < sentinel
    times = np.bincount(route, minlength=sentinel + 1)[route]
    wrong = outside | (real & ((owner != np.repeat(experts.reshape(-1), block)[:used]) | (times > 1)))
    same = wrong & (seen == before.reshape(-1)[:used])
    if same.sum() < _LEAST or 2 * same.sum() < wrong.sum():
        return []
    first = (int(np.argmax(same)),)
    spots = Spot("sorted_token_ids", first), Spot("the call before", first)
    return [Lead("earlier call", *spots, explained=int(same.sum()), looked_at=int(wrong.sum()))]
