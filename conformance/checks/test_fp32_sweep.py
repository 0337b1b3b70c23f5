"""Does every FP32 pattern become the right E4M3 code, in the reference and in the cast that kernels rest on?

The expectation is neither's: the runs of patterns that round to each code, found by bisection on exact fractions.
"""

import pytest

from conformance.checks.fp32_sweep import wrong_codes
from reference.exhaustive import check_fp32_to_e4m3


@pytest.mark.family("fp32-sweep")
def test_fp32_sweep(case, subject, backend, vector, judge):
    from conformance.backends.probes import Probes  # Triton kernels: only on the active backend

    cast = Probes(backend.device, backend.probe_block).cast_to_e4m3
    span = (case.params["start"], case.params["stop"])
    judge.problems("reference-encoder", _wrong(check_fp32_to_e4m3(*span)))
    judge.problems("cast", _wrong(wrong_codes(*span, cast, backend.device)))


def _wrong(chunks):
    return [f"{c.mismatches} wrong codes, first at pattern {c.examples[0]:#010x}" for c in chunks if c.mismatches]
