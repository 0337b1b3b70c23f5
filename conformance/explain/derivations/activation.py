"""How does SwiGLU-OAI come to an element? Clamps, sigmoid, product, and what the error model allows."""

import numpy as np

from conformance.explain.account import Compared
from conformance.explain.derivations.quantize import byte_of_block
from conformance.judging.accepted import Index
from conformance.judging.blocks import Blocks
from reference.arithmetic import Arithmetic
from reference.codec import float32_bits_to_bf16
from reference.formats import BLOCK
from reference.fused import AcceptedBlocks
from reference.swiglu import clamp, enclosure, nominal_fp32, split, swiglu_oai
from vectors.case import Case, Vector


def of_activation(case: Case, vector: Vector, compared: Compared, index: Index) -> list[str]:
    """The element's own derivation; of the fused stage also that of its block's byte."""
    p = case.params
    options = {"alpha": p["alpha"], "beta": p["beta"], "limit": p["limit"]}
    gates, ups = split(vector.inputs["gate_up"].astype(np.float32), p.get("layout", "split"))
    gate, up = gates[index], ups[index]
    g, u = (float(v[0]) for v in clamp(np.array([gate]), np.array([up]), p["limit"]))
    with np.errstate(all="ignore"):
        sigmoid = 1.0 / (1.0 + np.exp(-np.float64(p["alpha"]) * g))
    exact = swiglu_oai(np.array([gate]), np.array([up]), **options)[0]
    strict = compared.observable.startswith("strict")
    allowed = enclosure(np.array([gate]), np.array([up]), strict=strict, **options)
    by = "the FP32 error model" + ", no sigmoid flushed" * strict
    lines = [
        f"limit {p['limit']}: g = min(gate, limit) = {g:.9g}, u = min(max(up, -limit), limit) = {u:.9g}",
        f"sigmoid({p['alpha']} * g) = {sigmoid:.9g}, u + beta = {u + p['beta']:.9g}",
        f"exact g * sigmoid * (u + beta) = {exact:.12g}",
        f"accepted by {by}: {allowed.lo[0]:.12g} to {allowed.hi[0]:.12g}",
    ]
    if not isinstance(compared.answer, Blocks):
        return lines
    return [*lines, *_block(gates, ups, options, compared.answer.accepted, index)]


def _block(
    gates: np.ndarray, ups: np.ndarray, options: dict[str, float], accepted: AcceptedBlocks, index: Index
) -> list[str]:
    row, block = index[0], index[1] // BLOCK
    part = (row, slice(block * BLOCK, block * BLOCK + BLOCK))
    nominal = nominal_fp32(gates[part], ups[part], **options)
    least, most = int(accepted.byte_lo[row, block]), int(accepted.byte_hi[row, block])
    by = Arithmetic(accepted.rule, accepted.floor, accepted.bf16_between)
    if by.bf16_between:
        nominal = float32_bits_to_bf16(nominal.view(np.uint32)).astype(np.float32)
    first, *others = byte_of_block(nominal, by)
    return [
        f"block {block} of row {row}, nominal values{' in BF16' * by.bf16_between}: {first}",
        *others,
        f"the enclosure of amax allows byte {least}" + ("" if least == most else f" to {most}"),
    ]
