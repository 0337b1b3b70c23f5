"""Which lanes of registers hold what nothing has written? What a front notes that loads such bytes of LDS or scratch.

A load of them is no fault by itself: compilers that do not optimise reload a slot before it was stored, and never look
at the value. Who uses it is found by uses.py.
"""

from collections.abc import Callable, Sequence

import numpy as np

from conformance.gfx950.storage.items import Array
from conformance.gfx950.storage.waits import KEYS
from conformance.gfx950.wave import Front

_ARRIVING = -1  # in place of a register's key: what the load that runs has found, bool [words, W, 64]


def arrives(f: Front, lanes: Array, where: str) -> None:
    """The running load brings these lanes what nothing has written. lanes: bool [words, W, 64]; where: the first."""
    f.undefined[_ARRIVING] = lanes, where


def settle(f: Front, keys: Sequence[int], by: object, moved: Callable[[Array], Array] = lambda words: words) -> None:
    """Note in these registers what the load, if anything, has found.

    by: the instruction, for messages; moved: how it changes words before they come to the registers.
    """
    found = f.undefined.pop(_ARRIVING, None)
    if found is None:
        return
    words = moved(np.negative(found[0].astype(np.int32)).view(np.uint32))
    for key, lanes in zip(keys, words != 0, strict=True):
        assign(f, key, lanes, f"which {by} loaded from {found[1]}")


def assign(f: Front, key: int, lanes: Array | None, why: str = "") -> None:
    """A register is written in its active lanes, with undefined values in these; None for none. Scalars: [W, 1]."""
    old = f.undefined.pop(key, None)
    if f.active is not None and key < KEYS["s"]:
        lanes = None if lanes is None else lanes & f.active
        if old is not None and (kept := old[0] & ~f.active).any():
            lanes, why = (kept, old[1]) if lanes is None else (kept | lanes, why or old[1])
    if lanes is not None and lanes.any():
        f.undefined[key] = np.broadcast_to(lanes, (f.waves, lanes.shape[1] if key >= KEYS["s"] else 64)), why
