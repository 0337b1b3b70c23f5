"""Does the emulated device do what was reported of real ones? Each row of the table, or its reason why not."""

import ast
import tomllib
from pathlib import Path

import numpy as np
import pytest

from conformance.gfx950 import limits
from conformance.gfx950.errors import BadLaunch, IllegalAccess, NotEmulated
from conformance.gfx950.instructions import floats
from conformance.gfx950.instructions.approximate import APPROXIMATE
from conformance.gfx950.instructions.float8 import FP8
from conformance.gfx950.instructions.matrix import MATRIX
from conformance.gfx950.instructions.vector import VECTOR
from conformance.gfx950.storage.lds import Lds
from tests.conformance.gfx950.memory_world import World

ROOT = Path(__file__).parents[3]
ROWS = tomllib.loads((ROOT / "conformance" / "silicon" / "behaviours.toml").read_text())
HERE = Path(__file__).relative_to(ROOT).as_posix()


def _fp32(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def _bits(*values: int) -> np.ndarray:
    return np.array(values, np.uint32)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_has_its_source_and_a_test_that_is_there_or_a_reason(name: str) -> None:
    row = ROWS[name]
    assert row.keys() in ({"what", "source", "on", "test"}, {"what", "source", "on", "reason"})
    assert row["source"].startswith("https://")
    if "test" in row:
        file, _, function = row["test"].partition("::")
        tree = ast.parse((ROOT / file).read_text())
        assert function in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_each_test_here_is_a_rows_and_there_are_enough() -> None:
    named = {row["test"].partition("::")[2] for row in ROWS.values() if row.get("test", "").startswith(HERE)}
    mine = {name for name in globals() if name.startswith("test_")}
    assert named == mine - {
        "test_a_row_has_its_source_and_a_test_that_is_there_or_a_reason",
        "test_each_test_here_is_a_rows_and_there_are_enough",
    }
    assert len(ROWS) >= 15


def test_exp2_flushes() -> None:
    found = APPROXIMATE["v_exp_f32"].compute(_fp32(-126, -127, -149))
    assert found.view(np.uint32).tolist() == [0x00800000, 0, 0]


def test_sqrt_flushes() -> None:
    subnormal, normal = _bits(0x00400000, 0x00800000).view(np.float32)
    assert APPROXIMATE["v_sqrt_f32"].compute(_fp32(subnormal, normal)).tolist() == [0.0, 2.0**-63]


def _fp8(mode: int, codes: int) -> None:
    found = VECTOR["v_cvt_scalef32_pk_fp8_f32"].compute(
        _fp32(1000), _fp32(448), _fp32(1).view(np.uint32), _bits(0), mode=mode
    )
    assert found.tolist() == [codes]


def test_fp8_overflow_is_nan() -> None:
    _fp8(0, 0x7E7F)


def test_fp16_ovfl_saturates() -> None:
    _fp8(floats.FP16_OVERFLOW, 0x7E7E)


def test_ocp_fp8() -> None:
    assert FP8.values[[0x38, 0x7E]].tolist() == [1.0, 448.0]
    assert FP8.values[0x80] == 0
    assert np.signbit(FP8.values[0x80])


def test_lds_165888_refused() -> None:
    with pytest.raises(IllegalAccess, match="165888 bytes of LDS, needs at most gfx950's 163840"):
        Lds(1, 165888)


def test_threads_1024() -> None:
    limits.check("kernel", (1, 1, 1), (1024, 1, 1))
    with pytest.raises(BadLaunch, match="2048 threads in a workgroup"):
        limits.check("kernel", (1, 1, 1), (2048, 1, 1))


def test_no_xf32() -> None:
    assert not [name for name in MATRIX if "xf32" in name]
    assert "v_mfma_f32_16x16x32_f16" in MATRIX


def test_bf16_rounds_to_nearest() -> None:
    # Ties: between 1 and its neighbour down to even, between that one and the next up.
    found = VECTOR["v_cvt_pk_bf16_f32"].compute(_bits(0x3F808000).view(np.float32), _bits(0x3F818000).view(np.float32))
    assert found.tolist() == [0x3F823F80]


def test_lds_loads_of_two_words() -> None:
    with pytest.raises(NotEmulated, match="to LDS: its size"):
        World().run("buffer_load_dwordx2 v4, s[8:11], 0 offen lds")
