"""On which MoE layers are properties asked? Small ones whose every output is determined, so that relations are exact.

alpha is 0, weights and tokens are small integers under scales that differ everywhere, router weights are powers of two:
the reference certifies for each layer that one output is right in any order of additions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from conformance.properties.asking import Inquiry, answer, differ, without_sign_of_zero
from conformance.properties.search import Departure, Example, Unfit
from conformance.subjects import moe_call
from reference import pipelines
from vectors import arithmetic
from vectors.case import Case, expect_nothing
from vectors.contents.moe import as_moe, make_inputs, parameters

_SIZES = ("H", "I", "E", "k")
PER_TOKEN = moe_call.PER_TOKEN
Arrays = dict[str, np.ndarray]


def order_of(keys: list[int], size: int) -> np.ndarray:
    """The permutation of range(size) that sorts the first keys; all alike keys leave everything in place."""
    return np.argsort(np.resize(np.array(keys), size), kind="stable")


@dataclass(frozen=True)
class MoELayer:
    """A layer and how to run it. arrays: as a case of a whole MoE has them."""

    asked: Inquiry
    case: Case
    arrays: Arrays

    @staticmethod
    def of(asked: Inquiry, example: Example) -> MoELayer:
        """The layer that an example names."""
        sizes = {name: asked.params[name] for name in _SIZES}
        routing = example["routing"] if sizes["k"] > 1 else "uniform"
        given = parameters(
            T=example["tokens"], **sizes, data="exact", alpha=0.0, limit=None, weights="powers_of_two", routing=routing
        )
        case = Case(
            id=f"property/layer-{example['seed']}",
            title="A layer of a property.",
            requirements=("PRP-01",),
            params=given | arithmetic.params(arithmetic.of(asked.params)),
            make_inputs=make_inputs,
            make_expected=expect_nothing,
        )
        return MoELayer(asked, case, dict(case.inputs()))

    def changed(self, **arrays: np.ndarray) -> MoELayer:
        """With these arrays in place of the layer's."""
        return MoELayer(self.asked, self.case, self.arrays | arrays)

    def output(self, rows: int | None = None, *, padding: int = 0, certified: bool = True) -> np.ndarray:
        """The subject's output, float32, zeros unsigned; its first rows only where ``rows`` is given.

        padding: elements of NaN behind each row of what is per token. Raises Unfit where the reference leaves more than
        one answer (not asked with ``certified`` False, for layers that hold NaN on purpose).
        """
        _ = certified and self.reference
        case = self.case
        if padding:
            case = replace(case, params={**case.params, "row_padding": padding})
        named = moe_call.arguments(case, self.arrays, self.asked.device)
        shape = self.arrays["hidden_states"].shape
        (found,) = answer(lambda: moe_call.call(self.asked.subject, named), shape)
        return without_sign_of_zero(found[:rows].astype(np.float32))

    @cached_property
    def found(self) -> np.ndarray:
        """``output()``, asked once."""
        return self.output()

    @cached_property
    def departs(self) -> str:
        """How ``found`` departs from the one right output, '' where it does not: a constant keeps every relation."""
        return Departure(differ("the relation holds, the output is wrong", self.found, self.reference))

    @cached_property
    def reference(self) -> np.ndarray:
        """The one right output, float32. Raises Unfit where there is not one."""
        run = getattr(pipelines, self.asked.subject.pipeline)
        accepted = run(as_moe(self.case, self.arrays)).output
        if not accepted.is_value().all() or accepted.nan.any():
            raise Unfit
        return without_sign_of_zero(accepted.hi.astype(np.float32))
