"""Which parts of an answer rest on which elements of a case's arrays? Masks over [rows, parts] of the answer.

Of a layer a row is a token, of a GEMM a route. A part is an element of the activation, a block of 32 of what is
quantized, a column of a GEMM, and all of a layer's row.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from reference.codec import Bools
from reference.formats import BLOCK
from vectors.case import Arrays, Case

Onto = Callable[[Bools], Bools]  # elements of an array -> the parts that rest on one of them
_BLOCKS = ("quantize", "fp32-sweep", "activation-quantize")


@dataclass(frozen=True)
class AnswerParts:
    """rows, parts: the shape of the masks. onto: array -> how its elements reach the answer."""

    rows: int
    parts: int
    onto: Mapping[str, Onto] = field(repr=False)

    def of(self, wrong: Bools) -> Bools | None:
        """The parts in which an observable has a wrong element; None where it does not lie as the answer does."""
        if wrong.ndim < 1 or not wrong.size or wrong.size // wrong.shape[-1] != self.rows:
            return None
        rows = wrong.reshape(self.rows, -1)
        if not self.parts or rows.shape[1] % self.parts:
            return None
        return np.asarray(rows.reshape(self.rows, self.parts, -1).any(axis=-1))


def answer(case: Case, inputs: Arrays) -> AnswerParts | None:
    """Where the answer's parts are; None where a case's elements cannot be told apart."""
    if case.params.get("repeated") or case.params.get("way"):
        return None
    if case.family in ("quantize", "activation", "activation-quantize"):
        return _of_rows(case, inputs)
    if case.family in ("gemm-mx", "gemm-bf16"):
        return _of_routes(case, inputs)
    if "hidden_states" in inputs and case.family != "stages":
        return _of_tokens(inputs)
    return None


def _of_rows(case: Case, inputs: Arrays) -> AnswerParts | None:
    name = "x" if case.family == "quantize" else "gate_up"
    shape = inputs[name].shape
    width = shape[-1] if name == "x" else shape[-1] // 2
    rows = int(np.prod(shape[:-1]))
    blocks = case.family in _BLOCKS
    if not rows or not width or (blocks and width % BLOCK):
        return None

    def onto(bad: Bools) -> Bools:
        flat = bad.reshape(rows, -1)
        if name == "gate_up" and case.params.get("layout") == "interleaved":
            flat = flat[:, ::2] | flat[:, 1::2]
        elif name == "gate_up":
            flat = flat[:, :width] | flat[:, width:]
        return np.asarray(flat.reshape(rows, -1, BLOCK).any(axis=-1)) if blocks else flat

    return AnswerParts(rows, width // BLOCK if blocks else width, {name: onto})


def _of_routes(case: Case, inputs: Arrays) -> AnswerParts:
    expert, step = inputs["route_expert"], int(case.params["rows_per_token"])
    here = expert >= 0
    token, columns = np.arange(len(expert)) // step, inputs["w"].shape[1]

    def of_row(bad: Bools) -> Bools:
        of_token: Bools = np.any(bad, axis=-1)
        return of_token[token][:, None] & here[:, None]

    def of_weights(bad: Bools) -> Bools:
        of_column: Bools = np.any(bad, axis=-1)
        return of_column[np.where(here, expert, 0)] & here[:, None]

    of_router: Onto = lambda bad: bad.reshape(-1, 1)  # noqa: E731
    onto = {"a_codes": of_row, "a_scales": of_row, "a": of_row, "w": of_weights, "w_scale": of_weights}
    return AnswerParts(len(expert), columns, {**onto, "topk_weights": of_router})


def _of_tokens(inputs: Arrays) -> AnswerParts:
    ids, rows = inputs["topk_ids"].astype(np.int64), len(inputs["w13"])
    local, mapped = ids, inputs.get("expert_map")
    if mapped is not None and len(mapped):
        known = (ids >= 0) & (ids < len(mapped))
        local = np.where(known, mapped.astype(np.int64)[np.clip(ids, 0, len(mapped) - 1)], -1)
    here = (local >= 0) & (local < rows)

    def of_token(bad: Bools) -> Bools:
        return np.any(bad, axis=1, keepdims=True)

    def of_expert(bad: Bools) -> Bools:
        each: Bools = np.any(bad.reshape(rows, -1), axis=1)
        return of_token(each[np.where(here, local, 0)] & here) if rows else np.zeros((len(ids), 1), bool)

    def of_map(bad: Bools) -> Bools:
        named = (ids >= 0) & (ids < len(bad))
        return of_token(bad[np.clip(ids, 0, max(0, len(bad) - 1))] & named)

    onto: dict[str, Onto] = dict.fromkeys(("hidden_states", "topk_weights", "topk_ids"), of_token)
    onto |= dict.fromkeys(("w13", "w13_scale", "w2", "w2_scale"), of_expert)
    return AnswerParts(len(ids), 1, onto | {"expert_map": of_map})
