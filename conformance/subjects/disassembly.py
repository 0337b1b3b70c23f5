"""How does a code object become assembly again? Its instructions by an llvm-objdump that knows gfx950."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from conformance.subjects.code_object import Described, described

VARIABLE = "LLVM_OBJDUMP"
_PLACES = ("llvm-objdump", "/opt/rocm/llvm/bin/llvm-objdump", "/opt/rocm/lib/llvm/bin/llvm-objdump")
_LINE = re.compile(r"\t(\S.*?)\s*// ([0-9A-F]+): [0-9A-F]{8}")
_BRANCH = re.compile(r"(s_branch|s_cbranch_\w+) (\d+)")


def assembly(path: Path, name: str = "") -> str:
    """The kernel of that name as an assembly's text, '' for the only one. Raises ValueError, in one line."""
    kernel = described(path.read_bytes(), name)
    return text(kernel, _disassembled(path))


def _disassembled(path: Path) -> str:
    asked = os.environ.get(VARIABLE)
    tool = next((found for place in ([asked] if asked else _PLACES) if (found := shutil.which(place))), None)
    if tool is None:
        where = asked or f"on the PATH nor in ROCm's folder, and {VARIABLE} names none"
        raise ValueError(f"is a code object, needs an llvm-objdump that knows gfx950 (LLVM 20): there is none {where}")
    command = [tool, "--disassemble", "--mcpu=gfx950", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or "not a recognized processor" in done.stderr:
        why = next(iter(done.stderr.splitlines()), f"code {done.returncode}")
        raise ValueError(f"is a code object, needs an llvm-objdump that knows gfx950 (LLVM 20): {tool} says {why}")
    return done.stdout


def text(kernel: Described, listing: str) -> str:
    """What ``assembly.parse`` reads, of a kernel and the listing that has it. Branches name labels again."""
    found = [(int(line[2], 16), line[1]) for line in map(_LINE.fullmatch, map(_cut, listing.splitlines())) if line]
    inside = [(at, code) for at, code in found if kernel.start <= at < kernel.stop]
    targets = {_target(at, code) for at, code in inside} - {None}
    lines = ['\t.amdgcn_target "amdgcn-amd-amdhsa--gfx950"', f"{kernel.name}:"]
    for at, code in inside:
        lines += [f".L{at:x}:"] if at in targets else []
        target = _target(at, code)
        lines.append(f"\t{code}" if target is None else f"\t{code.split()[0]} .L{target:x}")
    lines += [".Lfunc_end0:", f"\t.amdhsa_kernel {kernel.name}"]
    lines += [f"\t\t.amdhsa_{name} {value}" for name, value in kernel.descriptor.items()]
    lines += ["\t.end_amdhsa_kernel", "\t.amdgpu_metadata", "amdhsa.kernels:", *_written(kernel.metadata)]
    return "\n".join([*lines, "\t.end_amdgpu_metadata", ""])


def _cut(line: str) -> str:
    """A line of the listing up to its first word of code."""
    return line[: found.end()] if (found := _LINE.match(line)) else line


def _target(at: int, code: str) -> int | None:
    """Where a branch goes: its number counts words from the next instruction."""
    branch = _BRANCH.fullmatch(code)
    if branch is None:
        return None
    words = int(branch[2])
    return at + 4 + 4 * (words - (words >> 15 << 16))


def _written(metadata: Mapping[str, Any]) -> Iterator[str]:
    """A kernel's metadata as the assembler's YAML has it, as far as it is read."""
    yield f"  - .name: {metadata['.name']}"
    for name, value in metadata.items():
        if isinstance(value, int | str) and name != ".name":
            yield f"    {name}: {str(value).lower() if isinstance(value, bool) else value}"
    yield "    .args:"
    for argument in metadata.get(".args", ()):
        yield f"      - .offset: {argument['.offset']}"
        yield from (f"        {name}: {value}" for name, value in argument.items() if name != ".offset")
