"""Which claims must a backend prove about itself before a kernel is judged on it?"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

from conformance.backends import cast_checks as cast
from conformance.backends import dot_checks as dot
from conformance.backends import host_checks as host
from conformance.backends import math_checks as math
from conformance.backends.differences import Outcome
from conformance.backends.platform_check import PlatformCheck

if TYPE_CHECKING:
    from conformance.backends.probes import Probes

Check = Callable[["Probes"], Outcome]

# fmt: off
ESSENTIAL: dict[str, tuple[Check, str]] = {
    "PLT-HOST": (host.sums, "NumPy and torch of the host round to nearest, ties to even, and keep FP32 subnormals"),
    "PLT-BF16-WIDEN": (cast.bf16_to_fp32, "every BF16 pattern widens to FP32 exactly"),
    "PLT-CAST-BF16": (cast.fp32_to_bf16, "FP32 rounds to BF16 to nearest, ties to even"),
    "PLT-E4M3-WIDEN": (cast.e4m3_to_fp32, "every E4M3 code widens to FP32 exactly"),
    "PLT-CAST-E4M3": (cast.fp32_to_e4m3, "FP32 below 464 rounds to E4M3 to nearest, ties to even, NaN to NaN"),
    "PLT-DOT-BF16": (dot.dot_bf16, "tl.dot of BF16 is exact for single products and for small integers"),
    "PLT-DOT-SCALED-ORDINARY": (dot.ordinary_scales, "tl.dot_scaled applies bytes 8 to 246, each block's own"),
}
"""Without one of these no verdict on a kernel means anything."""

FINDINGS: dict[str, tuple[Check, str]] = {
    "PLT-CAST-E4M3-SATURATE": (cast.fp32_to_e4m3_saturates, "FP32 from 464 to infinity becomes E4M3's largest"),
    "PLT-CAST-FP16": (cast.fp32_to_fp16, "FP32 rounds to FP16 to nearest, ties to even, subnormals kept"),
    "PLT-SUBNORMAL-MUL": (math.multiply_keeps_subnormals, "FP32 products keep subnormal operands and results"),
    "PLT-SUBNORMAL-DIV": (math.divide_keeps_subnormals, "FP32 quotients keep subnormal operands and results"),
    "PLT-DIV": (math.divide, "FP32 quotients are exact for powers of two, within 2 ulp else"),
    "PLT-EXP2-INTEGER": (math.exp2_of_integers, "exp2 of integers -126 to 127 is exact"),
    "PLT-EXP2-SUBNORMAL": (math.exp2_keeps_subnormals, "exp2 of integers -149 to -127 is the exact subnormal"),
    "PLT-EXP2-ACCURACY": (math.exp2_is_accurate, "exp2 is within a relative 2^-22"),
    "PLT-EXP-ACCURACY": (math.exp_is_accurate, "exp is within a relative (4 + |x|) 2^-23"),
    "PLT-LOG2-INTEGER": (math.log2_of_powers, "log2 of powers of two from 2^-126 to 2^127 is exact"),
    "PLT-LOG2-ACCURACY": (math.log2_is_accurate, "log2 is within 2^-21, relatively where |log2 x| > 1"),
    "PLT-DOT-SCALED-LOW": (dot.low_scales, "tl.dot_scaled applies scale bytes 0 to 7 exactly"),
    "PLT-DOT-SCALED-HIGH": (dot.high_scales, "tl.dot_scaled applies scale bytes 247 to 254 exactly"),
    "PLT-DOT-SCALED-SUBNORMAL": (dot.subnormal_scaled, "tl.dot_scaled keeps subnormal products"),
    "PLT-DOT-BF16-SUBNORMAL": (dot.subnormal_bf16, "tl.dot of BF16 keeps subnormal products"),
    "PLT-DOT-SCALED-NAN-BYTE": (dot.nan_scale, "scale byte 255 makes exactly the dependent results NaN"),
    "PLT-DOT-SCALED-NAN-CODE": (dot.nan_code, "an E4M3 NaN makes exactly the dependent results NaN"),
}
"""Differences that a device may have; a case that needs one of them holds the device, not the kernel, to
it.
"""
# fmt: on


def checks_on(device: torch.device, block: int) -> list[PlatformCheck]:
    """All checks on a device of the activated backend, the essential ones first.

    block: elements per program of the elementwise probes, a power of two.
    """
    # Triton binds probe kernels to interpreter or compiler at import, so not before activation.
    from conformance.backends.probes import Probes

    probes = Probes(device, block)
    return [
        PlatformCheck(name, claim, essential, guarded(check, probes))
        for table, essential in ((ESSENTIAL, True), (FINDINGS, False))
        for name, (check, claim) in table.items()
    ]


def guarded(check: Callable[..., Outcome], *given: Any) -> Callable[[], Outcome]:
    """A check that raises has failed: the backend cannot even run the operation."""

    def run() -> Outcome:
        try:
            return check(*given)
        except Exception as error:
            return False, f"the probe raised {type(error).__name__}: {' '.join(str(error).split())[:400]}"

    return run
