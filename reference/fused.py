"""Which scale bytes and codes may a fused SwiGLU + quantize give, when its FP32 values are known up to an enclosure?

A block is right when one byte that the enclosure of amax allows makes every code one that its element's
enclosure allows.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reference.codec import BF16_DTYPE, F32, F64, U8, Bools, e4m3_key, e4m3_to_float64, e8m0_to_float64, float_to_e4m3
from reference.formats import BLOCK
from reference.interval import RealInterval
from reference.scale_rules import scale_byte


def _blocks(x: np.ndarray) -> np.ndarray:
    return x.reshape(*x.shape[:-1], x.shape[-1] // BLOCK, BLOCK)


@dataclass(frozen=True)
class AcceptedBlocks:
    """The accepted (byte, codes) of each 32-element block of an enclosure [R, I] of FP32 values.

    rule, floor: as in ``reference.quantize``. bf16_between: the FP32 values are rounded to BF16 before, which
    the contract forbids (FSQ-02). ValueError when I is not a multiple of 32 or the rule is unknown.
    """

    enclosure: RealInterval
    rule: str = "rceil"
    floor: float = 2.0**-126
    bf16_between: bool = False

    def __post_init__(self) -> None:
        shape = self.enclosure.shape
        if len(shape) == 0 or shape[-1] % BLOCK:
            raise ValueError(f"enclosure: has shape {shape}, needs a last axis that is a multiple of {BLOCK}")

    @cached_property
    def _fp32(self) -> tuple[F32, F32]:
        rounded = self.enclosure.rounded_to(np.float32)
        if not self.bf16_between:
            return rounded.lo, rounded.hi
        narrow = rounded.rounded_to(BF16_DTYPE)  # two roundings, as a kernel has them
        return narrow.lo.astype(np.float32), narrow.hi.astype(np.float32)

    @cached_property
    def open(self) -> Bools:
        """[R, I/32]: blocks with a NaN, a possible infinity or a free element; only their NaN and Inf are judged."""
        lo, hi = self._fp32
        mask = self.enclosure.nan | self.enclosure.free | np.isinf(lo) | np.isinf(hi)
        return np.asarray(_blocks(mask).any(axis=-1))

    @cached_property
    def _amax(self) -> tuple[F32, F32]:
        """Least and largest amax per block, 0 in open blocks."""
        lo, hi = self._fp32
        with np.errstate(invalid="ignore"):
            largest = np.maximum(np.abs(lo), np.abs(hi))
            least = np.maximum(np.maximum(lo, -hi), np.float32(0.0))
        zero = np.float32(0.0)
        return (np.where(self.open, zero, _blocks(least).max(-1)), np.where(self.open, zero, _blocks(largest).max(-1)))

    @cached_property
    def byte_lo(self) -> U8:
        """Smallest accepted byte [R, I/32]; every rule is monotone in amax. 0 in open blocks."""
        return scale_byte(self._amax[0], self.rule, self.floor)

    @cached_property
    def byte_hi(self) -> U8:
        """Largest accepted byte [R, I/32]; 255 in open blocks."""
        return np.where(self.open, np.uint8(255), scale_byte(self._amax[1], self.rule, self.floor))

    @cached_property
    def zero_block(self) -> Bools:
        """[R, I/32]: all elements are certainly zero. Their codes must be zeros (FSQ-04), their byte is a SHOULD."""
        return ~self.open & (self._amax[1] == 0.0)

    @cached_property
    def may_be_zero(self) -> Bools:
        """[R, I/32]: all elements may be zero; then the byte of an observed block of zero codes is only a SHOULD."""
        return ~self.open & (self._amax[0] == 0.0)

    def code_range(self, scales: U8) -> tuple[U8, U8]:
        """Least and largest accepted codes [R, I], given the bytes [R, I/32] (not 255): RNE is monotone."""
        factor = e8m0_to_float64((np.uint8(254) - np.minimum(scales, 254)).astype(np.uint8))  # 2^(127 - byte)
        ends = []
        for end in self._fp32:
            scaled = _blocks(end).astype(np.float64) * factor[..., None]
            ends.append(float_to_e4m3(scaled).reshape(self.enclosure.shape))
        return ends[0], ends[1]

    def membership(self, codes: U8, scales: U8) -> tuple[Bools, Bools]:
        """(byte_ok [R, I/32], code_ok [R, I]) of observed codes and scale bytes (FSQ-01).

        Codes are held to what the observed byte allows, so a block is right exactly when its byte and all its codes
        are. A NaN must decode to NaN; a certain infinity to NaN or at least 448 * 2^e of its sign; other
        elements of open blocks are free. Under byte 255 no code of a closed block is right. byte_ok of an
        all-zero block is a SHOULD (``zero_block``, ``may_be_zero``). ValueError when shapes differ.
        """
        shape = self.enclosure.shape
        if codes.shape != shape:
            raise ValueError(f"codes: has shape {codes.shape}, needs {shape}")
        if scales.shape != self.open.shape:
            raise ValueError(f"scales: has shape {scales.shape}, needs {self.open.shape}")
        byte_ok = self.open | ((self.byte_lo <= scales) & (scales <= self.byte_hi))
        least, largest = self.code_range(scales)
        key = e4m3_key(codes)
        nan_byte = np.repeat(scales == 255, BLOCK, axis=-1)
        inside = (e4m3_key(least) <= key) & (key <= e4m3_key(largest)) & ~nan_byte
        nan_value = nan_byte | ((codes & 0x7F) == 0x7F)
        lo, hi = self._fp32
        certain = np.isinf(lo) & (lo == hi) & ~self.enclosure.free
        saturated = ((codes & 0x7F) == 0x7E) & ((codes >= 0x80) == (lo < 0))
        in_open = np.where(certain, saturated | nan_value, True)
        code_ok = np.where(np.repeat(self.open, BLOCK, axis=-1), in_open, inside)
        return byte_ok, np.where(self.enclosure.nan, nan_value, code_ok)

    def decoded_hull(self) -> RealInterval:
        """Per element the hull of 2^(byte - 127) * code over all accepted blocks; free in open blocks except NaNs."""
        lo = np.full(self.enclosure.shape, np.inf)
        hi = np.full(self.enclosure.shape, -np.inf)
        first, last = self.byte_lo.astype(np.int16), np.where(self.open, 0, self.byte_hi).astype(np.int16)
        for step in range(int((last - first).max(initial=0)) + 1):
            byte = first + step
            active = np.repeat((byte <= last) & ~self.open, BLOCK, axis=-1)
            self._extend_hull(np.clip(byte, 0, 254).astype(np.uint8), active, lo, hi)
        free = np.repeat(self.open, BLOCK, axis=-1)
        lo, hi = np.where(free, 0.0, lo), np.where(free, 0.0, hi)
        return RealInterval(lo, hi, self.enclosure.nan, free & ~self.enclosure.nan)

    def _extend_hull(self, byte: U8, active: Bools, lo: F64, hi: F64) -> None:
        scale = np.repeat(e8m0_to_float64(byte), BLOCK, axis=-1)
        least, largest = (e4m3_to_float64(c) * scale for c in self.code_range(byte))
        np.minimum(lo, least, out=lo, where=active)
        np.maximum(hi, largest, out=hi, where=active)
