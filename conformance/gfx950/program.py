"""What is a kernel to the machine? Straight runs of instructions, each ended by a branch, a barrier or the end."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from conformance.gfx950 import binding, calls, indexing
from conformance.gfx950.assembly import EXEC, FLAT_SCRATCH, VCC, Instruction, Kernel, Name, Register
from conformance.gfx950.assertions import host_functions
from conformance.gfx950.binding import Bound
from conformance.gfx950.core.runs import Codes
from conformance.gfx950.errors import NotEmulated
from conformance.gfx950.storage.waits import keys_of
from conformance.gfx950.wave import Front

# Which waves branch: bool [W].
_CONDITIONS: dict[str, Callable[[Front], np.ndarray]] = {
    "s_branch": lambda f: np.ones(f.waves, bool),
    "s_cbranch_scc0": lambda f: ~f.scc,
    "s_cbranch_scc1": lambda f: f.scc,
    "s_cbranch_vccz": lambda f: f.pair(VCC) == 0,
    "s_cbranch_vccnz": lambda f: f.pair(VCC) != 0,
    "s_cbranch_execz": lambda f: f.pair(EXEC) == 0,
    "s_cbranch_execnz": lambda f: f.pair(EXEC) != 0,
}
_BARRIER, _END = "s_barrier", "s_endpgm"


@dataclass(frozen=True)
class Block:
    """Instructions [start, stop) of a kernel, run without looking up.

    ending: the branch, barrier or end that follows those, None where the next block is simply entered.
    condition: which waves branch to ``target``. jump: where each wave goes from a call or return. kinds:
    wave-instructions by class that one wave runs here.
    """

    start: int
    stop: int
    bound: tuple[Bound, ...]
    ending: Instruction | None
    condition: Callable[[Front], np.ndarray] | None
    target: int
    jump: calls.Jump | None
    kinds: Counter[str]

    @property
    def ends(self) -> bool:
        return self.ending is not None and self.ending.mnemonic == _END

    @property
    def waits(self) -> bool:
        return self.ending is not None and self.ending.mnemonic == _BARRIER


@dataclass(frozen=True)
class Program:
    """A kernel whose instructions are all known. blocks: by the index of their first instruction. hosts: likewise, the
    names of functions that talk to the host (assertions.py), which are never run.
    """

    kernel: Kernel
    blocks: dict[int, Block]
    hosts: dict[int, str]
    # What the compiled core made of the blocks, by whether it looks for races and whether NumPy adds.
    codes: defaultdict[tuple[bool, bool], Codes] = field(default_factory=lambda: defaultdict(Codes))


def load(kernel: Kernel) -> Program:
    """The program of a kernel. Raises NotEmulated, naming kernel and line, for what is not implemented."""
    instructions = kernel.instructions
    built: list[Bound | None] = []
    jumps: dict[int, calls.Jump] = {}
    leaders = {0, *calls.landings(kernel)}
    hosts, in_host = host_functions(kernel), False
    labelled = {at for name, at in kernel.labels.items() if not name.startswith(".Ltmp")}  # for debuggers, those
    indexed: int | None = None
    for index, instruction in enumerate(instructions):
        in_host = index in hosts if index in kernel.functions else in_host
        try:
            if in_host:
                built.append(None)
            elif indexed is not None and (index in labelled or _is_ending(instruction)):
                raise NotEmulated("a branch or label between s_set_gpr_idx_on and s_set_gpr_idx_off")
            elif instruction.mnemonic in indexing.SETTINGS or (indexed and instruction.mnemonic.startswith("v_")):
                built.append(_indexed(kernel, instruction, indexed))
                indexed = indexing.mode_after(instruction, indexed)
            elif _is_ending(instruction):
                leaders.add(index + 1)
                leaders.add(_target(kernel, instruction))
                built.append(None)
                if instruction.mnemonic in calls.CALLS:
                    jumps[index] = calls.jump(kernel, index)
            else:
                _check_registers(kernel, instruction)
                built.append(binding.build(calls.resolved(kernel, index)))
        except NotEmulated as error:
            raise NotEmulated(f"kernel {kernel.name}, {instruction}: not emulated: {error}") from None
    starts = sorted(leader for leader in leaders if 0 <= leader < len(instructions))
    ends = [*starts[1:], len(instructions)]
    spans = [span for span in zip(starts, ends, strict=True) if span[0] not in hosts]
    return Program(kernel, {a: _block(kernel, built, jumps, a, b) for a, b in spans}, hosts)


def _indexed(kernel: Kernel, instruction: Instruction, mode: int | None) -> Bound:
    """What counts registers from M0, and so may touch any, or says that others do."""
    _check_registers(kernel, instruction)
    every = keys_of(Register("v", 0, register_counts(kernel)["v"]))
    if instruction.mnemonic in indexing.SETTINGS:
        return Bound(indexing.setting(instruction), frozenset(), "SALU", instruction)
    unnamed = replace(instruction, mnemonic="s_nop", operands=())  # it carries on what is undefined by itself
    return Bound(indexing.move(instruction, mode or 0), every, "VALU", unnamed, indexed=True)


def register_counts(kernel: Kernel) -> dict[str, int]:
    """Registers of each file that the kernel's waves have: AGPRs follow the VGPRs in one file of next_free_vgpr."""
    total = kernel.descriptor["next_free_vgpr"]
    vectors = min(total, kernel.descriptor.get("accum_offset", total))
    return {"v": vectors, "a": total - vectors, "s": kernel.descriptor["next_free_sgpr"]}


def _check_registers(kernel: Kernel, instruction: Instruction) -> None:
    counts = register_counts(kernel)
    for operand in instruction.operands:
        value = operand.value
        if not isinstance(value, Register) or (value.file == "s" and value.index >= FLAT_SCRATCH):
            continue  # the scalars from there on have names, and are every kernel's
        if not 0 <= value.index <= counts[value.file] - value.count:
            has = counts[value.file]
            raise NotEmulated(f"{value.file}{value.index + value.count - 1}, the kernel has {has} of {value.file}")


def _is_ending(instruction: Instruction) -> bool:
    if instruction.mnemonic.startswith(("s_branch", "s_cbranch")) and instruction.mnemonic not in _CONDITIONS:
        raise NotEmulated(f"mnemonic {instruction.mnemonic}")
    return instruction.mnemonic in _CONDITIONS or instruction.mnemonic in (_BARRIER, _END, *calls.CALLS)


def _target(kernel: Kernel, instruction: Instruction) -> int:
    """The index that a branch goes to; -1 for a barrier, a call or end."""
    if instruction.mnemonic not in _CONDITIONS:
        return -1
    label = instruction.operands[0].value
    if not isinstance(label, Name) or label.text not in kernel.labels:
        raise NotEmulated(f"branch to {label}")
    return kernel.labels[label.text]


def _block(kernel: Kernel, built: list[Bound | None], jumps: dict[int, calls.Jump], start: int, stop: int) -> Block:
    last = kernel.instructions[stop - 1]
    ending = last if built[stop - 1] is None else None
    run = tuple(bound for bound in built[start:stop] if bound is not None)
    kinds = Counter(bound.kind for bound in run)
    if ending is not None:
        kinds["OTHER" if ending.mnemonic in (_BARRIER, _END) else "BRANCH"] += 1
    condition = _CONDITIONS.get(last.mnemonic) if ending is not None else None
    target = _target(kernel, last) if condition is not None else -1
    return Block(start, stop, run, ending, condition, target, jumps.get(stop - 1), kinds)
