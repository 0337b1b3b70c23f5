"""Does each form say which known defects a failing subject is like, and that none is?"""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from reports.forms.html.page import to_html
from reports.forms.markdown import to_markdown
from reports.forms.terminal import show_summary
from reports.views.report import Report
from tests.reports.full_report import LIKENESS, write_full

LIKE = "native is like one-step-high (4 of 5 failing cases in common): It is high."
NOTHING = "emulation: nothing near among 3 known defects"


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    return write_full(tmp_path_factory.mktemp("full"))


def test_a_thread_is_named_where_there_is_one(document):
    native, emulation = LIKENESS
    near = {**native["near"][0], "source": "vllm-project/vllm #53110"}
    report = Report({**document, "likeness": [{**native, "near": [near]}, emulation]})
    assert report.likeness == [LIKE.replace("common)", "common; vllm-project/vllm #53110)"), NOTHING]


def test_each_form_says_it(document):
    report, console = Report(document), Console(file=io.StringIO(), width=300)
    show_summary(report, console)
    for shown in (console.file.getvalue(), to_markdown(report), to_html(report)):
        assert "4 of 5 failing cases in common" in shown and NOTHING in shown
    assert not Report({name: value for name, value in document.items() if name != "likeness"}).likeness
