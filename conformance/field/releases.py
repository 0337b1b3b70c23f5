"""Which releases are there to ask, and which of them run the same kernels?"""

import ast
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
class SameKernels:
    """Releases that follow each other and run the same code, unpacked in ``folder``, the newest of them."""

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


def groups(project: Project, keep: Path) -> list[SameKernels]:
    """The project's releases by what they run, fetched where they are not there yet.

    Raises WheelError where one cannot be had, ProfileError where a profile does not fit it.
    """
    found = []
    for version in project.releases:
        folder = fetched(project.distribution, version, project.files, keep / project.name / version) / project.inside
        found.append((version, _digest(project, folder), folder))
    return grouped(project, found)


def grouped(project: Project, releases: Iterable[tuple[str, str, Path]]) -> list[SameKernels]:
    """Neighbours of one digest are a group. releases: version, digest, folder."""
    found: list[SameKernels] = []
    for version, digest, folder in releases:
        before = found.pop().versions if found and found[-1].digest == digest else ()
        found.append(SameKernels(project, (*before, version), digest, folder))
    return found


def _digest(project: Project, folder: Path) -> str:
    """Of the code in the files that the project's profiles run: of functions and names, wherever the files lie."""
    served = [stand_ins(profile, folder) for profile in project.profiles]
    files = {each.file(name) for each in served for name in each.real}
    return hashlib.sha256("\n".join(sorted(map(_code, files))).encode()).hexdigest()[:12]


def _code(file: Path) -> str:
    """What a file computes with: no comments and docstrings, no imports, no classes, none of which a profile calls."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(body := getattr(node, "body", None), list):
            body[:] = [each for each in body if not _is_beside(each)]
    return ast.dump(tree)


def _is_beside(node: ast.AST) -> bool:
    text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return text or isinstance(node, ast.Import | ast.ImportFrom | ast.ClassDef)
