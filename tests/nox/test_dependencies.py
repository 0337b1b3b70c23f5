"""Does any group but `device` name torch or Triton, or bring them along?"""

from __future__ import annotations

import re
from importlib import metadata

import pytest
from packaging.requirements import Requirement


@pytest.fixture(scope="module")
def groups(noxfile):
    return noxfile.declared_groups()


def _brought(requirements: list[str]) -> set[str]:
    """Names of all that these requirements install here, extras left out as pip leaves them out."""
    found: set[str] = set()
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        requirement = waiting.pop()
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        try:
            waiting += [Requirement(text) for text in metadata.requires(name) or []]
        except metadata.PackageNotFoundError:
            continue  # a group of another session: its own run walks it
    return found


def test_the_device_group_is_the_pinned_pair_torch_first(groups):
    assert groups["device"] == ["torch==2.13.0", "triton==3.9.0"]


@pytest.mark.parametrize("group", ["core", "tests", "hip", "lint", "types"])
def test_no_other_group_brings_torch_or_triton(groups, group):
    brought = _brought(groups[group])
    assert len(brought) >= len(groups[group])
    assert not {name for name in brought if "torch" in name or "triton" in name}


def test_every_dependency_has_its_reason(noxfile):
    text = (noxfile.ROOT / "pyproject.toml").read_text()
    parts = (text.partition("[tool.")[0], text.partition("[dependency-groups]\n")[2].partition("\n[")[0])
    listed = [line for part in parts for line in part.splitlines() if line.startswith('    "')]
    assert len(listed) > 20
    assert [line for line in listed if "#" not in line] == []
