"""Which mixture-of-experts layers do the pipeline tests use?"""

from __future__ import annotations

import numpy as np

from reference.codec import float64_to_bf16
from reference.pipelines import MoEInputs
from reference.quantize import quantize_mxfp8


def gaussian_layer(T: int, H: int, width: int, E: int, k: int, *, seed: int = 0, local: int | None = None) -> MoEInputs:
    """Gaussian hidden states and weights, softmax router weights; with `local`, only that many experts are here."""
    rng = np.random.default_rng(seed)
    rows = E if local is None else local

    def weights(n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
        return quantize_mxfp8((rng.standard_normal((rows, n, m)) * m**-0.5).astype(np.float32))

    w13, w2 = weights(2 * width, H), weights(H, width)
    logits = rng.standard_normal((T, k))
    router = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)
    ids = np.stack([rng.permutation(E)[:k] for _ in range(T)]).astype(np.int32).reshape(T, k)
    expert_map = None
    if local is not None:
        expert_map = np.full(E, -1, np.int32)
        expert_map[rng.permutation(E)[:local]] = np.arange(local)
    hidden = float64_to_bf16(rng.standard_normal((T, H)))
    return MoEInputs(hidden, *w13, *w2, router, ids, global_num_experts=E, expert_map=expert_map)


def exact_layer(T: int = 5, E: int = 3, k: int = 2, seed: int = 0) -> MoEInputs:
    """H = 64, I = 32, alpha 0: small integers under scales that differ everywhere, router weights powers of two."""
    rng = np.random.default_rng(seed)
    H, width = 64, 32
    one = {0: 0x00, 1: 0x38, -1: 0xB8, 2: 0x40, -2: 0xC0}
    table = np.vectorize(one.__getitem__, otypes=[np.uint8])

    def weights(n: int, m: int, filled: float) -> tuple[np.ndarray, np.ndarray]:
        values = np.where(rng.random((E, n, m)) < filled, rng.choice([-2, -1, 1, 2], (E, n, m)), 0)
        return table(values), rng.integers(126, 129, (E, n, m // 32)).astype(np.uint8)

    hidden = rng.choice([-2.0, -1.0, 0.0, 1.0, 2.0], (T, H))
    router = 2.0 ** rng.integers(-3, 2, (T, k))
    ids = np.stack([rng.permutation(E)[:k] for _ in range(T)]).astype(np.int32)
    return MoEInputs(
        float64_to_bf16(hidden), *weights(2 * width, H, 0.1), *weights(H, width, 0.5), router.astype(np.float32), ids,
        alpha=0.0, beta=1.0, limit=None, global_num_experts=E,
    )  # fmt: skip
