"""What do compiled alignment operators write? Their stand-in: the routes by bucket, each bucket's blocks padded.

A wheel holds these operators as machine code of one architecture, or not at all, so no verdict is given on them.
"""

import torch


def write_blocks(
    bucket: torch.Tensor,
    buckets: int,
    block_size: int,
    sorted_token_ids: torch.Tensor,
    expert_ids: torch.Tensor,
    num_tokens_post_pad: torch.Tensor,
    *,
    first_id: int = 0,
) -> None:
    """Fill the three outputs in place.

    bucket: int64 [routes], ``buckets`` where a route is left out. expert_ids: of bucket b is b + first_id, and -1 past
    the last block. sorted_token_ids: route numbers in the order of their buckets, padded with the number of routes.
    """
    device, routes = bucket.device, bucket.numel()
    counts = torch.bincount(bucket, minlength=buckets + 1)[:buckets]
    padded = (counts + block_size - 1) // block_size * block_size
    ends, before = padded.cumsum(0), counts.cumsum(0) - counts
    kept = torch.argsort(bucket, stable=True)[: int(counts.sum())]
    of = bucket[kept]
    places = (ends - padded)[of] + torch.arange(len(kept), device=device) - before[of]
    sorted_token_ids.fill_(routes)
    sorted_token_ids[places] = kept.to(sorted_token_ids.dtype)
    starts = torch.arange(len(expert_ids), device=device) * block_size
    owner = torch.searchsorted(ends, starts, right=True) + first_id
    expert_ids.copy_(torch.where(starts < ends[-1], owner, -1))
    num_tokens_post_pad.fill_(int(ends[-1]))
