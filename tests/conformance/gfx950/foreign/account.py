"""How far may a kernel's FP32 result be from the real number? A formula, evaluated with the error of each operation.

A ``Real`` has a value in float64 and a bound on how far FP32 arithmetic may be from it, in whatever order sums go and
whichever products are fused: an operation that is rounded once adds ``U`` times its result, one to a unit in the last
place 2 ``U``, a division that is a reciprocal and a product 5 ``U`` (LLVM's 2.5 ulp). What a formula's value is off by
in float64 is less than a millionth of that.
"""

from __future__ import annotations

import numpy as np
import torch

U = 2.0**-24
TINY = 2.0**-126  # what is below may be flushed
UNIT = {torch.float32: 0.0, torch.bfloat16: 2.0**-8, torch.float16: 2.0**-11}  # of a result's format, FP32's are in


class Real:
    """A real number, or an array of them, that FP32 arithmetic computes to within ``error``."""

    __array_priority__ = 1

    def __init__(self, value: object, error: object = 0.0) -> None:
        if isinstance(value, torch.Tensor):
            value = value.double().numpy()
        self.value = np.asarray(value, np.float64)
        self.error = np.broadcast_to(np.asarray(error, np.float64), self.value.shape)

    def __getitem__(self, key: object) -> Real:
        return Real(self.value[key], self.error[key])

    def __add__(self, other: object) -> Real:
        other = real(other)
        return rounded(self.value + other.value, self.error + other.error)

    def __mul__(self, other: object) -> Real:
        other = real(other)
        error = abs(self.value) * other.error + abs(other.value) * self.error + self.error * other.error
        return rounded(self.value * other.value, error)

    def __truediv__(self, other: object) -> Real:
        other = real(other)
        value = self.value / other.value
        return rounded(value, (self.error + abs(value) * other.error) / (abs(other.value) - other.error), 5)

    def __rtruediv__(self, other: object) -> Real:
        return real(other) / self

    def __sub__(self, other: object) -> Real:
        return self + -real(other)

    def __rsub__(self, other: object) -> Real:
        return real(other) - self

    def __neg__(self) -> Real:
        return Real(-self.value, self.error)

    __radd__, __rmul__ = __add__, __mul__

    def exp(self) -> Real:
        """By exp2 of a product with log2(e): both round, and so does exp2."""
        value = np.exp(self.value)
        return rounded(value, value * np.expm1(self.error + 2 * U * abs(self.value)), 2)

    def log(self) -> Real:
        """By log2, to a unit in the last place, and a product with ln(2)."""
        return rounded(np.log(self.value), self.error / (self.value - self.error), 4)

    def rsqrt(self) -> Real:
        value = 1 / np.sqrt(self.value)
        return rounded(value, value * self.error / (2 * (self.value - self.error)), 4)

    def sigmoid(self) -> Real:
        return 1 / (1 + (-self).exp())

    def tanh(self) -> Real:
        return 2 * (2 * self).sigmoid() - 1

    def sum(self, axis: int = -1) -> Real:
        error = self.error.sum(axis, keepdims=True)
        terms = abs(self.value).sum(axis, keepdims=True) + error
        return Real(self.value.sum(axis, keepdims=True), error + self.value.shape[axis] * U * terms)

    def mean(self, axis: int = -1) -> Real:
        return self.sum(axis) * (1 / self.value.shape[axis])

    def max(self, axis: int = -1) -> Real:
        return Real(self.value.max(axis, keepdims=True), self.error.max(axis, keepdims=True))

    def to(self, dtype: torch.dtype) -> Real:
        """Stored in a format, to nearest even."""
        return Real(self.value, self.error + UNIT[dtype] * (abs(self.value) + self.error))


def real(value: object) -> Real:
    return value if isinstance(value, Real) else Real(value)


def rounded(value: np.ndarray, error: np.ndarray, units: int = 1) -> Real:
    return Real(value, error + units * U * (abs(value) + error) + TINY)


def rms(x: Real, eps: float) -> Real:
    """The factor of an RMS norm."""
    return ((x * x).mean() + eps).rsqrt()


def softmax(x: Real) -> Real:
    shifted = (x - x.max()).exp()
    return shifted / shifted.sum()


def wrong(found: torch.Tensor, expected: object) -> str | None:
    """Where a result is not the expected tensor, bit for bit, or is outside of a ``Real``'s error; or None."""
    if isinstance(expected, Real):
        if found.numel() != expected.value.size:
            return f"has {found.numel()} elements, needs {expected.value.size}"
        bound = expected.to(found.dtype)
        value, error = bound.value.reshape(-1), bound.error.reshape(-1)
        bad = ~(abs(found.detach().double().numpy().reshape(-1) - value) <= error)
        needs = [f"{value[i]!r} within {error[i]:.3g}" for i in np.flatnonzero(bad)[:1]]
    else:
        if (found.shape, found.dtype) != (expected.shape, expected.dtype):
            return f"has {found.dtype}{list(found.shape)}, needs {expected.dtype}{list(expected.shape)}"
        bad = (_bytes(found) != _bytes(expected)).any(1)
        needs = [f"{expected.reshape(-1)[i]}" for i in np.flatnonzero(bad)[:1]]
    if not needs:
        return None
    first = int(bad.argmax())
    at = f"the first at {first}: {found.reshape(-1)[first]}, needs {needs[0]}"
    return f"{np.count_nonzero(bad)} of {len(bad)} differ, {at}"


def _bytes(tensor: torch.Tensor) -> np.ndarray:
    """Of each element, a row."""
    return tensor.detach().contiguous().view(-1).view(torch.uint8).numpy().reshape(tensor.numel(), -1)
