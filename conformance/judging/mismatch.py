"""What is wrong with an answer? The record of a comparison that found a difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from reports.model import Expected, Shown

Index = tuple[int, ...]


@dataclass(frozen=True)
class Mismatch:
    """The first element that is wrong, how many are, and how far off. index is () where shapes or dtypes differ.

    steps: how many of the wrong ones are that many representable values off, by label; {} where that is not counted.
    wrong: which elements are (of blocks: the codes, or all codes under a wrong scale byte); None where shapes or dtypes
    differ.
    """

    index: Index
    observed: Shown
    expected: Expected
    bad: int
    total: int
    steps: Mapping[str, int] = field(default_factory=dict)
    wrong: np.ndarray | None = field(default=None, repr=False, compare=False)
