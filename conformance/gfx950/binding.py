"""How does an instruction become something that runs? Its table entry bound to its operands, as one closure."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from conformance.gfx950 import decode
from conformance.gfx950.assembly import EXEC, VCC, Instruction, Literal, Name, Operand, Register
from conformance.gfx950.errors import AssertionFailed, NotEmulated
from conformance.gfx950.instructions.floats import FP16_OVERFLOW, saturate_float16, settle_nans
from conformance.gfx950.instructions.matrix import MATRIX, Product, scale_byte
from conformance.gfx950.instructions.operations import Op
from conformance.gfx950.instructions.scalar import SCALAR
from conformance.gfx950.instructions.vector import VECTOR
from conformance.gfx950.lane_select import CONTROLS
from conformance.gfx950.storage import accesses
from conformance.gfx950.storage.waits import keys_of
from conformance.gfx950.wave import Front, lanes_of

Run = Callable[[Front], None]
Array = np.ndarray

_16_BIT = ("u16", "i16", "f16")
_FP32_DENORMALS = 0x30  # of the mode: set where FP32 operands and results keep their denormals
SOPK = re.compile(r"s_(movk|addk|mulk|cmovk|cmpk_\w+)_[iu]32|s_cmpk_\w+")
# Hints and idling: without effect on any value.
WITHOUT_EFFECT = frozenset(
    ("s_nop", "v_nop", "s_setprio", "s_sleep", "s_icache_inv", "s_dcache_wb", "s_ttracedata", "s_sethalt")
)


@dataclass(frozen=True)
class Bound:
    """An instruction that runs. touched: keys (waits.py) of its registers, for what loads have yet to deliver.

    indexed: it counts registers from M0, which ``instruction`` does not say.
    """

    run: Run
    touched: frozenset[int]
    kind: str
    instruction: Instruction
    indexed: bool = False


def build(instruction: Instruction) -> Bound:
    """One instruction bound other than a branch, barrier or end; ``kind`` is a class of counts.CLASSES.

    Raises NotEmulated for a mnemonic, modifier or operand that is not implemented.
    """
    mnemonic = instruction.mnemonic
    if mnemonic in accesses.ACCESSES:
        # What a load will deliver is not touched yet: a later load may have the same register (waits.Pending.issue).
        touched, _ = accesses.reads_and_writes(instruction)
        return Bound(accesses.build(instruction), touched, accesses.ACCESSES[mnemonic].kind, instruction)
    # The variants of a kernel have many instructions in common, and each has many of them twice.
    meaning = instruction.meaning
    made = _made.get(meaning) or _made.setdefault(meaning, _computing(instruction))
    return Bound(*made, instruction)


_made: dict[tuple[object, ...], tuple[Run, frozenset[int], str]] = {}


def _computing(instruction: Instruction) -> tuple[Run, frozenset[int], str]:
    """What touches no memory, whatever its line: run, touched and kind of a Bound."""
    mnemonic = instruction.mnemonic
    if mnemonic in VECTOR:
        run, kind = _vector(instruction, VECTOR[mnemonic]), "VALU"
    elif mnemonic in SCALAR:
        run, kind = _scalar(instruction, SCALAR[mnemonic]), "SALU"
    elif mnemonic in MATRIX:
        run, kind = _matrix(instruction), "MFMA"
    elif mnemonic in _SPECIAL:
        run, kind = _SPECIAL[mnemonic](instruction), "VALU" if mnemonic.startswith("v_") else "OTHER"
    elif mnemonic in WITHOUT_EFFECT:
        run, kind = _no_effect, "OTHER"
    else:
        raise NotEmulated(f"mnemonic {mnemonic}")
    return run, _touched(instruction), kind


def _touched(instruction: Instruction) -> frozenset[int]:
    registers = [operand.value for operand in instruction.operands if isinstance(operand.value, Register)]
    op = VECTOR.get(instruction.mnemonic)
    if op is not None and "vcc" in f"{op.writes} {op.reads}".split():
        registers.append(Register("s", VCC, 2))
    return frozenset().union(*map(keys_of, registers))


def _no_effect(f: Front) -> None:
    return


def _refuse_others(instruction: Instruction, allowed: set[str]) -> None:
    for name, value in instruction.modifiers.items():
        if name not in allowed:
            raise NotEmulated(f"modifier {name}:{value} of {instruction.mnemonic}")


# Vector ALU


def _vector(instruction: Instruction, op: Op) -> Run:
    """Fetch, compute, modify the result, write in active lanes."""
    writes, reads = op.writes.split(), op.reads.split()
    _refuse_others(instruction, _allowed(instruction, op, writes + reads))
    destinations, sources = operands_of(instruction, writes, reads)
    left = iter(enumerate(sources))

    def source(kind: str) -> decode.Fetch:
        position, operand = next(left)
        return decode.vector_source(operand, kind, position, instruction)

    fetches = [_IMPLICIT_SOURCES.get(kind) or source(kind) for kind in reads]
    if op.accumulates:
        old, plain = Operand(instruction.operands[0].value), replace(instruction, encoding="", modifiers={})
        fetches.append(decode.vector_source(old, writes[0], len(sources), plain))
    if destinations is sources:  # a swap's first write must not change what its second one reads
        fetches = [lambda f, fetch=fetch: fetch(f).copy() for fetch in fetches]  # type: ignore[misc]
    into = zip(destinations, writes, strict=True)
    puts = [decode.vector_destination(operand, kind, at, instruction) for at, (operand, kind) in enumerate(into)]
    compute = _float_rules(instruction, op, writes, reads, _with_keywords(instruction, op))
    if len(puts) == 1:
        put = puts[0]
        return lambda f: put(f, compute(f, [fetch(f) for fetch in fetches]))

    def run(f: Front) -> None:
        results = compute(f, [fetch(f) for fetch in fetches])
        for put, result in zip(puts, results, strict=True):
            put(f, result)

    return run


def _allowed(instruction: Instruction, op: Op, kinds: list[str]) -> set[str]:
    """The modifiers that are applied around compute, or by it."""
    allowed = set(op.modifiers)
    if instruction.encoding == "sdwa":
        allowed |= {"src0_sel", "src1_sel", "dst_sel", "dst_unused"}
    if instruction.encoding == "dpp":
        allowed |= {*CONTROLS, "row_mask", "bank_mask", "bound_ctrl"}
    if any(kind in _16_BIT for kind in kinds):
        allowed |= {"op_sel"}
    if any(kind.startswith("pk_") for kind in kinds):
        allowed |= {"op_sel", "op_sel_hi", "neg_lo", "neg_hi"}
    if "mix" in kinds:
        allowed |= {"op_sel", "op_sel_hi"}
    if kinds[0] in ("f16", "f32", "f64", "pk_f32", "pk_f16") or op.saturates:
        allowed |= {"clamp"}
    return allowed


def operands_of(instruction: Instruction, writes: list[str], reads: list[str]) -> tuple[list[Operand], list[Operand]]:
    """Destinations and sources as the text shows them; where all are both (a swap), they are both."""
    num_written = sum(kind not in _IMPLICIT_TARGETS for kind in writes)
    num_read = sum(kind not in _IMPLICIT_SOURCES for kind in reads)
    operands = list(instruction.operands)
    if len(operands) == num_written == num_read > 1:
        return operands, operands
    if len(operands) != num_written + num_read:
        raise NotEmulated(f"{instruction.mnemonic} with {len(operands)} operands, not {num_written + num_read}")
    return operands[:num_written], operands[num_written:]


Compute = Callable[[Front, list[Any]], Any]


def _with_keywords(instruction: Instruction, op: Op) -> Compute:
    """compute with the modifiers that it takes itself, and what only the running front knows."""
    function = op.compute
    fixed = {name: instruction.modifiers[name] for name in op.modifiers if name in instruction.modifiers}
    if "ulp" in op.modifiers:
        name = instruction.mnemonic.split("_")[1] if instruction.mnemonic.endswith("f32") else ""  # of FP32 alone
        return lambda f, values: function(*values, ulp=f.chunk.settings.ulp_of(name), **fixed)
    if "mode" in op.modifiers:
        return lambda f, values: function(*values, mode=f.mode, **fixed)
    if fixed:
        return lambda f, values: function(*values, **fixed)
    return lambda f, values: function(*values)


def _float_rules(instruction: Instruction, op: Op, writes: list[str], reads: list[str], compute: Compute) -> Compute:
    """FP32 denormals as the mode has them, fresh NaNs as the hardware's, clamp.

    Not omod, which IEEE mode and output denormals make void (AMD CDNA3 ISA, "Output modifiers").
    """
    modifiers = instruction.modifiers
    if modifiers.get("clamp") and op.saturates:
        return lambda f, values: _saturated(op.compute, values)
    if writes[0].removeprefix("pk_") in ("f16", "f32", "f64") and not op.exact_nan:
        compute = _settling(compute)
    if writes[0] in ("f16", "pk_f16") and "mode" not in op.modifiers:
        compute = _overflowing(compute)
    if "f32" in reads or "pk_f32" in reads or "f32" in writes:
        compute = _flushing(compute)
    if modifiers.get("clamp") and "clamp" not in op.modifiers:
        unclamped = compute
        compute = lambda f, values: _clamped(unclamped(f, values))  # noqa: E731
    return compute


def _settling(compute: Compute) -> Compute:
    def run(f: Front, values: list[Any]) -> Any:
        results = compute(f, values)
        if isinstance(results, tuple):
            return (_settled(results[0], values), *results[1:])
        return _settled(results, values)

    return run


def _settled(result: Array, values: list[Any]) -> Array:
    return settle_nans(result, *(value for value in values if value.dtype == result.dtype))


def _overflowing(compute: Compute) -> Compute:
    """FP16 arithmetic saturates where the mode says so (FP16_OVFL)."""

    def run(f: Front, values: list[Any]) -> Any:
        result = compute(f, values)
        return saturate_float16(result, *values) if f.mode & FP16_OVERFLOW else result

    return run


def _flushing(compute: Compute) -> Compute:
    def run(f: Front, values: list[Any]) -> Any:
        if f.mode & _FP32_DENORMALS == _FP32_DENORMALS:
            return compute(f, values)
        if f.mode & _FP32_DENORMALS:
            raise NotEmulated("a mode that flushes FP32 denormals on one side only")
        results = compute(f, [_flushed(value) for value in values])
        return tuple(map(_flushed, results)) if isinstance(results, tuple) else _flushed(results)

    return run


def _flushed(value: Any) -> Any:
    """FP32 denormals as zeros of their sign."""
    if getattr(value, "dtype", None) != np.float32:
        return value
    return np.where(np.abs(value) < np.finfo(np.float32).tiny, np.copysign(np.float32(0), value), value)


def _saturated(compute: Callable[..., Array], values: list[Array]) -> Array:
    """An integer result held to its type's range; compute gets the operands wide enough for the exact one."""
    dtype = values[0].dtype
    exact = compute(*(value.astype(np.int64) for value in values))
    return np.clip(exact, np.iinfo(dtype).min, np.iinfo(dtype).max).astype(dtype)


