"""Is a sample of what known defects showed still true of today's kernels, and told by a run of a few cases?"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from conformance.defects import catalogue
from conformance.defects.mutant import tree
from conformance.likeness.record import read
from conformance.likeness.symptoms import of_row
from vectors import registry

SAMPLE = "scale-frexp-doubles"


@pytest.fixture(scope="module")
def record():
    return read()


def test_the_record_names_cases_and_entries_that_there_are(record):
    entries = {entry.id for entry in catalogue.load()}
    met = {known.id for known in record.known if known.source != "generated"}
    assert met and met <= entries
    assert record.cases <= {case.id for case in registry.all_cases() if case.tier == "quick"}
    assert all(known.fails and known.fails.keys() <= record.cases for known in record.known)


def test_a_wrong_kernel_shows_what_it_has_shown_and_is_named(record, tmp_path):
    [known] = [known for known in record.known if known.id == SAMPLE]
    [entry] = [entry for entry in catalogue.load() if entry.id == SAMPLE]
    failing = sorted(case for case in known.fails if case.startswith("quantize/"))[:3]
    passing = sorted(case for case in record.cases - known.fails.keys() if case.startswith("quantize/"))[:1]
    asked = [
        "--tier",
        "quick",
        "--subject",
        "native",
        "--backend",
        "gfx950-emulated",
        "-k",
        " or ".join(failing + passing),
    ]
    words = [sys.executable, "-m", "conformance", *asked, "--report-dir", str(tmp_path / "report")]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with tree(entry) as place:
        done = subprocess.run(words, cwd=place, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    document = json.loads((tmp_path / "report" / "report.json").read_text())
    assert {row["id"] for row in document["cases"]} == {*failing, *passing}
    assert {row["id"]: shown for row in document["cases"] if (shown := of_row(row))} == {
        case: known.fails[case] for case in failing
    }
    assert document["likeness"][0]["near"][0]["id"] == SAMPLE
    assert f"native is like {SAMPLE} (3 of 3 failing cases in common" in done.stdout
