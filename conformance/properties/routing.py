"""Does it matter in which order tokens, choices and experts stand, or on which rank an expert is? It must not.

Tokens, choices and experts: PRP-01. Ranks: EPM-01.
"""

import numpy as np

from conformance.properties.asking import Inquiry, Property, differ
from conformance.properties.layers import PER_TOKEN, MoELayer, order_of
from conformance.properties.search import Example
from vectors.examples.of_properties import RANKS
from vectors.families.expert_map import rank_weights

_WEIGHTS = ("w13", "w13_scale", "w2", "w2_scale")


def _tokens(asked: Inquiry, example: Example) -> str:
    layer = MoELayer.of(asked, example)
    order = order_of(example["keys"], example["tokens"])
    moved = layer.changed(**{name: layer.arrays[name][order] for name in PER_TOKEN})
    return differ(f"tokens in the order {order.tolist()}", moved.output(), layer.found[order]) or layer.departs


def _choices(asked: Inquiry, example: Example) -> str:
    layer = MoELayer.of(asked, example)
    ids, weights = layer.arrays["topk_ids"], layer.arrays["topk_weights"]
    keys = np.resize(np.array(example["keys"]), ids.shape)
    order = np.argsort(keys, axis=1, kind="stable")
    moved = layer.changed(
        topk_ids=np.take_along_axis(ids, order, 1), topk_weights=np.take_along_axis(weights, order, 1)
    )
    return differ(f"choices in the orders {order.tolist()}", moved.output(), layer.found) or layer.departs


def _experts(asked: Inquiry, example: Example) -> str:
    layer = MoELayer.of(asked, example)
    order = order_of(example["keys"], asked.params["E"])
    place = np.argsort(order).astype(np.int32)  # where each expert stands now
    moved = layer.changed(
        topk_ids=place[layer.arrays["topk_ids"]], **{name: layer.arrays[name][order] for name in _WEIGHTS}
    )
    return differ(f"experts in the order {order.tolist()}", moved.output(), layer.found) or layer.departs


def _ranks(asked: Inquiry, example: Example) -> str:
    """Compared where no rank's own rounding loses anything: there the sum is the whole run's, bit for bit."""
    layer = MoELayer.of(asked, example)
    owner = np.array(example["ranks"])[: asked.params["E"]]
    whole, right = layer.found, layer.reference
    total, exact = np.zeros_like(whole), np.zeros_like(whole)
    for rank in range(RANKS):
        local = np.cumsum(owner == rank) - 1
        expert_map = np.where(owner == rank, local, -1).astype(np.int32)
        arrays = layer.arrays | {"expert_maps": np.stack([expert_map] * RANKS)}
        part = layer.changed(**rank_weights(arrays, expert_map), expert_map=expert_map)
        total, exact = total + part.output(), exact + part.reference
    words = f"experts on the ranks {owner.tolist()}"
    return differ(words, total, whole, care=exact == right) or layer.departs


PROPERTIES: dict[str, Property] = {
    "permuting-tokens-permutes-outputs": _tokens,
    "permuting-choices-changes-nothing": _choices,
    "renaming-experts-changes-nothing": _experts,
    "splitting-experts-over-ranks-sums": _ranks,
}
