"""What goes into a grouped GEMM, and what is right? Operands and routings by kind, the accepted rows of each route."""

from collections.abc import Callable
from dataclasses import replace

import ml_dtypes
import numpy as np

from reference.contraction import Contraction, contract_mx, contract_real
from reference.interval import Interval
from reference.propagation import weighted
from vectors import data
from vectors.arrays import flattened
from vectors.case import Arrays, Case, as_case
from vectors.contents.routes import aligned
from vectors.data import BLOCK, Stream

_ONE = 0x38  # the E4M3 code of 1


def routing(case: Case) -> dict[str, np.ndarray]:
    """topk_ids and their alignment; with ``rank`` the routes to other ranks' experts are left out."""
    p = case.params
    ids = data.routing(p["routing"], Stream(case.id, "topk_ids"), p["T"], p["E"] * p["world"], p["k"])
    expert_map = None if p["world"] == 1 else data.expert_maps.round_robin(p["E"] * p["world"], 1, p["world"])
    found = aligned(_with_live(ids, p["E"], expert_map, p["routing"]), p["block_m"], p["E"], expert_map)
    if p["weighted"]:
        weights = data.router_weights(p["weighted"], Stream(case.id, "weights"), p["T"], p["k"]).reshape(-1)
        live = np.flatnonzero(found["route_expert"] >= 0)
        if live.size and not weights[live].any():
            weights[live[-1]] = 1
        found["topk_weights"] = weights
    return found


def _with_live(ids: np.ndarray, experts: int, expert_map: np.ndarray | None, routing: str) -> np.ndarray:
    """The routes, of which one has an expert here, or every output would be zero; and one an id past a byte."""
    owned = np.arange(experts) if expert_map is None else data.expert_maps.owned(expert_map)
    if expert_map is not None and not np.isin(ids, owned).any():
        ids = data.expert_maps.popular_held(ids, expert_map)
    return ids if routing == "ties" else data.expert_maps.last_named(ids, owned)


def _rows(case: Case) -> int:
    """Rows of A: one a token for the first GEMM, one a route for the second."""
    return int(case.params["T"]) * (
        1 if case.params["rows_per_token"] > 1 or case.params["k"] == 1 else int(case.params["k"])
    )


