"""Do other languages read every golden file by its header alone, each tensor's bytes, format and shape?"""

from __future__ import annotations

import os
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest
import safetensors.numpy

from vectors.registry import GOLDEN
from vectors.store.store import Store

HERE = Path(__file__).parent
STORE = Store(GOLDEN)
FILES = {name: GOLDEN / STORE.entry(name)["file"] for name in STORE.ids}


def _needed() -> set[str]:
    found = set()
    for case, path in FILES.items():
        arrays = safetensors.numpy.load_file(path)
        for name, spec in STORE.entry(case)["tensors"].items():
            shape = "x".join(map(str, spec["shape"]))
            found.add(f"{case} {name} {spec['format']} {shape} {zlib.adler32(arrays[name].tobytes()):08x}")
    return found


def _tool(*names: str) -> str:
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        assert "REQUIRE_READERS" not in os.environ, f"needs {' or '.join(names)}"
        pytest.skip(f"needs {' or '.join(names)}")
    return found


def _reads(*command: object) -> None:
    words = [str(word) for word in (*command, *FILES.values())]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert set(done.stdout.splitlines()) == _needed()


def test_javascript():
    _reads(_tool("node", "nodejs"), HERE / "reader.mjs")


def test_cpp(tmp_path):
    compiler = _tool("g++", "clang++")
    command = [compiler, "-std=c++17", "-Wall", "-Werror", "-o", tmp_path / "reader", HERE / "reader.cpp"]
    subprocess.run(command, check=True)
    _reads(tmp_path / "reader")