def _clamped(result: Array) -> Array:
    """To [0, 1]; -0 becomes +0, and so does NaN, as DX10_CLAMP has it, which Triton's kernels set."""
    zero, one = result.dtype.type(0), result.dtype.type(1)
    return np.where(result > 0, np.minimum(result, one), zero)


# Scalar ALU


def _scalar(instruction: Instruction, op: Op) -> Run:
    writes, reads = op.writes.split(), op.reads.split()
    _refuse_others(instruction, set())
    destinations, sources = operands_of(instruction, writes, reads)
    if SOPK.fullmatch(instruction.mnemonic):
        sources[-1] = extended(sources[-1], reads[-1])
    left = iter(sources)
    fetches = [_IMPLICIT_SOURCES.get(kind) or decode.scalar_source(next(left), kind) for kind in reads]
    if op.accumulates:
        fetches.append(decode.scalar_source(destinations[0], writes[0]))
    remaining = iter(destinations)
    puts = [_IMPLICIT_TARGETS.get(kind) or decode.scalar_destination(next(remaining), kind) for kind in writes]
    compute = op.compute
    if len(puts) == 1:
        put = puts[0]
        return lambda f: put(f, compute(*[fetch(f) for fetch in fetches]))

    def run(f: Front) -> None:
        for put, result in zip(puts, compute(*[fetch(f) for fetch in fetches]), strict=True):
            put(f, result)

    return run


