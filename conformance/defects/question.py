"""What is the suite asked about one tree, and what did it answer?"""

from dataclasses import dataclass

from conformance.defects import norm
from reports.model import PlatformResult

PLATFORM = "platform"  # the case of a failed platform check
NO_DISTANCES: tuple[float | None, ...] = (None,) * len(norm.SHAPES)


@dataclass(frozen=True)
class Question:
    """One run of the suite.

    subjects: empty for both. expression: as ``-k`` has it. first: names (``case-subject``) of what is asked before all
    else, in that order. without: ids of cases that are left out. norm: the subject whose norm is measured before,
    empty for none. platform: results of the platform checks to take over; None to run them. workers: processes beside
    the first. environment: variables set for it. shares: whether the tree leaves cases and reference as they are.
    case_timeout: seconds that each case has; 0 for those of its tier.
    """

    tier: str
    backend: str
    subjects: tuple[str, ...] = ()
    expression: str = ""
    first: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    norm: str = ""
    platform: tuple[PlatformResult, ...] | None = None
    workers: int = 0
    environment: tuple[tuple[str, str], ...] = ()
    shares: bool = True
    case_timeout: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether all of the tier is asked, in its order."""
        return not self.first and not self.expression

    def words(self) -> list[str]:
        """The options of ``python -m conformance`` that ask this."""
        words = ["--tier", self.tier, "--backend", self.backend]
        words += ["--subject", *self.subjects] if self.subjects else []
        words += ["-k", self.expression] if self.expression else []
        words += ["--case-timeout", str(self.case_timeout)] if self.case_timeout else []
        return [*words, *(["-n", str(self.workers)] if self.workers else [])]


@dataclass(frozen=True)
class Failure:
    """One failing requirement of one case (or one failed platform check, whose case is ``platform``).

    detail: its line. comparator: the class of what found it (conformance.defects.comparator_classes).
    """

    case: str
    subject: str
    requirement: str
    detail: str
    comparator: str = "claim"


@dataclass(frozen=True)
class Answer:
    """What a run has found so far.

    failures: in the order of the cases, the platform's first. deviations: of requirements that are SHOULD. asked:
    (case, subject) of what was judged. platform: the checks that ran, or were taken over. rel_l2: the norm's
    distances, None where there is none. problem: why the run gave no verdict; empty where it did or still goes on.
    cpu_seconds: of the run, once it is over.
    """

    failures: tuple[Failure, ...] = ()
    deviations: tuple[Failure, ...] = ()
    asked: tuple[tuple[str, str], ...] = ()
    platform: tuple[PlatformResult, ...] = ()
    rel_l2: tuple[float | None, ...] = NO_DISTANCES
    problem: str = ""
    cpu_seconds: float = 0.0

    @property
    def has_begun(self) -> bool:
        """Whether the run came as far as its first check or case."""
        return bool(self.asked or self.platform)
