"""What does an instruction touch whose vector registers are counted from M0? Between s_set_gpr_idx_on and _off.

LLVM indexes an array in registers so, by moves. Anything else that would be indexed is refused by name.
"""

import re
from collections.abc import Callable

import numpy as np

from conformance.gfx950 import decode
from conformance.gfx950.assembly import M0, Instruction, Literal, Name, Operand, Register
from conformance.gfx950.errors import IllegalAccess, NotEmulated
from conformance.gfx950.storage.waits import KEYS
from conformance.gfx950.wave import LANES, Front

Array = np.ndarray

_ON, _OFF, _MODE, _INDEX = (f"s_set_gpr_idx_{name}" for name in ("on", "off", "mode", "idx"))
SETTINGS = frozenset((_ON, _OFF, _MODE, _INDEX))
_BITS = {"SRC0": 1, "SRC1": 2, "SRC2": 4, "DST": 8}
_NAMED = re.compile(r"gpr_idx\(([\w,\s]*)\)")


def _bits(operand: Operand) -> int:
    """Which operands are indexed."""
    value = operand.value
    if isinstance(value, Literal) and isinstance(value.value, int) and 0 <= value.value < 16:
        return value.value
    match = _NAMED.fullmatch(value.text) if isinstance(value, Name) else None
    if match is None:
        raise NotEmulated(f"operand {value}")
    return sum(_BITS[name] for name in re.split(r"[,\s]+", match.group(1)) if name)


def mode_after(instruction: Instruction, mode: int | None) -> int | None:
    """Which operands are indexed behind this instruction, None where indexing is off."""
    if instruction.mnemonic == _ON:
        return _bits(instruction.operands[1])
    if instruction.mnemonic == _MODE and mode is not None:
        return _bits(instruction.operands[0])
    return None if instruction.mnemonic == _OFF else mode


def setting(instruction: Instruction) -> Callable[[Front], None]:
    """One of SETTINGS as it runs: it writes its parts of M0."""
    mnemonic, operands = instruction.mnemonic, instruction.operands
    index = decode.scalar_source(operands[0], "u32") if mnemonic in (_ON, _INDEX) else None
    bits = _bits(operands[-1]) if mnemonic in (_ON, _MODE) else None

    def run(f: Front) -> None:
        m0 = f.m0
        if index is not None:
            m0 = (m0 & np.uint32(0xFFFFFF00)) | (index(f) & np.uint32(0xFF))
        if bits is not None:
            m0 = (m0 & np.uint32(0xFFFF0FFF)) | np.uint32(bits << 12)
        f.set_scalar(M0, m0)

    return run


def move(instruction: Instruction, mode: int) -> Callable[[Front], None]:
    """v_mov_b32 with its source (1) or destination (8), or both, counted from M0."""
    if instruction.mnemonic != "v_mov_b32" or instruction.encoding in ("sdwa", "dpp") or mode & ~9:
        raise NotEmulated(f"{instruction.mnemonic} with registers counted from M0 (mode {mode})")
    target, source = instruction.operands
    plain = decode.words(source, "u32")
    named = source.value if isinstance(source.value, Register) and source.value.file == "v" else None
    if not isinstance(target.value, Register) or target.value.file != "v":
        raise NotEmulated(f"destination {target.value}")
    to = target.value.index
    start = named.index if mode & 1 and named else None

    def run(f: Front) -> None:
        waves = np.arange(f.waves)
        values = plain(f) if start is None else f.v[_rows(f, start), waves]
        rows = _rows(f, to) if mode & 8 else np.full(f.waves, to)
        f.v[rows, waves] = values if f.active is None else np.where(f.active, values, f.v[rows, waves])
        if f.undefined:
            index = np.full(f.waves, named.index if named else 0)
            _carry(f, (index if start is None else _rows(f, start)) if named else None, rows)

    return run


def _carry(f: Front, sources: Array | None, targets: Array) -> None:
    """What nothing has written stays so where it is moved to (storage/undefined.py). Each wave's registers."""
    lanes, why = np.zeros((f.waves, LANES), bool), ""
    for register in np.unique(sources) if sources is not None else ():
        if found := f.undefined.get(KEYS["v"] + int(register)):
            lanes[sources == register], why = found[0][sources == register], found[1]
    for register in np.unique(targets).tolist():
        old, old_why = f.undefined.pop(KEYS["v"] + register, (np.zeros_like(lanes), ""))
        here = (targets == register)[:, None] & (True if f.active is None else f.active)
        if (new := np.where(here, lanes, old)).any():
            f.undefined[KEYS["v"] + register] = new, why or old_why


def _rows(f: Front, first: int) -> Array:
    """The register of each wave."""
    rows = first + (f.m0 & np.uint32(0xFF)).astype(np.int64)
    if (beyond := rows.max()) >= len(f.v):
        raise IllegalAccess(f"register v{beyond} by M0, the kernel has {len(f.v)} of v")
    return rows
