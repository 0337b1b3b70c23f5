"""What does a kernel say that stops itself? An assertion's text, from the constants of what would print it.

Triton's device_assert calls a function that hands a text to the host, and then stops by a trap: entering that function
is the assertion. Its text is a string whose address the caller takes or, where there is but one, words in the function.
"""

import itertools

import numpy as np

from conformance.gfx950.assembly import ADDRESS, Instruction, Kernel, Literal, Register
from conformance.gfx950.errors import AssertionFailed, EmulationError, NotEmulated
from conformance.gfx950.wave import LANES, Front

# Functions of the device library that talk to the host: what they do there is not emulated.
_HOST = ("__ockl_", "__triton_assert_fail", "__assert_fail")
_ASSERTS = ("__triton_assert_fail", "__assert_fail", "__ockl_fprintf_stderr_begin")


def host_functions(kernel: Kernel) -> dict[int, str]:
    """Index of the first instruction -> name, of the functions that talk to the host."""
    return {index: name for index, name in kernel.functions.items() if name.startswith(_HOST)}


def entered(kernel: Kernel, index: int, call: int, front: Front) -> EmulationError:
    """The error of waves that come from this call to the function that begins at ``index``."""
    name = kernel.functions[index]
    if not name.startswith(_ASSERTS):
        return NotEmulated(f"not emulated: {name}, which talks to the host")
    active = front.active if front.active is not None else np.ones((front.waves, LANES), bool)
    wave, lane = (int(x) for x in np.argwhere(active)[0]) if active.any() else (0, 0)
    said = _string_at(kernel, call) or _constants(kernel, index) or "an assertion without a text in the code"
    return AssertionFailed(f"{said.strip()} (lane {lane} of wave {front.wave[wave]})")


def _string_at(kernel: Kernel, call: int) -> str:
    """The string whose address is taken in the straight run of instructions around a call."""
    code = kernel.instructions
    first, last = call, call
    while first > 0 and not _ends(code[first - 1]):
        first -= 1
    while last + 1 < len(code) and not _ends(code[last]):
        last += 1
    named = (name for one in code[first:last] for name in ADDRESS.findall(one.text))
    return next((kernel.strings[name] for name in named if name in kernel.strings), "")


def _ends(instruction: Instruction) -> bool:
    return instruction.mnemonic.startswith(("s_branch", "s_cbranch", "s_endpgm", "s_setpc", "s_trap"))


def _constants(kernel: Kernel, entry: int) -> str:
    """What is printed by the function that begins at this instruction, or by those that it leaves the text to."""
    starts = [entry, *(index for index in host_functions(kernel) if index != entry)]
    found = (_characters(_body(kernel, start)) for start in starts)
    return next((characters for characters in found if characters), "")


def _body(kernel: Kernel, start: int) -> tuple[Instruction, ...]:
    return kernel.instructions[start : min((i for i in kernel.functions if i > start), default=None)]


def _characters(body: tuple[Instruction, ...]) -> str:
    """The text from its first four characters on; the words of a straight run of instructions by where they go."""
    known: dict[int, int] = {}
    words: list[tuple[int, int, bytes]] = []  # run, offset, characters
    run = 0
    for instruction in body:
        run += instruction.mnemonic.startswith("s_cbranch")
        if instruction.mnemonic.startswith("global_store"):
            first = int(instruction.modifiers.get("offset", 0))  # type: ignore[arg-type]
            stored = (
                known.get(register, 0).to_bytes(4, "little").rstrip(b"\0") for register in _vectors(instruction, 1)
            )
            words += [(run, first + 4 * at, word.rstrip(b"\0")) for at, word in enumerate(stored)]
            continue
        value = instruction.operands[-1].value if instruction.operands else None
        for register in _vectors(instruction, 0):
            known.pop(register, None)
            if instruction.mnemonic == "v_mov_b32" and isinstance(value, Literal) and isinstance(value.value, int):
                known[register] = value.value & 0xFFFFFFFF
    in_order = [word for _, _, word in sorted(words) if word.isascii() and all(x in b"\n\t" or x >= 32 for x in word)]
    begun = itertools.dropwhile(lambda word: len(word) < 4, in_order)
    return b"".join(begun).decode()


def _vectors(instruction: Instruction, position: int) -> range:
    """The vector registers of an operand."""
    value = instruction.operands[position].value if position < len(instruction.operands) else None
    if not isinstance(value, Register) or value.file != "v":
        return range(0)
    return range(value.index, value.index + value.count)
