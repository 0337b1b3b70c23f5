"""What is a wrong machine code? One random edit of one executed instruction, of the kinds that compilers get wrong.

``python -m tests.conformance.gfx950.edits --seed 1 --count 200`` runs that many on the scenes and prints how many are
detected, by kind, and those that are not.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from conformance.gfx950.assembly import Instruction, Kernel, Literal, Operand, parse_line
from conformance.gfx950.errors import EmulationError
from conformance.gfx950.settings import Settings
from tests.conformance.gfx950 import scenes
from tests.conformance.gfx950.assembler import encoded

# A launch that runs this many times the instructions of the unedited one is taken to hang.
_LONGER = 20

_REGISTER = re.compile(r"\b([vsa])(\d+)\b(?!:)|\b([vsa])\[(\d+):(\d+)\]")
_NUMBER = re.compile(r"(?<=[ ,])(-?(?:0x[0-9a-f]+|\d+))(?=$|[ ,])")
_OFFSET = re.compile(r"\boffset:(\d+)")
_LIST = re.compile(r"\b(op_sel|op_sel_hi|neg_lo|neg_hi):\[([01,]+)\]")
_COUNT = re.compile(r"\b(vmcnt|lgkmcnt)\((\d+)\)")
_SELECT = re.compile(r"\bsrc([01])_sel:(WORD_[01]|DWORD|BYTE_[0-3])")
_QUAD = re.compile(r"quad_perm:\[(\d),(\d),(\d),(\d)\]")
_TABLE = re.compile(r"bitop3:(0x[0-9a-f]+)")
_FLOAT = re.compile(r"(?<=[ ,-])(\d+\.\d+)(?=$|[ ,])")

Found = Iterator[tuple[str, str]]  # kind, the instruction's new text


@dataclass(frozen=True)
class Edit:
    """One instruction of a scene's kernel, by its index, with another text."""

    scene: str
    index: int
    kind: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.scene} {self.index} ({self.kind}): {self.old} -> {self.new}"


# What can be edited


def _registers(text: str, rng: random.Random) -> Found:
    """One operand's register exchanged for a neighbour, of which tuples start at multiples of 2 or 4."""
    found = list(_REGISTER.finditer(text))
    if not found:
        return
    match = rng.choice(found)
    step = rng.choice([-1, 1])
    if match.group(1):
        new = f"{match.group(1)}{int(match.group(2)) + step}"
    else:
        file, first, last = match.group(3), int(match.group(4)), int(match.group(5))
        step *= 4 if file == "s" and last - first > 1 else 2
        new = f"{file}[{first + step}:{last + step}]"
    if "-" not in new:
        yield "operand", text[: match.start()] + new + text[match.end() :]


def _numbers(text: str, rng: random.Random) -> Found:
    """A constant off by one, or with a bit flipped."""
    found = list(_NUMBER.finditer(text, text.find(" ")))
    if found:
        match = rng.choice(found)
        value = int(match.group(1), 0)
        new = rng.choice([value + 1, value - 1, value ^ (1 << rng.randrange(8))])
        yield "constant", text[: match.start()] + str(new) + text[match.end() :]
    for match in _FLOAT.finditer(text):
        yield "constant", text[: match.start()] + str(2 * float(match.group(1))) + text[match.end() :]


def _offsets(text: str, rng: random.Random) -> Found:
    """An access's offset moved by one element, or by sixteen bytes."""
    step = rng.choice([1, 4, 16])
    if match := _OFFSET.search(text):
        yield "offset", text[: match.start()] + f"offset:{int(match.group(1)) + step}" + text[match.end() :]
    elif re.match(r"(ds_(read|write)|buffer_|global_)", text):
        yield "offset", f"{text} offset:{step}"


def _selections(text: str, rng: random.Random) -> Found:
    """One bit of op_sel and its like, another half or byte, another lane, another truth table."""
    for match in _LIST.finditer(text):
        bits = match.group(2).split(",")
        at = rng.randrange(len(bits))
        bits[at] = "10"[int(bits[at])]
        yield "op_sel", text[: match.start()] + f"{match.group(1)}:[{','.join(bits)}]" + text[match.end() :]
    for match in _SELECT.finditer(text):
        new = "WORD_1" if match.group(2) != "WORD_1" else "WORD_0"
        yield "select", text[: match.start()] + f"src{match.group(1)}_sel:{new}" + text[match.end() :]
    for match in _QUAD.finditer(text):
        lanes = list(match.groups())
        lanes[rng.randrange(4)] = str(rng.randrange(4))
        yield "select", text[: match.start()] + f"quad_perm:[{','.join(lanes)}]" + text[match.end() :]
    for match in _TABLE.finditer(text):
        table = int(match.group(1), 16) ^ (1 << rng.randrange(8))
        yield "select", text[: match.start()] + f"bitop3:{table:#x}" + text[match.end() :]


