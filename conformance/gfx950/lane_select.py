"""Which lane does a DPP operand come from? Data-parallel primitives: a permutation of lanes on the first source."""

from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.gfx950.errors import NotEmulated
from conformance.gfx950.wave import LANES, Front

_LANE = np.arange(LANES)
_ROW, _IN_ROW = _LANE // 16 * 16, _LANE % 16


def _shifted(source: np.ndarray) -> np.ndarray:
    """Within the row, -1 outside of it."""
    return np.where((source >= 0) & (source < 16), _ROW + source, -1)


# dpp_ctrl -> the source lane of each lane, -1 where there is none (AMD CDNA4 ISA, "DPP").
_CONTROLS: dict[str, Callable[[Any], np.ndarray]] = {
    "quad_perm": lambda quad: _LANE // 4 * 4 + np.array(quad)[_LANE % 4],
    "row_shl": lambda n: _shifted(_IN_ROW + n),
    "row_shr": lambda n: _shifted(_IN_ROW - n),
    "row_ror": lambda n: _ROW + (_IN_ROW - n) % 16,
    "wave_shl": lambda n: np.where(_LANE + 1 < LANES, _LANE + 1, -1),
    "wave_rol": lambda n: (_LANE + 1) % LANES,
    "wave_shr": lambda n: _LANE - 1,
    "wave_ror": lambda n: (_LANE - 1) % LANES,
    "row_mirror": lambda n: _ROW + 15 - _IN_ROW,
    "row_half_mirror": lambda n: _LANE // 8 * 8 + 7 - _LANE % 8,
    "row_newbcast": lambda n: _ROW + n,
    # 15: the last lane of each row to the next row; 31: lane 31 to rows 2 and 3.
    "row_bcast": lambda n: np.where(_ROW > 0, _ROW - 1, -1) if n == 15 else np.where(_LANE > 31, 31, -1),
}
CONTROLS = frozenset(_CONTROLS)


class Permute:
    """The DPP modifiers of one instruction. lanes: the source of each lane where it exists; masked: which may write.

    A lane whose row or bank is masked off writes nothing; nor does a lane whose source lane does not exist or is
    inactive, unless bound_ctrl is set: it reads 0 then. (bound_ctrl:0 sets it as bound_ctrl:1 does: LLVM's modifier
    syntax, before GFX11.)
    """

    def __init__(self, modifiers: dict[str, Any]) -> None:
        control = [name for name in modifiers if name in _CONTROLS]
        if len(control) != 1:
            raise NotEmulated(f"DPP with controls {control}, needs one")
        source = _CONTROLS[control[0]](modifiers[control[0]])
        self.exists, self.lanes = source >= 0, np.maximum(source, 0)
        row_mask, bank_mask = int(modifiers.get("row_mask", 15)), int(modifiers.get("bank_mask", 15))
        self.masked = ((row_mask >> (_LANE // 16)) & (bank_mask >> (_LANE % 16 // 4)) & 1).astype(bool)
        self.zero = "bound_ctrl" in modifiers
        self.whole = self.zero and bool(self.masked.all())  # whether all lanes write, EXEC apart

    def _available(self, f: Front) -> np.ndarray:
        """bool [64] or [W, 64]: whether each lane's source lane exists and is active."""
        return self.exists if f.active is None else self.exists & f.active[:, self.lanes]

    def source(self, fetch: Callable[[Front], np.ndarray]) -> Callable[[Front], np.ndarray]:
        """The operand as the instruction sees it."""

        def permuted(f: Front) -> np.ndarray:
            values = np.broadcast_to(fetch(f), (f.waves, LANES))[:, self.lanes]
            return np.where(self._available(f), values, values.dtype.type(0))

        return permuted

    def enabled(self, f: Front) -> np.ndarray:
        """bool: the lanes that may write, EXEC apart."""
        return self.masked if self.zero else self.masked & self._available(f)