def _set_scc(f: Front, result: Array) -> None:
    f.scc[:] = result


# What an instruction reads and writes beside the operands that its text shows.
_IMPLICIT_SOURCES: dict[str, decode.Fetch] = {
    "scc": lambda f: f.scc,
    "exec": lambda f: f.pair(EXEC),
    "vcc": lambda f: lanes_of(f.pair(VCC)),
}
_IMPLICIT_TARGETS: dict[str, decode.Put] = {
    "scc": _set_scc,
    "exec": lambda f, result: f.set_pair(EXEC, np.broadcast_to(result, f.waves)),
}


def extended(operand: Operand, kind: str) -> Operand:
    """SOPK's 16-bit immediate: sign extended, for unsigned comparisons zero extended."""
    if not isinstance(operand.value, Literal):
        raise NotEmulated(f"{operand.value} as a 16-bit immediate")
    bits = int(operand.value.value) & 0xFFFF
    return Operand(Literal(bits - (1 << 16) if bits >> 15 and kind != "u32" else bits))


# Matrix cores


def _matrix(instruction: Instruction) -> Run:
    """D = A B + C; EXEC does not matter."""
    d, a, b, c, *scales = (operand.value for operand in instruction.operands)
    if any(operand.negate or operand.absolute for operand in instruction.operands):
        raise NotEmulated(f"sign modifiers of {instruction.mnemonic}")
    if not isinstance(d, Register):
        raise NotEmulated(f"destination {d}")
    product = MATRIX[instruction.mnemonic].configured(instruction.modifiers)
    kind = {"i8": "i32", "f64": "f64"}.get(product.a_format, "f32")
    left, right, addend = _registers(a, "u32"), _registers(b, "u32"), _registers(c, kind)
    if kind == "f64":
        return _matrix_of_doubles(product, d, left, right, addend)
    scale = [_scale_bytes(value, *chosen) for value, chosen in zip(scales, product.scale_bytes, strict=False)]
    file, first, last = d.file, d.index, d.index + d.count

    def step(f: Front) -> None:
        start = np.broadcast_to(addend(f), (last - first, f.waves, 64))
        scales = (scale[0](f), scale[1](f)) if scale else None
        result = product.run(left(f), right(f), start, scales, f.chunk.settings.sum_of(product.kind))
        f.views[file][kind][first:last] = result

    return step


