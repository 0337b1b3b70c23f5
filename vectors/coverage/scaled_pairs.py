"""Which scale bytes stand over which element codes in a case's arrays? One bit for each pair of classes.

A kernel can be right about each byte and each code and wrong where two of them meet (a subnormal code under the least
byte, the largest under the largest), so the meetings are what is counted.
"""

import base64
from collections.abc import Iterator

import numpy as np

from reference.formats import BLOCK
from vectors import arrays
from vectors.arithmetic import accepted_blocks
from vectors.case import Arrays, Case

# The first byte, and the first code without its sign, of each class. ``reports.views.heat`` names them.
BYTE_CLASSES = (0x00, 0x01, 0x20, 0x40, 0x60, 0x80, 0xA0, 0xC0, 0xE0, 0xFE, 0xFF)
CODE_CLASSES = (0x00, 0x01, 0x08, 0x20, 0x40, 0x60, 0x7E, 0x7F)

_OPERANDS = (("a_codes", "a_scales"), ("w", "w_scale"), ("w13", "w13_scale"), ("w2", "w2_scale"), ("codes", "scales"))
_STAGE_OPERANDS = (("native.x_codes", "native.x_scales"), ("native.h_codes", "native.h_scales"))
_CHUNK = 1 << 12  # blocks that are looked at at once: their masks stay in the cache
# Of a tensor; of more every n-th is looked at, n being odd so that every column has its turn.
_MOST_BLOCKS = 1 << 16

_CODES, _BYTES = np.arange(256), np.arange(256)
_BYTE_CLASS = np.searchsorted(BYTE_CLASSES, _BYTES, side="right") - 1
_CODE_CLASS = np.searchsorted(CODE_CLASSES, _CODES & 0x7F, side="right") - 1 + len(CODE_CLASSES) * (_CODES >> 7)
_CODE_BIT = (1 << _CODE_CLASS).astype(np.uint16)

Pairs = np.ndarray  # bool [byte classes, code classes of both signs]


def of_case(case: Case, inputs: Arrays, expected: Arrays) -> dict[str, str]:
    """What the case's kernels multiply, only decode, and make, each as base64 of the bits, if there is any."""
    given = "decoded" if case.family == "dequantize" else "multiplied"
    kinds = {given: _given(inputs, expected), "made": _made(case, expected)}
    found = {kind: sum((held(*pair) for pair in pairs), start=_none()) for kind, pairs in kinds.items()}
    return {kind: packed(pairs) for kind, pairs in found.items() if pairs.any()}


def held(codes: np.ndarray, scales: np.ndarray) -> Pairs:
    """Which classes meet in codes [..., K] under scale bytes [..., K/32]."""
    each = -(-scales.size // _MOST_BLOCKS) | 1
    blocks, classes = codes.reshape(-1, BLOCK)[::each], _BYTE_CLASS[scales.reshape(-1)[::each]]
    masks = np.zeros(len(BYTE_CLASSES), np.uint16)
    for start in range(0, len(blocks), _CHUNK):
        part = slice(start, start + _CHUNK)
        # Four codes are one word, so that the codes of a block are eight.
        words = _CODE_BIT[blocks[part]].view(np.uint64)
        of_class = classes[part]
        for byte in np.flatnonzero(np.bincount(of_class)):
            four = np.bitwise_or.reduce(words[of_class == byte], axis=None)
            masks[byte] |= np.bitwise_or.reduce(np.array([four]).view(np.uint16))
    return (masks[:, None] >> np.arange(2 * len(CODE_CLASSES)) & 1).astype(bool)


def packed(pairs: Pairs) -> str:
    """As a report has them."""
    return base64.b64encode(np.packbits(pairs.reshape(-1)).tobytes()).decode()


def _none() -> Pairs:
    return np.zeros((len(BYTE_CLASSES), 2 * len(CODE_CLASSES)), bool)


def _given(inputs: Arrays, expected: Arrays) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Codes and scales that a kernel is given. The stages' own operands are the reference's results of those before."""
    for owner, names in ((inputs, _OPERANDS), (expected, _STAGE_OPERANDS)):
        for codes, scales in names:
            if codes in owner and scales in owner and _fit(owner[codes], owner[scales]):
                yield owner[codes], owner[scales]


def _fit(codes: np.ndarray, scales: np.ndarray) -> bool:
    """Not so in a case whose operands are to be refused."""
    form = codes.dtype == scales.dtype == np.uint8 and codes.ndim > 0
    return form and (*codes.shape[:-1], codes.shape[-1] / BLOCK) == scales.shape


def _made(case: Case, expected: Arrays) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Codes and scales that a kernel gives: the right ones, or of several the least under the least byte."""
    if case.family == "quantize" and "codes" in expected:
        codes, scales = (expected[name] for name in ("codes", "scales"))
        plain = expected.get("plain", np.ones(scales.shape)).astype(bool)
        yield codes.reshape(-1, BLOCK)[plain.reshape(-1)], scales[plain]
    for family, prefix in (("activation-quantize", ""), ("stages", "native.activation.")):
        if case.family == family and f"{prefix}lo" in expected:
            accepted = accepted_blocks(case.params, arrays.real_interval(expected, prefix))
            codes, said = accepted.code_range(accepted.byte_lo)[0], ~accepted.open
            yield codes.reshape(-1, BLOCK)[said.reshape(-1)], accepted.byte_lo[said]
