"""Do the CIs' files and the recipe call what there is?"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from conformance.cli import parser
from reports.__main__ import _parser as reports_parser

ROOT = Path(__file__).resolve().parents[2]
FILES = (".github/workflows/kernel-gate.yml", ".buildkite/pipeline.yml", "reports/gating.md")


def _calls(name):
    text = (ROOT / name).read_text()
    return [
        shlex.split(call, comments=True) for call in re.findall(r"^[- ]*(?:run: )?(\.ci/gate .*)$", text, re.MULTILINE)
    ]


@pytest.mark.parametrize("name", FILES)
def test_every_call_of_the_gate_is_one(name):
    calls = _calls(name)
    assert len(calls) == 2
    for call in calls:
        options = call[4:] if call[1] == "--subjects" else call[2:]
        assert parser().parse_args(options).tier in ("quick", "gate")


@pytest.mark.parametrize("name", FILES[:2])
def test_one_runs_without_a_gfx950_and_one_on_it(name):
    backends = {parser().parse_args(call[2:]).backend for call in _calls(name)}
    assert backends == {"gfx950-emulated", "rocm"}


@pytest.mark.parametrize("name", FILES[:2])
def test_the_reports_are_kept(name):
    assert (ROOT / name).read_text().count("reports/out/gate/") >= 2


def test_the_recipe_names_each_file():
    text = (ROOT / FILES[2]).read_text()
    assert all(f"../{name}" in text and (ROOT / name).is_file() for name in FILES[:2])


def test_each_job_shows_the_report_that_its_run_writes():
    text = (ROOT / ".github/workflows/ci.yml").read_text()
    runs = text + (ROOT / ".ci/run").read_text()
    for folder in ("reports/out/quick", "reports/out/gfx950"):
        assert f"--report-dir {folder}\n" in runs
        assert f"cat {folder}/report.md >> " in text
        (call,) = re.findall(rf"nox -s reports -- (annotations {folder})\n", text)
        assert str(reports_parser().parse_args(call.split()).report) == folder