def _registers(value: Any, kind: str) -> decode.Fetch:
    """[count, W, 64], or a constant [1, 1, 1]."""
    if isinstance(value, Literal):
        fixed = decode.constant(value.value, kind)[None, None]
        return lambda f: fixed
    if not isinstance(value, Register) or value.file == "s":
        raise NotEmulated(f"matrix operand {value}")
    file, first, last = value.file, value.index, value.index + value.count
    if kind == "f64":
        return lambda f: np.ascontiguousarray(
            np.moveaxis(f.views[file]["u32"][first:last].reshape(-1, 2, f.waves, 64), 1, 3)
        ).view(np.float64)[..., 0]
    return lambda f: f.views[file][kind][first:last]


def _matrix_of_doubles(product: Product, d: Register, a: decode.Fetch, b: decode.Fetch, c: decode.Fetch) -> Run:
    """Likewise, where two registers hold an element."""
    file, first, last = d.file, d.index, d.index + d.count

    def step(f: Front) -> None:
        start = np.broadcast_to(c(f), (d.count // 2, f.waves, 64))
        result = product.run(a(f), b(f), start, None, f.chunk.settings.sum_of(product.kind))
        words = np.moveaxis(result[..., None].view(np.uint32), 3, 1)
        f.views[file]["u32"][first:last] = words.reshape(last - first, f.waves, 64)

    return step


def _scale_bytes(value: Any, op_sel: int, op_sel_hi: int) -> decode.Fetch:
    """uint8 [W, 64]: the E8M0 bytes of one operand."""
    fetch = decode.words(Operand(value), "u32")
    return lambda f: np.broadcast_to(scale_byte(fetch(f), op_sel, op_sel_hi), (f.waves, 64))


# Between lanes and scalars, and the mode


def _first_lane(f: Front) -> Array:
    """int64 [W]: the first active lane, 0 where none is."""
    return np.zeros(f.waves, np.int64) if f.active is None else np.argmax(f.active, axis=1)


def _read_first_lane(instruction: Instruction) -> Run:
    destination, source = instruction.operands
    put, fetch = decode.scalar_destination(destination, "u32"), decode.words(source, "u32")
    if isinstance(source.value, Register) and source.value.file == "s":
        return lambda f: put(f, fetch(f)[:, 0])

    def run(f: Front) -> None:
        values = fetch(f)
        put(f, values[:, 0].copy() if f.active is None else values[np.arange(f.waves), _first_lane(f)])

    return run


def _read_lane(instruction: Instruction) -> Run:
    destination, source, lane = instruction.operands
    put, fetch = decode.scalar_destination(destination, "u32"), decode.words(source, "u32")
    which = decode.scalar_source(lane, "u32")
    return lambda f: put(f, fetch(f)[np.arange(f.waves), which(f) & np.uint32(63)])


def _write_lane(instruction: Instruction) -> Run:
    destination, source, lane = instruction.operands
    fetch, which, register = (
        decode.scalar_source(source, "u32"),
        decode.scalar_source(lane, "u32"),
        decode.words(destination, "u32"),
    )

    def run(f: Front) -> None:
        register(f)[np.arange(f.waves), which(f) & np.uint32(63)] = fetch(f)

    return run


_MODE_FIELD = re.compile(r"hwreg\(HW_REG_MODE(?:,\s*(\d+),\s*(\d+))?\)")


def _mode_field(operand: Operand) -> tuple[int, int]:
    """First bit and number of bits."""
    match = _MODE_FIELD.fullmatch(operand.value.text) if isinstance(operand.value, Name) else None
    if match is None:
        raise NotEmulated(f"hardware register {operand.value}")
    first, size = match.groups()
    return (int(first), int(size)) if first is not None else (0, 32)


def _set_mode(instruction: Instruction) -> Run:
    first, size = _mode_field(instruction.operands[0])
    fetch = decode.scalar_source(instruction.operands[1], "u32")
    field = ((1 << size) - 1) << first

    def run(f: Front) -> None:
        values = fetch(f)
        if (values != values[0]).any():
            raise NotEmulated("a mode that differs between waves")
        f.set_mode((f.mode & ~field) | ((int(values[0]) << first) & field))

    return run


def _get_mode(instruction: Instruction) -> Run:
    first, size = _mode_field(instruction.operands[1])
    put = decode.scalar_destination(instruction.operands[0], "u32")
    return lambda f: put(f, np.array([(f.mode >> first) & ((1 << size) - 1)], np.uint32))


_COUNTER = re.compile(r"(vmcnt|lgkmcnt|expcnt)\((\d+)\)")


def _wait(instruction: Instruction) -> Run:
    """s_waitcnt: at most so many accesses of each kind remain in flight."""
    vm, lgkm = wait_counts(instruction)
    return lambda f: f.pending.wait(vm, lgkm)


def wait_counts(instruction: Instruction) -> tuple[int | None, int | None]:
    """How many s_waitcnt leaves in flight of what vmcnt counts and of what lgkmcnt does; None for any number."""
    limits: dict[str, int] = {}
    for operand in instruction.operands:
        match = _COUNTER.fullmatch(operand.value.text) if isinstance(operand.value, Name) else None
        if match is None:
            raise NotEmulated(f"s_waitcnt {operand.value}")
        limits[match.group(1)] = int(match.group(2))
    return limits.get("vmcnt"), limits.get("lgkmcnt")


def _trap(instruction: Instruction) -> Run:
    def run(f: Front) -> None:
        raise AssertionFailed("the kernel stops itself by a trap")

    return run


_SPECIAL: dict[str, Callable[[Instruction], Run]] = {
    "v_readfirstlane_b32": _read_first_lane,
    "v_readlane_b32": _read_lane,
    "v_writelane_b32": _write_lane,
    "s_setreg_imm32_b32": _set_mode,
    "s_setreg_b32": _set_mode,
    "s_getreg_b32": _get_mode,
    "s_waitcnt": _wait,
    "s_trap": _trap,
}
