"""Does the environment really use the host's torch, and stop where something would replace it?

The host is a real virtual environment with a make-believe ROCm torch. No package index is asked.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


class Session:
    """The part of a nox session that the environment needs."""

    def __init__(self):
        self.lines = []

    def log(self, line):
        self.lines.append(line)

    def run(self, *words, external, silent=False):
        assert external
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)


@pytest.fixture
def host(tmp_path):
    """A virtual environment with a torch built for ROCm, a Triton, and a package that the suite wants."""
    folder = tmp_path / "host"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    files = {
        "torch/version.py": "__version__ = '2.9.1+rocm7.2'\ncuda: str | None = None\nhip: str | None = '7.2.1'\n",
        "torch/__init__.py": "from torch.version import __version__\n",
        "triton/__init__.py": '"""Triton"""\n__version__ = \'3.5.1\'\n',
        **_package("torch", "2.9.1+rocm7.2"),
        **_package("triton", "3.5.1"),
        **_package("wanted", "2.0"),
    }
    for name, text in files.items():
        (site / name).parent.mkdir(exist_ok=True)
        (site / name).write_text(text)
    return folder / "bin" / "python"


@pytest.fixture
def environment(noxfile, host, tmp_path, monkeypatch):
    """Make the suite's environment over the host; returns (make, its folder)."""
    folder = tmp_path / "nox" / "suite"
    monkeypatch.setattr(noxfile, "SUITE_ENV", folder)
    monkeypatch.setattr(noxfile, "ROOT", tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    plan, _ = noxfile.decide([str(host)], str(host), folder)

    def make(*core):
        listed = ", ".join(f'"{requirement}"' for requirement in core)
        text = f"[project]\ndependencies = [{listed}]\n[project.optional-dependencies]\n"
        text += 'device = ["torch==2.13.0", "triton==3.9.0"]\n[dependency-groups]\n'
        (tmp_path / "pyproject.toml").write_text(text)
        session = Session()
        noxfile._sync(session, plan, ["device", "core"])
        return session

    return make, folder


def _package(name: str, version: str, *needs: str) -> dict[str, str]:
    folder = f"{name}-{version}.dist-info"
    facts = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    facts += "".join(f"Requires-Dist: {need}\n" for need in needs)
    wheel = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    return {f"{folder}/METADATA": facts, f"{folder}/WHEEL": wheel, f"{folder}/RECORD": ""}


def _wheel(folder: Path, name: str, *needs: str) -> Path:
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", "")
        for file, text in _package(name, "1.0", *needs).items():
            archive.writestr(file, text)
    return path


def test_the_hosts_packages_are_used_and_only_the_missing_installed(environment, tmp_path):
    make, folder = environment
    missing = _wheel(tmp_path, "missing")
    make("wanted>=1.0", f"missing @ file://{missing}")
    site = next(folder.glob("lib/python*/site-packages"))
    assert (site / "missing.py").exists()
    assert not [path.name for path in site.iterdir() if path.name.startswith(("torch", "triton", "wanted"))]
    shown = subprocess.run(
        [folder / "bin" / "python", "-c", "import torch, triton; print(torch.__file__, triton.__version__)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.split() == [f"{tmp_path}/host/lib/{site.parent.name}/site-packages/torch/__init__.py", "3.5.1"]


def test_a_second_session_installs_nothing(environment):
    make, folder = environment
    make("wanted>=1.0")
    before = (folder / "suite-stamp.json").stat().st_mtime_ns
    assert make("wanted>=1.0").lines == ["nox/suite has device, core already"]
    assert (folder / "suite-stamp.json").stat().st_mtime_ns == before


def test_a_package_that_wants_another_torch_stops(environment, tmp_path):
    make, folder = environment
    with pytest.raises(RuntimeError, match=r"(?s)greedy 1\.0 depends on torch==9\.9.*constraint"):
        make(f"greedy @ file://{_wheel(tmp_path, 'greedy', 'torch==9.9')}")
    assert not (folder / "suite-stamp.json").exists(), "the next session tries again"


def test_a_replaced_torch_is_found_out(noxfile, environment):
    make, folder = environment
    make("wanted>=1.0")
    site = next(folder.glob("lib/python*/site-packages"))
    (site / "torch.py").write_text("__version__ = '2.13.0'\n")
    (folder / "suite-stamp.json").unlink()
    # The environment without its stamp is made anew, so the intruder goes with it.
    make("wanted>=1.0")
    assert not (site / "torch.py").exists()
    (site / "torch.py").write_text("__version__ = '2.13.0'\n")
    plan, _ = noxfile.decide([str(folder.parents[1] / "host" / "bin" / "python")], None, folder)
    with pytest.raises(noxfile.SetupError, match=r"torch is 2\.13\.0, the host has 2\.9\.1\+rocm7\.2; torch "):
        noxfile._verify(plan, [])
