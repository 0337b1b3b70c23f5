"""Is Triton's version told by whatever name its build was installed?"""

from __future__ import annotations

from importlib import metadata

import pytest

from conformance.running.environment import environment


@pytest.mark.parametrize("name", ["triton", "triton-rocm", "pytorch-triton-rocm", "no-triton"])
def test_a_build_by_another_name_is_triton(monkeypatch, name):
    def version(package: str) -> str:
        if package != name:
            raise metadata.PackageNotFoundError(package)
        return "3.8.0+git12ab.rocm10"

    monkeypatch.setattr(metadata, "version", version)
    versions = environment([])["versions"]
    assert versions["triton"] == (None if name == "no-triton" else "3.8.0+git12ab.rocm10")
    assert versions["numpy"] is None
