"""Is what a release packs whole, the same each time, and of use alone?"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile

from mxfp8_conformance import __version__
from vectors.export import main
from vectors.registry import GOLDEN


def test_an_archive_has_all_that_a_reader_needs(tmp_path, capsys):
    for folder in ("one", "two"):
        assert main(["release", str(tmp_path / folder)]) == 0
    name = f"mxfp8-moe-vectors-{__version__}.tar.gz"
    archive, again = (tmp_path / folder / name for folder in ("one", "two"))
    assert archive.read_bytes() == again.read_bytes()
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert archive.with_name(f"{name}.sha256").read_text() == f"{digest}  {name}\n"
    assert digest in capsys.readouterr().out
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "out", filter="data")
    top = tmp_path / "out" / name.removesuffix(".tar.gz")
    needed = {path.relative_to(GOLDEN.parent) for path in GOLDEN.rglob("*") if path.is_file()}
    found = {path.relative_to(top): path for path in top.rglob("*") if path.is_file()}
    assert needed <= found.keys()
    assert {str(path) for path in found.keys() - needed} == {
        *("LICENSE", "README.md", "VERSION", "check_a_quantizer.py", "golden_judge.py")
    }
    assert all(found[path].read_bytes() == (GOLDEN.parent / path).read_bytes() for path in needed)
    command = [sys.executable, "-I", "golden_judge.py", "golden/quantize/edges"]
    done = subprocess.run(command, cwd=top, capture_output=True, text=True, check=True)
    assert "quantize/ties-and-neighbours-bf16 codes e4m3[1, 1600], scales e8m0[1, 50]" in done.stdout
