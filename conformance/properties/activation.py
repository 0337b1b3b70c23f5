"""What does SwiGLU-OAI not depend on? How far beyond the limit a gate or up is, and where its pair stands (PRP-06)."""

from typing import Any

import numpy as np

from conformance.calls import tensors
from conformance.judging.accepted import Accepted
from conformance.judging.blocks import Blocks
from conformance.judging.within import Within
from conformance.properties.asking import Inquiry, Property, answer, differ, wrong
from conformance.properties.rows import values
from conformance.properties.search import Departure, Example
from reference import swiglu
from reference.codec import e4m3_key
from reference.formats import BLOCK
from reference.swiglu import DEFAULT_ALPHA, DEFAULT_BETA
from vectors.arithmetic import accepted_blocks
from vectors.data import Stream
from vectors.examples.of_properties import LIMITS

_FAR = np.array([1.0, 1.25, 2.0, 64.0, 2.0**90, np.inf])  # times the limit, or by itself where that is 0


def _halves(asked: Inquiry, example: Example) -> tuple[np.ndarray, np.ndarray]:
    """gate and up [rows, width]: the rows of the example cut in the middle."""
    width = asked.params["width"]
    x = values(asked.params, 2 * width, example)
    return x[:, :width], x[:, width:]


def _run(asked: Inquiry, gate: np.ndarray, up: np.ndarray, example: Example) -> tuple[np.ndarray, ...]:
    """What the stage gives: values, or codes and bytes."""
    gate_up = tensors.tensor(np.concatenate([gate, up], axis=1), asked.device)
    stage, (rows, width) = asked.params["stage"], gate.shape
    bytes_ = [(rows, width // BLOCK)] if stage == "activation_quantize" else []
    return answer(lambda: asked.subject.call(stage, gate_up, **_parameters(example)), gate.shape, *bytes_)


def _parameters(example: Example) -> dict[str, Any]:
    return {"alpha": DEFAULT_ALPHA, "beta": DEFAULT_BETA, "limit": LIMITS[example["limit"]]}


def _departs(asked: Inquiry, gate: np.ndarray, up: np.ndarray, found: tuple[np.ndarray, ...], example: Example) -> str:
    """How one side departs from what the reference accepts; constants keep the relations."""
    exact = swiglu.enclosure(gate, up, **_parameters(example))
    if len(found) == 1:
        seen: Accepted = Within(found[0], exact.rounded_to(gate.dtype))
    else:
        seen = Blocks(found[0], found[1], accepted_blocks(asked.params, exact))
    return Departure(wrong("the relation holds, the values are wrong", seen))


def _compared(words: str, seen: tuple[np.ndarray, ...], expected: tuple[np.ndarray, ...]) -> str:
    if len(seen) == 1:
        return differ(words, seen[0], expected[0])
    return differ(f"bytes, {words}", seen[1], expected[1]) or differ(
        f"codes, {words}", seen[0], expected[0], key=e4m3_key
    )


def _beyond(asked: Inquiry, example: Example) -> str:
    gate, up = _halves(asked, example)
    limit = np.float64(LIMITS[example["limit"]])
    pick = Stream(f"property/far-{example['far']}", "x")
    far = np.maximum(limit, 2.0**-20) * _FAR[pick.integers(0, len(_FAR), (2, *gate.shape))]
    with np.errstate(over="ignore"):
        far_gate, far_up = far.astype(gate.dtype)
    moved_gate = np.where(gate.astype(np.float64) > limit, far_gate, gate).astype(gate.dtype)
    moved_up = np.where(np.abs(up.astype(np.float64)) > limit, np.copysign(far_up, up), up).astype(up.dtype)
    words = f"gates and ups further beyond the limit {limit:g}"
    before = _run(asked, gate, up, example)
    return _compared(words, _run(asked, moved_gate, moved_up, example), before) or _departs(
        asked, gate, up, before, example
    )


def _moved(asked: Inquiry, example: Example) -> str:
    """Pairs move within their block of 32, blocks within their row, rows: so the fused stage's blocks stay whole."""
    gate, up = _halves(asked, example)
    stream = Stream(f"property/order-{example['order']}", "x")
    inside, blocks = stream.permutation(BLOCK), stream.permutation(gate.shape[1] // BLOCK)
    lines = stream.permutation(len(gate))
    columns = (blocks[:, None] * BLOCK + inside[None, :]).reshape(-1)
    before = _run(asked, gate, up, example)
    after = _run(asked, gate[lines][:, columns], up[lines][:, columns], example)
    expected = (before[0][lines][:, columns], *(part[lines][:, blocks] for part in before[1:]))
    return _compared("pairs moved", after, expected) or _departs(asked, gate, up, before, example)


PROPERTIES: dict[str, Property] = {"beyond-the-limit-is-the-limit": _beyond, "moving-pairs-moves-results": _moved}
