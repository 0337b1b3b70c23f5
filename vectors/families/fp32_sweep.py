"""Which conversions to E4M3 are asked? All 2^32 FP32 patterns, in 32 parts."""

from __future__ import annotations

from vectors.case import Case, expect_nothing, no_inputs

_PARTS = 32


def cases() -> tuple[Case, ...]:
    """The family's cases: patterns start to stop - 1 of each part."""
    size = (1 << 32) // _PARTS
    return tuple(
        Case(
            id=f"fp32-sweep/part-{part:02d}-of-{_PARTS}",
            title=f"FP32 patterns {part * size:#010x} to {(part + 1) * size - 1:#010x} through reference and cast.",
            requirements=("FMT-08", "FMT-09"),
            flags=("cast-rounding", "cast-subnormal", "nan-input", "inf-input"),
            tier="exhaustive",
            needs=("PLT-CAST-E4M3-SATURATE",),
            golden=False,
            params={"start": part * size, "stop": (part + 1) * size},
            make_inputs=no_inputs,
            make_expected=expect_nothing,
        )
        for part in range(_PARTS)
    )
