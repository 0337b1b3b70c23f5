"""Which slips can be made at every place of the kernels? Mutants that are generated from the source, not listed."""

from conformance.defects.systematic.generation import generate
from conformance.defects.systematic.kernel_parts import SystematicError

__all__ = ["SystematicError", "generate"]
