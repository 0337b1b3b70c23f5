"""Is a power of two exact wherever it enters a MoE? In router weights, in scale bytes, in a route split in halves."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.properties.asking import Asked, Property, differ
from conformance.properties.layers import MOST_TOKENS, Layer, layers, numbers_up_to
from conformance.properties.search import Example

_MOST = 6  # binades up or down


def _powers(count: int) -> SearchStrategy[list[int]]:
    return st.lists(st.integers(-_MOST, _MOST), min_size=count, max_size=count)


def _router_weights(asked: Asked, example: Example) -> str:
    layer = Layer.of(asked, example)
    powers = np.array(example["powers"])[: example["tokens"], None]
    signs = np.where(np.array(example["signs"])[: example["tokens"], None], -1.0, 1.0)
    factor = (signs * 2.0 ** powers.astype(np.float64)).astype(np.float32)
    scaled = layer.changed(topk_weights=layer.arrays["topk_weights"] * factor)
    words = f"router weights times {factor[:, 0].tolist()}"
    return differ(words, scaled.output(), layer.output() * factor + np.float32(0))


def _between(asked: Asked, example: Example) -> str:
    layer = Layer.of(asked, example)
    powers = np.array(example["powers"])
    bytes_ = (layer.arrays["w2_scale"].astype(np.int64) + powers[:, None, None]).astype(np.uint8)
    weights = layer.arrays["topk_weights"] * (2.0 ** -powers[layer.arrays["topk_ids"]].astype(np.float64))
    moved = layer.changed(w2_scale=bytes_, topk_weights=weights.astype(np.float32))
    words = f"experts' scale bytes {powers.tolist()} higher and router weights as much smaller"
    return differ(words, moved.output(), layer.output())


def _halves(asked: Asked, example: Example) -> str:
    """Every token has one route more: its route number ``which`` a second time, each with half the weight."""
    layer = Layer.of(asked, example)
    ids, weights = layer.arrays["topk_ids"], layer.arrays["topk_weights"]
    which = np.array(example["which"])[: example["tokens"], None] % ids.shape[1]
    halved = weights.copy()
    np.put_along_axis(halved, which, np.take_along_axis(weights, which, 1) / 2, 1)
    split = layer.changed(
        topk_ids=np.concatenate([ids, np.take_along_axis(ids, which, 1)], axis=1),
        topk_weights=np.concatenate([halved, np.take_along_axis(halved, which, 1)], axis=1),
    )
    return differ(f"routes {which[:, 0].tolist()} split in halves", split.output(), layer.output())


PROPERTIES: dict[str, Property] = {
    "scaling-router-weights-scales-rows": Property(
        lambda p: layers(
            p, powers=_powers(MOST_TOKENS), signs=st.lists(st.booleans(), min_size=6, max_size=6)
        ),
        _router_weights,
    ),
    "powers-move-between-scales-and-weights": Property(lambda p: layers(p, powers=_powers(p["E"])), _between),
    "halving-a-route-in-two-changes-nothing": Property(
        lambda p: layers(p, which=numbers_up_to(p["k"] - 1, MOST_TOKENS)), _halves
    ),
}
