"""What is the state of waves that run together? Their registers, one array per file."""

from __future__ import annotations

from typing import Any

import numpy as np

from conformance.gfx950.assembly import EXEC, M0, NUM_SCALARS
from conformance.gfx950.errors import NotEmulated

LANES = 64
# What registers hold at the start: a quiet NaN, an absurd integer, half of an address outside of every region.
POISON = 0x7FFADBAD
# Mode bits without which arithmetic here is not the hardware's: FP16 and FP64 denormals kept, DX10_CLAMP, IEEE.
FIXED_MODE = 0x3C0
WORD_TYPES = {"u32": np.uint32, "i32": np.int32, "f32": np.float32, "b32": np.uint32}


class Front:
    """W waves that stand at the same instruction.

    v, a: uint32 [registers, W, 64] (VGPRs, AGPRs); s: uint32 [128, W], by encoding (vcc 106, m0 124, exec 126);
    scc: bool [W]. wave: int64 [W], the wave's number in its chunk of the grid; workgroup: int64 [W], its
    workgroup's number in the chunk. mode: FP rounding and denormal bits (HW_REG_MODE), the same in all waves here.
    active: bool [W, 64], EXEC as lanes, or None where every lane of every wave is active. Set EXEC by set_exec only.
    """

    def __init__(self, num_vgprs: int, num_agprs: int, waves: int) -> None:
        shapes = (num_vgprs, waves, LANES), (num_agprs, waves, LANES), (NUM_SCALARS, waves)
        self._hold(*map(_registers, shapes))
        for file in (self.v, self.a, self.s):
            file.fill(POISON)
        self.scc = np.zeros(waves, bool)
        self.wave = np.arange(waves)
        self.workgroup = np.zeros(waves, np.int64)
        self.active: np.ndarray | None = None
        self.mode = 0
        self.pc = 0
        self._pending: Any = None
        self.undefined: dict[int, tuple[np.ndarray, str]] = {}  # what loads found unwritten (storage/undefined.py)
        self.chunk: Any = None  # machine.Chunk: memory, lds, traffic, sanitizer, settings, shared by its fronts

    def _hold(self, v: np.ndarray, a: np.ndarray, s: np.ndarray) -> None:
        """Take these register files, and views of them in the types that instructions read."""
        self.v, self.a, self.s = v, a, s
        self.flight: Any = None  # core.runs.Flight: these registers as the compiled core sees them
        files = {"v": v, "a": a, "s": s}
        self.views = {f: {name: array.view(kind) for name, kind in WORD_TYPES.items()} for f, array in files.items()}

    def select(self, waves: np.ndarray) -> Front:
        """A front of its own with these waves (int64 indices into this one)."""
        part = Front.__new__(Front)
        part._hold(*(_put_together(file[:, waves]) for file in (self.v, self.a, self.s)))
        part.scc, part.wave, part.workgroup = self.scc[waves], self.wave[waves], self.workgroup[waves]
        part.mode, part.pc, part.chunk = self.mode, self.pc, self.chunk
        part.pending = self.pending.select(waves)
        part.undefined = {key: (lanes[waves], why) for key, (lanes, why) in self.undefined.items()}
        part.refresh_exec()
        return part

    def join(self, other: Front) -> None:
        """Take in the waves of another front at the same pc and mode, for whose loads nobody waits."""
        self.undefined = {key: self._both_undefined(other, key) for key in {**self.undefined, **other.undefined}}
        pairs = ((self.v, other.v), (self.a, other.a), (self.s, other.s))
        pending = self.pending
        self._hold(*(_put_together(*pair) for pair in pairs))
        self.pending = pending
        for name in ("scc", "wave", "workgroup"):
            setattr(self, name, np.concatenate([getattr(self, name), getattr(other, name)]))
        self.refresh_exec()

    def _both_undefined(self, other: Front, key: int) -> tuple[np.ndarray, str]:
        known = self.undefined.get(key) or other.undefined[key]
        none = [np.zeros((front.waves, known[0].shape[1]), bool) for front in (self, other)]
        found = [front.undefined.get(key, (lanes, ""))[0] for front, lanes in zip((self, other), none, strict=True)]
        return np.concatenate(found), known[1]

    @property
    def pending(self) -> Any:
        """waits.Pending: what loads have not delivered yet."""
        if self.flight is not None and self.flight.state is not None:
            self._pending = self.flight.leave()
        return self._pending

    @pending.setter
    def pending(self, pending: Any) -> None:
        self._pending = pending
        if self.flight is not None:
            self.flight.state = None

    @property
    def waves(self) -> int:
        return self.s.shape[1]

    @property
    def m0(self) -> np.ndarray:
        """uint32 [W]"""
        return self.s[M0]

    def pair(self, index: int) -> np.ndarray:
        """uint64 [W] of scalar registers index, index + 1."""
        return self.s[index].astype(np.uint64) | (self.s[index + 1].astype(np.uint64) << np.uint64(32))

    def set_pair(self, index: int, value: np.ndarray) -> None:
        """Write uint64 [W] to scalar registers index, index + 1; EXEC follows where it is written."""
        self.s[index] = value.astype(np.uint32)
        self.s[index + 1] = (value >> np.uint64(32)).astype(np.uint32)
        if index == EXEC:
            self.refresh_exec()

    def set_mode(self, mode: int) -> None:
        """Write HW_REG_MODE. Raises NotEmulated for another rounding than to nearest even, or without FIXED_MODE."""
        if mode & 0xF:
            raise NotEmulated(f"FP rounding mode {mode & 0xF:#x}; only round to nearest even (0) is")
        if mode & FIXED_MODE != FIXED_MODE:
            raise NotEmulated(f"mode {mode:#x}, without one of FP16/FP64 denormals, DX10_CLAMP and IEEE")
        self.mode = mode

    def set_scalar(self, index: int, value: np.ndarray) -> None:
        """Write uint32 [W] to one scalar register; EXEC follows where it is written."""
        self.s[index] = value.view(np.uint32)
        if index in (EXEC, EXEC + 1):
            self.refresh_exec()

    def refresh_exec(self) -> None:
        """Recompute ``active`` from EXEC's two words."""
        words = self.s[EXEC : EXEC + 2]
        full = words.min() == 0xFFFFFFFF
        self.active = None if full else lanes_of(self.pair(EXEC))


