"""Where does code go by address? Addresses of instructions, what symbols stand for, calls and returns."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from conformance.gfx950 import decode
from conformance.gfx950.assembly import Instruction, Kernel, Literal, Name, Operand, Register
from conformance.gfx950.errors import IllegalAccess, NotEmulated
from conformance.gfx950.storage.global_memory import constant_address
from conformance.gfx950.storage.waits import keys_of
from conformance.gfx950.wave import Front

Jump = Callable[[Front], np.ndarray]  # the index of the instruction that each wave goes to, int64 [W]

_CODE = 0x40000000  # where the code begins: below all memory, and in 32 bits
_STRINGS = 0x60000000  # likewise, of strings
_SIZE = 4  # of each instruction: nothing but addresses that were taken from code is compared with it
CALLS = frozenset(("s_setpc_b64", "s_swappc_b64", "s_call_b64"))
# What LLVM adds to a program counter: a symbol's distance, or a label's, from behind the s_getpc_b64.
_SYMBOL = r'"?(?P<symbol>[^"]+)"?@rel32@(?P<half>lo|hi)(?P<more>[+-]\d+)'
_BEHIND = {"lo": 4, "hi": 12}  # bytes from there to what holds that half of the distance
_LABEL = r"\((?P<label>\S+?)-\S+\)(?:&4294967295|>>32)"
_DISTANCE = re.compile(f"{_SYMBOL}|{_LABEL}")


def address_of(index: int) -> int:
    """Of the instruction of this number."""
    return _CODE + _SIZE * index


def resolved(kernel: Kernel, index: int) -> Instruction:
    """The instruction with numbers for the addresses that it names; s_getpc_b64 as the move that it is."""
    instruction = kernel.instructions[index]
    if instruction.mnemonic == "s_getpc_b64":
        here = Operand(Literal(address_of(index + 1)))
        return replace(instruction, mnemonic="s_mov_b64", operands=(instruction.operands[0], here))
    named = [operand.value for operand in instruction.operands if isinstance(operand.value, Name)]
    if not any("@" in name.text or name.text.startswith("(") for name in named):
        return instruction
    operands = (_number(kernel, index, operand) for operand in instruction.operands)
    return replace(instruction, operands=tuple(operands))


def landings(kernel: Kernel) -> set[int]:
    """Where code may go by an address: where functions begin, and labels whose distance is taken."""
    values = (operand.value for one in kernel.instructions for operand in one.operands)
    matches = (re.fullmatch(_LABEL, value.text) for value in values if isinstance(value, Name))
    return {*kernel.functions, *(kernel.labels[m["label"]] for m in matches if m and m["label"] in kernel.labels)}


def _number(kernel: Kernel, index: int, operand: Operand) -> Operand:
    if not isinstance(operand.value, Name):
        return operand
    text = operand.value.text
    match = _DISTANCE.fullmatch(text)
    target = _address(kernel, match["label"] or match["symbol"]) if match else None
    before = [kernel.instructions[i].mnemonic for i in range(max(index - 2, 0), index)]
    if match is None or target is None or "s_getpc_b64" not in before:
        raise NotEmulated(f"the address {text}")
    behind = index - len(before) + before.index("s_getpc_b64") + 1
    inside = int(match["more"]) - _BEHIND[match["half"]] if match["more"] else 0
    if inside and match["symbol"] not in kernel.constants:
        raise NotEmulated(f"the address {text}")
    distance = target - address_of(behind) + inside
    high = match["half"] == "hi" or text.endswith(">>32")
    return Operand(Literal(distance >> 32 & 0xFFFFFFFF if high else distance & 0xFFFFFFFF))


def _address(kernel: Kernel, name: str) -> int | None:
    """Of a label, a constant, or a string, which no access finds: only its address goes somewhere (assertions.py)."""
    if name in kernel.labels:
        return address_of(kernel.labels[name])
    if name in kernel.constants:
        return constant_address(list(kernel.constants).index(name))
    return _STRINGS + list(kernel.strings).index(name) if name in kernel.strings else None


def jump(kernel: Kernel, index: int) -> Jump:
    """What a call or return does: it writes where to return to, where it does, and says where each wave goes."""
    instruction = kernel.instructions[index]
    *returns, target = instruction.operands
    back = np.array([address_of(index + 1)], np.uint64)
    put = decode.scalar_destination(returns[0], "u64") if returns else None
    if isinstance(target.value, Name):  # s_call_b64
        label = kernel.labels.get(target.value.text)
        if label is None:
            raise NotEmulated(f"a call of {target.value.text}")
        addresses: decode.Fetch = lambda f: np.full(f.waves, address_of(label), np.uint64)  # noqa: E731
    else:
        addresses = decode.scalar_source(target, "u64")

    written = frozenset().union(*(keys_of(o.value) for o in returns if isinstance(o.value, Register)))
    touched = frozenset().union(*(keys_of(o.value) for o in instruction.operands if isinstance(o.value, Register)))

    def run(f: Front) -> np.ndarray:
        if f.pending:
            f.pending.check(touched)
        indices = (addresses(f).astype(np.int64) - _CODE) // _SIZE
        if put is not None:
            put(f, back)
            for key in written:
                f.undefined.pop(key, None)
        return indices

    return run


def outside(address: int) -> IllegalAccess:
    """The error of a jump to where no instruction begins that can be jumped to."""
    return IllegalAccess(f"a jump to {address_of(address):#x}, where no function begins and no call returns to")
