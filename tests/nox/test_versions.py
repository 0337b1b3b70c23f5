"""Does the versions session give each version a folder beside the environment, and the run what is left?"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace


def test_versions_come_first_and_are_installed_beside_the_environment(noxfile, monkeypatch):
    installed, done = [], []

    def libraries(session: object, python: str, requirements: list[str], *, alone: bool) -> Path:
        installed.append((python, requirements, alone))
        return Path("/with") / requirements[0]

    monkeypatch.setattr(noxfile, "suite_python", lambda session, *groups: "python")
    monkeypatch.setattr(noxfile, "_libraries", libraries)
    session = SimpleNamespace(
        posargs=["3.5.1", "3.8.0", "-k", "gemm", "-n", "2"], run=lambda *words, external: done.append(words)
    )
    noxfile.versions.func(session)
    assert installed == [("python", ["triton==3.5.1"], False), ("python", ["triton==3.8.0"], False)]
    places = ["3.5.1=/with/triton==3.5.1", "3.8.0=/with/triton==3.8.0"]
    assert done == [("python", "-m", "conformance.versions", *places, "-k", "gemm", "-n", "2")]
