"""Does the row quantizer give the bits of the exact rule?"""

import numpy as np
import pytest

from conformance.calls import tensors
from conformance.calls.layouts import laid_out, padded_rows
from conformance.checks import repeated
from conformance.checks.refusals import refusal_problem
from conformance.judging.addresses import judge_addresses
from conformance.judging.bits import Bits
from conformance.judging.shown import show
from conformance.leads import quantized
from reference.codec import e4m3_key
from reference.formats import BLOCK
from reference.scale_rules import SCALE_RULES, scale_byte
from vectors import arithmetic


@pytest.mark.family("quantize")
def test_quantize(case, subject, backend, vector, judge):
    """Any leading shape (QNT-12), strided rows and axes where they lie (QNT-13, QNT-16).

    A row length off a block is refused (QNT-15).

    The byte of an all-zero block is judged apart (QNT-06).
    """
    x, expected = vector.inputs["x"], vector.expected
    if judge.asks("refusal"):
        rows = tensors.tensor(x, backend.device)
        problem = refusal_problem(lambda: subject.call("quantize", rows), (str(x.shape[-1]), str(BLOCK)))
        judge.claim("refusal", not problem, f"rows of {x.shape[-1]} elements: {problem}")
        return
    if "repeated" in case.params:
        _judge_repeated(case, subject, backend, vector, judge)
        return
    rows = padded_rows(tensors.tensor(x, backend.device), case.params.get("row_padding", 0))
    rows = laid_out(rows, case.params.get("layout", "contiguous"))
    codes, scales = (tensors.array(t) for t in subject.call("quantize", rows))
    shape_ok = codes.shape == x.shape and scales.shape == (*x.shape[:-1], x.shape[-1] // BLOCK)
    judge.claim("shape", shape_ok, f"has codes {codes.shape}, scales {scales.shape} for an input of {x.shape}")
    if not shape_ok:
        return
    judge_addresses(judge, backend)
    plain = expected["plain"].astype(bool)  # blocks without NaN and infinity: every bit is determined
    zero = expected["zero_block"].astype(bool)

    def block(index: tuple[int, ...]) -> str:
        values = x[(*index[:-1], slice(index[-1] * BLOCK, (index[-1] + 1) * BLOCK))].astype(np.float32)
        return f"block amax {show(values[np.argmax(np.abs(values))])}"

    judge.rules = _rules(case, x, scales, plain & ~zero)
    judge.accepts("scales", Bits(scales, expected["scales"], care=plain & ~zero), given=block, leads=quantized.leads)
    judge.accepts("zero-scales", Bits(scales, expected["scales"], care=zero), given=block)
    judge.accepts(
        "codes",
        Bits(codes, expected["codes"], care=np.repeat(plain, BLOCK, axis=-1), key=e4m3_key),
        given=lambda i: f"x {show(x[i])}",
    )
    _judge_special(judge, x, codes, scales, expected)


def _judge_repeated(case, subject, backend, vector, judge):
    """A few rows many times: every row's result is that of the one that it is."""
    count = case.params["repeated"]
    found = subject.call("quantize", repeated.rows(vector.inputs["x"], count, backend.device))
    judge_addresses(judge, backend)
    places = repeated.seen(count)
    for name, result in zip(("codes", "scales"), found, strict=True):
        expected = repeated.turns(vector.expected[name], places)
        judge.accepts(name, Bits(repeated.taken(result, places), expected), given=lambda i: f"row {places[i[0]]}")


def _rules(case, x, scales, care):
    """Of each other scale rule, how many blocks have another byte: implementations in the field differ in the rule.

    One case may have no block in which two rules differ, so it takes all of a run to name one.
    """
    if not care.any():
        return {}
    blocks = x.reshape(*scales.shape, BLOCK)[care].astype(np.float32)
    amax, seen, asked = np.abs(blocks).max(axis=-1), scales[care], arithmetic.of(case.params)
    others = [rule for rule in SCALE_RULES if rule != asked.scale_rule]
    return {rule: int((scale_byte(amax, rule, asked.amax_floor) != seen).sum()) for rule in others}


def _judge_special(judge, x, codes, scales, expected):
    """Blocks with NaN (QNT-09) or infinity (QNT-10), and one policy for their neighbours (QNT-11)."""
    values = x.astype(np.float32)
    nan_code = ((codes & 0x7F) == 0x7F) | np.repeat(scales == 255, BLOCK, axis=-1)
    lost = np.isnan(values) & ~nan_code
    judge.claim("nan-elements", not lost.any(), f"{int(lost.sum())} NaN elements decode to numbers")
    # 448 is the largest code: with it the element decodes to 448 * 2^e, with a NaN code it decodes to NaN.
    largest = ((codes & 0x7F) == 0x7E) & ((codes >= 0x80) == np.signbit(values))
    small = np.isinf(values) & ~nan_code & ~largest
    judge.claim(
        "inf-elements",
        not small.any(),
        f"{int(small.sum())} infinities decode to a finite value that is not 448 * 2^e of their sign",
    )
    if len(expected["policy_blocks"]):
        # The case holds one special block in several rows and positions: the same bits everywhere are a policy.
        found = [
            np.append(codes[row, block * BLOCK : (block + 1) * BLOCK], scales[row, block])
            for row, block in expected["policy_blocks"]
        ]
        same = all(np.array_equal(found[0], other) for other in found)
        judge.claim("special-blocks", same, "the same block gave other codes or another byte elsewhere")
