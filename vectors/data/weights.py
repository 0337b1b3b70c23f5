"""What do a shipped model's expert weights look like? Gaussian, with outlier channels, quantized to MXFP8."""

from collections.abc import Collection, Sequence

import numpy as np

from reference.formats import BLOCK
from reference.quantize import quantize_mxfp8
from vectors.data.floats import normal, outlier_channels, with_outliers
from vectors.data.stream import Stream


def gaussian_weights(
    stream: Stream,
    shape: tuple[int, int, int],
    *,
    std: float = 0.02,
    outliers: int = 0,
    outlier_exponent: int = 5,
    distinct: int | None = None,
    only: Collection[int] | None = None,
    rule: str = "rceil",
) -> tuple[np.ndarray, np.ndarray]:
    """Quantized expert weights: codes uint8 [E, N, K] and scales uint8 [E, N, K // 32].

    shape: (E, N, K). Values are ``normal`` with ``std``; ``outliers`` channels of K, the same for all
    experts, are 2^outlier_exponent times larger. With ``distinct`` only that many experts are drawn and
    expert e is expert e % distinct with its rows rolled by e // distinct: different weights per expert at a
    fraction of the work. ``only``: the experts that get weights; the others are zeros in memory that nobody touches,
    so that it costs none. One expert at a time is in memory as floats. Raises ValueError when K is not a multiple
    of 32.
    """
    experts, rows, depth = shape
    if depth % BLOCK:
        raise ValueError(f"shape: has K = {depth}, needs a multiple of {BLOCK}")
    drawn = experts if distinct is None else min(distinct, experts)
    if experts and drawn < 1:
        raise ValueError(f"distinct: has {distinct}, needs at least 1")
    channels = outlier_channels(stream, depth, outliers)
    made = [
        quantize_mxfp8(with_outliers(normal(stream, (rows, depth), std=std), channels, outlier_exponent), rule=rule)
        for _ in range(drawn)
    ]
    return spread([codes for codes, _ in made], shape, only), spread(
        [scales for _, scales in made], (experts, rows, depth // BLOCK), only
    )


def spread(
    drawn: Sequence[np.ndarray] | np.ndarray, shape: tuple[int, ...], only: Collection[int] | None = None
) -> np.ndarray:
    """uint8 [E, N, K] from few drawn experts: expert e is e % drawn with its rows rolled by e // drawn.

    only: as in ``gaussian_weights``.
    """
    found = np.zeros(shape, dtype=np.uint8)
    for expert in range(shape[0]) if only is None else only:
        found[expert] = np.roll(drawn[expert % len(drawn)], expert // len(drawn), axis=0)
    return found
