"""What is asked of the block alignment? Routings, expert maps and ids at every border."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vectors import data
from vectors.case import Arrays, Case, expect_nothing
from vectors.data import Stream


def _routed(case: Case) -> Arrays:
    p = case.params
    ids = data.routing(p["routing"], Stream(case.id, "topk_ids"), p["T"], p["E"], p["k"])
    return _with_map(case, ids)


def _with_map(case: Case, ids: np.ndarray) -> Arrays:
    found: dict[str, np.ndarray] = {"topk_ids": ids}
    if "rank" in case.params:
        maps = data.expert_maps.random_partition(Stream(case.id, "map"), case.params["E"], case.params["world"])
        found["expert_map"] = maps[case.params["rank"]]
    if "previous_tokens" in case.params:
        p = case.params
        found["previous_topk_ids"] = data.routing(
            "skewed", Stream(case.id, "previous"), p["previous_tokens"], p["E"], p["k"]
        )
    return found


def _invalid(case: Case) -> Arrays:
    """Ids of -1, at the number of weight rows, far beyond, and whole rows of -1 (padding of a captured graph)."""
    p = case.params
    ids = data.routing("uniform", Stream(case.id, "topk_ids"), p["T"], p["E"], p["k"])
    bad = np.array([-1, p["E"], p["E"] + 1, 2**31 - 1, -(2**31)], dtype=np.int32)
    where = Stream(case.id, "where").booleans(ids.shape, 0.3)
    ids = np.where(where, Stream(case.id, "bad").pick(bad, ids.shape), ids).astype(np.int32)
    ids[-2:] = -1
    return _with_map(case, ids)


def _wide_ids(case: Case) -> Arrays:
    """int64 ids; some are 2^32 + e, which are ids of experts only for who cuts them to 32 bits."""
    ids = _routed(case)["topk_ids"].astype(np.int64)
    return {"topk_ids": np.where(Stream(case.id, "wide").booleans(ids.shape, 0.3), ids + 2**32, ids)}


def cases() -> tuple[Case, ...]:
    """The family's cases."""
    found: list[Case] = []

    def add(
        name: str,
        title: str,
        requirements: str,
        flags: str,
        *,
        make: Callable[[Case], Arrays] = _routed,
        tier: str = "gate",
        routing: str = "uniform",
        **params: int,
    ) -> None:
        params.setdefault("block_size", 16)
        params.setdefault("num_weight_rows", params["E"])
        found.append(
            Case(
                id=f"align/{name}",
                title=title,
                requirements=tuple(requirements.split()),
                flags=tuple(flags.split()),
                tier=tier,
                params={"routing": routing, **params},
                make_inputs=make,
                make_expected=expect_nothing,  # the facts are checked: the order inside a group is free
            )
        )

    everywhere = "ALN-01 ALN-02 ALN-03"
    for tokens, experts, k, block in (
        (1, 1, 1, 16),
        (1, 8, 2, 64),
        (2, 5, 1, 16),
        (33, 12, 4, 16),
        (257, 32, 8, 64),
        (65, 257, 8, 32),
    ):
        add(
            f"uniform-{tokens}-tokens-{experts}-experts-top-{k}-block-{block}",
            f"{tokens} tokens to {k} of {experts} experts.",
            f"{everywhere} ALN-06",
            "expert-count",
            T=tokens,
            E=experts,
            k=k,
            block_size=block,
            tier="quick" if tokens < 64 else "gate",
        )
    add("no-tokens", "No token at all.", f"{everywhere} ALN-06", "routing-empty", T=0, E=4, k=2, tier="quick")
    add(
        "all-to-one",
        "Every route to one expert, across several blocks.",
        f"{everywhere} ALN-06",
        "routing-empty routing-duplicate",
        T=37,
        E=8,
        k=2,
        routing="all_to_one",
        tier="quick",
    )
    add(
        "some-experts-empty",
        "Half of the experts have no route.",
        f"{everywhere} ALN-06",
        "routing-empty",
        T=21,
        E=12,
        k=2,
        routing="some_empty",
        tier="quick",
    )
    add(
        "same-expert-twice",
        "Tokens that name an expert twice.",
        f"{everywhere} ALN-06",
        "routing-duplicate",
        T=19,
        E=5,
        k=3,
        routing="with_duplicates",
        tier="quick",
    )
    add("skewed", "A few popular experts.", everywhere, "routing-empty", T=129, E=32, k=4, routing="skewed")
    add("block-1", "Blocks of one route.", everywhere, "expert-count", T=9, E=7, k=2, block_size=1)
    add(
        "exact-multiples",
        "Groups that fill their blocks exactly.",
        everywhere,
        "expert-count",
        T=32,
        E=1,
        k=1,
        tier="quick",
    )
    add(
        "invalid-ids",
        "Ids below 0, at and beyond the weight rows, rows of -1.",
        f"{everywhere} ALN-05",
        "routing-invalid",
        make=_invalid,
        T=40,
        E=8,
        k=4,
        tier="quick",
    )
    add(
        "shared-expert-rows",
        "Ids up to the weight rows, more than the routed experts.",
        f"{everywhere} ALN-05",
        "shared-expert",
        T=17,
        E=10,
        k=3,
        shared=2,
        tier="quick",
    )
    add(
        "int64-ids",
        "int64 ids, some of them 2^32 too large.",
        f"{everywhere} ALN-05",
        "routing-invalid int32-offset",
        make=_wide_ids,
        T=40,
        E=8,
        k=4,
        tier="quick",
    )
    add(
        "no-address-outside",
        "Invalid ids of every kind: none is used as an index.",
        f"{everywhere} ALN-05 MEM-01",
        "routing-invalid",
        make=_invalid,
        T=13,
        E=5,
        k=3,
        tier="quick",
    )
    for rank in (0, 2):
        add(
            f"random-map-rank-{rank}-of-3",
            f"A random partition of 14 experts over 3 ranks, rank {rank}.",
            f"{everywhere} ALN-04",
            "expert-map",
            T=50,
            E=14,
            k=4,
            world=3,
            rank=rank,
            num_weight_rows=5 if rank < 2 else 4,
            tier="quick",
        )
    add(
        "invalid-ids-under-a-map",
        "Invalid ids with an expert map.",
        f"{everywhere} ALN-04 ALN-05",
        "expert-map routing-invalid",
        make=_invalid,
        T=40,
        E=8,
        k=4,
        world=2,
        rank=1,
        num_weight_rows=4,
    )
    add(
        "after-a-larger-call",
        "A small call after a large one.",
        f"{everywhere} ALN-07",
        "stale-memory",
        T=3,
        E=8,
        k=2,
        previous_tokens=300,
        tier="quick",
    )
    return tuple(found)
