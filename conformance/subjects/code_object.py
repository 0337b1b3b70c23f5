"""What does a code object say of a kernel beside its instructions? Its ELF's descriptor, metadata and symbols.

LLVM's "User Guide for AMDGPU Backend": ELF header flags, note records, "Kernel Descriptor". MessagePack is its own.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MAGIC, _GFX950 = b"\x7fELF\x02\x01", 0x4F  # 64 bits, little-endian; EF_AMDGPU_MACH
_SYMBOLS, _NOTES, _METADATA = (2, 11), 7, 32  # kinds of sections, and of a note
# Descriptor directive -> (byte of the descriptor, first bit in 32 from there, bits).
_FIELDS = {
    "group_segment_fixed_size": (0, 0, 32), "private_segment_fixed_size": (4, 0, 32), "kernarg_size": (8, 0, 32),
    "float_round_mode_32": (48, 12, 2), "float_round_mode_16_64": (48, 14, 2), "float_denorm_mode_32": (48, 16, 2),
    "float_denorm_mode_16_64": (48, 18, 2), "dx10_clamp": (48, 21, 1), "ieee_mode": (48, 23, 1),
    "fp16_overflow": (48, 26, 1), "enable_private_segment": (52, 0, 1), "user_sgpr_count": (52, 1, 5),
    "system_sgpr_workgroup_id_x": (52, 7, 1), "system_sgpr_workgroup_id_y": (52, 8, 1),
    "system_sgpr_workgroup_id_z": (52, 9, 1), "system_sgpr_workgroup_info": (52, 10, 1),
    "system_vgpr_workitem_id": (52, 11, 2), "user_sgpr_private_segment_buffer": (56, 0, 1),
    "user_sgpr_dispatch_ptr": (56, 1, 1), "user_sgpr_queue_ptr": (56, 2, 1),
    "user_sgpr_kernarg_segment_ptr": (56, 3, 1), "user_sgpr_dispatch_id": (56, 4, 1),
    "user_sgpr_flat_scratch_init": (56, 5, 1), "user_sgpr_private_segment_size": (56, 6, 1),
    "uses_dynamic_stack": (56, 11, 1), "user_sgpr_kernarg_preload_length": (56, 16, 7),
    "user_sgpr_kernarg_preload_offset": (56, 23, 9),
}  # fmt: skip


@dataclass(frozen=True)
class Described:
    """A kernel: the bytes [start, stop) of its code by address, its descriptor and metadata as an assembly has them."""

    name: str
    start: int
    stop: int
    descriptor: Mapping[str, int]
    metadata: Mapping[str, Any]


def described(content: bytes, name: str = "") -> Described:
    """The kernel of that name in a code object, '' for its only one. Raises ValueError."""
    if not content.startswith(_MAGIC):
        what = "an offload bundle" if b"OFFLOAD_BUNDLE" in content[:32] or content.startswith(b"CCOB") else "no ELF"
        raise ValueError(f"is {what}, needs the code object of gfx950 itself (clang-offload-bundler takes it out)")
    try:
        (flags,) = struct.unpack_from("<I", content, 48)
        if flags & 0xFF != _GFX950:
            raise ValueError(f"is for another architecture (machine {flags & 0xFF:#x}), needs gfx950 ({_GFX950:#x})")
        sections = _sections(content)
        kernels = {kernel[".name"]: kernel for kernel in _metadata(content, sections)["amdhsa.kernels"]}
        if name not in kernels and (name or len(kernels) != 1):
            raise ValueError(f"has {len(kernels)} kernels ({', '.join(kernels)}), needs {name or 'one'}")
        kernel = kernels[name] if name else next(iter(kernels.values()))
        symbols = _symbols(content, sections)
        (start, size), (at, _) = symbols[kernel[".name"]], symbols[kernel[".symbol"]]
        descriptor = _descriptor(content, _offset(sections, at))
        return Described(kernel[".name"], start, start + size, descriptor, kernel)
    except (struct.error, KeyError, IndexError, StopIteration, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"is no code object that can be read ({type(error).__name__})") from error


def _sections(content: bytes) -> list[tuple[int, int, int, int, int]]:
    """(kind, address, offset, size, link) of each section."""
    (table,), (size, count) = struct.unpack_from("<Q", content, 40), struct.unpack_from("<HH", content, 58)
    found = [struct.unpack_from("<IIQQQQI", content, table + index * size) for index in range(count)]
    return [(kind, address, offset, length, link) for _, kind, _, address, offset, length, link in found]


def _symbols(content: bytes, sections: list[tuple[int, int, int, int, int]]) -> dict[str, tuple[int, int]]:
    """Name -> (address, size)."""
    found = {}
    for kind, _, offset, size, link in sections:
        names = sections[link][2]
        for at in range(offset, offset + size, 24) if kind in _SYMBOLS else ():
            name, _, _, _, value, length = struct.unpack_from("<IBBHQQ", content, at)
            start = names + name
            found[content[start : content.index(b"\0", start)].decode()] = (value, length)
    return found


def _offset(sections: list[tuple[int, int, int, int, int]], address: int) -> int:
    """Where in the file an address is."""
    return next(offset + address - at for _, at, offset, size, _ in sections if at and at <= address < at + size)


def _descriptor(content: bytes, at: int) -> dict[str, int]:
    def bits(byte: int, first: int, count: int) -> int:
        return struct.unpack_from("<I", content, at + byte)[0] >> first & ((1 << count) - 1)

    found = {name: bits(*place) for name, place in _FIELDS.items()}
    registers = {"next_free_vgpr": (bits(48, 0, 6) + 1) * 8, "accum_offset": (bits(44, 0, 6) + 1) * 4}
    return {**found, **registers, "next_free_sgpr": (bits(48, 6, 4) // 2 + 1) * 16}


def _metadata(content: bytes, sections: list[tuple[int, int, int, int, int]]) -> dict[str, Any]:
    for kind, _, offset, size, _ in sections:
        at, end = offset, offset + size
        while kind == _NOTES and at < end:
            names, length, note = struct.unpack_from("<III", content, at)
            start = at + 12 + -(-names // 4) * 4
            if note == _METADATA:
                return _unpacked(content, start)[0]
            at = start + -(-length // 4) * 4
    raise KeyError("metadata")


def _unpacked(data: bytes, at: int) -> tuple[Any, int]:
    """A MessagePack value, and where the next one is."""
    first, at = data[at], at + 1
    if first < 0x80 or first >= 0xE0:
        return first - (first >= 0xE0) * 256, at
    if first in (0xC0, 0xC2, 0xC3):
        return {0xC0: None, 0xC2: False, 0xC3: True}[first], at
    if 0xCA <= first <= 0xD3:
        form = "fdBHIQbhiq"[first - 0xCA]
        return struct.unpack_from(f">{form}", data, at)[0], at + struct.calcsize(form)
    if first < 0xC0:
        count = first & (0x1F if first >= 0xA0 else 0x0F)
    else:
        form = {0xD9: "B", 0xDA: "H", 0xDB: "I", 0xDC: "H", 0xDD: "I", 0xDE: "H", 0xDF: "I"}[first]
        (count,), at = struct.unpack_from(f">{form}", data, at), at + struct.calcsize(form)
    if 0xA0 <= first < 0xC0 or first in (0xD9, 0xDA, 0xDB):
        return data[at : at + count].decode(), at + count
    found = []
    is_map = first < 0x90 or first in (0xDE, 0xDF)
    for _ in range(count * (1 + is_map)):
        value, at = _unpacked(data, at)
        found.append(value)
    return (dict(zip(found[::2], found[1::2], strict=True)) if is_map else found), at
