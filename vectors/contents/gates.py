"""Which gate and up values decide a SwiGLU-OAI, and what is right? Grids as [rows, 2I] in the split layout."""

import ml_dtypes
import numpy as np

from reference import swiglu
from reference.interval import Interval, RealInterval
from vectors import data
from vectors.arrays import flattened
from vectors.case import Arrays, Case
from vectors.data import BLOCK, Stream

_MANTISSAS = {ml_dtypes.bfloat16: 7, np.float16: 10}  # bits; of FP32 half of its significand, less the leading one


def laid_out(case: Case, gate_up: np.ndarray) -> Arrays:
    """The input of the case's layout."""
    return {"gate_up": interleaved(gate_up) if case.params["layout"] == "interleaved" else gate_up}


def enclosure(case: Case, inputs: Arrays, *, strict: bool = False) -> RealInterval:
    """What the error model allows (ACT-01), or strictly (ACT-12) without a flushed sigmoid."""
    p = case.params
    gate, up = swiglu.split(inputs["gate_up"].astype(np.float32), p["layout"])
    found = swiglu.enclosure(gate, up, alpha=p["alpha"], beta=p["beta"], limit=p["limit"], strict=strict)
    if (p.get("content") == "exact" or p.get("exact")) and not found.is_point().all():
        raise ValueError(f"inputs of {case.id}: a value has more than one right answer, needs exact values")
    return found


def accepted_values(case: Case, inputs: Arrays, *, strict: bool = False) -> Interval:
    """The accepted values in the format that is asked for, the input's own where none is."""
    return enclosure(case, inputs, strict=strict).rounded_to(data.DTYPES[_out(case)])


def _out(case: Case) -> str:
    return str(case.params.get("out_dtype", case.params["dtype"]))


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


def every_bit(case: Case, dtype: type) -> np.ndarray:
    """Products gate / 2 * up of one right answer that has every bit of the formats, for alpha 0 and beta 0.

    Gates and ups of all significant bits; products on the ties of a narrower result; FP16's largest, subnormal and too
    large results; and what FP16 does not reach, or reaches only as a subnormal input.
    """
    out = _out(case)
    full = data.log_uniform(Stream(case.id, "full"), 192, -6, 6, dtype=dtype).astype(np.float64)
    powers = data.powers_of_two(Stream(case.id, "powers"), 192, -3, 3).astype(np.float64)
    odd = 1.0 + 2 * Stream(case.id, "odd").integers(0, 128, (2, 2048))
    long = 1.0 + 2 * Stream(case.id, "long").integers(0, 1 << _MANTISSAS.get(dtype, 11), (2, 96))
    bits = np.frexp(odd[0] * odd[1])[1]
    tied = odd[:, bits == {"bf16": 9, "fp16": 12, "fp32": 8}[out]][:, :96] * [[2.0**-4], [1.0]]
    if out == "fp16":
        grain = np.stack([odd[0, :96] * 2.0**-12, np.repeat([2.0**-13, 2.0**-14], 48)])  # multiples of 2^-25, of 2^-26
        # The largest number, just below and on the tie to infinity, beyond; then the tie to zero, and just above it.
        ends = np.array([[89 * 32, 23], [206, 318], [63 * 16, 65], [128, 512], [3, 2.0**15],
                         [2.0**-12, 2.0**-13], [129 * 2.0**-19, 2.0**-13]]).T  # fmt: skip
    else:
        tiny, huge = (2.0**-24, 32752.0) if dtype == np.float16 else (2.0**-120, 2.0**100)
        grain = np.stack([np.arange(1, 97) * tiny, np.repeat(2.0**12, 96)])
        ends = np.array([[huge, 2.0**11], [huge, 3.0], [-huge / 2, 255.0]]).T
    long *= 2.0**-6  # both factors have bits that a narrower result's format has not
    x, y = np.concatenate([[full, powers], [powers, full], long, tied, grain, -grain, ends, -ends], axis=1)
    wide = -(-x.size // (2 * BLOCK)) * 2 * BLOCK
    halves = [np.resize(values, wide).reshape(-1, 2 * BLOCK) for values in (2 * x, y)]
    return data.rounded(np.concatenate(halves, axis=1), dtype)


def gaussian(case_id: str, rows: int, width: int, *, std: float, dtype: type) -> np.ndarray:
    """Gaussian gate and up [rows, 2 * width] with a few large gates."""
    values = data.normal(Stream(case_id, "gate_up"), (rows, 2 * width), std=std, dtype=dtype)
    return data.with_outliers(values, data.outlier_channels(Stream(case_id, "channels"), 2 * width, width // 16), 3)


def interleaved(gate_up: np.ndarray) -> np.ndarray:
    """The same pairs in the interleaved layout: gate0, up0, gate1, up1, ..."""
    half = gate_up.shape[1] // 2
    return np.stack([gate_up[:, :half], gate_up[:, half:]], axis=-1).reshape(gate_up.shape)
