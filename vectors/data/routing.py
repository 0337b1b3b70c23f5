"""Which experts does each token go to? Top-k selection and the routings that a case can ask for."""

from collections.abc import Callable

import numpy as np

from vectors.data.stream import Stream


def top_k(scores: np.ndarray, k: int) -> np.ndarray:
    """The k highest integer scores per row, best first, ties to the lower index: [T, E] -> int32 [T, k]."""
    if scores.ndim != 2 or not np.issubdtype(scores.dtype, np.integer):
        raise ValueError(f"scores: has {scores.dtype} {scores.shape}, needs integers [T, E]")
    if not 0 <= k <= scores.shape[1]:
        raise ValueError(f"k: has {k}, needs 0 <= k <= {scores.shape[1]} experts")
    order = np.argsort(-scores.astype(np.int64), axis=1, kind="stable")
    return order[:, :k].astype(np.int32)


def uniform(stream: Stream, tokens: int, experts: int, k: int) -> np.ndarray:
    """Each token to k different experts, all equally likely; int32 [tokens, k]."""
    return stream.choice_rows(tokens, experts, k).astype(np.int32)


def skewed(stream: Stream, tokens: int, experts: int, k: int) -> np.ndarray:
    """k different experts, few of them popular: a random ranking shifts scores by up to their range."""
    rank = stream.permutation(experts)
    noise = stream.integers(0, 1 << 16, (tokens, experts))
    return top_k(noise + ((experts - 1 - rank) << 16) // max(experts, 1), k)


def all_to_one(stream: Stream, tokens: int, experts: int, k: int) -> np.ndarray:
    """Every route to one random expert, so each token names it k times; int32 [tokens, k]."""
    return np.full((tokens, k), stream.integers(0, experts, 1)[0], dtype=np.int32)


def some_empty(stream: Stream, tokens: int, experts: int, k: int) -> np.ndarray:
    """k different experts out of a random half (at least k), none to the others. Needs k < experts."""
    if k >= experts:
        raise ValueError(f"k: has {k}, needs less than the {experts} experts, so that one can stay empty")
    used = np.sort(stream.choice(experts, max(k, experts // 2)))
    return used[uniform(stream, tokens, len(used), k)].astype(np.int32)


def with_duplicates(stream: Stream, tokens: int, experts: int, k: int) -> np.ndarray:
    """As uniform, but the second id repeats the first in even rows and half of the odd ones. Needs k >= 2."""
    if k < 2:
        raise ValueError(f"k: has {k}, needs at least 2 for a token to name an expert twice")
    ids = uniform(stream, tokens, experts, min(k, experts))
    ids = ids[:, np.arange(k) % ids.shape[1]]
    repeat = stream.booleans(tokens) | (np.arange(tokens) % 2 == 0)
    ids[repeat, 1] = ids[repeat, 0]
    return ids


def ties(stream: Stream, tokens: int, experts: int, k: int) -> np.ndarray:
    """Top-k of scores that are 0 or 1, all 0 in the first token: ties go to the lower id."""
    scores = stream.integers(0, 2, (tokens, experts))
    scores[:1] = 0
    return top_k(scores, k)


ROUTINGS: dict[str, Callable[[Stream, int, int, int], np.ndarray]] = {
    "uniform": uniform,
    "skewed": skewed,
    "all_to_one": all_to_one,
    "some_empty": some_empty,
    "with_duplicates": with_duplicates,
    "ties": ties,
}


def routing(kind: str, stream: Stream, tokens: int, experts: int, k: int) -> np.ndarray:
    """topk_ids int32 [tokens, k] by the name of a routing. Raises ValueError for an unknown name."""
    if kind not in ROUTINGS:
        raise ValueError(f"kind: has {kind!r}, needs one of {', '.join(ROUTINGS)}")
    return ROUTINGS[kind](stream, tokens, experts, k)
