"""In which order is a mutant asked? What most likely tells comes first, and no larger tier before a smaller one."""

from collections.abc import Mapping, Sequence

from conformance.defects.catalogue import SUBJECTS, Defect
from conformance.defects.fields import FIELDS
from vectors.case import TIERS, Case


def order(defect: Defect, tier: str, cases: Sequence[Case], kills: Mapping[str, int]) -> tuple[str, ...]:
    """Names (``case-subject``) of all up to ``tier``: of each tier first the cases of the field on the changed subject,
    then others that name one of its requirements, then the rest; of each of these what killed most mutants before
    first. A name of a case that is not asked of that subject means nothing to the run.
    """
    field = FIELDS[defect.field]

    def rank(case: Case, subject: str) -> tuple[int, int]:
        changed, owned = subject == defect.subject, any(map(field.owns, case.requirements))
        groups = (changed and case.family in field.families, changed and owned, owned, True)
        return groups.index(True), -kills.get(case.id, 0)

    found: list[str] = []
    for name in TIERS[: TIERS.index(tier) + 1]:
        pairs = [(case, subject) for case in cases if case.tier == name for subject in SUBJECTS]
        pairs.sort(key=lambda pair: rank(*pair))  # stable: equal ones stay as the registry has them
        found += [f"{case.id}-{subject}" for case, subject in pairs]
    return tuple(found)
