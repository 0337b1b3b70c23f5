"""Does the gate tell a kernel that breaks from one that groups its additions otherwise, in runs that really ran?"""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

import reports
from conformance.defects.catalogue import Defect, Edit
from conformance.defects.legal import variants
from conformance.defects.mutant import tree
from reports.__main__ import main

WORDS = ("--tier", "gate", "--subject", "native", "--backend", "interpreter")
CASES = ("gemm-mx/gaussian-within-the-bound-float32", "gemm-mx/k-384-tiles", "quantize/gaussian-bf16")
TOO_HIGH = Edit(
    "kernels/quantize.py",
    "return tl.maximum((amax_bits >> 23) - 8 + round_up, 0)",
    "return tl.maximum((amax_bits >> 23) - 7 + round_up, 0)",
)


def _run(change, folder):
    """The report of a checkout with this change."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with tree(change) as place:
        command = [sys.executable, "-m", "conformance", *WORDS, "-k", " or ".join(CASES)]
        subprocess.run(
            [*command, "--report-dir", str(folder)],
            cwd=place,
            env=environment | {"PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            timeout=300,
            check=False,
        )
    return reports.load(folder)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    report = _run(None, folder)
    assert report["complete"] and report["totals"]["pass"] == len(CASES)
    return folder


def _gate(base, folder, *words):
    code = main(["gate", str(base), str(folder), "--summary", str(folder / "summary.md"), *words])
    return code, (folder / "summary.md").read_text()


def test_the_same_kernels_give_the_same_bits(base, tmp_path):
    _run(None, tmp_path)
    code, page = _gate(base, tmp_path)
    assert code == 0
    assert page.startswith("**GATE PASSED. SAME: native on interpreter, tier gate; 3 cases without a difference")


def test_a_kernel_that_breaks_is_stopped(base, tmp_path):
    _run(Defect("scale", "quantize", "One too high.", "", "own", "native", (TOO_HIGH,)), tmp_path)
    code, page = _gate(base, tmp_path)
    assert code == 1
    assert page.startswith("**GATE FAILED. WORSE: new failures in 1 case (QNT-01")
    assert re.search(r"^\| quantize/gaussian-bf16 \| native \| QNT-01\b.* \| pass \| ", page, re.MULTILINE)


def test_another_grouping_of_additions_is_stopped_until_somebody_says_it_is_meant(base, tmp_path):
    other = next(legal for legal in variants() if legal.id == "native-smaller-tiles")
    report = _run(other.as_defect(), tmp_path)
    assert report["totals"]["fail"] == 0, "every bit of it is right"
    code, page = _gate(base, tmp_path)
    assert code == 1
    assert "other bits in 1 case without a changed contract" in page.splitlines()[0]
    assert "| quantize/gaussian-bf16 |" not in page
    code, page = _gate(base, tmp_path, "--changed-contract", "gemm-mx/*=smaller tiles")
    assert code == 0
    assert "declared: smaller tiles" in page
