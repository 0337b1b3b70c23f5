"""Which subjects can be named, and what does a foreign one get asked?"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from conformance.subjects.abilities import Abilities
from conformance.subjects.base import STAGES_OF_FAMILY, Subject
from conformance.subjects.registry import load


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    source = "def fused(*args, **kwargs):\n    raise NotImplementedError\n\nnumber = 3\n"
    (tmp_path / "some_kernels.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "some_kernels", raising=False)
    return "some_kernels"


def test_a_function_is_held_to_the_native_pipeline_as_a_whole(module: str) -> None:
    subject = load(f"{module}:fused")
    assert (subject.name, subject.pipeline) == (f"{module}:fused", "native")
    assert subject.unable("moe", {"H": 128, "I": 128}) is None
    assert "exposes no stage quantize" in str(subject.unable("quantize", {}))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nobody", "'nobody'"),
        ("no_such_module_at_all:fused", "no_such_module_at_all"),
        ("some_kernels:missing", "missing"),
        ("some_kernels:number", "int"),
    ],
)
def test_a_name_that_is_no_subject_is_refused_by_name(module: str, name: str, says: str) -> None:
    with pytest.raises(ValueError, match="subject") as caught:
        load(name)
    assert says in str(caught.value)


def test_sizes_off_the_granularity_are_declared_unable() -> None:
    subject = Subject("x", "native", {"fused_moe": print}, abilities=Abilities(k_granularity=128))
    assert "H % 128" in str(subject.unable("moe", {"H": 96, "I": 128}))
    assert subject.unable("bad-input", {"H": 96, "I": 128}) is None


def test_a_subject_needs_a_known_pipeline_and_a_known_stage() -> None:
    with pytest.raises(ValueError, match="pipeline of subject x"):
        Subject("x", "other", {"fused_moe": print})
    for stages, has in (({}, "none"), ({"quantise": print}, "quantise")):
        with pytest.raises(ValueError, match=f"stages of subject x: has {has}, needs at least one of quantize, "):
            Subject("x", "native", stages)


def test_a_subject_of_one_stage_is_unable_of_the_others() -> None:
    subject = Subject("x", "native", {"quantize": print})
    assert subject.unable("quantize", {"dtype": "bf16"}) is None
    assert subject.unable("moe", {"H": 128, "I": 128}) == "x exposes no stage fused_moe"


def test_our_subjects_expose_every_stage_that_their_families_need() -> None:
    for name in ("native", "emulation"):
        subject = load(name)
        assert {stage for family in subject.families for stage in STAGES_OF_FAMILY[family]} <= set(subject.stages)
