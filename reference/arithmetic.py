"""How does a native pipeline quantize? By the contract's arithmetic, or by one that is declared instead."""

from dataclasses import dataclass

import numpy as np

from reference.scale_rules import scale_rule

LEAST_FLOOR = 2.0**-126


@dataclass(frozen=True)
class Arithmetic:
    """How a native pipeline quantizes; the defaults are the contract's.

    scale_rule: a name of ``reference.scale_rules``. amax_floor: a block maximum below it counts as it, an FP32 number,
    at least 2^-126. bf16_between: the activation is rounded to BF16 (RNE) before it is quantized. gate_up_fp32: the
    activation takes GEMM1's FP32 sums, which are not stored in between.
    Raises ValueError for another rule and another floor.
    """

    scale_rule: str = "rceil"
    amax_floor: float = LEAST_FLOOR
    bf16_between: bool = False
    gate_up_fp32: bool = False

    def __post_init__(self) -> None:
        scale_rule(self.scale_rule)
        floor = self.amax_floor
        if not (LEAST_FLOOR <= floor < float("inf") and float(np.float32(floor)) == floor):
            raise ValueError(f"amax_floor: has {floor!r}, needs a finite FP32 number, at least 2^-126")


CONTRACT = Arithmetic()
