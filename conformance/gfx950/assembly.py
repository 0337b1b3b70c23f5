"""What does an ``amdgcn`` text say? Its instructions with their operands, labels, and the kernel descriptor."""

import ast
import functools
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.gfx950.errors import NotEmulated

# Scalar registers have the numbers of their encodings (AMD CDNA4 ISA, "Scalar operands").
FLAT_SCRATCH, XNACK_MASK, VCC, TTMP, M0, EXEC = 102, 104, 106, 108, 124, 126
NUM_SCALARS = 128

Modifier = bool | int | list[int] | str


@dataclass(frozen=True)
class Register:
    """``count`` consecutive registers of a file: ``s`` (scalar, by encoding), ``v`` (VGPR), ``a`` (AGPR)."""

    file: str
    index: int
    count: int = 1


@dataclass(frozen=True)
class Literal:
    """A number in the text: an int (as written, negative ones too) or a float (``0.5``, ``1.0``)."""

    value: int | float


@dataclass(frozen=True)
class Name:
    """Any other word: a label, ``off``, ``src_scc``, ``hwreg(HW_REG_MODE, 4, 2)``, ``lgkmcnt(0)``."""

    text: str


@dataclass(frozen=True)
class Operand:
    """One operand with its source modifiers: ``-|v1|`` has both; ``sext`` is SDWA's sign extension."""

    value: Register | Literal | Name
    negate: bool = False
    absolute: bool = False
    sext: bool = False

    @functools.cached_property
    def said(self) -> str:
        """The same for equal ones alone: 1 equals 1.0, and 0.0 -0.0, as numbers."""
        return repr(self)


@dataclass(frozen=True)
class Instruction:
    """One line of code.

    mnemonic: as printed, without the encoding suffix (``_e32``, ``_e64``, ``_sdwa``, ``_dpp``), which is ``encoding``
    ('' where none). modifiers: name -> value: True for a bare word (``offen``, ``clamp``, ``sc0``), an int
    (``offset:16``), a list of ints (``op_sel:[0,1]``), or a str (``src0_sel:WORD_1`` -> 'WORD_1'). line: 1-based, in
    the text; text: the line itself; source: ``gemm.py:56`` from the last ``.loc``, '' without.
    """

    mnemonic: str
    encoding: str
    operands: tuple[Operand, ...]
    modifiers: dict[str, Modifier]
    line: int
    text: str
    source: str = ""

    @property
    def meaning(self) -> tuple[object, ...]:
        """The same for instructions that do the same, wherever they stand."""
        return self.mnemonic, self.encoding, *(operand.said for operand in self.operands), repr(self.modifiers)

    def __str__(self) -> str:
        return f"line {self.line} ({self.text}{', from ' + self.source if self.source else ''})"


@dataclass(frozen=True)
class Argument:
    """A member of the kernarg segment: bytes [offset, offset + size), kind as ``.value_kind`` says.

    name: the parameter's, '' where the compiler left it out; it is no part of what runs.
    """

    offset: int
    size: int
    kind: str
    name: str = field(default="", repr=False)


@dataclass(frozen=True)
class Kernel:
    """A kernel's code, and behind it that of the functions that it calls. labels: name -> index into instructions;
    descriptor: ``.amdhsa_`` name -> int; metadata: ``.amdgpu_metadata`` scalars of the kernel, e.g.
    ``vgpr_spill_count``; functions: index of the first instruction -> name, the kernel's own first; strings: constant
    -> its characters; constants: name -> bytes of what code takes the address of.
    """

    name: str
    target: str
    instructions: tuple[Instruction, ...]
    labels: dict[str, int]
    descriptor: dict[str, int]
    metadata: dict[str, int | str] = field(default_factory=dict)
    arguments: tuple[Argument, ...] = ()
    functions: dict[int, str] = field(default_factory=dict)
    strings: dict[str, str] = field(default_factory=dict)
    constants: dict[str, bytes] = field(default_factory=dict)

    @functools.cached_property
    def digest(self) -> str:
        """Of what runs: the code and its descriptor, without the paths and lines of the source."""
        labels = {name: at for name, at in self.labels.items() if not name.startswith(".Ltmp")}  # of debug information
        said = [*(instruction.text for instruction in self.instructions), labels, self.descriptor, self.arguments]
        said += [self.constants] if self.constants else []
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


