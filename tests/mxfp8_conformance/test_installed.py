"""Does what ``pip install .`` installs judge a kernel, in an environment and a folder that have no checkout?"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CASE, DEFAULTS = "quantize/ties-and-neighbours-bf16", "moe/activation-defaults-one-token"
# The signatures that the documents give, as they stand.
SIGNATURES = [
    re.search(r"```python\n(def fused_moe\(.*?\n\)):", (ROOT / file).read_text(), re.DOTALL)[1]
    for file in ("README.md", "conformance/subjects/README.md")
]
SUBJECT = """
import pickle

import kernels
from mxfp8_conformance.conformance.subjects.base import Subject
from mxfp8_conformance.kernels.native import fused_moe_mxfp8_native
from mxfp8_conformance.kernels.quantize import mxfp8_quantize

assert kernels.WHO == "another"
assert pickle.loads(pickle.dumps(fused_moe_mxfp8_native)) is fused_moe_mxfp8_native


def flushes(x):
    codes, scales = mxfp8_quantize(x)
    bits = codes.view(dtype=__import__("torch").uint8)
    bits[(bits & 0x78) == 0] &= 0x80
    return codes, scales


def documented(signature):
    tensors = "hidden_states, w13, w13_scale, w2, w2_scale, topk_weights, topk_ids"
    names = ("alpha", "beta", "limit", "global_num_experts", "expert_map")
    call = f"fused_moe_mxfp8_native({tensors}, {', '.join(f'{name}={name}' for name in names)})"
    names = {"fused_moe_mxfp8_native": fused_moe_mxfp8_native}
    exec(f"{signature}:\\n    return {call}", names)
    return names["fused_moe"]


from signatures import SIGNATURES

first, second = map(documented, SIGNATURES)
right = Subject("right", "native", {"quantize": mxfp8_quantize})
wrong = Subject("wrong", "native", {"quantize": flushes})
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the package and, from this one's, the libraries alone."""
    pytest.importorskip("hatchling", reason="hatchling, of the group tests, builds the package")
    folder = tmp_path_factory.mktemp("installed")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    libraries = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]

    def do(*command: object) -> None:
        subprocess.run([sys.executable, "-m", *map(str, command)], check=True, env=environment, capture_output=True)

    do("venv", "--without-pip", folder / "env")
    site = next((folder / "env").glob("lib/python*/site-packages"))
    (site / "libraries.pth").write_text("\n".join([*libraries, sysconfig.get_paths()["purelib"]]))
    found = folder / "env" / "bin" / "python"
    no = ["--no-deps", "--no-build-isolation", "--no-index", "--no-compile", "--disable-pip-version-check"]
    do("pip", "--python", found, "install", *no, ROOT)
    return found


OLD = """
import torch
from mxfp8_conformance.conformance.subjects.base import Subject


def quantize(x):
    blocks = x.float().reshape(*x.shape[:-1], -1, 32)
    amax = blocks.abs().amax(-1, keepdim=True)
    exponent = torch.floor(torch.log2(amax.clamp(min=2.0**-126)))
    codes = (blocks / torch.where(amax == 0, amax, torch.exp2(exponent))).to(torch.float8_e4m3fn)
    return codes.reshape(x.shape), (exponent + 127).squeeze(-1).to(torch.uint8)


subject = Subject("old", "native", {"quantize": quantize})
"""


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "kernels.py").write_text("WHO = 'another'\n")
    (folder / "mine.py").write_text(SUBJECT)
    (folder / "signatures.py").write_text(f"SIGNATURES = {SIGNATURES!r}\n")
    return folder


def test_a_kernel_is_judged(python: Path, elsewhere: Path) -> None:
    subjects = ["mine:right", "mine:wrong", "mine:first", "mine:second", "native"]
    words = ["--subject", *subjects, "--tier", "gate", "-k", f"{CASE} or {DEFAULTS}"]
    command = [str(python.with_name("mxfp8-conformance")), *words]
    environment = {**os.environ, "PYTHONPATH": str(elsewhere)}
    done = subprocess.run(command, cwd=elsewhere, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    (report,) = elsewhere.glob("mxfp8-reports/*/report.json")
    document = json.loads(report.read_text())
    assert {(row["id"], row["subject"], row["verdict"]) for row in document["cases"]} == {
        (CASE, "right", "pass"),
        (CASE, "wrong", "fail"),
        (CASE, "native", "pass"),
        *((CASE, subject, "declared") for subject in ("mine:first", "mine:second")),
        *((DEFAULTS, subject, "declared") for subject in ("right", "wrong")),
        *((DEFAULTS, subject, "pass") for subject in ("mine:first", "mine:second", "native")),
    }
    assert "rerun: python -m mxfp8_conformance --tier gate --subject mine:wrong" in done.stdout


def test_the_example_for_vllm_stops_what_it_names(python: Path, tmp_path: Path) -> None:
    example = (ROOT / "conformance" / "theirs" / "example_for_vllm.py").read_text()
    named = re.findall(r"^\* PR .*: (\S+)$", example, re.MULTILINE)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")
    (tmp_path / "test_mxfp8_conformance.py").write_text(example.replace('"vllm"', '"old:subject"'))
    (tmp_path / "old.py").write_text(OLD)
    words = ["-q", "-rsf", "-n", "1", "-k", f"{' or '.join(named)} or ties-of-the-bf16-store"]
    command = [str(python), "-m", "pytest", *words, "--junitxml", "junit.xml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert len(named) == 2
    assert "2 failed, 1 skipped" in done.stdout, done.stdout + done.stderr
    for case in named:
        assert f"\n{case} old@gfx950-emulated QNT-" in done.stdout
        assert f"TestMxfp8Moe::test_case[{case}]" in done.stdout
    assert "old exposes no stage grouped_gemm" in done.stdout
    assert (tmp_path / "junit.xml").read_text().count("<failure") == 2


def test_all_is_in_it_and_it_asks_for_no_torch(python: Path) -> None:
    program = "from importlib import metadata; import json; d = metadata.distribution('mxfp8-moe-conformance'); "
    program += "print(json.dumps([d.version, d.requires, [str(file) for file in d.files]]))"
    done = subprocess.run([str(python), "-c", program], capture_output=True, text=True, check=True)
    version, requires, files = json.loads(done.stdout)
    assert f"\n## {version}" in (ROOT / "CHANGELOG.md").read_text()
    assert [r for r in requires if ("torch" in r or "triton" in r) and "extra ==" not in r] == []
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    rooms = ("conformance/", "kernels/", "reference/", "reports/", "vectors/")
    needed = {f for f in listed if f.startswith(rooms) and not f.startswith("reports/pictures/")}
    assert needed <= {file.removeprefix("mxfp8_conformance/") for file in files}
