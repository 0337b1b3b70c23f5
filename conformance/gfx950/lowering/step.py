"""What does one step over K ask of a compute unit, and which of its parts is busy longest?

Least clocks for which one workgroup's step keeps each part of a compute unit busy, at rates that AMD publishes for
gfx950 (none was measured here); what runs at once on other parts, caches that miss and waits come on top:

- matrix: 8192 FP8 operations a clock (AMD at ISSCC 2026), FP4 and FP6 twice, BF16 and FP16 half of that, FP32 a 32nd
  and FP64 a 64th (the MI355X's data sheet: 5.0, 10, 2.5 PFLOPS, 157 and 79 TFLOPS);
- vector, issue: each of four SIMDs takes a wave's vector instruction for four clocks, and a wave issues one instruction
  in four clocks (CDNA 3 ISA, "Shader concepts"); waves that share a SIMD issue beside each other;
- LDS: 128 bytes a clock; global: 64 bytes a clock from the L2 cache (AMD's CDNA 3 and CDNA 4 white papers).
"""

import re
from collections.abc import Iterable

from conformance.gfx950.assembly import Instruction

LANES = 64
LDS_BYTES_A_CLOCK, GLOBAL_BYTES_A_CLOCK = 128, 64
FP8_OPERATIONS_A_CLOCK = 8192
# Of FP8's rate, by the end of the mnemonic.
_SHARES = {"f8f6f4": 1.0, "fp8": 1.0, "bf8": 1.0, "i8": 1.0, "bf16": 0.5, "f16": 0.5, "f32": 1 / 32, "f64": 1 / 64}
_NARROW = {2, 3, 4}  # cbsz, blgp: FP6 (E2M3, E3M2) and FP4
_MFMA = re.compile(r"v_mfma_(?:scale_)?\w+?_(\d+)x(\d+)x(\d+)_(?:(\d+)b_)?(?:\w+_)?(\w+)$")
_MOVED = re.compile(r"_(?:dword(?:x(\d+))?|[us]?(byte|short)|[bui](\d+))")


def clocks(loop: Iterable[Instruction], warps: int, waves: int) -> dict[str, int]:
    """Part -> clocks of one workgroup's step, rounded up; empty without matrix instructions.

    loop: the step's instructions. warps: waves of a workgroup; waves: those that a SIMD holds.
    """
    code = list(loop)
    matrix = sum(map(_matrix_clocks, code))
    if not matrix:
        return {}
    vector = sum(one.mnemonic.startswith("v_") for one in code)
    lds, moved = (sum(map(count, code)) for count in (_lds_bytes, _global_bytes))
    found = {
        "matrix": warps * matrix,
        "vector": warps * vector,
        "issue": warps * len(code) / max(1, waves),
        "LDS": warps * LANES * lds / LDS_BYTES_A_CLOCK,
        "global": warps * LANES * moved / GLOBAL_BYTES_A_CLOCK,
    }
    return {part: -int(-count // 1) for part, count in found.items()}


def _matrix_clocks(one: Instruction) -> float:
    """Of one wave's, shared among the compute unit's four matrix units."""
    found = _MFMA.match(one.mnemonic)
    if found is None or found[5] not in _SHARES:
        return 0
    m, n, k, blocks, kind = found.groups()
    share = _SHARES[kind]
    if kind == "f8f6f4" and {one.modifiers.get(name) for name in ("cbsz", "blgp")} <= _NARROW:
        share *= 2
    return 2 * int(m) * int(n) * int(k) * int(blocks or 1) / (share * FP8_OPERATIONS_A_CLOCK)


def _lds_bytes(one: Instruction) -> int:
    """Of a lane, read from LDS or written there, by its own unit or past the registers."""
    name = one.mnemonic
    if name.startswith(("ds_read", "ds_write")):
        return _bytes(name) * (2 if name.startswith(("ds_read2", "ds_write2")) else 1)
    return _bytes(name) if "lds" in one.modifiers or "_load_lds_" in name else 0


def _global_bytes(one: Instruction) -> int:
    """Of a lane."""
    return _bytes(one.mnemonic) if re.match("(global|buffer|flat)_(load|store)", one.mnemonic) else 0


def _bytes(mnemonic: str) -> int:
    found = _MOVED.search(mnemonic)
    if found is None:
        return 0
    words, small, bits = found.groups()
    if small:
        return {"byte": 1, "short": 2}[small]
    return int(bits) // 8 if bits else 4 * int(words or 1)