_NAMED = {"m0": Register("s", M0), "xnack_mask": Register("s", XNACK_MASK, 2)}
for _pair, _at in (("vcc", VCC), ("exec", EXEC), ("flat_scratch", FLAT_SCRATCH)):
    _NAMED |= {_pair: Register("s", _at, 2), f"{_pair}_lo": Register("s", _at), f"{_pair}_hi": Register("s", _at + 1)}
_CACHE_AND_FORM = ("offen", "idxen", "lds", "sc0", "sc1", "nt", "glc", "slc", "dlc", "gds", "tfe")
_FLAGS = frozenset((*_CACHE_AND_FORM, "clamp", "row_mirror", "row_half_mirror", "wave_shl", "wave_shr"))
_ENCODINGS = ("_e32", "_e64", "_sdwa", "_dpp")
_INSTRUCTION = re.compile(r"\s+((?:v|s|ds|buffer|global|flat|scratch)_\w+)\s*(.*)")
_REGISTER = re.compile(r"(v|s|a|ttmp)(?:(\d+)|\[(\d+)(?::(\d+))?\])")
_MODIFIER = re.compile(r"([a-z]\w*):(.+)")
# What may stand between a kernel's instructions and changes none of them.
_IGNORED = re.compile(
    r"\.(loc|file|cfi_\w+|p2align|globl|type|size|section|text|amdgcn_target|amdhsa_code_object_version|protected)\b"
)


def parse(text: str, name: str = "") -> Kernel:
    """The kernel of that name in an ``amdgcn`` text as LLVM prints it; '' for its one kernel.

    Raises NotEmulated for a text without it, or with several where none is named, and for a line of its code that
    cannot be read.
    """
    lines = text.splitlines()
    names = re.findall(r"^\s*\.amdhsa_kernel\s+(\S+)", text, re.M)
    if names.count(name) != 1 if name else len(names) != 1:
        raise NotEmulated(f"the assembly defines {len(names)} kernels ({', '.join(names)}), needs {name or 'one'}")
    name = name or names[0]
    others = rf"^\s*\.amdhsa_kernel\s+(?!{re.escape(name)}\s*$).*?\.end_amdhsa_kernel"
    alone = re.sub(others, "", text, flags=re.M | re.S) if len(names) > 1 else text
    descriptor = re.findall(r"^\s*\.amdhsa_(\w+)\s+(-?\d+|0x[0-9a-f]+)\s*$", alone, re.M)
    target = re.search(r'\.amdgcn_target\s+"([^"]+)"', text)
    instructions, labels, functions = _all_code(text, name)
    metadata, arguments = _metadata(lines, name)
    return Kernel(
        name,
        target.group(1).rpartition("-")[2] if target else "",
        tuple(instructions),
        labels,
        {name: int(value, 0) for name, value in descriptor},
        metadata,
        arguments,
        functions,
        _strings(text),
        _constants(text),
    )


_PARSED: dict[bytes, Kernel] = {}


def parsed(text: str) -> Kernel:
    """The kernel in the text; the same object for the same text, so that what is derived from it can be kept."""
    key = hashlib.sha256(text.encode()).digest()
    if key not in _PARSED:
        _PARSED[key] = parse(text)
    return _PARSED[key]


_LABEL = re.compile(r'"?([^\s":]+)"?:$')
ADDRESS = re.compile(r'"?([^\s",]+)"?@rel32@lo')  # of a function or constant
_FUNCTION = re.compile(r'^\s*\.type\s+"?([^\s",]+)"?,@function', re.M)
_STRING = re.compile(r'^"?([^\s":]+)"?:.*\n\s*\.asci[iz]\s+(".*")', re.M)


def _strings(text: str) -> dict[str, str]:
    """Constants that are characters: label -> what stands in the line behind it."""
    literals = ((label, ast.literal_eval(f"b{string}")) for label, string in _STRING.findall(text))
    return {label: characters.rstrip(b"\0").decode(errors="replace") for label, characters in literals}


_SIZES = {"byte": 1, "short": 2, "2byte": 2, "long": 4, "4byte": 4, "quad": 8, "8byte": 8}
_DATA = re.compile(rf'^"?([^\s":]+)"?:.*\n((?:\s*\.(?:{"|".join(_SIZES)}|zero|asci[iz])\s.*\n)+)', re.M)


