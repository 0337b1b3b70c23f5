"""What was a kernel compiled to? Facts of its machine code, and what of them speaks against it.

Registers, LDS and scratch are those of the code object (LLVM AMDGPU usage, "Kernel Descriptor" and metadata), limits
those of gfx950: four SIMDs to a compute unit, 512 unified VGPRs to a SIMD's lane in steps of 8, 8 waves to a SIMD, 160
KiB of LDS in steps of 1280 bytes. The *K loop* is the innermost loop around matrix instructions, or the whole kernel
where they stand in none.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from conformance.gfx950.assembly import Instruction, Kernel, Literal, Name, Register
from conformance.gfx950.lowering import step
from conformance.gfx950.lowering.flow import innermost

SIMDS, WAVES_PER_SIMD, VGPRS_PER_SIMD, VGPR_STEP, MOST_VGPRS = 4, 8, 512, 8, 512
LDS_BYTES, LDS_STEP = 160 * 1024, 1280
MOST_SGPRS_AT_8_WAVES = 100
KEEP_DENORMALS, NEAREST_EVEN = 3, 0

_SCALED_MFMA = re.compile(r"v_mfma_scale_")
_MFMA = re.compile(r"v_(mfma|smfmac)_")
# A conversion of 8-, 6- or 4-bit elements to a wider format: what feeds a matrix instruction that cannot take them.
_UPCAST = re.compile(r"v_cvt_(scalef32_)?(sr_)?(pk\d*_)?(f32|f16|bf16)_(fp8|bf8|fp6|bf6|fp4)")
_WAITS = ("s_waitcnt", "s_nop", "s_barrier", "s_sleep", "s_setprio", "s_sethalt", "s_code_end")
_KINDS = (
    ("MFMA", _MFMA),
    ("VALU", re.compile(r"v_")),
    ("BRANCH", re.compile(r"s_(branch|cbranch|endpgm|setpc|swappc|call)")),
    ("SMEM", re.compile(r"s_(load|buffer_load|scratch_load|store|dcache|memtime|memrealtime|atc)")),
    ("OTHER", re.compile("|".join(_WAITS))),
    ("SALU", re.compile(r"s_")),
    ("LDS", re.compile(r"ds_")),
    ("VMEM", re.compile(r"(global|buffer|flat|scratch)_")),
)


@dataclass(frozen=True)
class Facts:
    """One kernel as compiled. instructions, loop: static counts by class, of the kernel and of its K loop.

    vgprs, agprs, sgprs: as allocated for a wave. lds, scratch: bytes for a workgroup, for a lane. waves: waves on a
    SIMD that the registers and LDS allow, 0 where not even one workgroup fits a compute unit. round, denormal: FP32
    mode fields (0: to nearest even; 3: subnormals kept); mode_writes: instructions that change them.
    scaled, unscaled, upcasts: matrix instructions with scales, without, and conversions of elements to wider formats,
    [in the K loop, in the kernel]. scale_files: register files that scale operands come from. dots, scaled_dots:
    operations of the Triton IR before any lowering; none in a kernel that no Triton compiled. step: clocks for which a
    workgroup's step over K keeps each part of a compute unit busy (lowering.step).
    """

    kernel: str
    variant: str
    arch: str
    warps: int
    vgprs: int
    agprs: int
    sgprs: int
    lds: int
    scratch: int
    vgpr_spills: int
    sgpr_spills: int
    waves: int
    round: int
    denormal: int
    mode_writes: tuple[str, ...]
    scaled: tuple[int, int]
    unscaled: tuple[int, int]
    upcasts: tuple[int, int]
    scale_files: str
    dots: int
    scaled_dots: int
    instructions: Mapping[str, int]
    loop: Mapping[str, int]
    step: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def facts(kernel: Kernel, *, variant: str, ttir: str, warps: int, lds: int) -> Facts:
    """The facts of a parsed kernel. ttir: its Triton IR, '' without; warps, lds: waves and bytes of a workgroup."""
    code, descriptor, metadata = kernel.instructions, kernel.descriptor, kernel.metadata
    matrix = [i for i, one in enumerate(code) if _MFMA.match(one.mnemonic)]
    loop = innermost(kernel, matrix) or frozenset(range(len(code)))
    in_loop = [code[i] for i in sorted(loop)] if matrix else []
    total = descriptor["next_free_vgpr"]
    agprs = int(metadata.get("agpr_count", 0))
    sgprs = int(metadata.get("sgpr_count", descriptor["next_free_sgpr"]))
    waves = waves_per_simd(total, sgprs, lds, warps)

    def counted(wanted: re.Pattern[str], but: re.Pattern[str] | None = None) -> tuple[int, int]:
        found = [i for i, c in enumerate(code) if wanted.match(c.mnemonic) and not (but and but.match(c.mnemonic))]
        return len(loop.intersection(found)), len(found)

    return Facts(
        kernel=kernel.name,
        variant=variant,
        arch=kernel.target,
        warps=warps,
        vgprs=total - agprs if agprs else total,
        agprs=agprs,
        sgprs=sgprs,
        lds=lds,
        scratch=descriptor["private_segment_fixed_size"],
        vgpr_spills=int(metadata.get("vgpr_spill_count", 0)),
        sgpr_spills=int(metadata.get("sgpr_spill_count", 0)),
        waves=waves,
        round=descriptor["float_round_mode_32"],
        denormal=descriptor["float_denorm_mode_32"],
        mode_writes=tuple(str(one) for one in code if writes_fp32_mode(one)),
        scaled=counted(_SCALED_MFMA),
        unscaled=counted(_MFMA, but=_SCALED_MFMA),
        upcasts=counted(_UPCAST),
        scale_files="".join(sorted({f for i in matrix for f in scale_files(code[i])})),
        dots=len(re.findall(r"\btt\.dot\b", ttir)),
        scaled_dots=len(re.findall(r"\btt\.dot_scaled\b", ttir)),
        instructions=dict(Counter(kind(one.mnemonic) for one in code)),
        loop=dict(Counter(kind(one.mnemonic) for one in in_loop)),
        step=step.clocks(in_loop, warps, waves),
    )


def kind(mnemonic: str) -> str:
    """The instruction's class, one of counts.CLASSES."""
    return next((name for name, pattern in _KINDS if pattern.match(mnemonic)), "OTHER")


