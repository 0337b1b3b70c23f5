"""Is a stage right as an engine uses it? The checks of other families, on stages that are called in another way.

What the check of a stage's own family compares is judged as it is there, and what it finds is a failure of the case.
"""

from typing import Any

import pytest

from conformance.calls.again import AfterOthers, Refilled
from conformance.calls.host_reads import HostReads
from conformance.calls.replayed import Replayed
from conformance.checks import (
    test_activation,
    test_align,
    test_experts_class,
    test_gemm,
    test_moe,
    test_moe_sum,
    test_quantize,
)
from conformance.judging.bits import Bits

_CHECKS = {
    "quantize": test_quantize.test_quantize,
    "activation": test_activation.test_activation,
    "activation_quantize": test_activation.test_activation_quantize,
    "dequantize": test_activation.test_dequantize,
    "align": test_align.test_align,
    "moe_sum": test_moe_sum.test_moe_sum,
    "fused_moe": test_moe.test_moe,
    "experts": test_experts_class.test_experts_class,
}
_OF_GEMM = {"native": test_gemm.test_gemm_mx, "emulation": test_gemm.test_gemm_bf16}


@pytest.mark.family("use", "use-mx", "use-bf16")
def test_use(case, subject, backend, vector, judge):
    """Contents, not objects (USE-01, USE-02); no host synchronization (USE-03, USE-04)."""
    stage = case.params["stage"]
    check = _OF_GEMM[subject.pipeline] if stage == "grouped_gemm" else _CHECKS[stage]

    def ask(way: Any) -> None:
        check(case, subject.calling(stage, way), backend, vector, judge)

    _ASKED[case.params["way"]](case.params, ask, backend, judge)


def _refilled(p, ask, backend, judge):
    """With an argument refilled in place, the result is that of the new contents (USE-01)."""
    way = Refilled(p["argument"])
    ask(way)
    followed = way.is_followed or p["argument"] == "output"  # which is no input
    judge.claim("refilled", followed, f"{p['argument']} holds other contents, and the result is the same")
    for observed, expected in way.compared:
        judge.accepts("refilled", Bits(observed, expected))


def _after_others(p, ask, backend, judge):
    """Calls of other shapes, sizes and maps, and a refused one, leave nothing behind (USE-02)."""
    way = AfterOthers()
    ask(way)
    for observed, expected in way.compared:
        judge.accepts("after-others", Bits(observed, expected))


def _without_host_reads(p, ask, backend, judge):
    """No value of a tensor is read on the host, and nothing waits for the device (USE-03)."""
    way = HostReads()
    ask(way)
    judge.problems("host-reads", way.found)


def _replayed(p, ask, backend, judge):
    """A captured call follows its static buffers when it is replayed (USE-04)."""
    if not backend.has_graphs:
        judge.cannot("replay", f"{backend.name} has no graphs to capture a call in")
        return
    way = Replayed(backend.captured, each_anew=p["each_anew"])
    ask(way)
    for observed, expected in way.compared:
        judge.accepts("replay", Bits(observed, expected))


_ASKED = {"refilled": _refilled, "after-others": _after_others, "host-reads": _without_host_reads, "replay": _replayed}
