"""What do a shipped model's expert weights look like? Gaussian, with outlier channels, quantized to MXFP8."""

from __future__ import annotations

import numpy as np

from reference.quantize import quantize_mxfp8
from vectors.data.floats import normal, outlier_channels, with_outliers
from vectors.data.mx import BLOCK
from vectors.data.stream import Stream


def gaussian_weights(
    stream: Stream,
    shape: tuple[int, int, int],
    *,
    std: float = 0.02,
    outliers: int = 0,
    outlier_exponent: int = 5,
    distinct: int | None = None,
    rule: str = "rceil",
) -> tuple[np.ndarray, np.ndarray]:
    """Quantized expert weights: codes uint8 [E, N, K] and scales uint8 [E, N, K // 32].

    shape: (E, N, K). Values are ``normal`` with ``std``; ``outliers`` channels of K, the same for all
    experts, are 2^outlier_exponent times larger. With ``distinct`` only that many experts are drawn and
    expert e is expert e % distinct with its rows rolled by e // distinct: different weights per expert at a
    fraction of the work. One expert at a time is in memory as floats. Raises ValueError when K is not a
    multiple of 32.
    """
    experts, rows, depth = shape
    if depth % BLOCK:
        raise ValueError(f"shape: has K = {depth}, needs a multiple of {BLOCK}")
    drawn = experts if distinct is None else min(distinct, experts)
    if experts and drawn < 1:
        raise ValueError(f"distinct: has {distinct}, needs at least 1")
    channels = outlier_channels(stream, depth, outliers)
    codes = np.empty(shape, dtype=np.uint8)
    scales = np.empty((experts, rows, depth // BLOCK), dtype=np.uint8)
    for expert in range(experts):
        if expert < drawn:
            values = with_outliers(normal(stream, (rows, depth), std=std), channels, outlier_exponent)
            codes[expert], scales[expert] = quantize_mxfp8(values, rule=rule)
        else:
            turn = expert // drawn
            codes[expert] = np.roll(codes[expert % drawn], turn, axis=0)
            scales[expert] = np.roll(scales[expert % drawn], turn, axis=0)
    return codes, scales
