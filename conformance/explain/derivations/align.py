"""What must hold for the alignment of these ids? How many routes each expert has, and how much room they take."""

import numpy as np

from conformance.explain.account import Compared
from conformance.judging.accepted import Index
from reference.alignment import align_block_size
from vectors.case import Case, Vector

_MOST = 12


def of_alignment(case: Case, vector: Vector, compared: Compared, index: Index) -> list[str]:
    """Routes, experts and padded counts, as every right alignment has them."""
    p, ids = case.params, vector.inputs["topk_ids"]
    facts = align_block_size(ids, p["block_size"], p["num_weight_rows"], vector.inputs.get("expert_map"))
    used = np.flatnonzero(facts["counts"])
    counts = ", ".join(f"expert {e}: {facts['counts'][e]} -> {facts['padded_counts'][e]}" for e in used[:_MOST])
    left_out = int((facts["route_expert"] < 0).sum())
    return [
        f"topk_ids {list(ids.shape)}, blocks of {p['block_size']}, {p['num_weight_rows']} weight rows",
        f"routes by local expert, and padded to whole blocks: {counts}{' ...' if len(used) > _MOST else ''}",
        f"num_tokens_post_padded {facts['num_tokens_post_padded']}; {left_out} routes contribute nothing; "
        f"the sentinel is {facts['sentinel']}",
    ]
