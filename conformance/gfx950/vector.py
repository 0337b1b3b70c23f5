"""What do the vector instructions compute? VECTOR: each mnemonic's operand types and function of arrays."""

from __future__ import annotations

from conformance.gfx950.approximate import APPROXIMATE
from conformance.gfx950.operations import Op
from conformance.gfx950.vector_bits import BITS
from conformance.gfx950.vector_compare import COMPARE
from conformance.gfx950.vector_convert import CONVERT
from conformance.gfx950.vector_float import FLOAT
from conformance.gfx950.vector_integer import INTEGER

VECTOR: dict[str, Op] = BITS | INTEGER | FLOAT | CONVERT | COMPARE | APPROXIMATE
