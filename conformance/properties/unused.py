"""Does what no route uses show? Experts without routes, routes of weight 0, other tokens, bytes by rows (PRP-02)."""

import ml_dtypes
import numpy as np

from conformance.properties.asking import Inquiry, Property, differ
from conformance.properties.layers import MoELayer
from conformance.properties.search import Example
from vectors.data.mx import E8M0_NAN

_NAN_CODE = 0x7F
_INVALID = np.array([-1, -(2**31), 2**31 - 1], np.int32)  # beside these, the first id behind the weights


def _zero_weights(asked: Inquiry, example: Example) -> str:
    layer = MoELayer.of(asked, example)
    ids, weights = layer.arrays["topk_ids"], layer.arrays["topk_weights"].copy()
    zeroed = np.resize(np.array(example["zeroed"]), ids.shape).astype(bool)
    weights[zeroed] = 0.0
    others = np.resize(np.array(example["others"]), ids.shape).astype(np.int32) - 1  # -1: to no expert
    before, after = layer.changed(topk_weights=weights), np.where(zeroed, others, ids).astype(np.int32)
    words = f"routes of weight 0 to {after[zeroed].tolist()} in place of {ids[zeroed].tolist()}"
    return differ(words, before.changed(topk_ids=after).output(), before.found) or before.departs


def _without_routes(asked: Inquiry, example: Example) -> str:
    layer = MoELayer.of(asked, example)
    unused = ~np.isin(np.arange(asked.params["E"]), layer.arrays["topk_ids"])
    spoiled = {name: layer.arrays[name].copy() for name in ("w13", "w13_scale", "w2", "w2_scale")}
    for name, array in spoiled.items():
        array[unused] = E8M0_NAN if name.endswith("scale") else _NAN_CODE
    words = f"NaN in experts {np.flatnonzero(unused).tolist()}, which have no route"
    return differ(words, layer.changed(**spoiled).output(), layer.found) or layer.departs


def _behind(asked: Inquiry, example: Example) -> str:
    layer = MoELayer.of(asked, example)
    more, tokens = example["more"], example["tokens"]
    a = layer.arrays
    x = np.full((more, a["hidden_states"].shape[1]), np.nan, ml_dtypes.bfloat16)
    ids = np.resize(np.array(example["ids"]), (more, a["topk_ids"].shape[1])).astype(np.int32) - 1
    longer = layer.changed(
        hidden_states=np.concatenate([a["hidden_states"], x]),
        topk_ids=np.concatenate([a["topk_ids"], ids]),
        topk_weights=np.concatenate([a["topk_weights"], np.full(ids.shape, np.nan, np.float32)]),
    )
    # The tokens behind are NaN on purpose; those before them are certified.
    words = f"{more} tokens of NaN behind {tokens}"
    return differ(words, longer.output(tokens, certified=False), layer.found) or layer.departs


def _padding(asked: Inquiry, example: Example) -> str:
    layer = MoELayer.of(asked, example)
    words = f"rows in buffers {example['padding']} elements wider"
    return differ(words, layer.output(padding=example["padding"]), layer.found) or layer.departs


def _invalid_ids(asked: Inquiry, example: Example) -> str:
    layer = MoELayer.of(asked, example)
    ids = layer.arrays["topk_ids"]
    bad = np.append(_INVALID, asked.params["E"]).astype(np.int32)
    where = np.resize(np.array(example["where"]), ids.shape).astype(bool)
    first, second = (np.where(where, bad[np.resize(np.array(example[n]), ids.shape)], ids) for n in ("first", "second"))
    words = f"ids {second[where].tolist()} in place of {first[where].tolist()}"
    before = layer.changed(topk_ids=first)
    return differ(words, layer.changed(topk_ids=second).output(), before.found) or before.departs


PROPERTIES: dict[str, Property] = {
    "zero-weight-routes-change-nothing": _zero_weights,
    "experts-without-routes-do-not-show": _without_routes,
    "tokens-behind-do-not-show": _behind,
    "padding-around-rows-does-not-show": _padding,
    "ids-without-weight-rows-are-alike": _invalid_ids,
}
