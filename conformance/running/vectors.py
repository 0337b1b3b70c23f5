"""Which arrays has a case? They are made once for all of its subjects, and none of these may change them."""

import functools
from dataclasses import dataclass

import numpy as np

from conformance.asking.suite import Suite
from conformance.asking.unaskable import NoVectorError
from conformance.calls.explanation import explain
from conformance.judging import digests
from reports.line import what
from vectors.case import Case, Vector
from vectors.coverage import scaled_pairs
from vectors.store.formats import StoreError


def vector_of(suite: Suite, case: Case) -> Vector:
    """The case's arrays. Raises NoVectorError."""
    try:
        return suite.vector(case)
    except StoreError as error:
        again = "restore vectors/golden as it was committed, or write it anew with `nox -s vectors`"
        raise NoVectorError(f"{what(explain(error, placed=False))}; {again}") from error
    except Exception as error:
        whose = "this is a fault of the suite, `nox -s tests` may tell more"
        raise NoVectorError(f"{what(explain(error))}; {whose}") from error


@dataclass(frozen=True)
class Kept:
    """A case with its arrays, and what a row says of them."""

    case: Case
    vector: Vector

    @functools.cached_property
    def digest(self) -> str:
        return digests.of_case(self.case, self.vector.inputs, self.vector.expected)

    @functools.cached_property
    def pairs(self) -> dict[str, str]:
        return scaled_pairs.of_case(self.case, self.vector.inputs, self.vector.expected)


class LastVector:
    """The arrays of the last case: its subjects come one after the other, and to make them may cost the most."""

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._kept: Kept | None = None

    def of(self, case: Case) -> Kept:
        """The case's arrays, read-only. Raises NoVectorError."""
        # Of the case as it is asked: a declared arithmetic makes other arrays under the same id.
        if self._kept is None or self._kept.case != case:
            found = vector_of(self._suite, case)
            for array in (*found.inputs.values(), *found.expected.values()):
                if isinstance(array, np.ndarray):
                    array.flags.writeable = False  # one subject must not see what another one wrote
            self._kept = Kept(case, found)
        return self._kept