def _signs(text: str, rng: random.Random) -> Found:
    """A source's sign modifier dropped."""
    if match := re.search(r"\|(\w+)\|", text):
        yield "sign", text[: match.start()] + match.group(1) + text[match.end() :]
    if match := re.search(r" -(v\d+)", text):
        yield "sign", text[: match.start()] + " " + match.group(1) + text[match.end() :]


def _waits(text: str, rng: random.Random) -> Found:
    """A wait dropped, or for one access fewer."""
    if text.startswith("s_waitcnt"):
        yield "wait", "s_nop 0"
        match = rng.choice(list(_COUNT.finditer(text)))
        fewer = f"{match.group(1)}({int(match.group(2)) + 1})"
        yield "wait", text[: match.start()] + fewer + text[match.end() :]


def _barriers(text: str, rng: random.Random) -> Found:
    if text == "s_barrier":
        yield "barrier", "s_nop 0"


# Opcodes that stand beside each other in a compiler's tables.
_NEIGHBOURS = (
    ("_add_", "_sub_"), ("_lt_", "_le_"), ("_gt_", "_ge_"), ("_eq_", "_ne_"), ("_eq_", "_lg_"), ("_min_", "_max_"),
    ("_and_", "_or_"), ("_lshrrev_", "_ashrrev_"), ("_mul_lo_", "_mul_hi_"), ("_ubyte", "_sbyte"),
    ("_ushort", "_sshort"), ("scc0", "scc1"), ("execz", "execnz"), ("vccz", "vccnz"),
)  # fmt: skip


def _opcodes(text: str, rng: random.Random) -> Found:
    mnemonic, space, rest = text.partition(" ")
    for pair in _NEIGHBOURS:
        for one, other in (pair, pair[::-1]):
            if one in mnemonic:
                yield "opcode", mnemonic.replace(one, other) + space + rest
    if re.search("_[lg][te]_|_min|_max|_med", mnemonic):
        other_sign = re.sub(r"_[iu](?=\d)", lambda found: "_u" if found.group() == "_i" else "_i", mnemonic)
        yield "opcode", other_sign + space + rest


KINDS: tuple[Callable[[str, random.Random], Found], ...] = (
    _registers, _numbers, _offsets, _selections, _signs, _waits, _barriers, _opcodes,
)  # fmt: skip


# Which edits are edits


def same(one: Instruction, other: Instruction) -> bool:
    """Whether two instructions differ in nothing but their text, and in bits of constants that the hardware drops."""
    return _essence(one) == _essence(other)


def _essence(instruction: Instruction) -> Instruction:
    operands = list(instruction.operands)
    for at, bits in _partly_read(instruction.mnemonic).items():
        value = operands[at].value
        if isinstance(value, Literal):
            operands[at] = Operand(Literal(int(value.value) & bits))
    return dataclasses.replace(instruction, operands=tuple(operands), text="", encoding="", line=0, source="")


def _partly_read(mnemonic: str) -> dict[int, int]:
    """Operands of which only some bits are read, and these bits: counts of bits, a load's offset, a s_nop's count."""
    if match := re.match(r"(?:v_(?:lshl|lshr|ashr)rev|s_(?:lshl|lshr|ashr))_[bi](16|32|64)", mnemonic):
        return {2 if mnemonic.startswith("s_") else 1: int(match.group(1)) - 1}
    if mnemonic.startswith("v_bfe_"):
        return {2: 31, 3: 31}
    if mnemonic.startswith("s_load_dword"):
        return {2: ~3}
    return {0: 15} if mnemonic == "s_nop" else {}


def _differs(old: str, new: str) -> bool:
    """Whether the new text is another instruction of a gfx950."""
    code = encoded(new)
    return code is not None and code != encoded(old) and not same(parse_line(old), parse_line(new))