def _constants(text: str) -> dict[str, bytes]:
    """The bytes of what is no code and has its address taken; without those that the linker would fill in."""
    taken = set(ADDRESS.findall(text)) if "@rel32@lo" in text else set()  # few kernels have any
    data = {name: lines for name, lines in _DATA.findall(text) if name in taken} if taken else {}
    found = {name: [_bytes(line) for line in lines.splitlines()] for name, lines in data.items()}
    return {name: b"".join(filter(None, parts)) for name, parts in found.items() if None not in parts}


def _bytes(line: str) -> bytes | None:
    """Of a data directive; None where it holds a symbol's address."""
    kind, said = line.strip()[1:].split(None, 1)
    if kind.startswith("asci"):
        return ast.literal_eval("b" + said[: said.rindex('"') + 1]) + bytes(kind == "asciz")
    words = _without_comment(said).replace(",", " ").split()
    if not all(re.fullmatch(r"-?(0x[0-9a-fA-F]+|\d+)", word) for word in words) or (kind == "zero" and len(words) > 1):
        return None
    values = [int(word, 0) for word in words]
    if kind == "zero":
        return bytes(values[0])
    size = _SIZES[kind]
    return b"".join((value % (1 << 8 * size)).to_bytes(size, "little") for value in values)


def _all_code(text: str, kernel: str) -> tuple[list[Instruction], dict[str, int], dict[int, str]]:
    """Of the kernel and of each function whose address it, or one of those, takes."""
    lines, declared = text.splitlines(), set(_FUNCTION.findall(text))
    instructions: list[Instruction] = []
    labels: dict[str, int] = {}
    functions: dict[int, str] = {}
    left = [kernel]
    while left:
        name = left.pop(0)
        functions[len(instructions)] = name
        code, its_labels = _code(lines, name)
        labels |= {label: len(instructions) + at for label, at in its_labels.items()}
        instructions += code
        called = dict.fromkeys(symbol for one in code if "@" in one.text for symbol in ADDRESS.findall(one.text))
        left += [symbol for symbol in called if symbol in declared and symbol not in {*left, *functions.values()}]
    return instructions, labels, functions


def _code(lines: list[str], name: str) -> tuple[list[Instruction], dict[str, int]]:
    """Instructions and labels from a function's own label to its end."""
    instructions: list[Instruction] = []
    labels: dict[str, int] = {}
    source = ""
    start = next(at for at, line in enumerate(lines) if line.startswith((f"{name}:", f'"{name}":')))
    for number, raw in enumerate(lines[start:], start + 1):
        line = _without_comment(raw).rstrip()
        if not line.strip():
            continue
        if code := _INSTRUCTION.match(line):
            instructions.append(_instruction(code.group(1), code.group(2), number, source))
        elif label := _LABEL.match(line):
            if label.group(1).startswith(".Lfunc_end"):
                return instructions, labels
            labels[label.group(1)] = len(instructions)
        elif line.strip().startswith(".amdhsa_kernel"):
            source = ""  # the descriptor may stand between the code and its end
        elif location := re.match(r"\s*\.loc\s+\d+ \d+ \d+.*;\s*(\S+):(\d+):\d+", raw):
            source = f"{location.group(1)}:{location.group(2)}" if location.group(2) != "0" else source
        elif not line.strip().startswith((".amdhsa_", ".end_amdhsa_kernel")) and not _IGNORED.match(line.strip()):
            raise NotEmulated(f"kernel {name}, line {number}: cannot read {line.strip()!r}")
    return instructions, labels


def parse_line(text: str, line: int = 0, source: str = "") -> Instruction:
    """One instruction from its text, as it may stand in a kernel. Raises NotEmulated where it cannot be read."""
    code = _INSTRUCTION.match(" " + text)
    if code is None:
        raise NotEmulated(f"line {line}: cannot read {text!r}")
    return _instruction(code.group(1), code.group(2), line, source)


def _without_comment(line: str) -> str:
    return line.partition(";")[0].partition("//")[0]


def _instruction(mnemonic: str, rest: str, line: int, source: str) -> Instruction:
    text = f"{mnemonic} {rest}".strip()
    encoding = next((suffix for suffix in _ENCODINGS if mnemonic.endswith(suffix)), "")
    operands, modifiers = _operands(rest)
    stem = mnemonic.removesuffix(encoding)
    return Instruction(stem, encoding[1:], operands, modifiers, line, text, source)


