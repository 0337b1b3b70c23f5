"""Is a code object read as the assembly that it was made of?

code_objects/looped.co is this source for gfx950, looped.s its assembly, looped.txt a listing as llvm-objdump prints it:

    extern "C" __attribute__((global)) void looped(float* out, const float* in, int n, float f) {
      int i = __builtin_amdgcn_workgroup_id_x() * 64 + __builtin_amdgcn_workitem_id_x();
      float s = 0;
      for (int k = 0; k < n; ++k) { if (in[k] > f) s += in[k] * i; else s -= f; }
      out[i] = s;
    }
"""

from __future__ import annotations

import re
import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from conformance.gfx950.assembly import parse
from conformance.gfx950.launching import launch
from conformance.gfx950.launching.launch import Device
from conformance.gfx950.settings import Settings
from conformance.subjects import disassembly
from conformance.subjects.code_object import _unpacked, described
from conformance.subjects.machine_code import MachineCode

FOLDER = Path(__file__).with_name("code_objects")
CONTENT, LISTING = (FOLDER / "looped.co").read_bytes(), (FOLDER / "looped.txt").read_text()


@pytest.fixture(autouse=True)
def device(monkeypatch):
    monkeypatch.setattr(launch, "_in_use", [Device(Settings())])


def tool(folder: Path, script: str) -> str:
    """A program in llvm-objdump's place."""
    path = folder / "objdump"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_the_text_is_that_of_the_assembly():
    found = parse(disassembly.text(described(CONTENT), LISTING))
    wanted = parse((FOLDER / "looped.s").read_text())

    def code(kernel):
        return [re.sub(r"\.L\w+", "label", instruction.text) for instruction in kernel.instructions]

    assert code(found) == code(wanted)
    assert sorted(found.labels.values()) == sorted(wanted.labels.values())
    assert found.arguments == wanted.arguments and found.target == wanted.target == "gfx950"
    assert [a.name for a in found.arguments] == ["out", "in", "n", "f"]
    assert found.metadata == wanted.metadata
    rounded = {"next_free_vgpr": 8, "next_free_sgpr": 16, "accum_offset": 8}
    assert found.descriptor == {name: rounded.get(name, wanted.descriptor.get(name, 0)) for name in found.descriptor}


def test_both_compute_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv(disassembly.VARIABLE, tool(tmp_path, f"cat {FOLDER / 'looped.txt'}"))
    given = torch.tensor([1.0, -2.0, 3.0, 0.25])
    for name in ("looped.co", "looped.s"):
        out = torch.empty(128)
        MachineCode(FOLDER / name)({"out": out, "in": given, "n": 4, "f": 0.5}, grid=2, threads=64)
        np.testing.assert_array_equal(out.numpy(), np.arange(128) * 4.0 - 1.0)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo \"'gfx950' is not a recognized processor for this target\" >&2", "objdump says 'gfx950' is not a"),
        ("exit 3", "objdump says code 3"),
        (None, "there is none /nowhere/llvm-objdump"),
    ],
)
def test_without_an_llvm_that_knows_gfx950_it_says_so_in_a_line(tmp_path, monkeypatch, script, words):
    place = "/nowhere/llvm-objdump" if script is None else tool(tmp_path, script)
    monkeypatch.setenv(disassembly.VARIABLE, place)
    with pytest.raises(ValueError, match="is a code object, needs an llvm-objdump that knows gfx950") as caught:
        MachineCode(FOLDER / "looped.co")
    assert words in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x7fELF", "is no ELF, needs the code object of gfx950 itself"),
        (b"__CLANG_OFFLOAD_BUNDLE__...", "is an offload bundle, needs"),
        (CONTENT[:48] + b"\x4c" + CONTENT[49:], "is for another architecture (machine 0x4c), needs gfx950"),
        (CONTENT[:3000], "is no code object that can be read"),
        (CONTENT[:40] + struct.pack("<Q", 1 << 60) + CONTENT[48:], "is no code object that can be read"),
    ],
)
def test_what_is_no_code_object_of_gfx950_is_refused_in_a_line(tmp_path, content, words):
    path = tmp_path / "other.hsaco"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"^{path}: ") as caught:
        MachineCode(path)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_kernel_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(ValueError, match=re.escape("has 1 kernels (looped), needs other")):
        described(CONTENT, "other")


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"\x7f", 127), (b"\xff", -1), (b"\xc0", None), (b"\xc3", True), (b"\xcd\x01\x00", 256),
        (b"\xd1\xff\x00", -256), (b"\xcf" + bytes(7) + b"\x09", 9), (b"\xa2ab", "ab"), (b"\xd9\x02ab", "ab"),
        (b"\x92\x01\xa0", [1, ""]), (b"\xdc\x00\x01\x05", [5]), (b"\x81\xa1k\x90", {"k": []}),
        (b"\xde\x00\x01\xa1k\x01", {"k": 1}), (b"\xcb" + struct.pack(">d", 0.5), 0.5),
    ],
)  # fmt: skip
def test_messagepack(data, value):
    assert _unpacked(data + b"rest", 0) == (value, len(data))
