"""How do the LDS unit's instructions move values between lanes? Permutes, swizzles and the transposing reads."""

import re

import numpy as np

from conformance.gfx950.assembly import Instruction
from conformance.gfx950.errors import NotEmulated
from conformance.gfx950.storage.items import Array
from conformance.gfx950.wave import LANES, Front

_LANE = np.arange(LANES)


def pulled(f: Front, sources: list[Array], offset: int) -> Array:
    """ds_bpermute_b32: each lane takes the value of lane (address + offset) / 4 % 64; 0 from a lane that is off."""
    address, values = sources
    lane = ((address + np.uint32(offset)) >> np.uint32(2)) & np.uint32(LANES - 1)
    if f.active is not None:
        values = values * f.active
    return np.take_along_axis(values, lane.astype(np.int64), axis=1)


def pushed(f: Front, sources: list[Array], offset: int) -> Array:
    """ds_permute_b32: each lane gives its value to lane (address + offset) / 4 % 64; of several the last one wins."""
    address, values = sources
    lane = ((address + np.uint32(offset)) >> np.uint32(2)) & np.uint32(LANES - 1)
    row = np.broadcast_to(np.arange(f.waves)[:, None], lane.shape)
    result = np.zeros_like(values)
    giving = slice(None) if f.active is None else f.active
    result[row[giving], lane[giving]] = values[giving]
    return result


def swizzled(f: Front, sources: list[Array], lanes: Array) -> Array:
    """ds_swizzle_b32: each lane takes the value of a fixed lane; 0 from a lane that is off."""
    values = sources[0] if f.active is None else sources[0] * f.active
    return values[:, lanes]


def swizzle(instruction: Instruction) -> Array:
    """The lane that each lane takes from: int64 [64], by the offset's modes."""
    offset = instruction.modifiers.get("offset", 0)
    pattern = _pattern(offset) if isinstance(offset, str) else int(offset)  # type: ignore[arg-type]
    within = _LANE % 32
    if pattern >= 0xE000:
        raise NotEmulated(f"ds_swizzle_b32 in FFT mode (offset {pattern:#x})")
    if pattern >= 0xC000:  # rotate: bits 9:5 lanes, to the left or (bit 10) to the right; bits 4:0 keep lane bits
        by, kept = pattern >> 5 & 31, pattern & 31
        moved = within - by if pattern >> 10 & 1 else within + by
        within = (within & kept) | (moved & 31 & ~kept)
    elif pattern & 0x8000:
        within = within & ~3 | pattern >> 2 * (within & 3) & 3
    else:
        within = (within & (pattern & 31) | (pattern >> 5 & 31)) ^ (pattern >> 10 & 31)
    return _LANE & ~31 | within


def _pattern(text: str) -> int:
    """The 16 bits that ``swizzle(...)`` names, as LLVM's assembler reads it."""
    match = re.fullmatch(r"swizzle\((\w+),(.*)\)", text.replace(" ", ""))
    if match is None:
        raise NotEmulated(f"ds_swizzle_b32 offset:{text}")
    mode, rest = match.groups()
    if mode == "BITMASK_PERM":
        return _bitmask(rest.strip('"'))
    numbers = [int(word, 0) for word in rest.split(",")]
    if mode == "QUAD_PERM" and len(numbers) == 4:
        return 0x8000 | sum(lane << 2 * i for i, lane in enumerate(numbers))
    if mode == "BROADCAST" and len(numbers) == 2:
        size, lane = numbers
        return (32 - size) | lane << 5
    if mode in ("SWAP", "REVERSE") and len(numbers) == 1:
        return 31 | (numbers[0] if mode == "SWAP" else numbers[0] - 1) << 10
    raise NotEmulated(f"ds_swizzle_b32 offset:{text}")


def _bitmask(letters: str) -> int:
    """Five letters from the lane number's bit 4 to bit 0: 0, 1, p(reserved) or i(nverted)."""
    pattern = 0
    for letter, bit in zip(letters, (4, 3, 2, 1, 0), strict=True):
        pattern |= {"0": 0, "1": 1 << 5, "p": 1, "i": 1 | 1 << 10}[letter] << bit
    return pattern


def transposed(words: Array, bits: int) -> Array:
    """ds_read_b64_tr_b16, _b8, _b4: 16 lanes' 64 bits are a row-major tile of 16 columns; lane i gets column i.

    words: uint32 [2, W, 64], what each lane read; bits: an element's. A row of the tile is 16 * bits / 64 lanes' bits.
    """
    waves = words.shape[1]
    octets = np.ascontiguousarray(np.moveaxis(words, 0, -1)).view(np.uint8)
    if bits == 4:
        octets = np.stack([octets & 15, octets >> 4], axis=-1)
    elements: Array = octets.reshape(-1).view(np.uint16 if bits == 16 else np.uint8)
    columns: Array = elements.reshape(waves, LANES // 16, 64 // bits, 16).swapaxes(2, 3)
    if bits == 4:
        columns = columns[..., 0::2] | columns[..., 1::2] << 4
    packed = np.ascontiguousarray(columns).reshape(-1).view(np.uint32)
    return np.moveaxis(packed.reshape(waves, LANES, 2), -1, 0)
