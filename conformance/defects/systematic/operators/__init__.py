"""What is changed into what? All operators, in the order in which they claim a change that several of them make."""

from conformance.defects.systematic.changes import Operator
from conformance.defects.systematic.operators import (
    arithmetic,
    blocks,
    casts,
    constants,
    grouping,
    history,
    masks,
    sequence,
    strides,
    tiles,
)

_KINDS = (constants, arithmetic, masks, strides, casts, blocks, grouping, sequence, history, tiles)
OPERATORS: tuple[Operator, ...] = tuple(operator for kind in _KINDS for operator in kind.OPERATORS)
