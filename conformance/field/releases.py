"""Which releases are there to ask, and which of them run the same kernels?"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.field.wheels import fetched
from conformance.subjects.profiles import PROFILES, stand_ins
from reports.foreign.reading import toml_file


class FieldError(ValueError):
    """The file of the field names something that is not there; the message says what."""


@dataclass(frozen=True)
class Project:
    """name: as the page has it. distribution: PyPI's. profiles: the subjects of each release, one run asks them all.

    files: patterns of what a wheel has for them. releases: version -> the day it was published, oldest first. about: a
    sentence for the page. inside: the folder in the wheel that holds the package.
    """

    name: str
    distribution: str
    profiles: tuple[str, ...]
    files: tuple[str, ...]
    releases: Mapping[str, str]
    about: str = ""
    inside: str = ""

    def at(self, version: str) -> int:
        """The place of a release among them. Raises FieldError."""
        if version not in self.releases:
            raise FieldError(f"{self.name}: has the releases {', '.join(self.releases)}, needs {version} among them")
        return list(self.releases).index(version)


@dataclass(frozen=True)
class Group:
    """Releases that follow each other and run the same files, unpacked in ``folder``, the newest of them."""

    project: Project
    versions: tuple[str, ...]
    digest: str
    folder: Path

    @property
    def subjects(self) -> list[str]:
        return [f"{profile}:{self.folder}" for profile in self.project.profiles]


def projects(path: Path) -> dict[str, Project]:
    """The projects that a file lists. Raises FieldError."""
    found = [Project(**_frozen(table)) for table in toml_file(path, FieldError)["project"]]
    for project in found:
        if unknown := set(project.profiles) - PROFILES.keys():
            raise FieldError(f"{project.name}: has the profile {unknown.pop()}, needs some of {', '.join(PROFILES)}")
    return {project.name: project for project in found}


def _frozen(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def groups(project: Project, keep: Path) -> list[Group]:
    """The project's releases by what they run, fetched where they are not there yet.

    Raises WheelError where one cannot be had, ProfileError where a profile does not fit it.
    """
    found = []
    for version in project.releases:
        folder = fetched(project.distribution, version, project.files, keep / project.name / version) / project.inside
        found.append((version, _digest(project, folder), folder))
    return grouped(project, found)


def grouped(project: Project, releases: Iterable[tuple[str, str, Path]]) -> list[Group]:
    """Neighbours of one digest are a group. releases: version, digest, folder."""
    found: list[Group] = []
    for version, digest, folder in releases:
        before = found.pop().versions if found and found[-1].digest == digest else ()
        found.append(Group(project, (*before, version), digest, folder))
    return found


def _digest(project: Project, folder: Path) -> str:
    """Of the files that the project's profiles run."""
    served = [stand_ins(profile, folder) for profile in project.profiles]
    files = {name: each.file(name) for each in served for name in each.real}
    sums = hashlib.sha256()
    for name in sorted(files):
        sums.update(f"{name}\0".encode() + files[name].read_bytes())
    return sums.hexdigest()[:12]
