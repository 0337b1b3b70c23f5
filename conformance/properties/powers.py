"""Is a power of two exact wherever it enters a MoE? In router weights, scale bytes, routes split in halves (PRP-03)."""

import numpy as np

from conformance.properties.asking import Inquiry, Property, differ
from conformance.properties.layers import MoELayer
from conformance.properties.search import Example


def _router_weights(asked: Inquiry, example: Example) -> str:
    layer = MoELayer.of(asked, example)
    powers = np.array(example["powers"])[: example["tokens"], None]
    signs = np.where(np.array(example["signs"])[: example["tokens"], None], -1.0, 1.0)
    factor = (signs * 2.0 ** powers.astype(np.float64)).astype(np.float32)
    scaled = layer.changed(topk_weights=layer.arrays["topk_weights"] * factor)
    words = f"router weights times {factor[:, 0].tolist()}"
    return differ(words, scaled.output(), layer.found * factor + np.float32(0)) or layer.departs


def _between(asked: Inquiry, example: Example) -> str:
    layer = MoELayer.of(asked, example)
    powers = np.array(example["powers"])
    bytes_ = (layer.arrays["w2_scale"].astype(np.int64) + powers[:, None, None]).astype(np.uint8)
    weights = layer.arrays["topk_weights"] * (2.0 ** -powers[layer.arrays["topk_ids"]].astype(np.float64))
    moved = layer.changed(w2_scale=bytes_, topk_weights=weights.astype(np.float32))
    words = f"experts' scale bytes {powers.tolist()} higher and router weights as much smaller"
    return differ(words, moved.output(), layer.found) or layer.departs


def _halves(asked: Inquiry, example: Example) -> str:
    """Every token has one route more: its route number ``which`` a second time, each with half the weight."""
    layer = MoELayer.of(asked, example)
    ids, weights = layer.arrays["topk_ids"], layer.arrays["topk_weights"]
    which = np.array(example["which"])[: example["tokens"], None] % ids.shape[1]
    halved = weights.copy()
    np.put_along_axis(halved, which, np.take_along_axis(weights, which, 1) / 2, 1)
    split = layer.changed(
        topk_ids=np.concatenate([ids, np.take_along_axis(ids, which, 1)], axis=1),
        topk_weights=np.concatenate([halved, np.take_along_axis(halved, which, 1)], axis=1),
    )
    words = f"routes {which[:, 0].tolist()} split in halves"
    return differ(words, split.output(), layer.found) or layer.departs


PROPERTIES: dict[str, Property] = {
    "scaling-router-weights-scales-rows": _router_weights,
    "powers-move-between-scales-and-weights": _between,
    "halving-a-route-in-two-changes-nothing": _halves,
}
