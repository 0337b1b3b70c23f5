"""Do a release's Python files come here, and nothing else of its wheel?"""

from __future__ import annotations

import io
import json
import urllib.request
import zipfile
from email.message import Message
from types import SimpleNamespace

import pytest

from conformance.field import wheels

FILES = {
    "engine/a/kernel.py": b"k = 1\n",
    "engine/b.so": bytes(300_000),
    "engine-1.2.dist-info/METADATA": b"Name: engine\n",
}


def _wheel() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as written:
        for name, text in FILES.items():
            written.writestr(name, text)
    return made.getvalue()


@pytest.fixture
def asked(monkeypatch):
    """A server of one wheel and the pip that names it: the ranges that are asked for, how both answer, the wheel."""
    content, ranges, answers = _wheel(), [], SimpleNamespace(partial=True, code=0)

    def open_(request: urllib.request.Request, timeout: float) -> object:
        first, last = 0, len(content) - 1
        if request.get_method() == "GET":
            first, last = map(int, request.get_header("Range").removeprefix("bytes=").split("-"))
            ranges.append((first, last))
        headers = Message()
        headers["Content-Length"] = str(len(content))
        answer = io.BytesIO(content[first : last + 1])
        answer.headers, answer.status = headers, 206 if answers.partial else 200
        return answer

    def pip(words: list[str], **_: object) -> SimpleNamespace:
        report = {"install": [{"download_info": {"url": f"https://x.test/{words[-1]}.whl"}}]}
        return SimpleNamespace(returncode=answers.code, stdout=json.dumps(report), stderr="a\nno such version\n")

    monkeypatch.setattr(urllib.request, "urlopen", open_)
    monkeypatch.setattr(wheels.subprocess, "run", pip)
    return ranges, answers, content


def test_what_fits_a_pattern_is_fetched_once_by_ranges(asked, tmp_path, monkeypatch):
    ranges, _, content = asked
    monkeypatch.setattr(wheels, "_AT_ONCE", 1000)
    folder = wheels.fetched("engine", "1.2", ["engine/*.py"], tmp_path / "of" / "1.2")
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert found == {name: text for name, text in FILES.items() if not name.endswith(".so")}
    assert 0 < sum(last - first + 1 for first, last in ranges) < len(content) / 10
    seen = len(ranges)
    assert wheels.fetched("engine", "1.2", ["engine/*.py"], folder) == folder
    assert len(ranges) == seen and list(folder.parent.iterdir()) == [folder]


@pytest.mark.parametrize(
    ("partial", "code", "says"), [(False, 0, "sends no ranges"), (True, 1, "engine 1.2: no such version")]
)
def test_what_cannot_be_fetched_is_named_and_leaves_no_folder(asked, tmp_path, partial, code, says):
    _, answers, _ = asked
    answers.partial, answers.code = partial, code
    with pytest.raises(wheels.WheelError, match=says):
        wheels.fetched("engine", "1.2", ["*"], tmp_path / "1.2")
    assert not (tmp_path / "1.2").exists()
