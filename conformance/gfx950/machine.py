"""How does a grid run? Its waves in chunks; those at the same instruction advance together as a front.

A front parts where its waves branch differently, and rejoins where they meet again: of several fronts the one
furthest behind runs first, but now and then the one that has waited longest, for which another may be waiting in a
loop. At a barrier fronts wait until every live wave of the chunk has come to one, which is later than the hardware
need wait, never earlier.
"""

import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.gfx950 import calls, limits, together, uses
from conformance.gfx950.assembly import EXEC, Kernel
from conformance.gfx950.assertions import entered
from conformance.gfx950.binding import Bound
from conformance.gfx950.core.library import library
from conformance.gfx950.core.runs import Core
from conformance.gfx950.counts import CLASSES, LaunchCounts, Traffic
from conformance.gfx950.errors import EmulationError, NotEmulated, Runaway
from conformance.gfx950.program import Block, Program, load, register_counts
from conformance.gfx950.settings import Settings
from conformance.gfx950.storage.global_memory import GlobalMemory
from conformance.gfx950.storage.lds import Lds, Scratch
from conformance.gfx950.storage.sanitizer import Sanitizer, first_guesses
from conformance.gfx950.storage.waits import Pending
from conformance.gfx950.together import Share
from conformance.gfx950.wave import LANES, Front

# Waves that advance together: enough that an array's arithmetic outweighs Python's, few enough for the caches.
CHUNK_WAVES = 256
DYNAMIC_STACK = 1024  # bytes of a lane's stack where the compiler knows no bound: the default of hipLimitStackSize
PATIENCE = 64  # blocks that run before the front that has waited longest does


@dataclass
class Chunk:
    """What the fronts of one chunk share."""

    memory: GlobalMemory
    lds: Lds
    scratch: Scratch
    traffic: Traffic
    sanitizer: Sanitizer | None
    settings: Settings
    core: Core | None = None


@dataclass(frozen=True)
class Launch:
    """A kernel launched: memory, kernarg segment, grid in workgroups, waves per workgroup, bytes of LDS, threads."""

    program: Program
    memory: GlobalMemory
    kernarg: int
    grid: tuple[int, int, int]
    num_warps: int
    lds_bytes: int
    settings: Settings
    threads: tuple[int, int, int]


_programs: dict[int, tuple[Kernel, Program]] = {}


def program_of(kernel: Kernel) -> Program:
    """The kernel's program, made once."""
    known = _programs.get(id(kernel))
    if known is None:
        known = _programs[id(kernel)] = (kernel, load(kernel))
    return known[1]


