"""Are cases found, selected, written and checked as the command line says?"""

from __future__ import annotations

import sys
import textwrap

import numpy as np
import pytest

from tests.vectors.tiny_cases import FLAGS, NOTES, make_case, tiny_inputs
from vectors import export, registry
from vectors.store.formats import StoreError
from vectors.store.writing import write

FAMILY = """
    from tests.vectors.tiny_cases import make_case

    def cases():
        return ({})
"""


@pytest.fixture
def families(tmp_path, monkeypatch):
    """A package of family modules: name -> source of its cases."""
    folder = tmp_path / "some_families"
    folder.mkdir()
    monkeypatch.syspath_prepend(tmp_path)

    def make(**modules):
        for name, body in modules.items():
            (folder / f"{name}.py").write_text(textwrap.dedent(FAMILY.format(body)) if body else "")
        return "some_families"

    yield make
    for name in [name for name in sys.modules if name.startswith("some_families")]:
        del sys.modules[name]


def test_families_are_found_in_alphabetical_order(families):
    package = families(b="make_case('b/x'),", a="make_case('a/y'), make_case('a/x')", _helper="")
    assert [case.id for case in registry.collect(package)] == ["a/y", "a/x", "b/x"]


def test_an_id_twice_is_an_error_naming_both_modules(families):
    with pytest.raises(ValueError, match=r"some_families.b: has the id a/x of some_families.a"):
        registry.collect(families(a="make_case('a/x'),", b="make_case('a/x'),"))


def test_a_family_without_cases_is_an_error(families):
    with pytest.raises(ValueError, match=r"some_families.a: has no cases\(\)"):
        registry.collect(families(a=""))


def test_selection_by_tier_and_family(cases):
    assert [case.id for case in registry.select("quick", cases=cases)] == ["tiny/one", "tiny/two"]
    assert len(registry.select("exhaustive", cases=cases)) == 3
    assert [case.id for case in registry.select("gate", "other", cases)] == ["other/deep/three"]
    with pytest.raises(ValueError, match="family: has 'none', needs one of other, tiny"):
        registry.select("gate", "none", cases)
    with pytest.raises(ValueError, match="tier"):
        registry.select("slow", cases=cases)


def check(cases, out):
    return export.run(cases, FLAGS, out, check=True, notes=NOTES)


def test_a_fresh_store_checks_clean(cases, tmp_path, capsys):
    assert export.run(cases, FLAGS, tmp_path, check=False, notes=NOTES) == 0
    assert "3 cases, 0.0" in capsys.readouterr().out
    assert check(cases, tmp_path) == 0
    assert "0 differences" in capsys.readouterr().out


def test_check_names_tensor_index_and_both_patterns(cases, tmp_path, capsys):
    def other_inputs(case):
        inputs = dict(tiny_inputs(case))
        inputs["weights"] = inputs["weights"].copy()
        inputs["weights"][[0, 2]] = [0.0, -1.5]
        return inputs

    write([make_case("tiny/one", inputs=other_inputs, params=cases[0].params)], tmp_path, flags=FLAGS, notes=NOTES)
    assert check(cases[:1], tmp_path) == 1
    line = "input.weights first differs at [0]: has 0x00000000 (0), needs 0x80000000 (-0); 2 of 7 differ"
    assert f"tiny/one: {line}" in capsys.readouterr().out


def test_check_names_missing_extra_and_changed_cases(cases, tmp_path, capsys):
    def wider(case):
        return {**tiny_inputs(case), "codes": np.zeros((2, 64), np.uint8), "more": np.zeros(2)}

    held = [cases[0], make_case("tiny/old"), make_case("other/deep/three", tier="gate", title="Old.", inputs=wider)]
    write(held, tmp_path, flags=FLAGS, notes=NOTES)
    (tmp_path / "tiny" / "some" / "stray.safetensors").write_bytes(b"")
    (tmp_path / "tiny" / "some" / "one.safetensors").write_bytes(b"")
    assert check(cases, tmp_path) == 1
    lines = capsys.readouterr().out.splitlines()
    for expected in (
        "tiny/old: extra, no such case in this tier",
        "tiny/two: missing from the store",
        "other/deep/three: title has 'Old.', needs 'A tiny case.'",
        "other/deep/three: input.codes has e4m3 [2, 64], needs e4m3 [2, 32]",
        "other/deep/three: input.more has float64 [2], needs no such tensor",
        "tiny/some/stray.safetensors: has an extra file, not in the manifest",
    ):
        assert expected in lines
    assert any(line.startswith("tiny/one:") and "has 0 bytes, needs" in line for line in lines)
    assert any(line.startswith("manifest.json: flags.scales has") for line in lines)


def test_check_writes_nothing(cases, tmp_path):
    write(cases[:1], tmp_path, flags=FLAGS, notes=NOTES)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert check(cases, tmp_path) == 1
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_the_command_line(cases, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(registry, "all_cases", lambda: cases)
    monkeypatch.setattr("vectors.flags.FLAGS", FLAGS)
    monkeypatch.setattr("vectors.store.writing.project_notes", lambda: NOTES)
    out = str(tmp_path / "set")
    assert export.main(["--out", out, "--tier", "gate"]) == 0
    assert export.main(["--out", out, "--tier", "gate", "--check"]) == 0
    assert export.main(["--out", out, "--check"]) == 1
    assert "other/deep/three: extra" in capsys.readouterr().out
    assert export.main(["--out", str(tmp_path / "none"), "--check"]) == 1
    assert "error: " in capsys.readouterr().err
    assert export.main(["diff", out, out]) == 0
    assert export.main(["diff", out, str(tmp_path / "none")]) == 1
    with pytest.raises(SystemExit):
        export.main(["--tier", "slow"])


def test_the_suite_refuses_a_committed_store_of_other_generators(root, monkeypatch):
    registry.committed_store.cache_clear()
    monkeypatch.setattr(registry, "GOLDEN", root)
    assert len(registry.committed_store().ids) == 3
    registry.committed_store.cache_clear()
    monkeypatch.setattr("vectors.store.drift.GENERATOR_VERSION", 99)
    with pytest.raises(StoreError, match=r"has generator_version \d+, older than this checkout's 99.*writes it anew"):
        registry.committed_store()
    monkeypatch.setattr(registry, "GOLDEN", root / "none")
    assert registry.committed_store() is None
    registry.committed_store.cache_clear()
