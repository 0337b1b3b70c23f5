"""What do the vector instructions compute? VECTOR: each mnemonic's operand types and function of arrays."""

from conformance.gfx950.instructions.approximate import APPROXIMATE
from conformance.gfx950.instructions.operations import Op
from conformance.gfx950.instructions.vector_bits import BITS
from conformance.gfx950.instructions.vector_compare import COMPARE
from conformance.gfx950.instructions.vector_convert import CONVERT
from conformance.gfx950.instructions.vector_float import FLOAT
from conformance.gfx950.instructions.vector_integer import INTEGER

VECTOR: dict[str, Op] = BITS | INTEGER | FLOAT | CONVERT | COMPARE | APPROXIMATE
