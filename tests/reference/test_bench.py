"""Do the measurements of the reference run, and does the plain formula they compare with give the same bytes?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench import reference_bench

TINY = reference_bench.Sizes(quantizer=4096, contraction=(3, 5, 64), growth=2048, repetitions=1)


def test_every_measurement_has_its_row(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(reference_bench, "Sizes", lambda repetitions: TINY)
    monkeypatch.setattr(reference_bench.Sizes, "repetitions", 1, raising=False)
    assert reference_bench.main(["--out", str(tmp_path / "bench.json")]) == 0
    written = json.loads((tmp_path / "bench.json").read_text())
    assert [p["needs"] for p in written["pairs"]] == [1.0, 1.5, 1.5]
    assert [len(g["ns_per_element"]) for g in written["growth"]] == [3] * 4
    assert all(m["ratio"] > 0 for m in written["memory"])
    text = reference_bench.table(written)
    assert all(row["name"] in text for key in ("pairs", "memory", "growth") for row in written[key])


def test_another_formula_is_no_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = reference_bench.torch_quantize
    monkeypatch.setattr(reference_bench, "torch_quantize", lambda x: (plain(x)[0], plain(x)[1] + 1))
    with pytest.raises(ValueError, match="torch_quantize: has other scales"):
        reference_bench.quantizer_pair(TINY)