def gaussian_mx(case: Case) -> Arrays:
    p = case.params
    a_codes, a_scales = data.gaussian_weights(
        Stream(case.id, "a"), (1, _rows(case), p["K"]), std=1.0, outliers=p["K"] // 64
    )
    w, w_scale = data.gaussian_weights(Stream(case.id, "w"), (p["E"], p["N"], p["K"]), outliers=p["K"] // 64)
    return {"a_codes": a_codes[0], "a_scales": a_scales[0], "w": w, "w_scale": w_scale} | routing(case)


def exact_mx(case: Case) -> Arrays:
    """Small integers under scale bytes that differ between all rows, blocks and experts: every sum is exact."""
    p = case.params
    span, largest = p.get("scale_span", 5), p.get("largest", 15)
    a_shape, w_shape = (_rows(case), p["K"]), (p["E"], p["N"], p["K"])
    found = {
        "a_codes": data.exact_codes(Stream(case.id, "a"), a_shape, largest),
        "a_scales": data.distinct_scale_bytes(
            Stream(case.id, "as"), (a_shape[0], p["K"] // BLOCK), 124, 124 + span - 1
        ),
        "w": data.exact_codes(Stream(case.id, "w"), w_shape, largest),
        "w_scale": data.distinct_scale_bytes(
            Stream(case.id, "ws"), (*w_shape[:2], p["K"] // BLOCK), 122, 122 + span - 1
        ),
    }
    return found | routing(case)


def cancelling_mx(case: Case) -> Arrays:
    """The second half of K repeats the first with w's signs turned, but for one element a row: all else cancels."""
    found = dict(exact_mx(case))
    half = case.params["K"] // 2
    for a, scale in (("a_codes", "a_scales"), ("w", "w_scale")):
        found[a][..., half:] = found[a][..., :half]
        found[scale][..., half // BLOCK :] = found[scale][..., : half // BLOCK]
    found["w"][..., half:] ^= 0x80
    keep = np.arange(case.params["N"]) % half
    found["w"][:, np.arange(case.params["N"]), half + keep] = _ONE
    return found


def every_code_and_byte(case: Case) -> Arrays:
    """A is one-hot (row k selects element k), w row n holds all finite codes under byte first + n."""
    p = case.params
    a_codes = np.zeros((256, 256), dtype=np.uint8)
    np.fill_diagonal(a_codes, _ONE)
    w = data.every_code((256,)).copy()
    w[(w & 0x7F) == 0x7F] = 0
    scale = np.arange(p["first_byte"], p["first_byte"] + p["N"], dtype=np.uint8)
    found = {
        "a_codes": a_codes,
        "a_scales": np.full((256, 8), p["a_byte"], dtype=np.uint8),
        "w": np.tile(w, (1, p["N"], 1)),
        "w_scale": np.repeat(scale[None, :, None], 8, axis=2),
    }
    if p.get("swapped"):  # the same codes and bytes as activations: row n of A, one-hot weights
        a, s = found["w"][0], found["w_scale"][0]
        found |= {"w": a_codes[None], "w_scale": found["a_scales"][None], "a_codes": a, "a_scales": s}
    return found | routing(case)


def with_nan(case: Case) -> Arrays:
    """NaN codes and NaN bytes in single rows of A and w: only the outputs of those rows may be NaN."""
    found = dict(exact_mx(case))
    found["a_codes"][3, 17], found["a_codes"][5, -1] = 0x7F, 0xFF
    found["a_scales"][7, 1] = data.mx.E8M0_NAN
    found["a_codes"][7, BLOCK : 2 * BLOCK] = 0  # zeros under a NaN byte are NaN all the same
    found["w"][0, 2, 40], found["w"][-1, 9, 0] = 0xFF, 0x7F
    found["w_scale"][0, 11, 0], found["w_scale"][-1, -1, -1] = data.mx.E8M0_NAN, data.mx.E8M0_NAN
    return found


def nan_codes_under_bytes(case: Case) -> Arrays:
    """Three rows under each of ``under_bytes``: zeros, and zeros beside a NaN code of either sign; ones against them.

    The NaN code is at another place for each byte.
    """
    p = case.params
    count, depth, of_weights = len(p["under_bytes"]), p["K"], p["rows_of"] == "weights"
    codes = np.zeros((3 * count, depth), dtype=np.uint8)
    row = np.arange(count)
    codes[3 * row + 1, 7 * row % depth] = 0x7F
    codes[3 * row + 2, (7 * row + BLOCK) % depth] = 0xFF
    scales = np.repeat(np.array(p["under_bytes"], dtype=np.uint8), 3)[:, None].repeat(depth // BLOCK, axis=1)
    ones = np.full((_rows(case) if of_weights else p["N"], depth), _ONE, dtype=np.uint8)
    unit = np.full((len(ones), depth // BLOCK), 127, dtype=np.uint8)
    if of_weights:
        found = {"a_codes": ones, "a_scales": unit, "w": codes[None], "w_scale": scales[None]}
    else:
        found = {"a_codes": codes, "a_scales": scales, "w": ones[None], "w_scale": unit[None]}
    return found | routing(case)


def tie_sums(case: Case) -> Arrays:
    """Sums 256 + 1 and 256 + 3 times powers of two: exact in FP32, ties of the BF16 store, both parities and signs."""
    p = case.params
    a = np.zeros((_rows(case), p["K"]), dtype=np.int64)
    w = np.zeros((p["E"], p["N"], p["K"]), dtype=np.int64)
    a[:, 0], a[:, 40] = 16, np.where(np.arange(len(a)) % 2, 1, 3)
    w[:, :, 0], w[:, :, 40] = 16, 1
    w[:, 1::2] *= -1
    w[:, 2::4, 70] = 1
    a[:, 70] = 1  # a third term moves some sums off the tie
    found = {
        "a_codes": data.integer_codes(a),
        "a_scales": data.scale_bytes(Stream(case.id, "as"), (len(a), 1), 120, 134).repeat(p["K"] // BLOCK, axis=1),
        "w": data.integer_codes(w),
        "w_scale": data.scale_bytes(Stream(case.id, "ws"), (p["E"], p["N"], 1), 120, 134).repeat(
            p["K"] // BLOCK, axis=2
        ),
    }
    return found | routing(case)


def gaussian_bf16(case: Case) -> Arrays:
    p = case.params
    a = data.normal(Stream(case.id, "a"), (_rows(case), p["K"]), dtype=ml_dtypes.bfloat16)
    w = data.normal(Stream(case.id, "w"), (p["E"], p["N"], p["K"]), std=0.02, dtype=ml_dtypes.bfloat16)
    return {"a": a, "w": w} | routing(case)


def exact_bf16(case: Case) -> Arrays:
    p = case.params
    a = data.small_integers(Stream(case.id, "a"), (_rows(case), p["K"]), 31, dtype=ml_dtypes.bfloat16)
    w = data.small_integers(Stream(case.id, "w"), (p["E"], p["N"], p["K"]), 31, dtype=ml_dtypes.bfloat16)
    return {"a": a, "w": w} | routing(case)


# Chance that a conforming device leaves the likely set of one output, under the bound's assumption.
LIKELY_FAILURE = 2.0**-60


def bf16_with_nan(case: Case) -> Arrays:
    """NaN in single elements of A and w: only the outputs of those rows may be NaN."""
    found = dict(exact_bf16(case))
    found["a"][3, 17], found["w"][0, 2, 40], found["w"][-1, 9, 0] = np.nan, np.nan, np.nan
    return found


def one_row(make: Callable[[Case], Arrays]) -> Callable[[Case], Arrays]:
    """One row of A that stands for all ``num_routes``, of which every ``live_every``-th and the last have an expert."""

    def made(case: Case) -> Arrays:
        p = case.params
        route = np.arange(p["num_routes"], dtype=np.int32)
        live = (route % p["live_every"] == 0) | (route == p["num_routes"] - 1)
        ids = np.where(live, route // p["live_every"] % p["E"], -1).astype(np.int32)
        return {**make(case), **aligned(ids[:, None], p["block_m"], p["E"])}

    return made


def _expected(case: Case, inputs: Arrays) -> Arrays:
    """The accepted interval of every route's row, and the likely one where the case asks for it.

    Of one row that stands for all, the accepted rows are by expert. Raises ValueError where a case that says it is
    exact has a sum whose exactness the numbers do not certify.
    """
    if "live_every" in case.params:
        experts = case.params["E"]
        one_of_each = {"num_routes": experts, "rows_per_token": experts}
        few = replace(case, params={k: v for k, v in {**case.params, **one_of_each}.items() if k != "live_every"})
        return _expected(few, {**inputs, "route_expert": np.arange(experts, dtype=np.int32)})
    found = flattened(_rows_accepted(case, inputs, None))
    if "GEM-10" in case.requirements:
        found |= flattened(_rows_accepted(case, inputs, LIKELY_FAILURE), "likely.")
    return found


def _rows_accepted(case: Case, inputs: Arrays, failure: float | None) -> Interval:
    """One row a route; rows of routes without an expert here are zeros of either sign."""
    p = case.params
    zero = np.zeros((p["num_routes"], p["N"]), dtype=data.DTYPES[p["out_dtype"]])
    lo, hi = -zero, zero.copy()
    nan, free = np.zeros(zero.shape, dtype=bool), np.zeros(zero.shape, dtype=bool)
    for expert in range(p["E"]):
        routes = np.flatnonzero(inputs["route_expert"] == expert)
        if not routes.size:
            continue
        exact = _contract(inputs, expert, routes // p["rows_per_token"])
        if p["exact"] and not (exact.exact | exact.nan).all():
            raise ValueError(f"inputs of {case.id}: a sum is not exact in any order, needs exact data")
        weights = inputs["topk_weights"][routes] if "topk_weights" in inputs else None
        found = _stored(exact, zero.dtype, weights, failure)
        lo[routes], hi[routes], nan[routes], free[routes] = found.lo, found.hi, found.nan, found.free
    return Interval(lo, hi, nan, free)


def _contract(inputs: Arrays, expert: int, rows: np.ndarray) -> Contraction:
    if "a" in inputs:
        return contract_real(inputs["a"][rows].astype(np.float64), inputs["w"][expert].astype(np.float64))
    return contract_mx(
        inputs["a_codes"][rows], inputs["a_scales"][rows], inputs["w"][expert], inputs["w_scale"][expert]
    )


def _stored(exact: Contraction, dtype: np.dtype, weights: np.ndarray | None, failure: float | None) -> Interval:
    """The FP32 accumulator, times the router weight in FP32 where there is one, rounded to the output type."""
    if weights is None:
        return exact.interval(dtype, failure=failure)
    return weighted(exact.interval(np.float32, failure=failure), weights).rounded_to(dtype)


def gemm_case(
    case_id: str, title: str, make: Callable[[Case], Arrays], requirements: str, flags: str, *,
    T: int, N: int, K: int, E: int = 1, k: int = 1, exact: bool = True, second: bool = False, tier: str = "quick",
    needs: str = "", golden: bool = True, **params: object,
) -> Case:  # fmt: skip
    """A case of T tokens (k routes each) times E experts [N, K]; ids of requirements, flags and needs apart by blanks.

    exact: the numbers must certify every sum. second: A has one row per route, as in the second GEMM. params:
    out_dtype, block_m, routing, world (ranks that share the experts), weighted (kind of router weights), layout.
    """
    defaults: dict[str, object] = {"out_dtype": "float32", "block_m": 16, "routing": "uniform", "world": 1}
    defaults |= {"weighted": None, "layout": "contiguous"}
    shape = {"T": T, "N": N, "K": K, "E": E, "k": k, "num_routes": T * k, "rows_per_token": 1 if second else k}
    held = defaults | shape | {"exact": exact} | params
    return as_case(case_id, title, requirements, flags, tier, held, make, _expected, needs, golden)
