"""Which random words belong to a name? Philox4x32-10 in NumPy integer arithmetic.

A counter-based generator has no state: word ``i`` of a name is a pure function of the name and ``i``. So data
is the same in any order of generation, in any process, on any machine and under any NumPy version
(``np.random`` is not used: its streams may change between releases).

Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011; the constants are
the paper's, and the published known-answer vectors are in the tests.
"""

import hashlib
from collections.abc import Sequence

import numpy as np

ROUNDS = 10
_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = 0x9E3779B9
_WEYL_1 = 0xBB67AE85
_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
# Counters per batch: the eight uint64 temporaries of a batch stay in the cache of one core.
_BATCH = 1 << 14


def philox4x32(counters: np.ndarray, key: Sequence[int]) -> np.ndarray:
    """Ten rounds of Philox4x32 over many counters under one key.

    counters: uint32 [n, 4], word 0 first; key: two integers in [0, 2^32). Returns uint32 [n, 4].
    Raises ValueError when either has another shape.
    """
    if counters.ndim != 2 or counters.shape[1] != 4:
        raise ValueError(f"counters: has shape {counters.shape}, needs [n, 4]")
    if len(key) != 2:
        raise ValueError(f"key: has {len(key)} words, needs 2")
    c0, c1, c2, c3 = (counters[:, i].astype(np.uint64) for i in range(4))
    k0, k1 = (int(k) & 0xFFFFFFFF for k in key)
    for _ in range(ROUNDS):
        product_0 = c0 * _MULTIPLIER_0
        product_1 = c2 * _MULTIPLIER_1
        c0 = (product_1 >> _HALF) ^ c1 ^ np.uint64(k0)
        c2 = (product_0 >> _HALF) ^ c3 ^ np.uint64(k1)
        c1 = product_1 & _MASK
        c3 = product_0 & _MASK
        k0 = (k0 + _WEYL_0) & 0xFFFFFFFF
        k1 = (k1 + _WEYL_1) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], axis=1).astype(np.uint32)


def words(key: str, n: int, start: int = 0) -> np.ndarray:
    """Words ``start`` .. ``start + n - 1`` of the stream named ``key``, as uint32 [n].

    SHA-256 of the UTF-8 name gives the Philox key (digest bytes 0..7) and the upper half of the counter
    (bytes 8..15), both little-endian; the lower half of the counter is the block number, so a stream has 2^66
    words and two names share one only when 128 bits of SHA-256 collide. Raises ValueError for a negative
    ``n`` or ``start``.
    """
    if n < 0 or start < 0:
        raise ValueError(f"n, start: has {n}, {start}, needs both >= 0")
    digest = hashlib.sha256(key.encode("utf-8")).digest()
    k0, k1, upper_0, upper_1 = (int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
    first_block, skip = divmod(start, 4)
    blocks = (skip + n + 3) // 4
    out = np.empty((blocks, 4), dtype=np.uint32)
    for begin in range(0, blocks, _BATCH):
        end = min(begin + _BATCH, blocks)
        number = np.arange(first_block + begin, first_block + end, dtype=np.uint64)
        counters = np.empty((end - begin, 4), dtype=np.uint32)
        counters[:, 0] = (number & _MASK).astype(np.uint32)
        counters[:, 1] = (number >> _HALF).astype(np.uint32)
        counters[:, 2] = upper_0
        counters[:, 3] = upper_1
        out[begin:end] = philox4x32(counters, (k0, k1))
    return out.reshape(-1)[skip : skip + n]
