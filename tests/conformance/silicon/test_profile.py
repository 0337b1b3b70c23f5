"""Are profiles read, refused, shown and taken as they should be? Those that people contributed, and broken ones."""

import json
from pathlib import Path

import numpy as np
import pytest

from conformance.backends import gfx950_emulated
from conformance.gfx950.instructions.aligned import SumModel
from conformance.probe.finding import predicted
from conformance.probe.operands import KINDS, random_operands
from conformance.silicon import page, profile

H200 = profile.FOLDER / "nvidia-h200.json"
CONTRIBUTED = sorted(profile.FOLDER.glob("*.json"))
# What an H200 gave for the first of these sums, as bits.
GIVEN = json.loads(Path(__file__).with_name("h200_sums.json").read_text())
DRAWN, SEED = 20_000, 31


def given(kind: str) -> tuple:
    results = np.array([int(bits, 16) for bits in GIVEN[kind]], np.uint32)
    return random_operands(KINDS[kind], DRAWN, SEED).at(slice(0, len(results))), results


@pytest.mark.parametrize("path", CONTRIBUTED, ids=lambda path: path.stem)
def test_each_contributed_profile_is_one_and_is_shown(path: Path) -> None:
    found = profile.load(path)
    assert found["device"]["device"] in page.page({path.stem: found}).replace("\\", "")
    assert profile.taken(found).sums


@pytest.mark.parametrize("kind", GIVEN)
def test_the_model_in_an_h200s_profile_gives_the_h200s_bits(kind: str) -> None:
    asked, results = given(kind)
    one = profile.load(H200)["sums"][kind]
    size, depth = one["model"]["group"], KINDS[kind].depth
    groups = tuple(tuple(range(i, i + size)) for i in range(0, depth, size))
    assert predicted(asked, groups, profile.model_of(one["model"])).view(np.uint32).tolist() == results.tolist()


def test_what_is_taken_and_what_is_left() -> None:
    taken = profile.taken(profile.load(H200))
    assert taken.sums["e4m3"] == SumModel(32, 13, "zero", "zero", "first", "format", short=True)
    assert "sums/scaled-16x16" in taken.left  # its places do not stand together
    assert taken.sums.keys() == {"scaled-32x32", "e4m3", "bf16", "fp16"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"profile": 2}, "is no device profile: $.profile"),
        ({"sums": {"bf16": {"model": "mine"}}}, "is no device profile: $.sums.bf16"),
        ({"extra": 1}, "is no device profile: $: "),
    ],
)
def test_what_is_no_profile_is_refused_in_one_line(tmp_path: Path, change: dict, said: str) -> None:
    file = tmp_path / "profile.json"
    file.write_text(json.dumps(profile.load(H200) | change))
    with pytest.raises(ValueError, match=r"^backend gfx950-emulated: profile: ") as raised:
        gfx950_emulated.settings_from(f"profile={file}")
    assert f"profile: {file}: " in str(raised.value)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_settings_name_the_profile_and_a_report_says_whose_arithmetic_it_is() -> None:
    words = f"ulp=1,profile={H200}"
    settings = gfx950_emulated.settings_from(words)
    assert gfx950_emulated.words_of(settings) == words
    assert settings.sum_of("bf16") == SumModel(16, 25, "zero", "zero")
    assert settings.sum_of("scaled-16x16") == "exact"
    said = gfx950_emulated.from_profile(settings.measured)["profile"]
    assert said.startswith(f"arithmetic of NVIDIA H200, as {H200} has it; not in it, so as documented: ")
    assert said.endswith("matrix instructions run on the NumPy core")
    assert gfx950_emulated.from_profile(None) == {}


def test_a_page_shows_marks_as_they_are() -> None:
    found = profile.load(H200)
    found["device"]["device"] = "<b>|*"
    assert "&lt;b&gt;\\|\\*" in page.page({"x": found})
