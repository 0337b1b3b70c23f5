"""How do kernels run without a GPU? On Triton's CPU interpreter, its wrong arithmetic replaced."""

import platform
from typing import Any

import torch

from conformance.backends.base import Backend, common_facts


class InterpreterBackend(Backend):
    """Triton's interpreter with correct arithmetic; ``interpreter_builder`` has what is replaced."""

    name = "interpreter"
    interpreted = True
    probe_block = 1 << 17  # a program costs milliseconds, an element nanoseconds
    checks_addresses = True

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    def prepare(self) -> None:
        # Imports triton, which reads the environment: only once that is pinned.
        from conformance.backends import interpreter_patches

        interpreter_patches.install()

    def describe(self) -> dict[str, Any]:
        return {
            "backend": self.name,
            "device": f"CPU, {platform.machine()}",
            "arch": None,
            **common_facts(),
            "arithmetic": "NumPy; each dot product and sum in float64, rounded once; conversions round once, to nearest"
            " even; no FMA contraction whatever fp_fusion says; transcendental functions rounded from float64",
            "memory": "every load and store is checked against the launch's tensors",
        }
