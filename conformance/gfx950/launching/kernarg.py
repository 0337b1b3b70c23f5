"""How do a launch's arguments become the bytes that a kernel reads? A kernarg segment as its metadata lays it out.

Offsets and sizes come from the code object's metadata (LLVM AMDGPU usage, "Code Object V3 Metadata"), types from the
signature that Triton compiled for. As on the device, a tuple gives its members one after the other, a constant gives
nothing, and a tensor descriptor gives its base, shape, strides and flags, then shape and strides again.
"""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from conformance.gfx950.assembly import Argument
from conformance.gfx950.errors import NotEmulated

WAVE = 64
EXPLICIT = ("global_buffer", "by_value")
_INTEGERS = {"i1": 1, "i8": 1, "i16": 2, "i32": 4, "i64": 8, "u1": 1, "u8": 1, "u16": 2, "u32": 4, "u64": 8}
_FLOATS = {"fp16": "<e", "fp32": "<f", "f32": "<f", "fp64": "<d"}
# What no kernel here may rely on; zero as where the runtime offers no such service.
_NULL = {
    "hidden_global_offset_x", "hidden_global_offset_y", "hidden_global_offset_z", "hidden_none", "hidden_heap_v1",
    "hidden_hostcall_buffer", "hidden_multigrid_sync_arg", "hidden_default_queue", "hidden_completion_action",
    "hidden_queue_ptr", "hidden_printf_buffer", "hidden_private_base", "hidden_shared_base",
}  # fmt: skip


class BadArgument(TypeError):
    """An argument that the emulated device cannot take; the message names it, what it has and what it needs."""


def flatten(name: str, kind: Any, value: Any) -> Iterator[tuple[str, str, Any]]:
    """(name, type, value) of each machine argument behind one of the kernel's parameters.

    kind: its entry in the signature: ``*fp32``, ``i64``, ``constexpr``, ``tensordesc<...>``, or a tuple of such.
    """
    if isinstance(kind, tuple):
        for index, (part, member) in enumerate(zip(kind, value, strict=True)):
            yield from flatten(f"{name}[{index}]", part, member)
    elif kind.startswith("tensordesc"):
        yield f"{name}.base", "*" + kind.partition("<")[2].partition("[")[0], value.base
        for part in ("shape", "strides"):
            yield from ((f"{name}.{part}", "i64", number) for number in getattr(value, part))
        yield f"{name}.padding", "i1", value.padding == "nan"
        if hasattr(value, "round_f32_to_tf32"):
            yield f"{name}.round_f32_to_tf32", "i1", value.round_f32_to_tf32
        yield from ((f"{name}.shape", "i32", number) for number in value.shape)
        yield from ((f"{name}.strides", "i64", number) for number in value.strides)
    elif kind != "constexpr":
        yield name, kind, value


def pack(
    layout: Sequence[Argument],
    values: Sequence[tuple[str, str, Any]],
    address_of: Callable[[Any], int],
    grid: tuple[int, int, int],
    num_warps: int,
    lds_bytes: int,
    size: int = 0,
    threads: tuple[int, int, int] | None = None,
) -> bytes:
    """The kernarg segment, of ``size`` bytes at least. layout: as the metadata has it; values: flattened, in order.

    lds_bytes: that the launch asks for. threads: of a workgroup; None for one row of ``num_warps`` waves.
    address_of: a tensor's address on the device. Raises BadArgument for a value that does not fit its type,
    NotEmulated where the metadata asks for something else than the launch has.
    """
    explicit = [member for member in layout if member.kind in EXPLICIT]
    if len(explicit) != len(values):
        raise NotEmulated(
            f"the kernel's metadata has {len(explicit)} arguments, the launch gives {len(values)}"
            f" ({', '.join(name for name, _, _ in values)})"
        )
    segment = bytearray(max([size, *(member.offset + member.size for member in layout)]))
    pieces = [(member, encoded(*value, address_of)) for member, value in zip(explicit, values, strict=True)]
    hidden = hidden_values(grid, threads or (num_warps * WAVE, 1, 1), lds_bytes)
    for member in layout:
        if member.kind not in EXPLICIT:
            if member.kind not in hidden:
                raise NotEmulated(f"the kernel asks for the implicit argument {member.kind}")
            pieces.append((member, hidden[member.kind].to_bytes(member.size, "little")))
    for member, piece in pieces:
        if len(piece) != member.size:
            raise NotEmulated(
                f"argument at offset {member.offset} has {member.size} bytes in the kernel's metadata, "
                f"{len(piece)} by its type"
            )
        segment[member.offset : member.offset + member.size] = piece
    return bytes(segment)


def encoded(name: str, kind: str, value: Any, address_of: Callable[[Any], int]) -> bytes:
    """One argument's bytes, little-endian. A BF16 scalar is cut off, not rounded, as Triton's HIP launcher does."""
    try:
        if kind.startswith("*"):
            return address(value, address_of).to_bytes(8, "little")
        if kind in _INTEGERS:
            return int(value).to_bytes(_INTEGERS[kind], "little", signed=kind[0] == "i" and kind != "i1")
        if kind == "bytes":
            return bytes(value)
        if kind == "bf16":
            return struct.pack("<f", value)[2:]
        if kind in _FLOATS:
            return struct.pack(_FLOATS[kind], value)
    except (OverflowError, struct.error, TypeError, ValueError) as error:
        raise BadArgument(f"{name}: has {value!r}, needs a value of type {kind} ({error})") from error
    raise NotEmulated(f"argument {name} of type {kind}")


def address(value: Any, address_of: Callable[[Any], int]) -> int:
    """A pointer argument's address: a tensor's, None's (null), or an address given as a number."""
    if value is None:
        return 0
    return value if isinstance(value, int) else address_of(value)


def hidden_values(grid: tuple[int, int, int], threads: tuple[int, int, int], lds_bytes: int) -> Mapping[str, int]:
    """Implicit arguments by their kind; no workgroup is partial."""
    dimensions = max(axis for axis in (1, 2, 3) if axis == 1 or grid[axis - 1] * threads[axis - 1] > 1)
    values = dict.fromkeys(_NULL, 0)
    for axis, blocks, size in zip("xyz", grid, threads, strict=True):
        values[f"hidden_block_count_{axis}"] = blocks
        values[f"hidden_group_size_{axis}"] = size
        values[f"hidden_remainder_{axis}"] = 0
    return {**values, "hidden_grid_dims": dimensions, "hidden_dynamic_lds_size": lds_bytes}
