"""How much does each route count? Softmax weights, correctly rounded, and special weights."""

from collections.abc import Callable
from decimal import Context, Decimal
from fractions import Fraction

import numpy as np

from vectors.data.floats import float32_to_bfloat16, log_uniform, powers_of_two
from vectors.data.routing import top_k
from vectors.data.stream import Stream

# Logits are integers in units of 2^-10. 50 digits leave any FP32 rounding decided: decimal's exp is correctly rounded.
LOGIT_UNIT_BITS = 10
_BESIDE_ONE = 8
Kind = Callable[[Stream, int, int], np.ndarray]  # of a stream, for so many tokens and routes each
_CONTEXT = Context(prec=50, Emin=-999999, Emax=999999)


def logits(stream: Stream, tokens: int, experts: int, *, std: int = 2) -> np.ndarray:
    """Gaussian-like router logits in units of 2^-10 (sum of 8 uniform integers), int64 [tokens, experts]."""
    # A uniform integer on [-h, h] has standard deviation h / sqrt(3), the sum of 8 of them sqrt(8 / 3) h.
    half = (std << LOGIT_UNIT_BITS) * 6124 // 10000
    return stream.integers(-half, half + 1, (tokens, experts, 8)).sum(axis=2)


def softmax_top_k(scores: np.ndarray, k: int, *, renormalize: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Top-k ids and their softmax weights: (int32 [T, k], float32 [T, k]).

    scores: integer logits [T, E] in units of 2^-10. The softmax runs over the k chosen experts when ``renormalize``,
    else over all E; each weight is evaluated with 50 decimal digits and rounded once to float32, ties to even.
    """
    ids = top_k(scores, k)
    chosen = np.take_along_axis(scores, ids.astype(np.int64), axis=1)
    weights = np.empty(ids.shape, dtype=np.float32)
    for row, values in enumerate(chosen):
        exps = [_exp(int(value)) for value in values]
        over = exps if renormalize else [_exp(int(value)) for value in scores[row]]
        total = Decimal(0)
        for term in over:
            total = _CONTEXT.add(total, term)
        weights[row] = [fraction_to_float32(Fraction(_CONTEXT.divide(e, total))) for e in exps]
    return ids, weights


def softmax(stream: Stream, tokens: int, k: int) -> np.ndarray:
    """Softmax of k random logits per token, descending; float32 [tokens, k], rows sum to about 1.

    With k = 1 the share of the best of eight, as routers have it that do not renormalize: 1 would show nothing.
    """
    if k == 1:
        return softmax_top_k(logits(stream, tokens, _BESIDE_ONE), k, renormalize=False)[1]
    return softmax_top_k(logits(stream, tokens, k), k)[1]


def _some_zero(weights_of: Kind) -> Kind:
    """Those weights, but half of the routes (the first one always) weigh +0."""

    def found(stream: Stream, tokens: int, k: int) -> np.ndarray:
        weights, drop = weights_of(stream, tokens, k), stream.booleans((tokens, k))
        drop.reshape(-1)[:1] = True
        return np.where(drop, np.float32(0), weights)

    return found


def _signed(weights_of: Kind) -> Kind:
    """Those weights with random signs."""

    def found(stream: Stream, tokens: int, k: int) -> np.ndarray:
        weights = weights_of(stream, tokens, k)
        return np.where(stream.booleans((tokens, k)), -weights, weights)

    return found


def _powers(stream: Stream, tokens: int, k: int) -> np.ndarray:
    """Powers of two from 1/8 to 2, of which not all are 1."""
    weights = powers_of_two(stream, (tokens, k), -3, 1, signed=False)
    return weights / 2 if (weights == 1).all() else weights


WEIGHTS: dict[str, Kind] = {
    "softmax": softmax,
    "zero": _some_zero(softmax),
    "negative": _signed(softmax),
    "tiny": lambda stream, tokens, k: log_uniform(stream, (tokens, k), -100, -60, signed=False),
    "huge": lambda stream, tokens, k: log_uniform(stream, (tokens, k), 20, 40, signed=False),
    "powers_of_two": _powers,
    "ones": lambda stream, tokens, k: np.ones((tokens, k), dtype=np.float32),
    "bfloat16": lambda stream, tokens, k: float32_to_bfloat16(softmax(stream, tokens, k)).astype(np.float32),
}


def _shares(stream: Stream, tokens: int, k: int) -> np.ndarray:
    """Descending positive multiples of a power of two that sum to 1: as softmax weights, with few bits.

    With k = 1 a share below 1, as ``softmax`` has it.
    """
    units = 1 << max(6, k.bit_length() + 1)
    if k == 1:
        return (stream.integers(units // 4, units, (tokens, 1)) / units).astype(np.float32)
    drawn = stream.integers(0, k, (tokens, units - k)) if k else np.zeros((tokens, 0), dtype=np.int64)
    counts = 1 + (drawn[:, :, None] == np.arange(k)).sum(axis=1)
    return (-np.sort(-counts, axis=1) / units).astype(np.float32)


# The same kinds with so few bits that a sum of products can be exact in any order.
EXACT_WEIGHTS: dict[str, Kind] = WEIGHTS | {
    "softmax": _shares,
    "zero": _some_zero(_shares),
    "negative": _signed(_shares),
    "tiny": lambda stream, tokens, k: powers_of_two(stream, (tokens, k), -100, -97, signed=False),
    "huge": lambda stream, tokens, k: powers_of_two(stream, (tokens, k), 37, 40, signed=False),
    "bfloat16": lambda stream, tokens, k: (stream.integers(128, 256, (tokens, k)) / 256).astype(np.float32),
}


def exact_router_weights(kind: str, stream: Stream, tokens: int, k: int) -> np.ndarray:
    """``router_weights`` of the same kind with few bits. Raises ValueError for an unknown name."""
    if kind not in EXACT_WEIGHTS:
        raise ValueError(f"kind: has {kind!r}, needs one of {', '.join(EXACT_WEIGHTS)}")
    return EXACT_WEIGHTS[kind](stream, tokens, k)


def router_weights(kind: str, stream: Stream, tokens: int, k: int) -> np.ndarray:
    """topk_weights float32 [tokens, k] by the name of a kind. Raises ValueError for an unknown name."""
    if kind not in WEIGHTS:
        raise ValueError(f"kind: has {kind!r}, needs one of {', '.join(WEIGHTS)}")
    return WEIGHTS[kind](stream, tokens, k)


def fraction_to_float32(value: Fraction) -> np.float32:
    """The float32 nearest to a rational number, ties to even, with subnormals; too large gives Inf."""
    magnitude = abs(value)
    if magnitude == 0:
        return np.float32(0)
    exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    if magnitude < Fraction(2) ** exponent:
        exponent -= 1
    quantum = max(exponent, -126) - 23
    steps = round(magnitude / Fraction(2) ** quantum)  # Fraction rounds half to even
    if steps << (quantum + 149) >= 1 << (149 + 128):
        return np.float32(-np.inf if value < 0 else np.inf)
    # steps * 2^quantum has at most 24 significant bits, so every conversion from here on is exact.
    result = np.float32(float(Fraction(steps) * Fraction(2) ** quantum))
    return np.float32(-result) if value < 0 else result


def _exp(logit: int) -> Decimal:
    return _CONTEXT.exp(_CONTEXT.divide(Decimal(logit), Decimal(1 << LOGIT_UNIT_BITS)))
