"""What does the standard say, one number at a time? The oracle on Python integers and fractions, to be read by eye."""

from reference.scalar.contraction import contraction, dot
from reference.scalar.floats import Special, decode, encode_rne, floor_log2, is_negative
from reference.scalar.quantize import quantize_block
from reference.scalar.scales import ELEMENT_MAX, scale_byte, scale_exponent
from reference.scalar.swiglu import swiglu, swiglu_enclosure

__all__ = [
    "ELEMENT_MAX", "Special", "contraction", "decode", "dot", "encode_rne", "floor_log2", "is_negative",
    "quantize_block", "scale_byte", "scale_exponent", "swiglu", "swiglu_enclosure",
]  # fmt: skip
