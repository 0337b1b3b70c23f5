"""Does the field session hand its words on?"""

from __future__ import annotations

from types import SimpleNamespace


def test_the_words_go_to_the_command(noxfile, monkeypatch):
    done = []
    monkeypatch.setattr(noxfile, "suite_python", lambda session, *groups: "python")
    noxfile.field.func(
        SimpleNamespace(posargs=["--only", "vllm", "--page"], run=lambda *words, external: done.append(words))
    )
    assert done == [("python", "-m", "conformance.field", "--only", "vllm", "--page")]
