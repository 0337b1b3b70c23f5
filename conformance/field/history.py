"""Which defect is a failure of? The explanations of a file, each of a profile, releases and requirements."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from conformance.field.releases import FieldError, Project, SameKernels
from reports.foreign.reading import toml_file

Verdict = tuple[str, str]  # case, requirement


@dataclass(frozen=True, eq=False)
class Flaw:
    """What is wrong with one profile's kernels, from one release until another.

    name: unique in the file. means: in one line. since: the first release that has it. until: the first that has it no
    more, or none. lines: release -> where it stands, in that one and those behind it up to the next. fails: what
    fails by it, (patterns of cases, requirements) each.
    """

    name: str
    profile: str
    means: str
    since: str
    until: str
    lines: Mapping[str, str]
    fails: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]

    def means_verdict(self, verdict: Verdict) -> bool:
        case, requirement = verdict
        return any(
            requirement in requirements and any(fnmatchcase(case, pattern) for pattern in cases)
            for cases, requirements in self.fails
        )

    def in_force(self, project: Project, version: str) -> bool:
        at = project.at(version)
        return project.at(self.since) <= at and not (self.until and project.at(self.until) <= at)

    def line(self, project: Project, version: str) -> str:
        """Where it stands in that release."""
        return [where for since, where in self.lines.items() if project.at(since) <= project.at(version)][-1]


@dataclass(frozen=True)
class Told:
    """What one group of releases fails, by profile and defect, in the file's order.

    unexplained: failures of no defect. absent: defects in force of which nothing failed.
    """

    group: SameKernels
    document: Mapping[str, Any]
    by_defect: Mapping[Flaw, Sequence[Verdict]]
    unexplained: Sequence[tuple[str, Verdict]]
    absent: Sequence[Flaw]


def defects(path: Path, projects: Mapping[str, Project]) -> list[Flaw]:
    """The explanations of a file. Raises FieldError that names one that means no release."""
    found = [_defect(table) for table in toml_file(path, FieldError)["defect"]]
    for defect in found:
        project = _of(defect, projects)
        for version in (defect.since, *filter(None, [defect.until]), *defect.lines):
            project.at(version)
        if project.at(next(iter(defect.lines))) > project.at(defect.since):
            raise FieldError(f"{defect.name}: has lines from {next(iter(defect.lines))} on, needs {defect.since}'s")
    if len({defect.name for defect in found}) < len(found):
        raise FieldError("defects: two have one name")
    return found


def _defect(table: Mapping[str, Any]) -> Flaw:
    fails = tuple((tuple(each.get("cases", ["*"])), tuple(each["requirements"])) for each in table["fails"])
    return Flaw(**{"until": "", **table, "fails": fails})


def _of(defect: Flaw, projects: Mapping[str, Project]) -> Project:
    found = [project for project in projects.values() if defect.profile in project.profiles]
    if not found:
        raise FieldError(f"{defect.name}: has the profile {defect.profile!r}, needs one that a project asks")
    return found[0]


def told(group: SameKernels, document: Mapping[str, Any], known: Iterable[Flaw]) -> Told:
    """What the report says of the group's releases, each failure under the first defect in force that means it."""
    version = group.versions[-1]
    here = [d for d in known if d.profile in group.project.profiles and d.in_force(group.project, version)]
    by_defect: dict[Flaw, list[Verdict]] = {defect: [] for defect in here}
    unexplained = []
    for profile, verdict in failures(group, document):
        mine = (defect for defect in here if defect.profile == profile and defect.means_verdict(verdict))
        if (defect := next(mine, None)) is None:
            unexplained.append((profile, verdict))
        else:
            by_defect[defect].append(verdict)
    absent = [defect for defect, verdicts in by_defect.items() if not verdicts]
    return Told(group, document, {d: v for d, v in by_defect.items() if v}, unexplained, absent)


def failures(group: SameKernels, document: Mapping[str, Any]) -> Iterator[tuple[str, Verdict]]:
    """Profile, case and requirement of each MUST that failed, in the report's order."""
    for row in document["cases"]:
        for finding in row["findings"]:
            if finding["verdict"] == "fail":
                yield profile_of(group, row["subject"]), (row["id"], finding["requirement"])


def profile_of(group: SameKernels, subject: str) -> str:
    """The profile that made the subject of that name, ``PROFILE-VERSION``."""
    return max((p for p in group.project.profiles if subject.startswith(f"{p}-")), key=len)
