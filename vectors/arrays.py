"""How does an accepted set become named arrays? Flat names, so that a golden file needs no class to be read."""

from collections.abc import Mapping

import numpy as np

from reference.interval import Interval, RealInterval


def flattened(accepted: Interval | RealInterval, prefix: str = "") -> dict[str, np.ndarray]:
    """An accepted set as arrays named ``<prefix>lo``, ``hi``, ``nan`` and ``free``.

    What says nothing is left out: ``hi`` where it has the bits of lo, ``nan`` and ``free`` where they hold nowhere.
    """
    found = {"lo": accepted.lo}
    if accepted.hi.tobytes() != accepted.lo.tobytes():
        found["hi"] = accepted.hi
    found |= {name: mask for name in ("nan", "free") if (mask := getattr(accepted, name)).any()}
    return {f"{prefix}{name}": array for name, array in found.items()}


def interval(arrays: Mapping[str, np.ndarray], prefix: str = "") -> Interval:
    """The accepted values that ``flattened`` laid out."""
    return Interval(*_fields(arrays, prefix))


def real_interval(arrays: Mapping[str, np.ndarray], prefix: str = "") -> RealInterval:
    """The enclosure of reals that ``flattened`` laid out."""
    return RealInterval(*_fields(arrays, prefix))


def _fields(arrays: Mapping[str, np.ndarray], prefix: str) -> list[np.ndarray]:
    lo = arrays[f"{prefix}lo"]
    nowhere = np.zeros(lo.shape, dtype=bool)
    masks = [np.asarray(arrays.get(f"{prefix}{name}", nowhere), dtype=bool) for name in ("nan", "free")]
    return [lo, arrays.get(f"{prefix}hi", lo), *masks]
