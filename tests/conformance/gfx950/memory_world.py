"""What do memory instructions run on in tests? One front of three waves in two workgroups, without a machine."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from conformance.gfx950 import uses
from conformance.gfx950.assembly import EXEC, M0, Instruction, parse
from conformance.gfx950.counts import Traffic
from conformance.gfx950.settings import Settings
from conformance.gfx950.storage import accesses
from conformance.gfx950.storage.global_memory import GlobalMemory
from conformance.gfx950.storage.lds import Lds, Scratch
from conformance.gfx950.storage.waits import Pending
from conformance.gfx950.wave import Front, mask_of

WAVES, LANES = 3, 64
TENSOR_BYTES, LDS_BYTES, SCRATCH_BYTES = 1 << 16, 4096, 64


def instruction(text: str) -> Instruction:
    """One line of assembly."""
    code = f"k:\n\t{text}\n.Lfunc_end0:\n\t.amdhsa_kernel k\n"
    return parse(code).instructions[0]


class World:
    """Registers and memory of random bits. tensor: uint8 [TENSOR_BYTES]; lds, scratch: all written."""

    def __init__(self, seed: int = 0, masked: bool = False, sanitizer: Any = None) -> None:
        self.rng = np.random.default_rng(seed)
        self.tensor = torch.from_numpy(self.rng.integers(0, 256, TENSOR_BYTES).astype(np.uint8))
        self.memory = GlobalMemory("kernel", [("x", self.tensor)])
        self.lds = Lds(2, LDS_BYTES)
        self.scratch = Scratch(0, WAVES, SCRATCH_BYTES)
        for private in (self.lds, self.scratch):
            private.items.data[:] = self.rng.integers(0, 256, len(private.items.data))
            private.state.data[:] = 1
        self.front = front = Front(64, 16, WAVES)
        for registers in (front.v, front.a, front.s):
            registers[:] = self.rng.integers(0, 1 << 32, registers.shape)
        front.workgroup = np.array([0, 0, 1])
        front.pending = Pending()
        front.chunk = SimpleNamespace(
            memory=self.memory, lds=self.lds, scratch=self.scratch, traffic=Traffic(), sanitizer=sanitizer,
            settings=Settings(),
        )  # fmt: skip
        active = self.rng.random((WAVES, LANES)) < 0.7 if masked else np.ones((WAVES, LANES), bool)
        self.set_exec(active)

    @property
    def active(self) -> np.ndarray:
        """bool [W, 64]"""
        active = self.front.active
        return np.ones((WAVES, LANES), bool) if active is None else active

    def set_exec(self, active: np.ndarray) -> None:
        self.front.set_pair(EXEC, mask_of(np.broadcast_to(active, (WAVES, LANES))))

    def set_m0(self, value: int) -> None:
        self.front.s[M0] = value

    def run(self, text: str) -> None:
        line = instruction(text)
        if self.front.undefined:
            uses.check(line, self.front)
        accesses.build(line)(self.front)

    def address(self) -> int:
        return self.memory.address_of(self.tensor)

    def set_address(self, register: int, offsets: np.ndarray) -> None:
        """v[register : register + 1] = the tensor's address plus these offsets."""
        address = np.broadcast_to(self.address() + offsets.astype(np.int64), (WAVES, LANES))
        self.front.v[register] = address.astype(np.uint32)
        self.front.v[register + 1] = (address >> 32).astype(np.uint32)

    def set_descriptor(self, register: int, records: int, stride: int = 0) -> None:
        """s[register : register + 3] = a buffer of the tensor's first ``records`` bytes (or records)."""
        base = self.address()
        words = (base & 0xFFFFFFFF, (base >> 32) | (stride << 16), records, 0x27000)
        for i, word in enumerate(words):
            self.front.s[register + i] = word

    def lds_bytes(self, workgroup: int) -> bytearray:
        start = workgroup * self.lds.stride
        return bytearray(self.lds.items.data[start : start + LDS_BYTES].tobytes())

    def scratch_bytes(self, wave: int, lane: int) -> bytearray:
        start = (wave * LANES + lane) * self.scratch.stride
        return bytearray(self.scratch.items.data[start : start + SCRATCH_BYTES].tobytes())