def execute(
    kernel: Kernel,
    memory: GlobalMemory,
    kernarg: bytes,
    grid: tuple[int, int, int],
    num_warps: int,
    lds_bytes: int,
    settings: Settings,
    threads: tuple[int, int, int] | None = None,
) -> LaunchCounts:
    """Run a launch to its end on memory, and count what it did.

    kernarg: the kernarg segment's bytes, pointers as memory's virtual addresses. threads: of a workgroup in x, y and
    z, which ``num_warps`` waves hold; None for all of these in one row. Raises an EmulationError naming the kernel,
    line and instruction; memory may have been written up to there.
    """
    shape = threads or (num_warps * LANES, 1, 1)
    limits.check(kernel.name, grid, shape)
    segment = memory.add_region("the kernarg segment", np.frombuffer(kernarg, np.uint8).copy(), writable=False)
    launch = Launch(program_of(kernel), memory, segment, grid, num_warps, lds_bytes, settings, shape)
    sanitizer = Sanitizer(first_guesses(kernel), kernel.instructions) if settings.sanitize else None
    core = _core_of(launch, sanitizer, memory)
    workgroups = grid[0] * grid[1] * grid[2]
    per_chunk = max(1, CHUNK_WAVES // num_warps)
    private = kernel.descriptor.get("private_segment_fixed_size", 0)
    if kernel.descriptor.get("uses_dynamic_stack", 0):
        private = max(private, DYNAMIC_STACK)

    def run(share: Share, numbers: np.ndarray) -> None:
        lds = Lds(len(numbers), lds_bytes)
        scratch = Scratch(int(numbers[0]) * num_warps, len(numbers) * num_warps, private)
        chunk = Chunk(share.memory, lds, scratch, share.traffic, sanitizer, settings, share.core)
        _run_chunk(launch.program, _first_front(launch, chunk, numbers), share.executed)

    chunks = [np.arange(at, min(at + per_chunk, workgroups)) for at in range(0, workgroups, per_chunk)]
    alone = core is None or sanitizer is not None  # a race search knows of all chunks
    share = None if alone else together.run(kernel, memory, chunks, functools.partial(_core_of, launch, None), run)
    if share is None:
        share = Share(memory, core)
        with np.errstate(all="ignore"):
            for numbers in chunks:
                run(share, numbers)
        share.settle()
    traffic, executed = share.traffic, share.executed
    traffic.distinct_loaded, traffic.distinct_stored = memory.distinct_bytes()
    traffic.beyond_views = memory.beyond_views()
    instructions = dict.fromkeys(CLASSES, 0)
    for start, waves in executed.items():
        for kind, count in launch.program.blocks[start].kinds.items():
            instructions[kind] += count * waves
    return LaunchCounts(kernel.name, grid, workgroups * num_warps, instructions, traffic, dict(executed))


def _core_of(launch: Launch, sanitizer: Sanitizer | None, memory: GlobalMemory) -> Core | None:
    """The compiled core for this launch on its memory; None where NumPy is to run it."""
    found = library() if launch.settings.core == "compiled" else None
    codes = launch.program.codes[sanitizer is not None, launch.settings.numpy_adds]
    length = len(launch.program.kernel.instructions)
    return Core(found, memory, launch.settings, codes, length, sanitizer) if found else None


# The start of waves


def _first_front(launch: Launch, chunk: Chunk, workgroups: np.ndarray) -> Front:
    """All waves of these workgroups (numbers in the grid) at the kernel's first instruction."""
    kernel, descriptor = launch.program.kernel, launch.program.kernel.descriptor
    counts = register_counts(kernel)
    front = Front(counts["v"], counts["a"], len(workgroups) * launch.num_warps)
    front.chunk, front.pending = chunk, Pending()
    front.workgroup = np.repeat(np.arange(len(workgroups)), launch.num_warps)
    front.wave = np.arange(front.waves) + workgroups[0] * launch.num_warps
    front.set_mode(_mode(descriptor))
    _set_scalars(front, launch, np.repeat(workgroups, launch.num_warps))
    _set_work_items(front, launch)
    return front


def _mode(descriptor: dict[str, int]) -> int:
    """HW_REG_MODE as the descriptor has it at the start; what it does not name is as LLVM's assembler has it."""
    fields = (
        ("float_round_mode_32", 0, 0),
        ("float_round_mode_16_64", 2, 0),
        ("float_denorm_mode_32", 4, 0),
        ("float_denorm_mode_16_64", 6, 3),
        ("dx10_clamp", 8, 1),
        ("ieee_mode", 9, 1),
        ("fp16_overflow", 23, 0),
    )
    return sum(descriptor.get(name, default) << bit for name, bit, default in fields)


# User SGPRs in the order of the ABI (LLVM AMDGPU usage, "Initial kernel execution state"): name, registers.
_USER_SGPRS = (
    ("private_segment_buffer", 4),
    ("dispatch_ptr", 2),
    ("queue_ptr", 2),
    ("kernarg_segment_ptr", 2),
    ("dispatch_id", 2),
    ("flat_scratch_init", 2),
    ("private_segment_size", 1),
)


def _set_scalars(front: Front, launch: Launch, workgroup: np.ndarray) -> None:
    """User and system SGPRs; what the emulator does not provide (queue, dispatch packet) stays poisoned."""
    descriptor, at = launch.program.kernel.descriptor, 0
    for name, count in _USER_SGPRS:
        if not descriptor.get(f"user_sgpr_{name}", 0):
            continue
        if name == "kernarg_segment_ptr":
            front.set_pair(at, np.full(front.waves, launch.kernarg, np.uint64))
        at += count
    preloaded = descriptor.get("user_sgpr_kernarg_preload_length", 0)
    if preloaded:
        skipped = 4 * descriptor.get("user_sgpr_kernarg_preload_offset", 0)
        address = np.array([launch.kernarg + skipped], np.uint64)  # the same for all waves
        front.s[at : at + preloaded] = launch.memory.scalar_load(address, preloaded)
    at = descriptor.get("user_sgpr_count", at + preloaded)
    x, y, _ = launch.grid
    for name, number in (("x", workgroup % x), ("y", workgroup // x % y), ("z", workgroup // (x * y))):
        if descriptor.get(f"system_sgpr_workgroup_id_{name}", 0):
            front.s[at] = number
            at += 1


def _set_work_items(front: Front, launch: Launch) -> None:
    """v0: the work-item's x in bits 0-9, its y in 10-19 and z in 20-29 where the kernel asks for them. EXEC: who is."""
    kernel = launch.program.kernel
    if kernel.target not in ("gfx90a", "gfx942", "gfx950"):
        raise NotEmulated(f"kernel {kernel.name} is for {kernel.target}; packed work-item ids are those of gfx950")
    wanted = kernel.descriptor.get("system_vgpr_workitem_id", 0)
    each, there = _work_items(launch.num_warps, launch.threads, wanted)
    workgroups = front.waves // launch.num_warps
    front.v[0] = np.tile(each, (workgroups, 1))
    front.set_pair(EXEC, np.tile(there, workgroups))


@functools.lru_cache(64)
def _work_items(waves: int, threads: tuple[int, int, int], wanted: int) -> tuple[np.ndarray, np.ndarray]:
    """v0 and EXEC of a workgroup's waves."""
    item = np.arange(waves * LANES).reshape(waves, LANES)
    x, y, z = threads
    packed = item % x | (item // x % y << 10 if wanted > 0 else 0) | (item // (x * y) << 20 if wanted > 1 else 0)
    there = (item < x * y * z) * (np.uint64(1) << np.arange(LANES, dtype=np.uint64))
    return packed, there.sum(axis=1, dtype=np.uint64)


# The run


def _run_chunk(program: Program, front: Front, executed: Counter[int]) -> None:
    running, waiting = [front], list[Front]()
    left, turn, core = front.chunk.settings.most_instructions, 0, front.chunk.core
    while running or waiting:
        if not running:
            running, waiting = _joined(waiting), []
            if (sanitizer := running[0].chunk.sanitizer) is not None:
                sanitizer.barrier(running)
        turn += 1
        front = running[0] if turn % PATIENCE == 0 else min(running, key=lambda f: f.pc)
        running.remove(front)
        block = program.blocks[front.pc]
        if core is None:
            _run_bound(program.kernel, block.bound, front)
        else:
            block, further, left = _run_on(program, block, front, core, _freedom(left, turn, running, waiting))
            turn += further
        executed[block.start] += front.waves
        left -= front.waves * (block.stop - block.start)
        if left < 0:
            raise Runaway(f"kernel {program.kernel.name} does not end")
        if block.waits:
            front.pc = block.stop
            waiting.append(front)
        elif not block.ends:
            jump = block.jump
            running.extend(_after(block, front) if jump is None else _jumped(program, block, jump, front))
            if len(running) > 1:
                running = _joined(running)


def _freedom(left: int, turn: int, running: list[Front], waiting: list[Front]) -> tuple[int, int, int, bool]:
    """As core.h has it: how far the front that runs may go on before these other ones are to be looked at."""
    before = min((front.pc for front in running), default=1 << 62)
    return left, PATIENCE - 1 - turn % PATIENCE, before, not (running or waiting)


def _run_on(
    program: Program, block: Block, front: Front, core: Core, freedom: tuple[int, int, int, bool]
) -> tuple[Block, int, int]:
    """Run a block to its end, and in the compiled core those behind it that it is free to go on to.

    Returns the last one, which is not counted yet, how many were before it, and how many instructions may still run.
    """
    free, at = core.freedom, 0
    free.left, free.blocks, free.before, free.alone = freedom
    while True:
        start, at = core.advance(block, at, front)
        block = program.blocks[start]
        if at < len(block.bound):  # what the core lacks, and what it left for NumPy to explain
            _run_bound(program.kernel, block.bound[at : at + 1], front)
            at += 1
        if at == len(block.bound):
            return block, freedom[1] - free.blocks, free.left


def _run_bound(kernel: Kernel, bounds: Sequence[Bound], front: Front) -> None:
    pending, undefined = front.pending, front.undefined
    bound: Any = None
    try:
        for bound in bounds:
            if pending:
                pending.check(bound.touched)
            if undefined:
                uses.check(bound.instruction, front)
            bound.run(front)
    except EmulationError as error:
        raise type(error)(f"kernel {kernel.name}, {bound.instruction}: {error}") from None


def _after(block: Block, front: Front) -> list[Front]:
    """The front at its next instruction, in two where its waves part."""
    branches = None if block.condition is None else block.condition(front)
    number = 0 if branches is None else int(np.count_nonzero(branches))
    if branches is None or number in (0, front.waves):
        front.pc = block.target if number else block.stop
        return [front]
    taken, fallen = front.select(np.flatnonzero(branches)), front.select(np.flatnonzero(~branches))
    taken.pc, fallen.pc = block.target, block.stop
    return [taken, fallen]


def _jumped(program: Program, block: Block, jump: calls.Jump, front: Front) -> list[Front]:
    """The front behind a call or return, in as many as there are places that its waves go to."""
    try:
        places = jump(front)
        return [_at(program, block, front, places, place) for place in np.unique(places).tolist()]
    except EmulationError as error:
        raise type(error)(f"kernel {program.kernel.name}, {block.ending}: {error}") from None


def _at(program: Program, block: Block, front: Front, places: np.ndarray, place: int) -> Front:
    """The waves that go to this place."""
    part = front if (places == place).all() else front.select(np.flatnonzero(places == place))
    if place in program.hosts:
        raise entered(program.kernel, place, block.stop - 1, part)
    if place not in program.blocks:
        raise calls.outside(place)
    part.pc = place
    return part


def _joined(fronts: list[Front]) -> list[Front]:
    """Fronts at the same instruction, mode and with nothing in flight become one."""
    apart: list[Front] = []
    for front in fronts:
        for other in apart:
            if other.pc == front.pc and other.mode == front.mode and not other.pending and not front.pending:
                other.join(front)
                break
        else:
            apart.append(front)
    return apart
