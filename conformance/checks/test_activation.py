"""Does SwiGLU-OAI, alone and fused with quantization, give values of the enclosure of the exact result?"""

import functools

import numpy as np
import pytest

from conformance.calls import tensors
from conformance.calls.layouts import laid_out, padded_rows
from conformance.checks import repeated
from conformance.checks.refusals import refusal_problem
from conformance.judging.addresses import judge_addresses
from conformance.judging.bits import Bits
from conformance.judging.blocks import Blocks
from conformance.judging.shown import show
from conformance.judging.within import Within
from conformance.leads import quantized
from reference.formats import BLOCK
from vectors import arrays
from vectors.arithmetic import accepted_blocks
from vectors.contents import gates


def _parameters(case):
    """The stage's keywords. Of a case about defaults alpha, beta and limit are left out."""
    p = case.params
    layout = p.get("layout", "split")  # named only where it is another: an implementation may know no other
    named = {} if layout == "split" else {"layout": layout}
    if "out_dtype" in p:
        named["out_dtype"] = tensors.DTYPES[p["out_dtype"]]
    if p.get("defaults"):
        return named
    return {"alpha": p["alpha"], "beta": p["beta"], "limit": p["limit"], **named}


def _laid_out(case, gate_up, backend):
    rows = padded_rows(tensors.tensor(gate_up, backend.device), case.params.get("row_padding", 0))
    return laid_out(rows, case.params.get("memory", "contiguous"))


def _given(case, gate_up):
    """The gate and up that an output element comes from."""
    half = gate_up.shape[1] // 2

    def text(index):
        row, i = index[0], index[1]
        interleaved = case.params.get("layout", "split") == "interleaved"
        gate, up = (
            (gate_up[row, 2 * i], gate_up[row, 2 * i + 1]) if interleaved else (gate_up[row, i], gate_up[row, half + i])
        )
        return f"gate {show(gate)}, up {show(up)}"

    return text


@pytest.mark.family("activation")
def test_activation(case, subject, backend, vector, judge):
    """For any number of columns, in rows that lie apart (ACT-11), of each format to each (ACT-13).

    Stored is what a strict evaluation gives (ACT-12).
    """
    gate_up, accepted = vector.inputs["gate_up"], gates.accepted_values(case, vector.inputs)
    if "repeated" in case.params:
        found, places = _of_repeated(case, subject, backend, vector, judge)
        of_each = repeated.of_each(accepted, places)
        judge.accepts("output", Within(repeated.taken(found, places), of_each), given=lambda i: f"row {places[i[0]]}")
        return
    given = _given(case, gate_up)
    observed = tensors.array(subject.call("activation", _laid_out(case, gate_up, backend), **_parameters(case)))
    judge_addresses(judge, backend)
    judge.accepts("output", Within(observed, accepted), given=given)
    if judge.asks("strict-output"):
        judge.accepts("strict-output", Within(observed, arrays.interval(vector.expected)), given=given)


@pytest.mark.family("activation-quantize")
def test_activation_quantize(case, subject, backend, vector, judge):
    """The plain one's enclosure under the same limit, alpha and beta (FSQ-05), in any layout and rows apart (FSQ-07).

    Gates and ups of each format are read exactly (FSQ-09). Stored is the strict enclosure (FSQ-08). A NaN must decode
    to NaN (FSQ-03); an intermediate size off a block is refused (FSQ-06).
    """
    gate_up = vector.inputs["gate_up"]
    if judge.asks("refusal"):
        rows, width = tensors.tensor(gate_up, backend.device), gate_up.shape[1]
        call = functools.partial(subject.call, "activation_quantize", rows, **_parameters(case))
        problem = refusal_problem(call, (str(width), str(BLOCK)))
        judge.claim("refusal", not problem, f"gate_up of {width} columns: {problem}")
        return
    if "repeated" in case.params:
        _judge_repeated(case, subject, backend, vector, judge)
        return
    found = subject.call("activation_quantize", _laid_out(case, gate_up, backend), **_parameters(case))
    codes, scales = (tensors.array(t) for t in found)
    judge_addresses(judge, backend)
    enclosure = gates.enclosure(case, vector.inputs)
    accepted = accepted_blocks(case.params, enclosure)
    given = _block_given(case, gate_up, codes)
    judge.accepts("blocks", Blocks(codes, scales, accepted), given=given, leads=quantized.leads)
    if judge.asks("strict-blocks"):
        strictly = accepted_blocks(case.params, arrays.real_interval(vector.expected))
        judge.accepts("strict-blocks", Blocks(codes, scales, strictly), given=given)
    same_shape = codes.shape == enclosure.nan.shape and scales.shape == accepted.zero_block.shape
    if not same_shape:
        return
    number = ((codes & 0x7F) != 0x7F) & np.repeat(scales != 255, BLOCK, axis=-1)
    lost = bool((enclosure.nan & number).any())
    zero = accepted.zero_block
    # All of them have the byte of the floor, 0 by the contract's arithmetic.
    judge.claim(
        "zero-scales",
        bool((scales == accepted.byte_lo)[zero].all()),
        f"the byte of an all-zero block is not {int(accepted.byte_lo[zero].max(initial=0))}",
    )
    judge.claim("nan-elements", same_shape and not lost, "a NaN in gate or up became a number")


def _of_repeated(case, subject, backend, vector, judge):
    """(the stage's result for a few rows many times, the rows of it to look at)."""
    count = case.params["repeated"]
    rows = repeated.rows(vector.inputs["gate_up"], count, backend.device)
    found = subject.call(case.family.replace("-", "_"), rows, **_parameters(case))
    judge_addresses(judge, backend)
    return found, repeated.seen(count)


def _judge_repeated(case, subject, backend, vector, judge):
    """A few rows many times: every row's result is right for the one that it is."""
    found, places = _of_repeated(case, subject, backend, vector, judge)
    many = repeated.of_each(gates.enclosure(case, vector.inputs), places)
    codes, scales = (repeated.taken(t, places) for t in found)
    judge.accepts("blocks", Blocks(codes, scales, accepted_blocks(case.params, many)))


def _block_given(case, gate_up, codes):
    element = _given(case, gate_up)

    def text(index):
        return element(index) if codes.shape[1] * 2 == gate_up.shape[1] and index[1] < codes.shape[1] else ""

    return text


@pytest.mark.family("dequantize")
def test_dequantize(case, subject, backend, vector, judge):
    """Weights to BF16, as the fallback reads them, wherever codes and scales lie."""
    codes, scales = vector.inputs["codes"], vector.inputs["scales"]
    layouts = (case.params.get(name, "contiguous") for name in ("layout", "scale_layout"))
    given = tensors.codes(codes, backend.device), tensors.tensor(scales, backend.device)
    operands = map(laid_out, given, layouts)
    observed = tensors.array(subject.call("dequantize", *operands))
    judge.accepts(
        "output",
        Bits(observed, vector.expected["bf16"]),
        given=lambda i: f"code 0x{int(codes[i]):02x}, byte {int(scales[(*i[:-1], i[-1] // BLOCK)])}",
    )
