"""How is one element shown? By its bits and its value."""

import numpy as np

from reference.codec import e4m3_to_float64
from reports.model import Shown


def show(value: np.generic | np.ndarray) -> Shown:
    """Hex bits and value of one element: ``0x3f80 (1)``; a byte is ``0x7f (127)``, other integers as they are."""
    array = np.asarray(value)
    if array.dtype.kind in "iub" and array.dtype != np.uint8:
        return Shown("", str(int(value)))
    pattern = f"0x{int(patterns(array.reshape(1))[0]):0{2 * array.dtype.itemsize}x}"
    return Shown(pattern, str(int(value)) if array.dtype == np.uint8 else f"{float(value):.9g}")


def show_code(code: np.generic | np.ndarray) -> Shown:
    """Hex bits and value of one E4M3 code: ``0x38 (1)``."""
    return Shown(f"0x{int(code):02x}", f"{float(e4m3_to_float64(np.asarray(code).reshape(1))[0]):.9g}")


def patterns(values: np.ndarray) -> np.ndarray:
    """The bits of each element as an unsigned integer."""
    return np.ascontiguousarray(values).view(f"u{values.dtype.itemsize}")