@functools.lru_cache(1 << 15)  # kernels have much in common
def _operands(rest: str) -> tuple[tuple[Operand, ...], dict[str, Modifier]]:
    """What stands behind a mnemonic; not to be changed."""
    operands: list[Operand] = []
    modifiers: dict[str, Modifier] = {}
    for piece in _split(rest, ","):
        words = list(_split(piece, " "))
        if not _is_modifier(words[0]):
            operands.append(_operand(words.pop(0)))
        for word in words:
            if word.endswith(")") and ":" not in word:  # s_waitcnt vmcnt(0) lgkmcnt(0)
                operands.append(_operand(word))
            elif word != "&":
                name, value = _modifier(word)
                modifiers[name] = value
    return tuple(operands), modifiers


def _split(text: str, separator: str) -> Iterator[str]:
    """Pieces of the text between separators that stand in no bracket; empty pieces are dropped."""
    if "[" not in text and "(" not in text:
        yield from filter(None, map(str.strip, text.split(separator)))
        return
    piece = ""
    for part in text.split(separator):
        piece = f"{piece}{separator}{part}" if piece else part
        if piece.count("[") + piece.count("(") == piece.count("]") + piece.count(")"):
            if piece.strip():
                yield piece.strip()
            piece = ""
    if piece.strip():
        yield piece.strip()


def _is_modifier(word: str) -> bool:
    return word in _FLAGS or _MODIFIER.fullmatch(word) is not None


def _modifier(word: str) -> tuple[str, Modifier]:
    if word in _FLAGS:
        return word, True
    match = _MODIFIER.fullmatch(word)
    if match is None:
        raise NotEmulated(f"modifier {word!r} is not known")
    name, value = match.groups()
    if value.startswith("["):
        return name, [int(item, 0) for item in value[1:-1].split(",")]
    try:
        return name, int(value, 0)
    except ValueError:
        return name, value


_OPERAND_MODIFIERS = (
    (r"-(?=[|vsa])(.*)", "negate"),
    (r"neg\((.*)\)", "negate"),  # how a constant's is written: -1 is a constant of its own
    (r"\|(.*)\|", "absolute"),
    (r"abs\((.*)\)", "absolute"),
    (r"sext\((.*)\)", "sext"),
)


@functools.lru_cache(1 << 16)  # a kernel has few, again and again
def _operand(word: str) -> Operand:
    for form, flag in _OPERAND_MODIFIERS:
        if match := re.fullmatch(form, word):
            flags: dict[str, Any] = {flag: True}
            return replace(_operand(match.group(1)), **flags)
    return Operand(_value(word))


def _value(word: str) -> Any:
    if word in _NAMED:
        return _NAMED[word]
    if match := _REGISTER.fullmatch(word):
        file, single, first, last = match.groups()
        index = int(single if single is not None else first)
        count = int(last) - index + 1 if last is not None else 1
        return Register("s", TTMP + index, count) if file == "ttmp" else Register(file, index, count)
    for number in (lambda text: int(text, 0), float):
        try:
            return Literal(number(word))
        except ValueError:
            continue
    return Name(word)


def _metadata(lines: list[str], kernel: str) -> tuple[dict[str, int | str], tuple[Argument, ...]]:
    """A kernel's scalars and its arguments, from the YAML between .amdgpu_metadata and its end."""
    found: list[tuple[dict[str, int | str], list[dict[str, str]]]] = [({}, [])]  # of each kernel
    inside = False
    for line in lines:
        inside = (inside or ".amdgpu_metadata" in line) and ".end_amdgpu_metadata" not in line
        entry = re.match(r"(\s*)(- )?\s*\.(\w+):\s*(\S*)$", line) if inside else None
        if entry is None:
            continue
        indent, first, name, value = entry.groups()
        of_arguments = len(indent) + (2 if first else 0) > 4
        if first:
            found[-1][1].append({}) if of_arguments else found.append(({}, []))
        if of_arguments:
            found[-1][1][-1][name] = value
        elif value:
            found[-1][0][name] = int(value) if value.lstrip("-").isdigit() else value
    scalars, members = next((each for each in found if each[0].get("name") == kernel), found[-1])
    arguments = (
        Argument(int(m["offset"]), int(m["size"]), m["value_kind"], m.get("name", "").removesuffix(".coerce"))
        for m in members
    )
    return scalars, tuple(arguments)
