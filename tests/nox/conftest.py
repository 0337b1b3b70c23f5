"""How do tests try the noxfile? Its functions, imported, on interpreters that tests make up."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

NOXFILE = Path(__file__).resolve().parents[2] / "noxfile.py"


@pytest.fixture(scope="session")
def noxfile() -> ModuleType:
    spec = importlib.util.spec_from_file_location("noxfile_under_test", NOXFILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def interpreter(tmp_path: Path) -> Callable[..., str]:
    """Make a program that answers every call as a Python with these facts would answer the probe."""

    def made(name: str, **facts: Any) -> str:
        folder = tmp_path / name / "bin"
        folder.mkdir(parents=True)
        nothing = dict.fromkeys(("torch", "hip", "cuda", "triton"))
        python = folder / "python3"
        answer = {
            "executable": str(python),
            "prefix": str(folder.parent),
            "python": [3, 12, 1],
            "sites": [f"{folder.parent}/site-packages"],
            **nothing,
            **facts,
        }
        python.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(answer)}\nEND\n")
        python.chmod(0o755)
        (folder / "python").symlink_to(python)
        return str(python)

    return made
