"""What does the MXFP8 grouped GEMM not depend on, if sums are exact? On where a power, block or row stands (PRP-07)."""

import numpy as np
import torch

from conformance.calls import tensors
from conformance.judging.within import Within
from conformance.properties.asking import Inquiry, Property, answer, differ, without_sign_of_zero, wrong
from conformance.properties.search import Departure, Example, Unfit
from reference.formats import BLOCK
from reference.interval import Interval
from vectors.arrays import interval
from vectors.case import Case
from vectors.contents.gemm import exact_mx, gemm_case
from vectors.data import Stream

Arrays = dict[str, np.ndarray]
_BLOCK_M = 16
_ROUTING = ("sorted_token_ids", "expert_ids", "num_tokens_post_padded")


def _case(asked: Inquiry, example: Example) -> Case:
    p = asked.params
    sizes = {"T": p["T"], "N": p["N"], "K": p["K"], "E": p["E"], "k": p["top_k"]}
    name = f"property/gemm-{example['seed']}"
    return gemm_case(name, "Operands of a property.", exact_mx, "PRP-07", "exact-sum", **sizes, block_m=_BLOCK_M)


def _run(asked: Inquiry, case: Case, arrays: Arrays) -> np.ndarray:
    """The product, zeros unsigned. Raises Unfit where the numbers do not certify every sum."""
    _right(case, arrays)
    crossed = {name: tensors.tensor(array, asked.device) for name, array in arrays.items()}
    operands = (
        tensors.codes(arrays["a_codes"], asked.device),
        crossed["a_scales"],
        tensors.codes(arrays["w"], asked.device),
        crossed["w_scale"],
    )

    def call() -> torch.Tensor:
        found: torch.Tensor = asked.subject.call(
            "grouped_gemm",
            *operands,
            *(crossed[name] for name in _ROUTING),
            num_routes=case.params["num_routes"],
            top_k=case.params["rows_per_token"],
            block_m=_BLOCK_M,
            out_dtype=torch.float32,
            topk_weights=None,
        )
        return found

    (found,) = answer(call, (case.params["num_routes"], case.params["N"]))
    return without_sign_of_zero(found)


def _right(case: Case, arrays: Arrays) -> Interval:
    """The one right product. Raises Unfit where the numbers do not certify every sum."""
    try:
        return interval(case.expected(arrays))
    except ValueError as error:
        raise Unfit from error


def _departs(case: Case, arrays: Arrays, found: np.ndarray) -> str:
    """How one side departs from the one right product; constants keep the relations."""
    return Departure(wrong("the relation holds, the product is wrong", Within(found, _right(case, arrays))))


def _powers(asked: Inquiry, example: Example) -> str:
    case = _case(asked, example)
    given = dict(case.inputs())
    powers = np.resize(np.array(example["powers"]), given["a_scales"].shape[1])
    moved = given | {
        "a_scales": (given["a_scales"].astype(np.int64) + powers).astype(np.uint8),
        "w_scale": (given["w_scale"].astype(np.int64) - powers).astype(np.uint8),
    }
    words = f"2^{powers.tolist()} moved from the weights' blocks to A's"
    before = _run(asked, case, given)
    return differ(words, _run(asked, case, moved), before) or _departs(case, given, before)


def _blocks(asked: Inquiry, example: Example) -> str:
    case = _case(asked, example)
    given = dict(case.inputs())
    order = Stream(f"property/order-{example['order']}", "k").permutation(given["a_scales"].shape[1])
    columns = (order[:, None] * BLOCK + np.arange(BLOCK)).reshape(-1)
    moved = given | {
        "a_codes": given["a_codes"][:, columns],
        "a_scales": given["a_scales"][:, order],
        "w": given["w"][:, :, columns],
        "w_scale": given["w_scale"][:, :, order],
    }
    words = f"blocks of K in the order {order.tolist()}"
    before = _run(asked, case, given)
    return differ(words, _run(asked, case, moved), before) or _departs(case, given, before)


def _sides(asked: Inquiry, example: Example) -> str:
    """Tokens' rows and the routes that follow them, and the columns of every expert alike."""
    case = _case(asked, example)
    given = dict(case.inputs())
    order = Stream(f"property/order-{example['order']}", "n").permutation(given["w"].shape[1])
    tokens = Stream(f"property/order-{example['order']}", "m").permutation(len(given["a_codes"]))
    place = np.argsort(tokens)  # where each token's row stands now
    k = asked.params["top_k"]
    routes = (tokens[:, None] * k + np.arange(k)).reshape(-1)
    number = np.append((place[:, None] * k + np.arange(k)).reshape(-1), len(routes))  # the sentinel stays
    moved = given | {
        "a_codes": given["a_codes"][tokens],
        "a_scales": given["a_scales"][tokens],
        "w": given["w"][:, order],
        "w_scale": given["w_scale"][:, order],
        "sorted_token_ids": number[given["sorted_token_ids"]].astype(np.int32),
        "route_expert": given["route_expert"][routes],
    }
    before = _run(asked, case, given)
    words = "rows and columns moved"
    return differ(words, _run(asked, case, moved), before[routes][:, order]) or _departs(case, given, before)


PROPERTIES: dict[str, Property] = {
    "powers-move-between-operands": _powers,
    "blocks-of-k-move-together": _blocks,
    "rows-and-columns-move": _sides,
}
