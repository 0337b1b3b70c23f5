"""Does every FP32 pattern become the right E4M3 code, in the reference and in the cast that kernels rest on?

The expectation is neither's: the runs of patterns that round to each code, found by bisection on exact fractions.
"""

import numpy as np
import pytest

from conformance.calls import tensors
from conformance.checks.fp32_sweep import wrong_codes
from conformance.judging.bits import Bits
from reference.codec import e4m3_key, float_to_e4m3
from reference.exhaustive import check_fp32_to_e4m3


@pytest.mark.family("fp32-sweep")
def test_fp32_sweep(case, subject, backend, vector, judge):
    from conformance.backends.probes import Probes  # Triton kernels: only on the active backend

    cast = Probes(backend.device, backend.probe_block).cast_to_e4m3
    if "stratum" in case.params:
        patterns, codes = vector.inputs["patterns"], vector.expected["codes"]
        device = tensors.tensor(patterns.view(np.float32), backend.device)
        found = {"reference-encoder": float_to_e4m3(patterns.view(np.float32)), "cast": tensors.array(cast(device))}
        for observable, got in found.items():
            judge.accepts(
                observable,
                Bits(_with_one_nan(got), _with_one_nan(codes), key=e4m3_key),
                given=lambda i: f"pattern {patterns[i[0]]:#010x}",
            )
        return
    span = (case.params["start"], case.params["stop"])
    judge.problems("reference-encoder", _wrong(check_fp32_to_e4m3(*span)))
    judge.problems("cast", _wrong(wrong_codes(*span, cast, backend.device)))


def _with_one_nan(codes):
    """The sign of a NaN has no meaning."""
    return np.where((codes & 0x7F) == 0x7F, 0x7F, codes).astype(np.uint8)


def _wrong(chunks):
    return [f"{c.mismatches} wrong codes, first at pattern {c.examples[0]:#010x}" for c in chunks if c.mismatches]