def edited(kernel: Kernel, index: int, text: str) -> Kernel:
    """The kernel with another instruction at this index."""
    old = kernel.instructions[index]
    new = parse_line(text, old.line, old.source)
    return dataclasses.replace(
        kernel, instructions=(*kernel.instructions[:index], new, *kernel.instructions[index + 1 :])
    )


# Drawing and running


@functools.cache
def reached(scene: str) -> tuple[list[int], list[int]]:
    """The scene's executed instructions, and the wave-instructions of each of its launches."""
    return scenes.load(scene).executed(Settings(sanitize=True))


def draw(seed: int, count: int) -> list[Edit]:
    """Different edits, of instructions drawn uniformly from all that the scenes execute."""
    pool = [(name, index) for name in scenes.names() for index in reached(name)[0]]
    rng = random.Random(seed)
    drawn: dict[tuple[str, int, str], Edit] = {}
    while len(drawn) < count:
        name, index = rng.choice(pool)
        old = scenes.load(name).kernel.instructions[index].text
        found = [(what, new) for kind in KINDS for what, new in kind(old, rng) if _differs(old, new)]
        if found:
            what, new = rng.choice(found)
            drawn.setdefault((name, index, new), Edit(name, index, what, old, new))
    return list(drawn.values())


def dangerous(scene: str) -> list[Edit]:
    """Each wait of a scene dropped, as a whole and by its counters, each barrier, each scale byte another one."""
    instructions = scenes.load(scene).kernel.instructions
    found = []
    for index in reached(scene)[0]:
        old = instructions[index].text
        for kind, new in (*_dropped(old), *_other_scales(old)):
            found.append(Edit(scene, index, kind, old, new))
    return found


def _dropped(text: str) -> Found:
    if text == "s_barrier":
        yield "barrier", "s_nop 0"
    if text.startswith("s_waitcnt"):
        yield "wait", "s_nop 0"
        counts = [match.group() for match in _COUNT.finditer(text)]
        for count in counts if len(counts) > 1 else ():
            yield "wait", text.replace(" " + count, "")


def _other_scales(text: str) -> Found:
    """v_mfma_scale with one of the bits flipped by which op_sel and op_sel_hi choose the bytes of A and B."""
    if not text.startswith("v_mfma_scale"):
        return
    bits = {name: [0, 0, 0] for name in ("op_sel", "op_sel_hi")}
    bits |= {match.group(1): [int(bit) for bit in match.group(2).split(",")] for match in _LIST.finditer(text)}
    for name in bits:
        for operand in (0, 1):
            flipped = {other: list(chosen) for other, chosen in bits.items()}
            flipped[name][operand] ^= 1
            lists = " ".join(f"{other}:{chosen}".replace(", ", ",") for other, chosen in flipped.items())
            yield "op_sel", _LIST.sub("", text).strip() + " " + lists


def outcome(edit: Edit) -> str:
    """How the edit shows: the name of an EmulationError, ``output`` for other bytes, or ``survived``.

    Races are looked for where nothing else shows, for it is slower.
    """
    scene = scenes.load(edit.scene)
    kernel = edited(scene.kernel, edit.index, edit.new)
    for sanitize in (False, True):
        for launch, usual in zip(scene.launches, reached(edit.scene)[1], strict=True):
            settings = Settings(sanitize=sanitize, most_instructions=_LONGER * usual)
            try:
                _, changed = launch.run(kernel, settings)
            except EmulationError as error:
                return type(error).__name__
            if changed:
                return "output"
    return "survived"


def main() -> None:
    """Draw, run and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    options = parser.parse_args()
    tally: dict[str, Counter[str]] = {}
    for edit in draw(options.seed, options.count):
        how = outcome(edit)
        tally.setdefault(edit.kind, Counter())[how] += 1
        if how == "survived":
            print(edit)
    total = sum(tally.values(), Counter[str]())
    for kind, found in [*sorted(tally.items()), ("all", total)]:
        print(f"{kind:10}{found.total():5}  " + ", ".join(f"{n} {how}" for how, n in found.most_common()))
    detected = total.total() - total["survived"]
    print(f"{detected} of {total.total()} detected: {100 * detected / total.total():.1f} %")


if __name__ == "__main__":
    main()
