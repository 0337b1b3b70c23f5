"""When are two results the same bits? When their digests are: of dtype, shape and patterns, all NaN being one.

That is the equality of ``conformance.judging.bits``: +0 and -0 differ, a NaN's payload is nobody's promise.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping

import numpy as np

from vectors.case import Case
from vectors.store.formats import with_one_nan
from vectors.store.json_text import encode

DIGITS = 16  # of hex: 64 bits, enough to tell some thousand results apart
_AT_ONCE = 1 << 24  # bytes that are copied at a time: an array may be a view that repeats little memory


class Digest:
    """Of arrays, taken in one after the other."""

    def __init__(self) -> None:
        self._total = hashlib.sha256()

    def add(self, array: np.ndarray, name: str = "") -> None:
        """Take in one more array, of any layout."""
        self._total.update(f"{name}={array.dtype.name}{list(array.shape)};".encode())
        for part in _parts(array):
            self._total.update(np.ascontiguousarray(with_one_nan(part)).view(np.uint8).data)

    @property
    def hex(self) -> str:
        """The digest of all so far."""
        return self._total.hexdigest()[:DIGITS]


def of_case(case: Case, inputs: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> str:
    """What a case asks and accepts: the digest of its parameters and named arrays."""
    total = Digest()
    params = json.dumps(encode(case.params, f"params of {case.id}"), sort_keys=True)
    total.add(np.frombuffer(params.encode(), np.uint8), "params")
    for group, arrays in (("inputs", inputs), ("expected", expected)):
        for name in sorted(arrays):
            total.add(np.asarray(arrays[name]), f"{group}.{name}")
    return total.hex


def _parts(array: np.ndarray) -> Iterator[np.ndarray]:
    """The elements in order, in one-dimensional pieces of which a copy is small."""
    if array.nbytes <= _AT_ONCE:
        yield array.reshape(-1)
        return
    step = _AT_ONCE * len(array) // array.nbytes  # along the first axis
    if not step:
        for row in array:
            yield from _parts(row)
        return
    for start in range(0, len(array), step):
        yield array[start : start + step].reshape(-1)
