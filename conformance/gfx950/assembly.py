"""What does an ``amdgcn`` text say? Its instructions with their operands, labels, and the kernel descriptor."""

from __future__ import annotations

from dataclasses import dataclass, field

# Scalar registers have the numbers of their encodings (AMD CDNA4 ISA, "Scalar operands").
FLAT_SCRATCH, XNACK_MASK, VCC, M0, EXEC = 102, 104, 106, 124, 126
NUM_SCALARS = 128


@dataclass(frozen=True)
class Register:
    """``count`` consecutive registers of a file: ``s`` (scalar, by encoding), ``v`` (VGPR), ``a`` (AGPR)."""

    file: str
    index: int
    count: int = 1


@dataclass(frozen=True)
class Literal:
    """A number in the text: an int (two's complement as written) or a float (``0.5``, ``1.0``)."""

    value: int | float


@dataclass(frozen=True)
class Name:
    """Any other word: a label, ``off``, ``src_scc``, ``hwreg(HW_REG_MODE, 4, 2)``, ``lgkmcnt(0)``."""

    text: str


@dataclass(frozen=True)
class Operand:
    """One operand with its source modifiers: ``-|v1|`` has both."""

    value: Register | Literal | Name
    negate: bool = False
    absolute: bool = False


@dataclass(frozen=True)
class Instruction:
    """One line of code.

    mnemonic: as printed, without the encoding suffix (``_e32``, ``_e64``, ``_sdwa``, ``_dpp``), which is ``encoding``
    ('' where none). modifiers: name -> value: True for a bare word (``offen``, ``clamp``, ``glc``), an int
    (``offset:16``), a list of ints (``op_sel:[0,1]``), or a str (``src0_sel:WORD_1`` -> 'WORD_1'). line: 1-based, in
    the text; text: the line itself; source: ``gemm.py:56`` from the last ``.loc``, '' without.
    """

    mnemonic: str
    encoding: str
    operands: tuple[Operand, ...]
    modifiers: dict[str, bool | int | list[int] | str]
    line: int
    text: str
    source: str = ""


@dataclass(frozen=True)
class Kernel:
    """A kernel's code. labels: name -> index into instructions; descriptor: ``.amdhsa_`` name -> int;
    metadata: ``.amdgpu_metadata`` scalars of the kernel, e.g. ``vgpr_spill_count``.
    """

    name: str
    target: str
    instructions: tuple[Instruction, ...]
    labels: dict[str, int]
    descriptor: dict[str, int]
    metadata: dict[str, int | str] = field(default_factory=dict)
