"""What would the field's criterion say? Relative L2 against a dequantized BF16 reference, on two Gaussian shapes.

The reference is a float64 MoE on weights dequantized and rounded to BF16, with activations that are not quantized:
what fused MoE kernels are commonly tested against, at a threshold of 5e-2. It shares no code with ``reference``, so
that a defect put there does not move it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np

from reference.formats import BLOCK
from reference.swiglu import DEFAULT_ALPHA, DEFAULT_BETA

THRESHOLD = 5e-2


@dataclass(frozen=True)
class Shape:
    """T tokens, H hidden, I intermediate, E experts, top k; the activation's clamp limit."""

    name: str
    T: int
    H: int
    I: int  # noqa: E741 (the field's name)
    E: int
    k: int
    limit: float | None


SHAPES = (Shape("a", T=32, H=256, I=128, E=4, k=2, limit=7.0), Shape("b", T=24, H=384, I=256, E=8, k=4, limit=None))


def inputs(shape: Shape) -> dict[str, np.ndarray]:
    """Gaussian tensors of ``fused_moe_mxfp8_native``, BF16, E4M3 codes and scale bytes; the same in every run."""
    from vectors import data
    from vectors.data import Stream

    def stream(tensor: str) -> Stream:
        return Stream(f"norm/{shape.name}", tensor)

    def weights(name: str, rows: int, depth: int) -> dict[str, np.ndarray]:
        codes, scales = data.gaussian_weights(stream(name), (shape.E, rows, depth), std=depth**-0.5)
        return {name: codes, f"{name}_scale": scales}

    return {
        "hidden_states": data.normal(stream("hidden_states"), (shape.T, shape.H), dtype=ml_dtypes.bfloat16),
        **weights("w13", 2 * shape.I, shape.H),
        **weights("w2", shape.H, shape.I),
        "topk_weights": data.router_weights("softmax", stream("topk_weights"), shape.T, shape.k),
        "topk_ids": data.routing("uniform", stream("topk_ids"), shape.T, shape.E, shape.k),
    }


def dequantized(codes: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """float64 of the BF16 weights: E4M3 codes uint8 [..., K] under E8M0 bytes uint8 [..., K / 32]."""
    elements = codes.view(ml_dtypes.float8_e4m3fn).astype(np.float64)
    powers = np.repeat(np.ldexp(1.0, scales.astype(np.int32) - 127), BLOCK, axis=-1)
    return (elements * powers).astype(np.float32).astype(ml_dtypes.bfloat16).astype(np.float64)


def expected(tensors: Mapping[str, np.ndarray], limit: float | None) -> np.ndarray:
    """float64 [T, H]: the MoE on dequantized weights, with activations as they are."""
    x = tensors["hidden_states"].astype(np.float64)
    w13 = dequantized(tensors["w13"], tensors["w13_scale"])
    w2 = dequantized(tensors["w2"], tensors["w2_scale"])
    half = w13.shape[1] // 2
    out = np.zeros_like(x)
    for token, (ids, weights) in enumerate(zip(tensors["topk_ids"], tensors["topk_weights"], strict=True)):
        for expert, weight in zip(ids, weights, strict=True):
            both = w13[expert] @ x[token]
            gate, up = both[:half], both[half:]
            if limit is not None:
                gate, up = np.minimum(gate, limit), np.clip(up, -limit, limit)
            activated = gate / (1 + np.exp(-DEFAULT_ALPHA * gate)) * (up + DEFAULT_BETA)
            out[token] += float(weight) * (w2[expert] @ activated)
    return out


def relative_l2(observed: np.ndarray, right: np.ndarray) -> float:
    """|observed - right| / |right| over the whole tensor; NaN where observed has one."""
    return float(np.linalg.norm(observed.astype(np.float64) - right) / np.linalg.norm(right))


def passes(distances: Sequence[float | None]) -> bool:
    """The criterion's verdict: every shape finite and below the threshold. None stands for a call that raised."""
    return bool(distances) and all(d is not None and math.isfinite(d) and d < THRESHOLD for d in distances)


def measure(subject_name: str, backend_name: str | None) -> list[float | None]:
    """Relative L2 of a subject on each of SHAPES; None where the call raises or the result is not finite."""
    from conformance import backends
    from conformance.calls import tensors
    from conformance.subjects import registry

    backend = backends.pick(backend_name)
    backend.activate()
    fused_moe = registry.load(subject_name).stages["fused_moe"]
    found: list[float | None] = []
    for shape in SHAPES:
        arrays = inputs(shape)
        named = {
            name: (tensors.codes if name in ("w13", "w2") else tensors.tensor)(array, backend.device)
            for name, array in arrays.items()
        }
        keywords: dict[str, Any] = {"alpha": DEFAULT_ALPHA, "beta": DEFAULT_BETA, "limit": shape.limit}
        try:
            output = fused_moe(*named.values(), **keywords, global_num_experts=shape.E, expert_map=None)
        except Exception:  # whatever a wrong kernel raises, this test would fail
            found.append(None)
            continue
        distance = relative_l2(tensors.array(output), expected(arrays, shape.limit))
        found.append(distance if math.isfinite(distance) else None)
    return found
