"""What does the row quantizer keep? Powers of two, signs, places, the order of magnitudes, and its own results."""

import numpy as np

from conformance.calls import tensors
from conformance.properties.asking import Inquiry, Property, answer, differ
from conformance.properties.rows import values
from conformance.properties.search import Departure, Example
from reference.codec import e4m3_key
from reference.formats import BLOCK
from reference.quantize import dequantize_mxfp8, quantize_mxfp8
from vectors import arithmetic
from vectors.data import Stream


def _rows(asked: Inquiry, example: Example) -> np.ndarray:
    return values(asked.params, asked.params["width"], example)


def _quantized(asked: Inquiry, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows = tensors.tensor(x, asked.device)
    codes, scales = answer(lambda: asked.subject.call("quantize", rows), x.shape, (len(x), x.shape[1] // BLOCK))
    return codes, scales


def _right(asked: Inquiry, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes and bytes of the exact rule."""
    by = arithmetic.of(asked.params)
    return quantize_mxfp8(x, by.scale_rule, by.amax_floor)


def _departs(asked: Inquiry, x: np.ndarray, codes: np.ndarray, scales: np.ndarray) -> str:
    """How one side departs from the exact rule; constants keep most relations. Of zeros the byte is open."""
    right_codes, right_scales = _right(asked, x)
    filled = (_blocks(x) != 0).any(axis=-1)
    words = "the relation holds, {} are wrong"
    return Departure(
        differ(words.format("bytes"), scales, right_scales, care=filled)
        or differ(words.format("codes"), codes, right_codes, key=e4m3_key)
    )


def _blocks(x: np.ndarray) -> np.ndarray:
    return x.reshape(len(x), -1, BLOCK)


def _scaled(asked: Inquiry, example: Example) -> str:
    """A power of two moves the byte alone (PRP-04).

    Elements that the format cannot scale exactly are zero in both; clamped bytes say nothing of the rule.
    """
    x, n = _rows(asked, example), example["power"]
    with np.errstate(all="ignore"):
        wide = x.astype(np.float64) * 2.0**n
        y = wide.astype(x.dtype)
        x = np.where((y.astype(np.float64) == wide) & np.isfinite(wide), x, 0).astype(x.dtype)
        y = (x.astype(np.float64) * 2.0**n).astype(x.dtype)
    least = arithmetic.of(asked.params).amax_floor
    care = (_blocks(x) != 0).any(axis=-1)
    for array in (x, y):
        amax = np.abs(_blocks(array).astype(np.float64)).max(axis=-1)
        care &= (_right(asked, array)[1] > 0) & (amax >= least)
    (x_codes, x_scales), (y_codes, y_scales) = _quantized(asked, x), _quantized(asked, y)
    shifted = (x_scales.astype(np.int64) + n).astype(np.uint8)
    return (
        differ(f"bytes of x * 2^{n}", y_scales, shifted, care=care)
        or differ(f"codes of x * 2^{n}", y_codes, x_codes, care=np.repeat(care, BLOCK, axis=-1), key=e4m3_key)
        or _departs(asked, x, x_codes, x_scales)
    )


def _signs(asked: Inquiry, example: Example) -> str:
    """Signs turn sign bits alone (PRP-04)."""
    x = _rows(asked, example)
    turned = Stream(f"property/signs-{example['turned']}", "x").booleans(x.shape)
    codes, scales = _quantized(asked, x)
    other_codes, other_scales = _quantized(asked, np.where(turned, -x, x).astype(x.dtype))
    expected = codes ^ np.where(turned, 0x80, 0).astype(np.uint8)
    return (
        differ("bytes after signs were turned", other_scales, scales)
        or differ("codes after signs were turned", other_codes, expected, key=e4m3_key)
        or _departs(asked, x, codes, scales)
    )


def _moved(asked: Inquiry, example: Example) -> str:
    """Moved elements have moved codes, moved blocks moved bytes (PRP-04)."""
    rows = _rows(asked, example)
    x = _blocks(rows)
    stream = Stream(f"property/order-{example['order']}", "x")
    inside, outside, lines = (stream.permutation(BLOCK), stream.permutation(x.shape[1]), stream.permutation(len(x)))
    codes, scales = _quantized(asked, rows)
    moved = x[lines][:, outside][:, :, inside].reshape(len(x), -1)
    other_codes, other_scales = _quantized(asked, moved)
    expected = _blocks(codes)[lines][:, outside][:, :, inside].reshape(len(x), -1)
    return (
        differ("bytes of moved blocks", other_scales, scales[lines][:, outside])
        or differ("codes of moved elements", other_codes, expected, key=e4m3_key)
        or _departs(asked, rows, codes, scales)
    )


def _monotone(asked: Inquiry, example: Example) -> str:
    """In a block no larger magnitude has a smaller code (PRP-05)."""
    x = _rows(asked, example)
    codes, scales = _quantized(asked, x)
    order = np.argsort(np.abs(_blocks(x.astype(np.float64))), axis=-1, kind="stable")
    magnitudes = np.take_along_axis(_blocks(codes & np.uint8(0x7F)), order, -1)
    words = "codes' magnitudes in order of the elements'"
    return differ(words, magnitudes, np.maximum.accumulate(magnitudes, -1)) or _departs(asked, x, codes, scales)


def _again(asked: Inquiry, example: Example) -> str:
    """What the results decode to is quantized to itself (PRP-05)."""
    x = _rows(asked, example)
    codes, scales = _quantized(asked, x)
    first = dequantize_mxfp8(codes, scales)
    with np.errstate(all="ignore"):
        exact = first.astype(np.float32)
    exact = np.where(np.isfinite(exact) & (exact == first), exact, np.float32(0))
    again = dequantize_mxfp8(*_quantized(asked, exact))
    words = "values of the second quantization"
    # Not every rule has it: a block maximum that its code rounds up may have even take the next scale.
    kept = dequantize_mxfp8(*_right(asked, exact)) == exact
    return differ(words, again, exact.astype(np.float64), care=kept) or _departs(asked, x, codes, scales)


PROPERTIES: dict[str, Property] = {
    "scaling-a-block-shifts-its-byte": _scaled,
    "turning-signs-turns-sign-bits": _signs,
    "moving-elements-moves-codes": _moved,
    "larger-elements-have-no-smaller-codes": _monotone,
    "quantizing-again-changes-nothing": _again,
}
