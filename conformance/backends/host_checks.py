"""Is the host's own arithmetic what expected arrays, the emulated device and the interpreter take for granted?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from conformance.backends.differences import Outcome, compare_patterns, given_patterns
from conformance.calls import host

if TYPE_CHECKING:
    from conformance.backends.probes import Probes


def sums(probes: Probes) -> Outcome:
    """FP32 sums of known bits, first those of NumPy, then those of torch in each thread that it uses."""
    observed = np.vstack([host.sums_of_numpy(), host.sums_of_torch()])
    left, right, expected = (np.broadcast_to(bits, observed.shape) for bits in (host.LEFT, host.RIGHT, host.SUM))
    return compare_patterns(observed, expected, "fp32", given_patterns("fp32", x=left, y=right))
