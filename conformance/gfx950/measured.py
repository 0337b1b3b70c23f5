"""What does an emulated device take from a machine that was measured, in place of a model?"""

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.gfx950.instructions.aligned import SumModel


@dataclass(frozen=True)
class Measured:
    """machine: which one; file: what says so. sums: models by kind of matrix instruction (matrix.Product.kind).

    ulps: of approximate instructions, without their ``v_``, as Settings has it for all. left: what is not taken of it,
    in words.
    """

    machine: str
    sums: Mapping[str, SumModel | str]
    ulps: Mapping[str, int]
    left: tuple[str, ...] = ()
    file: str = ""
