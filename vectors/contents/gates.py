"""Which gate and up values decide a SwiGLU-OAI, and what is right? Grids as [rows, 2I] in the split layout."""

import ml_dtypes
import numpy as np

from reference import swiglu
from reference.interval import Interval, RealInterval
from vectors import data
from vectors.arrays import flattened
from vectors.case import Arrays, Case
from vectors.data import BLOCK, Stream

DTYPES = {"fp32": np.float32, "bf16": ml_dtypes.bfloat16}


def laid_out(case: Case, gate_up: np.ndarray) -> Arrays:
    """The input of the case's layout."""
    return {"gate_up": interleaved(gate_up) if case.params["layout"] == "interleaved" else gate_up}


def enclosure(case: Case, inputs: Arrays, *, strict: bool = False) -> RealInterval:
    """What the error model allows (ACT-01), or strictly (ACT-12) without a flushed sigmoid."""
    p = case.params
    gate, up = swiglu.split(inputs["gate_up"].astype(np.float32), p["layout"])
    found = swiglu.enclosure(gate, up, alpha=p["alpha"], beta=p["beta"], limit=p["limit"], strict=strict)
    if p.get("content") == "exact" and not found.is_point().all():
        raise ValueError(f"inputs of {case.id}: a value has more than one right answer, needs exact values")
    return found


def accepted_values(case: Case, inputs: Arrays, *, strict: bool = False) -> Interval:
    """The accepted values in the input's own dtype."""
    return enclosure(case, inputs, strict=strict).rounded_to(inputs["gate_up"].dtype)


def expect_values(case: Case, inputs: Arrays) -> Arrays:
    """The strictly accepted values; the others follow from the inputs."""
    return flattened(accepted_values(case, inputs, strict=True))


def expect_blocks(case: Case, inputs: Arrays) -> Arrays:
    """The strict enclosure of the real results; the set of strictly accepted blocks follows from it."""
    return flattened(enclosure(case, inputs, strict=True))


def crossed(gates: np.ndarray, ups: np.ndarray, dtype: type) -> np.ndarray:
    """Every gate with every up: [rows, 2 * 32], the last row filled up by repetition."""
    gate, up = (m.reshape(-1) for m in np.meshgrid(gates, ups, indexing="ij"))
    rows = -(-gate.size // BLOCK)
    halves = [np.resize(values, (rows, BLOCK)) for values in (gate, up)]
    with np.errstate(over="ignore"):
        return data.rounded(np.concatenate(halves, axis=1).astype(np.float64), dtype)


def around(value: float, dtype: type) -> list[float]:
    """The value rounded to dtype with the two representable values on each side."""
    centre = data.rounded(np.array([value]), dtype)
    bits = centre.view(f"i{centre.dtype.itemsize}")
    return [float(v) for v in (bits + np.arange(-2, 3, dtype=bits.dtype)).view(centre.dtype).astype(np.float64)]


def limit_edges(limit: float | None, dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Gates and ups on, one and two steps below and above the limit, of both signs, at zero and far beyond."""
    ordinary = [0.0, -0.0, 0.25, -0.25, 1.0, -1.0, 3.5, -3.5]
    edges = [] if limit in (None, 0.0) or np.isinf(limit) else around(limit, dtype)
    far = [40.0, -40.0, 1e4, -1e4]
    values = np.array([*ordinary, *edges, *(-e for e in edges), *far])
    return values, values


def gaussian(case_id: str, rows: int, width: int, *, std: float, dtype: type) -> np.ndarray:
    """Gaussian gate and up [rows, 2 * width] with a few large gates."""
    values = data.normal(Stream(case_id, "gate_up"), (rows, 2 * width), std=std, dtype=dtype)
    return data.with_outliers(values, data.outlier_channels(Stream(case_id, "channels"), 2 * width, width // 16), 3)


def interleaved(gate_up: np.ndarray) -> np.ndarray:
    """The same pairs in the interleaved layout: gate0, up0, gate1, up1, ..."""
    half = gate_up.shape[1] // 2
    return np.stack([gate_up[:, :half], gate_up[:, half:]], axis=-1).reshape(gate_up.shape)
