"""What is one question to a kernel? A case: stable id, parameters, inputs as bits, what it hunts.

A case is data plus two pure functions: one makes the inputs, one asks the reference for the expected arrays.
Both are deterministic functions of the case alone, so a case gives the same bits in any order, on any machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the process that watches a run knows cases and makes no arrays
    import numpy as np

Arrays = Mapping[str, "np.ndarray"]
TIERS = ("quick", "gate", "exhaustive")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)+")


@dataclass(frozen=True)
class Vector:
    """The arrays of one case by name, without prefix."""

    inputs: Arrays
    expected: Arrays


@dataclass(frozen=True)
class Case:
    """One case of the suite.

    id: slug ``family/words-that-read-as-a-sentence``; stable, it names the case in reports and on disk.
    title: one sentence for people: what is asked and why it can go wrong.
    params: JSON-serialisable parameters (shapes, alpha, limit, block size, ...).
    flags: ids from ``vectors.flags``: which defects the case hunts.
    requirements: ids from ``conformance.requirements`` that the case exercises.
    tier: the smallest tier that runs the case; a larger tier includes the smaller ones.
    needs: ids of platform checks that must hold for a failure here to be the kernel's (see conformance.backends).
    golden: whether the committed store holds the case when it is of the quick tier; an export holds every case.
    device: how an emulated device behaves meanwhile (conformance.gfx950.settings); with nothing, as the run has it.
    Such a case asks nothing new of the arrays, and no store or export holds it.
    patience: how many times its tier's limit it may take, where a right kernel may be slow to compile for its shape.
    make_inputs: params and case id -> named arrays; make_expected: case and inputs -> named arrays.
    """

    id: str
    title: str
    requirements: tuple[str, ...]
    make_inputs: Callable[[Case], Arrays] = field(repr=False, compare=False)
    make_expected: Callable[[Case, Arrays], Arrays] = field(repr=False, compare=False)
    params: Mapping[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    tier: str = "gate"
    needs: tuple[str, ...] = ()
    golden: bool = True
    device: Mapping[str, Any] = field(default_factory=dict)
    patience: int = 1

    def __post_init__(self) -> None:
        if not _SLUG.fullmatch(self.id):
            raise ValueError(f"id: has {self.id!r}, needs lower-case words joined by '-' with a family before '/'")
        if self.tier not in TIERS:
            raise ValueError(f"tier of {self.id}: has {self.tier!r}, needs one of {', '.join(TIERS)}")
        if not self.requirements:
            raise ValueError(f"requirements of {self.id}: has none, needs at least one requirement id")

    @property
    def family(self) -> str:
        return self.id.split("/", 1)[0]

    @property
    def in_stores(self) -> bool:
        """Whether an export holds it: not what asks nothing new of the arrays, but of a device, or of a way to call."""
        return not self.device and "way" not in self.params

    def inputs(self) -> Arrays:
        """The inputs, generated."""
        return self.make_inputs(self)

    def expected(self, inputs: Arrays) -> Arrays:
        """What the reference accepts for these inputs; names and meaning are the family's."""
        return self.make_expected(self, inputs)

    def in_tier(self, tier: str) -> bool:
        """Whether a run of ``tier`` includes this case."""
        if tier not in TIERS:
            raise ValueError(f"tier: has {tier!r}, needs one of {', '.join(TIERS)}")
        return TIERS.index(self.tier) <= TIERS.index(tier)


def as_case(
    case_id: str, title: str, requirements: str, flags: str, tier: str, params: Mapping[str, Any],
    make: Callable[[Case], Arrays], expect: Callable[[Case, Arrays], Arrays], needs: str = "", golden: bool = False,
) -> Case:  # fmt: skip
    """A case as a table of a family writes it: ids of requirements, flags and needs are apart by blanks."""
    words = [tuple(ids.split()) for ids in (requirements, flags, needs)]
    return Case(case_id, title, words[0], make, expect, params, words[1], tier, words[2], golden)


def no_inputs(case: Case) -> Arrays:
    """For cases whose parameters say all."""
    return {}


def expect_nothing(case: Case, inputs: Arrays) -> Arrays:
    """For cases whose claim needs no expected array."""
    return {}
