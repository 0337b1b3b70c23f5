"""What is changed into what? All operators, in the order in which they claim a change that several of them make."""

from __future__ import annotations

from conformance.defects.systematic.changes import Operator
from conformance.defects.systematic.operators import (
    arithmetic,
    blocks,
    casts,
    constants,
    grouping,
    masks,
    sequence,
    strides,
)

OPERATORS: tuple[Operator, ...] = (
    *constants.OPERATORS,
    *arithmetic.OPERATORS,
    *masks.OPERATORS,
    *strides.OPERATORS,
    *casts.OPERATORS,
    *blocks.OPERATORS,
    *grouping.OPERATORS,
    *sequence.OPERATORS,
)
