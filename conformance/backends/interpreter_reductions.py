"""What do tl.sum, tl.max and tl.min give on the interpreter? Import this only once TRITON_INTERPRET is set.

Stock sums in the element type's own numpy arithmetic, which for BF16 is that of its bits as integers.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import triton.language as tl
from triton.runtime import interpreter

from conformance.backends import conversions
from conformance.backends.interpreter_builder import refuse_bits

_COMBINED_BY: dict[Any, Callable[..., Any]] = {
    # From -0, the neutral element of IEEE addition: numpy's own 0 would make a sum of -0 positive.
    tl.standard._sum_combine: lambda values, **axes: np.sum(values, dtype=np.float64, initial=-0.0, **axes),
    # Like the device's default, these drop NaN unless all are NaN.
    tl.standard._elementwise_max: np.fmax.reduce,
    tl.standard._elementwise_min: np.fmin.reduce,
}


class ExactReduceOps(interpreter.ReduceOps):  # type: ignore[misc]  # triton is untyped
    """Reductions: sums of floats in float64 rounded once, maxima and minima exact, others as stock."""

    def apply_impl(self, inputs: tuple[Any, ...]) -> Any:
        combine = _COMBINED_BY.get(self.combine_fn)
        dtype = inputs[0].dtype
        if combine is None or not dtype.is_floating():
            return super().apply_impl(inputs)
        values = conversions.widen(inputs[0].handle.data, dtype.name)
        reduced = np.asarray(combine(values, axis=self.axis, keepdims=self.keep_dims))
        return self.to_tensor(conversions.narrow(reduced, dtype.name)[()], dtype)


class ExactScanOps(interpreter.ScanOps):  # type: ignore[misc]  # triton is untyped
    """Scans of numpy's own types; BF16 and FP8 are refused."""

    def apply_impl(self, inputs: tuple[Any, ...]) -> Any:
        refuse_bits("scan", *(item.handle for item in inputs))
        return super().apply_impl(inputs)
