"""Which conversions to E4M3 are asked? All 2^32 FP32 patterns, in 32 parts."""

from vectors.case import Case, as_case, expect_nothing, no_inputs

_PARTS = 32


def cases() -> tuple[Case, ...]:
    """The family's cases: patterns start to stop - 1 of each part."""
    size = (1 << 32) // _PARTS
    return tuple(
        as_case(
            f"fp32-sweep/part-{part:02d}-of-{_PARTS}",
            f"FP32 patterns {part * size:#010x} to {(part + 1) * size - 1:#010x} through reference and cast.",
            "FMT-08 FMT-09", "cast-rounding cast-subnormal nan-input inf-input", "exhaustive",
            {"start": part * size, "stop": (part + 1) * size}, no_inputs, expect_nothing, "PLT-CAST-E4M3-SATURATE",
        )
        for part in range(_PARTS)
    )  # fmt: skip
