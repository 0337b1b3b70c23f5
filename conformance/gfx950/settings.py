"""Which of the choices that silicon does not publish does the emulated device make, and how closely does it watch?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.gfx950.instructions.aligned import SumModel
    from conformance.gfx950.measured import Measured

SUM_MODELS = ("exact", "cdna3", "sequential")
ULPS = (-1, 0, 1)
CORES = ("compiled", "numpy")


@dataclass(frozen=True)
class Settings:
    """How the emulated device behaves where more than one behaviour is allowed.

    sum_model: how a matrix instruction adds, one of SUM_MODELS. ulp: what a hardware-approximate instruction gives for
    an inexact result: 0 the nearest number, -1 and 1 the one below and above, both within the documented unit in the
    last place. sanitize: whether races are looked for (slower). most_instructions: wave-instructions after which a
    launch is taken to hang. core: what executes, one of CORES, to the same bits; NumPy where the
    compiled one cannot be built. measured: what is known of a machine, in place of sum_model and ulp. Raises
    ValueError for anything else.
    """

    sum_model: str = "exact"
    ulp: int = 0
    sanitize: bool = False
    most_instructions: int = 1 << 30
    core: str = "compiled"
    measured: Measured | None = None

    def __post_init__(self) -> None:
        if self.sum_model not in SUM_MODELS:
            raise ValueError(f"sum_model: has {self.sum_model!r}, needs one of {', '.join(SUM_MODELS)}")
        if self.ulp not in ULPS:
            raise ValueError(f"ulp: has {self.ulp!r}, needs -1, 0 or 1")
        if self.core not in CORES:
            raise ValueError(f"core: has {self.core!r}, needs one of {', '.join(CORES)}")

    def sum_of(self, kind: str) -> str | SumModel:
        """How a matrix instruction of this kind (matrix.Product.kind) adds."""
        return self.sum_model if self.measured is None else self.measured.sums.get(kind, self.sum_model)

    def ulp_of(self, name: str) -> int:
        """What an approximate instruction of FP32 gives, by its name without ``v_``; '' for those of other formats."""
        return self.ulp if self.measured is None else self.measured.ulps.get(name, self.ulp)

    @property
    def numpy_adds(self) -> bool:
        """Whether matrix instructions are NumPy's, the compiled core having no such sum."""
        return self.measured is not None and bool(self.measured.sums)

    @property
    def most_ulp(self) -> int:
        """0 where all that the compiled core approximates is nearest."""
        return max(abs(self.ulp_of(name)) for name in ("rcp", "rsq", "sqrt"))
