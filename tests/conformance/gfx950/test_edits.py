"""Is wrong machine code noticed? Random edits of it, and each wait, barrier and scale byte; survivors are explained."""

from __future__ import annotations

import functools
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from conformance.backends.gfx950_emulated import triton_version
from conformance.gfx950.assembly import parse_line
from tests.conformance.gfx950 import scenes
from tests.conformance.gfx950.assembler import encoded
from tests.conformance.gfx950.edits import Edit, dangerous, draw, outcome, same

SEED, COUNT, CHUNKS = 1, 200, 20
LEAST_DETECTED = 0.9  # of what is not argued to be equivalent
GEMMS = [name for name in scenes.names() if name.startswith("gemm")]

pytestmark = pytest.mark.skipif(
    not (triton_version() or "").startswith("3.9."), reason="the edits are drawn with the assembler of Triton 3.9"
)


@functools.cache
def drawn() -> list[Edit]:
    return draw(SEED, COUNT)


@functools.cache
def filed() -> dict[tuple[str, int, str], dict[str, Any]]:
    """survivors.toml by scene, index and the new text."""
    entries = tomllib.loads((Path(__file__).parent / "survivors.toml").read_text())["survivor"]
    found = {(entry["scene"], entry["index"], entry["new"]): entry for entry in entries}
    assert len(found) == len(entries), "an edit is listed twice"
    return found


def key(edit: Edit) -> tuple[str, int, str]:
    return edit.scene, edit.index, edit.new


def disagreements(edits: list[Edit]) -> list[str]:
    """Where survivors.toml is not what happens."""
    found = []
    for edit in edits:
        how, expected = outcome(edit), "survived" if key(edit) in filed() else "detected"
        if (how == "survived") != (expected == "survived"):
            found.append(f"{edit}: {how}, {expected} by survivors.toml")
    return found


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_edits(chunk: int) -> None:
    assert not disagreements(drawn()[chunk::CHUNKS])


@pytest.mark.parametrize("kind", ["wait", "barrier", "op_sel"])
@pytest.mark.parametrize("scene", GEMMS)
def test_each_dangerous_edit(scene: str, kind: str) -> None:
    """A wait, a counter of it or a barrier dropped; another byte of a scale register."""
    edits = [edit for edit in dangerous(scene) if edit.kind == kind]
    assert edits or (scene, kind) == ("gemm-bf16", "op_sel")
    assert not disagreements(edits)


def test_enough_is_detected() -> None:
    """The file's word is what test_random_edits holds it to."""
    classes = Counter(filed()[key(edit)]["class"] for edit in drawn() if key(edit) in filed())
    edits = COUNT - classes["equivalent"]
    assert (edits - classes["missed"]) / edits >= LEAST_DETECTED


def test_every_dropped_wait_and_barrier_that_matters_is_detected() -> None:
    listed = [filed()[key(edit)] for name in GEMMS for edit in dangerous(name) if key(edit) in filed()]
    assert all(entry["class"] == "equivalent" for entry in listed)


def test_survivors_are_classified_and_none_is_stale() -> None:
    made = {key(edit): edit for edit in (*drawn(), *(e for name in GEMMS for e in dangerous(name)))}
    for place, entry in filed().items():
        assert place in made, f"{place} is none of the edits"
        assert entry["old"] == made[place].old and entry["class"] in ("equivalent", "missed") and entry["why"]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("v_lshlrev_b32_e32 v0, 2, v1", "v_lshlrev_b32_e32 v0, 66, v1", True),
        ("v_lshlrev_b32_e32 v0, 2, v1", "v_lshlrev_b32_e32 v0, 18, v1", False),
        ("s_lshr_b64 s[0:1], s[2:3], 3", "s_lshr_b64 s[0:1], s[2:3], 67", True),
        ("s_load_dword s0, s[2:3], 0x8", "s_load_dword s0, s[2:3], 0xb", True),
        ("s_load_dword s0, s[2:3], 0x8", "s_load_dword s0, s[2:3], 0xc", False),
        ("v_add_u32_e32 v0, 2, v1", "v_add_u32_e64 v0, 2, v1", True),
        ("v_add_u32_e32 v0, 2, v1", "v_add_u32_e32 v0, 34, v1", False),
        ("s_nop 1", "s_nop 65", True),
    ],
)
def test_what_is_no_edit(one: str, other: str, alike: bool) -> None:
    assert same(parse_line(one), parse_line(other)) is alike


def test_the_assembler_decides_what_is_machine_code() -> None:
    assert encoded("v_add_u32_e32 v0, 1, v1") == encoded("v_add_u32_e32 v0, 0x1, v1")
    assert encoded("v_add_u32_e32 v0, 1, v1") != encoded("v_add_u32_e32 v0, 2, v1")
    assert encoded("v_add3_u32 v0, v1, v2, 300") is None  # gfx9's long encoding takes no literal
    assert encoded("s_cbranch_scc0 .LBB0_3") is not None
