"""What is a wrong machine code? One random edit of one executed instruction, of the kinds that compilers get wrong."""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Callable, Iterator

from conformance.gfx950.assembly import Instruction, Kernel, parse_line

_REGISTER = re.compile(r"\b([vsa])(\d+)\b(?!:)|\b([vsa])\[(\d+):(\d+)\]")
_NUMBER = re.compile(r"(?<=[ ,])(-?(?:0x[0-9a-f]+|\d+))(?=$|[ ,])")
_OFFSET = re.compile(r"\boffset:(\d+)")
_LIST = re.compile(r"\b(op_sel|op_sel_hi|neg_lo|neg_hi):\[([01,]+)\]")
_COUNT = re.compile(r"\b(vmcnt|lgkmcnt)\((\d+)\)")
_SELECT = re.compile(r"\bsrc([01])_sel:(WORD_[01]|DWORD|BYTE_[0-3])")
_QUAD = re.compile(r"quad_perm:\[(\d),(\d),(\d),(\d)\]")
_TABLE = re.compile(r"bitop3:(0x[0-9a-f]+)")
_FLOAT = re.compile(r"(?<=[ ,-])(\d+\.\d+)(?=$|[ ,])")

Edit = tuple[str, str]  # kind, the instruction's new text


def _registers(text: str, rng: random.Random) -> Iterator[Edit]:
    """One operand's register exchanged for a neighbour."""
    found = list(_REGISTER.finditer(text))
    if not found:
        return
    match = rng.choice(found)
    step = rng.choice([-1, 1])
    if match.group(1):
        new = f"{match.group(1)}{int(match.group(2)) + step}"
    else:
        file, first, last = match.group(3), int(match.group(4)), int(match.group(5))
        step *= 2 if file == "s" else 1
        new = f"{file}[{first + step}:{last + step}]"
    if "-" not in new:
        yield "operand", text[: match.start()] + new + text[match.end() :]


def _numbers(text: str, rng: random.Random) -> Iterator[Edit]:
    """A constant off by one, or with a bit flipped."""
    found = list(_NUMBER.finditer(text, text.find(" ")))
    if found:
        match = rng.choice(found)
        value = int(match.group(1), 0)
        new = rng.choice([value + 1, value - 1, value ^ (1 << rng.randrange(8))])
        yield "constant", text[: match.start()] + str(new) + text[match.end() :]
    for match in _FLOAT.finditer(text):
        yield "constant", text[: match.start()] + str(2 * float(match.group(1))) + text[match.end() :]


def _offsets(text: str, rng: random.Random) -> Iterator[Edit]:
    """An access's offset moved by one element, or by sixteen bytes."""
    step = rng.choice([1, 4, 16])
    if match := _OFFSET.search(text):
        yield "offset", text[: match.start()] + f"offset:{int(match.group(1)) + step}" + text[match.end() :]
    elif re.match(r"(ds_(read|write)|buffer_|global_)", text):
        yield "offset", f"{text} offset:{step}"


def _selections(text: str, rng: random.Random) -> Iterator[Edit]:
    """One bit of op_sel and its like, another half or byte, another lane, another truth table."""
    for match in _LIST.finditer(text):
        bits = match.group(2).split(",")
        at = rng.randrange(len(bits))
        bits[at] = "10"[int(bits[at])]
        yield "op_sel", text[: match.start()] + f"{match.group(1)}:[{','.join(bits)}]" + text[match.end() :]
    for match in _SELECT.finditer(text):
        new = "WORD_1" if match.group(2) != "WORD_1" else "WORD_0"
        yield "select", text[: match.start()] + f"src{match.group(1)}_sel:{new}" + text[match.end() :]
    if match := _QUAD.search(text):
        lanes = list(match.groups())
        lanes[rng.randrange(4)] = str(rng.randrange(4))
        yield "select", text[: match.start()] + f"quad_perm:[{','.join(lanes)}]" + text[match.end() :]
    if match := _TABLE.search(text):
        table = int(match.group(1), 16) ^ (1 << rng.randrange(8))
        yield "select", text[: match.start()] + f"bitop3:{table:#x}" + text[match.end() :]


def _signs(text: str, rng: random.Random) -> Iterator[Edit]:
    """A source's sign modifier dropped."""
    if match := re.search(r"\|(\w+)\|", text):
        yield "sign", text[: match.start()] + match.group(1) + text[match.end() :]
    if match := re.search(r" -(v\d+)", text):
        yield "sign", text[: match.start()] + " " + match.group(1) + text[match.end() :]


def _waits(text: str, rng: random.Random) -> Iterator[Edit]:
    """A wait dropped, or for one access fewer."""
    if text.startswith("s_waitcnt"):
        yield "wait", "s_nop 0"
        match = rng.choice(list(_COUNT.finditer(text)))
        fewer = f"{match.group(1)}({int(match.group(2)) + 1})"
        yield "wait", text[: match.start()] + fewer + text[match.end() :]


def _barriers(text: str, rng: random.Random) -> Iterator[Edit]:
    if text == "s_barrier":
        yield "barrier", "s_nop 0"


# Opcodes that stand beside each other in a compiler's tables.
_NEIGHBOURS = (
    ("_add_", "_sub_"), ("_lt_", "_le_"), ("_gt_", "_ge_"), ("_min_", "_max_"), ("_and_", "_or_"),
    ("_lshrrev_", "_ashrrev_"), ("scc0", "scc1"), ("execz", "execnz"), ("vccz", "vccnz"), ("_ubyte", "_sbyte"), ("_ushort", "_sshort"),
)  # fmt: skip


def _opcodes(text: str, rng: random.Random) -> Iterator[Edit]:
    mnemonic, space, rest = text.partition(" ")
    for pair in _NEIGHBOURS:
        for one, other in (pair, pair[::-1]):
            if one in mnemonic:
                yield "opcode", mnemonic.replace(one, other) + space + rest


KINDS: tuple[Callable[[str, random.Random], Iterator[Edit]], ...] = (
    _registers, _numbers, _offsets, _selections, _signs, _waits, _barriers, _opcodes,
)  # fmt: skip


def edited(kernel: Kernel, index: int, text: str) -> Kernel:
    """The kernel with another instruction at this index."""
    old = kernel.instructions[index]
    new = parse_line(text, old.line, old.source)
    return dataclasses.replace(
        kernel, instructions=(*kernel.instructions[:index], new, *kernel.instructions[index + 1 :])
    )


def draw(kernel: Kernel, executed: list[int], rng: random.Random) -> tuple[int, str, str]:
    """(index, kind, new text) of a random edit that changes the text of an executed instruction."""
    while True:
        index = rng.choice(executed)
        text = kernel.instructions[index].text
        edits = [edit for kind in KINDS for edit in kind(text, rng) if edit[1] != text]
        if edits:
            return index, *rng.choice(edits)


def same(one: Instruction, other: Instruction) -> bool:
    """Whether two instructions differ in nothing but their text."""
    return dataclasses.replace(one, text="") == dataclasses.replace(other, text="")
