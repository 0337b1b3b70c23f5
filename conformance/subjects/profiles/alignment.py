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
    if bucket.is_meta:
        raise NotImplementedError("the alignment operator: has a tensor on meta, needs one with memory")
    device, routes, room = bucket.device, bucket.numel(), len(sorted_token_ids)
    # Nothing is read on the host, since the operators are kernels. Bucket ``buckets`` is written to a place to spare.
    counts = torch.zeros(buckets + 1, dtype=torch.int64, device=device).scatter_add_(0, bucket, torch.ones_like(bucket))
    padded = (counts + block_size - 1) // block_size * block_size
    ends, before = padded.cumsum(0), counts.cumsum(0) - counts
    order = torch.argsort(bucket, stable=True)
    of = bucket[order]
    places = (ends - padded)[of] + torch.arange(routes, device=device) - before[of]
    filled = torch.full((room + 1,), routes, dtype=sorted_token_ids.dtype, device=device)
    filled[torch.where(of < buckets, places, room)] = order.to(filled.dtype)
    sorted_token_ids.copy_(filled[:room])
    ends = ends[:buckets].contiguous()
    starts = torch.arange(len(expert_ids), device=device) * block_size
    owner = torch.searchsorted(ends, starts, right=True) + first_id
    expert_ids.copy_(torch.where(starts < ends[-1], owner, -1))
    num_tokens_post_pad.copy_(ends[-1:])
