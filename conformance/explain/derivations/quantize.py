"""How do a block's scale byte and an element's code follow from the block? The scale rule with its numbers."""

import numpy as np

from conformance.explain.account import Compared
from conformance.judging.accepted import Index
from conformance.judging.shown import show, show_code
from reference.arithmetic import CONTRACT, Arithmetic
from reference.codec import e4m3_to_float64, float_to_e4m3
from reference.formats import BLOCK
from reference.scale_rules import SCALE_RULES, scale_byte
from vectors import arithmetic
from vectors.case import Case, Vector


def of_quantize(case: Case, vector: Vector, compared: Compared, index: Index) -> list[str]:
    """The block maximum and the byte that it gives; of a code the quotient and its two neighbours."""
    x = vector.inputs["x"]
    of_bytes = compared.answer.observed.shape != x.shape
    place: tuple[int, ...] = index if of_bytes else (*index[:-1], index[-1] // BLOCK)
    block = x[place[:-1]][place[-1] * BLOCK : place[-1] * BLOCK + BLOCK]
    lines = byte_of_block(block.astype(np.float32), arithmetic.of(case.params))
    if of_bytes:
        return lines
    byte = int(vector.expected["scales"][place])
    return [*lines, *code_of(float(x[index].astype(np.float64)), byte)]


def byte_of_block(block: np.ndarray, by: Arithmetic) -> list[str]:
    """How the rule that holds, and every other one, comes to the byte of a float32 block."""
    magnitude = np.abs(np.where(np.isnan(block), np.float32(0), block))
    place = int(np.argmax(magnitude))
    amax = magnitude[place]
    floor = by.amax_floor
    byte = int(scale_byte(np.array([amax]), by.scale_rule, floor)[0])
    e = byte - 127
    fits = f"448 * 2^{e - 1} = {448 * 2.0 ** (e - 1):.9g} < amax <= 448 * 2^{e} = {448 * 2.0**e:.9g}"
    if byte == 0:
        fits = f"amax <= 448 * 2^-127 = {448 * 2.0**-127:.9g}, the least scale"
    if not np.isfinite(amax):
        fits = "an infinity counts as 2^128"
    why = f"least e with amax <= 448 * 2^e: {fits}" if by.scale_rule == "rceil" else f"the rule {by.scale_rule}"
    if amax < floor and by != CONTRACT:
        why = f"amax counts as {floor:.9g}, the declared floor"
    others = {r: int(scale_byte(np.array([amax]), r, floor)[0]) for r in SCALE_RULES if r != by.scale_rule}
    return [
        f"amax {show(amax)} at element {place} of the block",
        f"{why}; e = {e}, byte {byte}",
        f"other rules: {', '.join(f'{rule} {value}' for rule, value in others.items())}",
    ]


def code_of(x: float, byte: int) -> list[str]:
    """The quotient between its two neighbouring codes, and which one it is rounded to."""
    scaled = x * 2.0 ** (127 - byte)
    if not np.isfinite(scaled):
        return [f"x / 2^{byte - 127} = {scaled}"]
    right = int(float_to_e4m3(np.array([scaled]))[0])
    magnitudes = e4m3_to_float64(np.arange(0x7F, dtype=np.uint8))
    below = int(np.searchsorted(magnitudes, abs(scaled), side="right")) - 1
    sign = 0x80 if np.signbit(scaled) else 0
    low, high = (np.uint8(code | sign) for code in (below, min(below + 1, 0x7E)))
    middle = (e4m3_to_float64(np.array([low]))[0] + e4m3_to_float64(np.array([high]))[0]) / 2
    tie = ", a tie: to even" if scaled == middle else ""
    return [
        f"x / 2^{byte - 127} = {scaled:.12g} between {show_code(low)} and {show_code(high)}, middle {middle:.9g}{tie}",
        f"code {show_code(np.uint8(right))}",
    ]