def _registers(shape: tuple[int, ...]) -> np.ndarray:
    """Not yet set. Registers lie an odd number of waves apart: a power of two would take few of a cache's sets."""
    count, waves, *lanes = shape
    return np.empty((count, waves | 1, *lanes), np.uint32)[:, :waves]


def _put_together(*parts: np.ndarray) -> np.ndarray:
    """Register files of some waves as one of all."""
    count, _, *lanes = parts[0].shape
    whole = _registers((count, sum(part.shape[1] for part in parts), *lanes))
    return np.concatenate(parts, axis=1, out=whole)


def renumbered(rows: np.ndarray, waves: np.ndarray) -> np.ndarray:
    """Rows of a front as they are numbered in the part that selects these waves; -1 where it leaves them out."""
    number = np.full(max(int(rows.max(initial=0)), int(waves.max(initial=0))) + 1, -1)
    number[waves] = np.arange(len(waves))
    return number[rows]


def lanes_of(mask: np.ndarray) -> np.ndarray:
    """bool [W, 64] from uint64 [W], bit l being lane l."""
    octets = np.ascontiguousarray(mask).view(np.uint8).reshape(len(mask), 8)
    return np.unpackbits(octets, axis=1, bitorder="little").view(bool)


def mask_of(lanes: np.ndarray) -> np.ndarray:
    """uint64 [W] from bool [W, 64]."""
    return np.packbits(lanes, axis=1, bitorder="little").view(np.uint64)[:, 0]
