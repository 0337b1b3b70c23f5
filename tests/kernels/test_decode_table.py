"""Does the BF16 decode give each of the 256 x 256 pairs of scale byte and code its correctly rounded value?"""

from __future__ import annotations

from fractions import Fraction

import torch

from kernels.dequantize import dequantize_mxfp8_to_bf16


def bf16_bits(value: Fraction, negative: bool) -> int:
    """RNE of a dyadic value >= 0, by the definition of BF16: 8 exponent bits, bias 127, 7 mantissa bits."""
    exponent = -126
    if value:
        exponent = max(exponent, value.numerator.bit_length() - value.denominator.bit_length())
    steps = round(value / Fraction(2) ** (exponent - 7))  # round() of a Fraction is to even
    if steps == 256:
        steps, exponent = 128, exponent + 1
    bits = steps if steps < 128 else ((exponent + 127) << 7) + steps - 128
    return (0x7F80 if exponent > 127 else bits) | negative << 15


def e4m3(code: int) -> Fraction:
    field, mantissa = (code >> 3) & 15, code & 7
    return Fraction(mantissa + 8 * (field > 0)) * Fraction(2) ** (max(field, 1) - 10)


def test_all_pairs() -> None:
    codes = torch.arange(256, dtype=torch.uint8).repeat(256, 1)
    scales = torch.arange(256, dtype=torch.uint8)[:, None].repeat(1, 8)
    decoded = dequantize_mxfp8_to_bf16(codes.view(torch.float8_e4m3fn), scales)
    bits = (decoded.view(torch.int16).to(torch.int32) & 0xFFFF).tolist()
    values = [e4m3(code) for code in range(128)]
    for byte in range(256):
        scale = Fraction(2) ** (byte - 127)
        for code in range(256):
            got = bits[byte][code]
            if byte == 255 or code & 0x7F == 0x7F:
                assert got & 0x7FFF > 0x7F80, (byte, code)
            else:
                assert got == bf16_bits(values[code & 0x7F] * scale, code > 0x7F), (byte, code)


def test_decode_of_strided_and_empty_tensors() -> None:
    codes = torch.randint(0, 256, (3, 4, 96), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    scales = torch.randint(0, 256, (3, 4, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    whole = dequantize_mxfp8_to_bf16(codes.view(torch.float8_e4m3fn), scales).view(torch.int16)
    part = dequantize_mxfp8_to_bf16(codes.view(torch.float8_e4m3fn)[:, ::2, 32:], scales[:, ::2, 1:])
    assert torch.equal(part.view(torch.int16), whole[:, ::2, 32:])
    empty = dequantize_mxfp8_to_bf16(codes[:0].view(torch.float8_e4m3fn), scales[:0])
    assert empty.shape == (0, 4, 96)
