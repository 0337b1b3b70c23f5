"""How are the core's records and state laid out in memory? As core.h has them, field by field."""

from ctypes import Structure, c_int32, c_int64, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p
from enum import IntEnum

Type = IntEnum("Type", "WORD DOUBLE HALF SIGNED_HALF WORDS HALVES SIGNED_HALVES MASK", start=0)
File = IntEnum("File", "V A S CONSTANT SCC EXECZ VCCZ", start=0)
Space = IntEnum("Space", "GLOBAL_PAIR GLOBAL_BASE BUFFER LOCAL SCALAR", start=0)
Access = IntEnum("Access", "LOAD STORE LOAD_TO_LDS PULL", start=0)
Kind = IntEnum("Kind", "STOP NOTHING SCALAR VECTOR LANE MATRIX WAIT MEMORY", start=0)
Ending = IntEnum("Ending", "LEAVES FALLS BARRIER ALWAYS SCC0 SCC1 VCCZ VCCNZ EXECZ EXECNZ", start=0)
SETTLES, FLUSHES, CLAMPS, NEAREST, DOUBLES, WRITES_SCC, WRITES_EXEC, PLAIN = (1 << bit for bit in range(8))
IN, OUT, LANES, RING, FILES = 5, 2, 64, 64, 2
NO_REGISTER = 0xFFFF
PLACES = 3 + LANES  # words of 64 bits that a wave's places take


class SourceRecord(Structure):
    _fields_ = (
        ("file", c_uint8), ("type", c_uint8), ("index", c_uint16), ("up", c_uint8), ("down", c_uint8),
        ("extends", c_uint8), ("second", c_uint8), ("first", c_uint8), ("signs", c_uint8), ("flushes", c_uint8),
        ("unused", c_uint8 * 5), ("clear", c_uint64), ("flip", c_uint64), ("value", c_uint64),
    )  # fmt: skip


class TargetRecord(Structure):
    _fields_ = (
        ("file", c_uint8), ("type", c_uint8), ("index", c_uint16), ("shift", c_uint8), ("partial", c_uint8),
        ("flushes", c_uint8), ("unused", c_uint8), ("field", c_uint32), ("kept", c_uint32),
    )  # fmt: skip


class PermuteRecord(Structure):
    _fields_ = (
        ("exists", c_uint64), ("enabled", c_uint64), ("source", c_uint8 * LANES), ("zero", c_uint8),
        ("unused", c_uint8 * 7),
    )  # fmt: skip


class MemoryRecord(Structure):
    _fields_ = (
        ("space", c_uint8), ("access", c_uint8), ("width", c_uint8), ("extends", c_uint8), ("half", c_uint8),
        ("file", c_uint8), ("two", c_uint8), ("guess", c_uint8), ("data", c_uint16 * 2), ("address", c_uint16),
        ("base", c_uint16), ("offset", c_int64 * 2), ("scalar", SourceRecord), ("line", c_int32),
        ("transposes", c_uint8), ("unused", c_uint8 * 3),
    )  # fmt: skip


class Record(Structure):
    _fields_ = (
        ("kind", c_uint8), ("flags", c_uint8), ("op", c_uint16), ("extra", c_uint32), ("span", c_uint16),
        ("inputs", c_uint8), ("outputs", c_uint8), ("permuted", c_uint8), ("unused", c_uint8 * 3),
        ("into", TargetRecord * OUT), ("of", SourceRecord * IN), ("permute", PermuteRecord), ("memory", MemoryRecord),
    )  # fmt: skip


class ShadowRecord(Structure):
    _fields_ = (("wrote", c_void_p), ("read", c_void_p), ("readers", c_void_p), ("value", c_void_p))


class Watch(Structure):
    _fields_ = (
        ("events", c_void_p), ("most_events", c_int64), ("counts", c_void_p), ("epochs", c_void_p),
        ("groups", c_void_p), ("landed", c_void_p * 2), ("lds", ShadowRecord),
    )  # fmt: skip


class RegionRecord(Structure):
    _fields_ = (
        ("origin", c_uint64), ("first", c_int64), ("stop", c_int64), ("view", c_int64 * 2), ("beyond", c_int64),
        ("data", c_void_p), ("loaded", c_void_p), ("stored", c_void_p), ("before", c_void_p), ("kept", c_void_p),
        ("tensor", c_uint8), ("writable", c_uint8), ("viewed", c_uint8), ("shares", c_uint8),
        ("unused", c_uint8 * 4), ("shadow", ShadowRecord),
    )  # fmt: skip


class Deliveries(Structure):
    _fields_ = (
        ("head", c_int64), ("count", c_int64), ("first", c_void_p), ("lanes", c_void_p), ("width", c_int64 * RING),
        ("issue", c_int64 * RING), ("line", c_int32 * RING),
    )  # fmt: skip


class Stretch(Structure):
    _fields_ = (
        ("records", c_void_p), ("landings", c_void_p), ("at", c_int64), ("stop", c_int64), ("start", c_int64),
        ("size", c_int64), ("ending", c_int64), ("next", c_void_p * 2),
    )  # fmt: skip


class Freedom(Structure):
    _fields_ = (
        ("left", c_int64), ("blocks", c_int64), ("before", c_int64), ("alone", c_int64), ("executed", c_void_p),
    )  # fmt: skip


class Machine(Structure):
    _fields_ = (
        ("waves", c_int64), ("step", c_void_p), ("freedom", c_void_p), ("file", c_void_p * FILES), ("s", c_void_p),
        ("scc", c_void_p), ("file_step", c_int64 * FILES), ("s_step", c_int64), ("workgroup", c_void_p),
        ("mode", c_uint32), ("ulp", c_int32), ("sum_model", c_int32), ("exec_written", c_int32),
        ("regions", c_void_p), ("num_regions", c_int64), ("lds", c_void_p), ("lds_state", c_void_p),
        ("lds_size", c_int64), ("lds_stride", c_int64), ("places", c_void_p), ("traffic", c_void_p),
        ("deliveries", Deliveries), ("watch", c_void_p), ("wave", c_void_p), ("order", c_void_p),
        ("unwaited", Deliveries),
    )  # fmt: skip


STRUCTURES: tuple[type[Structure], ...] = (
    SourceRecord,
    TargetRecord,
    PermuteRecord,
    MemoryRecord,
    Record,
    ShadowRecord,
    Watch,
    RegionRecord,
    Deliveries,
    Stretch,
    Freedom,
    Machine,
)
