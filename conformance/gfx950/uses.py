"""Which instruction uses a value that nothing has written? (storage/undefined.py knows the registers.)

Moves between registers, to lanes and from them, and stores to scratch carry such values on, as spills and reloads do.
Whatever else reads one in a lane that counts is a Hazard: arithmetic, an address, a comparison, a store to memory or
LDS, a matrix operand.
"""

from dataclasses import dataclass, field

import numpy as np

from conformance.gfx950.assembly import FLAT_SCRATCH, Instruction, Literal, Operand, Register
from conformance.gfx950.errors import Hazard
from conformance.gfx950.instructions.matrix import MATRIX
from conformance.gfx950.instructions.scalar import SCALAR
from conformance.gfx950.instructions.vector import VECTOR
from conformance.gfx950.storage import accesses
from conformance.gfx950.storage.global_memory import place
from conformance.gfx950.storage.items import Array
from conformance.gfx950.storage.undefined import assign
from conformance.gfx950.storage.waits import KEYS, name_of
from conformance.gfx950.wave import LANES, Front

_MOVES = frozenset(("v_mov_b32", "v_mov_b64", "v_accvgpr_read_b32", "v_accvgpr_write_b32", "v_accvgpr_mov_b32"))
_SCALAR_MOVES = frozenset(("s_mov_b32", "s_mov_b64"))
_FROM_LANE, _FROM_FIRST_LANE, _TO_LANE = "v_readlane_b32", "v_readfirstlane_b32", "v_writelane_b32"
_LANES_MOVED = (_FROM_LANE, _FROM_FIRST_LANE, _TO_LANE)
_NO_REGISTER = -2
_NAMED = KEYS["s"] + FLAT_SCRATCH  # VCC, M0, EXEC and others: what reads them need not name them
_UNNAMED = ("scc", "exec")  # what an instruction writes that its text does not show
Keys = tuple[int, ...]


@dataclass(frozen=True)
class Effect:
    """Keys (waits.KEYS) of registers that an instruction reads for their values, moves from and to, writes anew.

    everywhere: whether lanes count that are off.
    """

    reads: Keys
    writes: Keys
    moves: tuple[tuple[int, int], ...] = ()
    everywhere: bool = False
    touched: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        moved = (key for move in self.moves for key in move)
        object.__setattr__(self, "touched", frozenset((*self.reads, *self.writes, *moved)))


_effects: dict[int, tuple[Instruction, Effect]] = {}


def check(instruction: Instruction, f: Front) -> None:
    """Before an instruction runs: raise Hazard where it uses an undefined value, and note where it moves one."""
    known = _effects.get(id(instruction))
    if known is None:
        known = _effects[id(instruction)] = instruction, _effect(instruction)
    effect = known[1]
    if effect.touched.isdisjoint(f.undefined):
        return
    for key in effect.reads:
        if key in f.undefined:
            lanes, why = f.undefined[key]
            everywhere = effect.everywhere or f.active is None or key >= KEYS["s"]
            _refuse(f, key, lanes if everywhere else lanes & f.active, why)
    moved = [(to, f.undefined.get(source)) for to, source in effect.moves]
    if instruction.mnemonic in _LANES_MOVED:
        _move_lane(f, instruction, *effect.moves[0])
        return
    for key in effect.writes:
        if effect.everywhere:
            f.undefined.pop(key, None)
        else:
            assign(f, key, None)
    for to, found in moved:
        assign(f, to, *(found or (None, "")))


def _refuse(f: Front, key: int, lanes: Array, why: str) -> None:
    """Raise Hazard where one of a register's lanes [W, n] is used."""
    if lanes.any():
        row, lane = np.unravel_index(int(lanes.argmax()), lanes.shape)
        first = place(f, int(row), int(lane))
        raise Hazard(f"uses {name_of(key)}, {why}, in {int(lanes.sum())} lanes; the first is {first}")


def _lane(instruction: Instruction, f: Front) -> Array:
    """Which lane is moved, int64 [W]."""
    if instruction.mnemonic == _FROM_FIRST_LANE:
        return np.zeros(f.waves, np.int64) if f.active is None else f.active.argmax(axis=1)
    value = instruction.operands[2].value
    chosen = int(value.value) if isinstance(value, Literal) else f.s[value.index].astype(np.int64)  # type: ignore[union-attr]
    return np.broadcast_to(chosen & 63, f.waves)


def _move_lane(f: Front, instruction: Instruction, to: int, source: int) -> None:
    """One lane of a VGPR is written from a scalar, or read into one; into one of those with a name it is a use."""
    rows, lane, none = np.arange(f.waves), _lane(instruction, f), (np.zeros((f.waves, LANES), bool), "")
    lanes, why = f.undefined.get(source, none)
    if instruction.mnemonic == _TO_LANE:
        old, old_why = f.undefined.pop(to, none)
        new = old.copy()
        new[rows, lane] = lanes[:, 0]
        if new.any():
            f.undefined[to] = new, why or old_why
        return
    read = lanes[rows, lane if source < KEYS["s"] else 0][:, None]
    if to >= _NAMED:
        _refuse(f, source, read, why)
    assign(f, to, read, why)


def _effect(instruction: Instruction) -> Effect:
    mnemonic, operands = instruction.mnemonic, instruction.operands
    if mnemonic in accesses.ACCESSES:
        reads, written = accesses.reads_and_writes(instruction)
        if mnemonic.startswith("scratch_store"):
            reads -= frozenset(_keys(operands[1]))
        return Effect(tuple(sorted(reads)), () if "_d16" in mnemonic else tuple(sorted(written)))
    if mnemonic in MATRIX:
        return Effect(_all(operands[1:]), _keys(operands[0]), everywhere=True)
    if mnemonic in _LANES_MOVED:
        source = _keys(operands[1]) or (_NO_REGISTER,)
        return Effect(_all(operands[2:]), (), ((_keys(operands[0])[0], source[0]),))
    op = VECTOR.get(mnemonic) or SCALAR.get(mnemonic)
    if op is None:  # what sets and gets the mode, waits, idles
        return Effect(_all(operands), ())
    lanes_apart = instruction.encoding in ("sdwa", "dpp")
    plain = mnemonic in _MOVES and not lanes_apart and not instruction.modifiers
    between = mnemonic in _SCALAR_MOVES and all(key < _NAMED for key in _keys(operands[0]))
    if (plain or between) and (source := _keys(operands[1])):
        target = _keys(operands[0])
        return Effect((), (), tuple(zip(target, source, strict=True)))
    count = sum(kind not in _UNNAMED for kind in op.writes.split())
    writes, sources = _all(operands[:count]), operands[count:] or operands
    partial = instruction.encoding == "sdwa" or "op_sel" in instruction.modifiers
    return Effect(_all(sources) + (writes if op.accumulates else ()), () if partial else writes)


def _keys(operand: Operand) -> Keys:
    value = operand.value
    if not isinstance(value, Register):
        return ()
    first = KEYS[value.file] + value.index
    return tuple(range(first, first + value.count))


def _all(operands: tuple[Operand, ...]) -> Keys:
    return tuple(key for operand in operands for key in _keys(operand))
