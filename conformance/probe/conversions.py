"""How is FP32 converted? Against every rule that a format can be converted by: rounding, overflow, subnormals."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

Convert = Callable[[torch.Tensor, str], torch.Tensor]
CHUNK = 1 << 25
SPECIAL = (0x00000001, 0x80000001, 0x007FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00000, 0x7F800001, 0x7FFFFFFF)


@dataclass(frozen=True)
class Target:
    """fraction: bits of it. lowest: exponent of the smallest normal. infinity: its code, if any. sign: the bit."""

    fraction: int
    lowest: int
    largest: float
    largest_code: int
    infinity: int | None
    sign: int


TARGETS = {
    "e4m3": Target(3, -6, 448.0, 0x7E, None, 0x80),
    "bf16": Target(7, -126, (2 - 2.0**-7) * 2.0**127, 0x7F7F, 0x7F80, 0x8000),
    "fp16": Target(10, -14, 65504.0, 0x7BFF, 0x7C00, 0x8000),
}
ROUNDINGS = ("nearest", "zero", "away")  # nearest: ties to even; away: ties away from zero
OVERFLOWS = ("saturates", "infinity", "nan")
SUBNORMALS = ("kept", "results flushed", "operands flushed")
Rule = tuple[str, str, str]


def measured(convert: Convert, form: str, patterns: Iterable[torch.Tensor]) -> dict[str, Any]:
    """patterns: of FP32, int32 on the device. Any NaN will do for a NaN; else each rule gives one code."""
    target = TARGETS[form]
    misfits: dict[Rule, int] = dict.fromkeys(itertools.product(ROUNDINGS, OVERFLOWS, SUBNORMALS), 0)
    excluded: dict[Rule, str] = {}
    asked = nans = 0
    for bits in patterns:
        x = bits.view(torch.float32)
        found = convert(x, form).to(torch.int64) & (2 * target.sign - 1)
        asked += x.numel()
        nans += int((torch.isnan(x) & ~is_nan_code(found, target)).sum())
        for rule in misfits:
            right = by_rule(x, target, rule)
            wrong = ~((found == right) | (is_nan_code(found, target) & is_nan_code(right, target))) & ~torch.isnan(x)
            misfits[rule] += int(wrong.sum())
            if rule not in excluded and misfits[rule]:
                at = int(wrong.nonzero()[0])
                excluded[rule] = (
                    f"0x{int(bits[at]) & 0xFFFFFFFF:08X} gave 0x{int(found[at]):X}, not 0x{int(right[at]):X}"
                )
        device = bits.device
    best = min(misfits, key=lambda rule: misfits[rule])
    specials = torch.tensor([s - (s >> 31 << 32) for s in SPECIAL], dtype=torch.int32, device=device)
    special = convert(specials.view(torch.float32), form).to(torch.int64) & (2 * target.sign - 1)
    return {
        "asked": asked,
        "rule": list(best),
        "misfits": misfits[best],
        "nan_lost": nans,
        "excluded": {" / ".join(rule): words for rule, words in excluded.items()},
        "special": {f"0x{s:08X}": f"0x{int(code):X}" for s, code in zip(SPECIAL, special, strict=True)},
    }


def is_nan_code(codes: torch.Tensor, target: Target) -> torch.Tensor:
    plain = codes & (target.sign - 1)
    return plain > (target.largest_code if target.infinity is None else target.infinity)


def by_rule(x: torch.Tensor, target: Target, rule: Rule) -> torch.Tensor:
    """int64 codes of float32 by a rule; of NaN anything."""
    rounding, overflow, subnormals = rule
    value = x.double().abs()
    if subnormals == "operands flushed":
        value = torch.where(value < 2.0**-126, 0.0, value)
    exponent = torch.where(value > 0, torch.frexp(value).exponent.double() - 1, -1e3).clamp(min=target.lowest)
    units = value * _power(target.fraction - exponent)
    whole = {"nearest": torch.round, "zero": torch.trunc, "away": lambda u: torch.floor(u + 0.5)}[rounding](units)
    # Consecutive codes are consecutive numbers: a carry into the exponent is the code's own.
    codes = ((exponent - target.lowest) * 2.0**target.fraction + whole).nan_to_num(0, 0, 0).to(torch.int64)
    if subnormals == "results flushed":
        codes = torch.where(codes < 1 << target.fraction, 0, codes)
    rounded = whole * _power(exponent - target.fraction)
    nan = target.sign - 1
    infinity = nan if target.infinity is None else target.infinity
    past = {"saturates": target.largest_code, "infinity": infinity, "nan": nan}[overflow]
    codes = torch.where(rounded > target.largest, past, codes)
    codes = torch.where(torch.isinf(x), past if target.infinity is None else infinity, codes)
    return codes | torch.where(torch.signbit(x), target.sign, 0)


def _power(exponent: torch.Tensor) -> torch.Tensor:
    """float64 2^exponent, from its bits: a device's own exp2 need not be exact."""
    return ((exponent.to(torch.int64) + 1023) << 52).view(torch.float64)


def every_pattern(device: torch.device) -> Iterator[torch.Tensor]:
    """All 2^32."""
    for start in range(-(1 << 31), 1 << 31, CHUNK):
        yield torch.arange(start, start + CHUNK, dtype=torch.int32, device=device)


def summary(result: dict[str, Any]) -> str:
    rounding, overflow, subnormals = result["rule"]
    return (
        f"rounds to {rounding}, beyond its range {overflow}, subnormals {subnormals}: {result['misfits']} of "
        f"{result['asked']} differ; {result['nan_lost']} NaN became numbers"
    )
