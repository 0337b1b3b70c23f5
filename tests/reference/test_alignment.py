"""Does the alignment checker accept every right order and name every kind of wrong one?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.alignment import align_block_size, check_alignment, route_experts

Alignment = tuple[np.ndarray, np.ndarray, np.ndarray]


def align(ids: np.ndarray, block: int, rows: int, expert_map: np.ndarray | None, rng: np.random.Generator) -> Alignment:
    """A right alignment in a random order of groups and of routes inside each, with rubbish past the end."""
    local = route_experts(ids, rows, expert_map)
    tokens, experts = [], []
    for e in rng.permutation(rows):
        mine = rng.permutation(np.flatnonzero(local == e))
        pad = -len(mine) % block
        tokens += [*mine.tolist(), *[ids.size] * pad]
        experts += [int(e)] * ((len(mine) + pad) // block)
    count = len(tokens)
    return (np.array([*tokens, 12345], np.int32), np.array([*experts, -7], np.int32), np.array([count], np.int32))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 9),
    st.integers(1, 4),
    st.integers(1, 6),
    st.integers(1, 16),
    st.integers(0, 2**32 - 1),
    st.booleans(),
)
def test_every_right_alignment_is_accepted(T: int, k: int, rows: int, block: int, seed: int, mapped: bool) -> None:
    rng = np.random.default_rng(seed)
    ids = rng.integers(-2, 2 * rows + 2, (T, k)).astype(np.int32)
    expert_map = None
    if mapped:
        expert_map = np.full(2 * rows, -1, np.int32)
        expert_map[rng.permutation(2 * rows)[:rows]] = np.arange(rows)
    got = align(ids, block, rows, expert_map, rng)
    assert check_alignment(*got, ids, block, rows, expert_map) == []
    assert align_block_size(ids, block, rows, expert_map)["num_tokens_post_padded"] == got[2][0]


def test_routes_that_contribute_nothing() -> None:
    ids = np.array([[0, 5, -1, 3], [7, 2, 100, 6]], np.int32)
    assert route_experts(ids, 6).tolist() == [0, 5, -1, 3, -1, 2, -1, -1]
    expert_map = np.array([2, -1, 0, 1, -1, -1, -1, -1], np.int32)
    assert route_experts(ids, 3, expert_map, 8).tolist() == [2, -1, -1, 1, -1, 0, -1, -1]
    assert route_experts(ids, 6, None, 4).tolist()[1] == 5  # above global_num_experts, yet a weight row


def wrong_alignments() -> dict[str, tuple[Alignment, str]]:
    ids = np.array([[0, 1], [1, 2], [0, 0]], np.int32)
    tokens, experts, count = align(ids, 4, 3, None, np.random.default_rng(0))
    order = np.argsort(experts[:3], kind="stable")
    tokens = np.append(tokens[:12].reshape(3, 4)[order].reshape(-1), 6).astype(np.int32)
    experts = np.append(experts[:3][order], 0).astype(np.int32)

    def put(array: np.ndarray, index: int, value: int) -> np.ndarray:
        changed = array.copy()
        changed[index] = value
        return changed

    real = np.flatnonzero(tokens[:12] < 6)
    pad = np.flatnonzero(tokens[:12] == 6)
    return {
        "count": ((tokens, experts, count + 4), "num_tokens_post_padded: has 16, needs 12"),
        "count dtype": ((tokens, experts, count.astype(np.int64)), "needs int32"),
        "count shape": ((tokens, experts, count.reshape(1, 1)), "needs (1,)"),
        "tokens dtype": ((tokens.astype(np.int64), experts, count), "sorted_token_ids: has int64"),
        "short tokens": ((tokens[:11], experts, count), "needs at least 12"),
        "short experts": ((tokens, experts[:2], count), "needs at least 3"),
        "expert": ((tokens, put(experts, 0, 9), count), "expert_ids[0]: has 9"),
        "swapped": ((tokens, put(put(experts, 0, 1), 1, 0), count), "needs one of expert"),
        "doubled": ((tokens, put(experts, 0, 1), count), "blocks of expert 0, needs 1"),
        "lost": ((put(tokens, int(real[0]), 6), experts, count), "stands 0 times"),
        "twice": ((put(tokens, int(pad[0]), int(tokens[real[0]])), experts, count), "stands 2 times"),
        "outside": ((put(tokens, int(pad[0]), 7), experts, count), "needs a route below 6"),
        "negative": ((put(tokens, int(pad[0]), -1), experts, count), "needs a route below 6"),
    }


@pytest.mark.parametrize("kind", sorted(wrong_alignments()))
def test_every_kind_of_wrong_alignment_is_named(kind: str) -> None:
    alignment, words = wrong_alignments()[kind]
    problems = check_alignment(*alignment, np.array([[0, 1], [1, 2], [0, 0]], np.int32), 4, 3)
    assert any(words in p for p in problems), problems


def test_blocks_of_one_expert_must_not_be_apart() -> None:
    ids = np.array([[0], [0], [1]], np.int32)
    got = np.array([0, 2, 1], np.int32), np.array([0, 1, 0], np.int32), np.array([3], np.int32)
    assert "apart" in check_alignment(*got, ids, 1, 2)[0]


def test_bad_arguments_are_named() -> None:
    ids = np.zeros((2, 1), np.int32)
    with pytest.raises(ValueError, match="block_size: has 0"):
        align_block_size(ids, 0, 2)
    with pytest.raises(ValueError, match="topk_ids: has int32"):
        route_experts(ids[0], 2)
    with pytest.raises(ValueError, match="expert_map: has length 3"):
        route_experts(ids, 2, np.zeros(3, np.int32), 4)
    with pytest.raises(ValueError, match="expert_map: has shape"):
        route_experts(ids, 2, np.zeros((3, 1), np.int32))