def waves_per_simd(vgprs: int, sgprs: int, lds: int, warps: int) -> int:
    """Waves that a SIMD of gfx950 holds of a kernel with these needs; 0 where no workgroup fits a compute unit.

    vgprs: VGPRs and AGPRs together. Workgroups are resident as a whole, their waves spread over the four SIMDs.
    """
    by_registers = min(WAVES_PER_SIMD, VGPRS_PER_SIMD // _up(max(vgprs, 1), VGPR_STEP))
    if sgprs > MOST_SGPRS_AT_8_WAVES:
        by_registers = min(by_registers, 7)
    workgroups = by_registers * SIMDS // warps
    if lds:
        workgroups = min(workgroups, LDS_BYTES // _up(lds, LDS_STEP))
    return -(-workgroups * warps // SIMDS)


def writes_fp32_mode(instruction: Instruction) -> bool:
    """Whether an instruction sets FP32's rounding or denormal mode to anything but nearest-even with subnormals."""
    if instruction.mnemonic in ("s_round_mode", "s_denorm_mode"):
        return True
    if not instruction.mnemonic.startswith("s_setreg") or not isinstance(instruction.operands[0].value, Name):
        return False
    field = re.fullmatch(r"hwreg\(HW_REG_MODE(?:,\s*(\d+),\s*(\d+))?\)", instruction.operands[0].value.text.strip())
    if field is None:
        return False
    first, width = int(field.group(1) or 0), int(field.group(2) or 32)
    touched = ((1 << width) - 1) << first & 0b00110011
    value = instruction.operands[1].value
    if not touched:
        return False
    if not isinstance(value, Literal) or not isinstance(value.value, int):
        return True
    keeps = KEEP_DENORMALS << 4 | NEAREST_EVEN
    return (value.value << first) & touched != keeps & touched


def scale_files(instruction: Instruction) -> str:
    """Register files of a scaled matrix instruction's two scale operands; ``c`` for a constant, '' without scales."""
    if not _SCALED_MFMA.match(instruction.mnemonic):
        return ""
    scales = [operand.value for operand in instruction.operands[4:6]]
    return "".join(value.file if isinstance(value, Register) else "c" for value in scales)


def _up(value: int, step: int) -> int:
    return -(-value // step) * step


# What speaks against a kernel


def unscaled_path(found: Facts) -> list[str]:
    """LOW-01: a kernel with tl.dot_scaled multiplies by scaled MFMA."""
    if found.scaled_dots and not found.scaled[0]:
        return [f"{_name(found)}: {found.scaled_dots} tl.dot_scaled and no v_mfma_scale in its K loop"]
    return []


def upcast_path(found: Facts) -> list[str]:
    """LOW-02: beside the scaled MFMA of a kernel with tl.dot_scaled stands no upcast and no MFMA without scales.

    Nor does it in a kernel that no Triton compiled.
    """
    if not (found.scaled_dots or found.scaled[1]):
        return []
    where = 0 if found.dots else 1  # a plain tl.dot may stand outside of the loop
    names = (("MFMA without scales", found.unscaled), ("conversions of elements to a wider format", found.upcasts))
    place = "K loop" if found.dots else "code"
    return [f"{_name(found)}: {counts[where]} {what} in its {place}" for what, counts in names if counts[where]]


def spills(found: Facts) -> list[str]:
    """LOW-03: no scratch and no spilled register."""
    counts = {
        "bytes of scratch a lane": found.scratch,
        "VGPRs spilled": found.vgpr_spills,
        "SGPRs spilled": found.sgpr_spills,
    }
    return [f"{_name(found)}: {count} {what}" for what, count in counts.items() if count]


def over_limits(found: Facts) -> list[str]:
    """LOW-04: a workgroup fits a compute unit."""
    problems = []
    if found.lds > LDS_BYTES:
        problems.append(f"{_name(found)}: {found.lds} bytes of LDS, needs at most {LDS_BYTES}")
    if found.vgprs + found.agprs > MOST_VGPRS:
        problems.append(f"{_name(found)}: {found.vgprs} VGPRs and {found.agprs} AGPRs, needs at most {MOST_VGPRS}")
    if not problems and not found.waves:
        needs = f"{found.warps} waves of {found.vgprs + found.agprs} registers, {found.lds} bytes of LDS"
        problems.append(f"{_name(found)}: no workgroup fits a compute unit ({needs})")
    return problems


def fp_mode(found: Facts) -> list[str]:
    """LOW-05: FP32 subnormals are kept, and rounding is to nearest even, all through the kernel."""
    problems = [f"{_name(found)}: changes the FP32 mode, {text}" for text in found.mode_writes]
    if found.denormal != KEEP_DENORMALS:
        problems.append(f"{_name(found)}: FP32 denormal mode {found.denormal}, needs {KEEP_DENORMALS}")
    if found.round != NEAREST_EVEN:
        problems.append(f"{_name(found)}: FP32 rounding mode {found.round}, needs {NEAREST_EVEN} (nearest even)")
    return problems


def scales_elsewhere(found: Facts) -> list[str]:
    """LOW-06: scale operands are in VGPRs."""
    if found.scaled[1] and found.scale_files != "v":
        return [f"{_name(found)}: scale operands in register files {found.scale_files!r}, needs VGPRs"]
    return []


def no_fallback(found: Facts) -> list[str]:
    """LOW-07, of the facts for gfx942: MFMA without scales on upcast operands."""
    if not found.scaled_dots or (found.unscaled[0] and not found.scaled[1]):
        return []
    return [
        f"{_name(found)}: for {found.arch} {found.unscaled[0]} MFMA without scales in its K loop and "
        f"{found.scaled[1]} with, needs some and none"
    ]


def _name(found: Facts) -> str:
    return f"{found.kernel} [{found.variant}]"
