"""Does the example in the documentation run as it stands, with NumPy and safetensors alone, and find what is wrong?"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from vectors.registry import GOLDEN

FOLDER = GOLDEN.parent
README = (FOLDER / "README.md").read_text(encoding="utf-8")
CODE = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]
PRINTED = re.search(r"```\n(quantize/.*?)```", README, re.DOTALL)[1]
# The readers' machine: nothing of this project, nothing that gives NumPy its formats.
ALONE = "import sys; sys.modules.update(dict.fromkeys(('vectors', 'reference', 'ml_dtypes', 'torch', 'jsonschema')))\n"
RCEIL = ("- 9, -127, 127)", "- 9 + (np.frexp(abs(blocks).max(-1))[0] > 0.875), -127, 127)")


def run(code: str, group: str, where: Path) -> str:
    script = where / "check_a_quantizer.py"
    script.write_text(ALONE + code)
    command = [sys.executable, "-I", str(script), str(GOLDEN / group)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=where, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_is_short_and_the_one_beside_the_documentation():
    assert len(CODE.splitlines()) <= 30
    assert (FOLDER / "check_a_quantizer.py").read_text(encoding="utf-8") == CODE


def test_it_prints_what_the_documentation_says(tmp_path):
    assert run(CODE, "quantize/edges", tmp_path) == PRINTED


@pytest.mark.parametrize("group", ["edges", "magnitudes", "shapes", "specials"])
def test_a_right_quantizer_has_nothing_wrong(group, tmp_path):
    assert CODE.count(RCEIL[0]) == 1
    printed = run(CODE.replace(*RCEIL), f"quantize/{group}", tmp_path)
    assert printed
    assert all(" 0 of " in line and line.endswith(" wrong") for line in printed.splitlines())


def test_one_wrong_code_is_found(tmp_path):
    wrong = "code.reshape(x.shape).astype(np.uint8)"
    assert CODE.count(wrong) == 1
    code = CODE.replace(*RCEIL).replace(wrong, f"({wrong} ^ (np.arange(x.size) == x.size - 1).reshape(x.shape))")
    lines = run(code, "quantize/edges", tmp_path).splitlines()
    assert lines[2].startswith("quantize/ties-and-neighbours-bf16 codes: 1 of 1600 wrong, first [0, 1599]: 0x")
    assert " 0 of " in lines[3]
