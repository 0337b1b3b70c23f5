"""Does the probe find out how a device adds that it knows nothing of? Devices drawn at random, and others."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from conformance.gfx950.instructions.aligned import SumModel
from conformance.probe import finding
from conformance.probe.grouping import measured, ranges
from conformance.probe.operands import KINDS
from tests.conformance.probe.imagined import Imagined

E4M3 = replace(KINDS["e4m3"], depth=72)  # two groups of the largest kind; what is shallower is asked faster
PLACES = np.arange(E4M3.depth)
DRAWN, ASKED = 40, 500


def _drawn(number: int) -> Imagined:
    draw = np.random.default_rng([22, number])
    order = draw.permutation(PLACES) if number % 4 == 0 else PLACES
    roundings = ("zero", "down", "nearest")
    return Imagined(
        int(draw.integers(1, 65)), int(draw.integers(18, 33)), str(draw.choice(roundings)),
        str(draw.choice(roundings)), str(draw.choice(["first", "first", "after", "last"])), order,
    )  # fmt: skip


def _is_it(found: finding.Found, device: Imagined) -> bool:
    """Whether the device's own numbers are among those that remain, all of which are one function."""
    told = {name: getattr(device, name) for name in ("group", "width", "cut", "rounding", "start")}
    return any(told.items() <= asdict(model).items() for model in found.models if isinstance(model, SumModel))


def test_forty_devices_drawn_at_random_are_found_and_none_is_mistaken() -> None:
    missed, mistaken = [], []
    for number in range(DRAWN):
        device = _drawn(number)
        found = finding.find(device, E4M3, ASKED)
        right = _is_it(found, device)
        missed += [] if found.sure and right else [number]
        mistaken += [number] if found.sure and not right else []
    assert mistaken == []
    assert len(missed) <= 2, missed


@pytest.mark.parametrize(
    "device",
    [
        Imagined(8, 24, "zero", "nearest", "first", PLACES, tree=True),
        Imagined(8, 24, "zero", "nearest", "first", PLACES, c_width=21),
    ],
    ids=["a tree", "another width for C"],
)
def test_a_device_of_no_family_is_not_named(device: Imagined) -> None:
    found = finding.find(device, E4M3, ASKED)
    assert not found.sure
    assert found.models == ()


def test_places_are_read_off_whatever_their_order() -> None:
    order = np.random.default_rng(1).permutation(PLACES)
    grouping = measured(Imagined(32, 20, "zero", "zero", "first", order), E4M3)
    assert [set(group) for group in grouping.groups] == [set(order[i : i + 32]) for i in range(0, 72, 32)]
    assert ranges(((0, 1, 2, 5), (3,))) == ["0-2 5", "3"]


def test_a_random_result_that_the_model_does_not_give_is_counted_and_shown() -> None:
    class Sometimes(Imagined):
        def sums(self, operands):
            right = super().sums(operands)
            if len(operands) == ASKED:
                right[7] += np.float32(1)
            return right

    found = finding.find(Sometimes(16, 25, "zero", "zero", "first", PLACES), E4M3, ASKED)
    assert (found.sure, found.misfits) == (False, 1)
    assert "C=" in found.contradictions[0].inputs


def test_each_number_stands_with_the_input_that_excludes_its_neighbours() -> None:
    found = finding.find(Imagined(16, 25, "zero", "zero", "first", PLACES), E4M3, ASKED)
    assert {name: len(why) for name, why in found.why.items()} == {
        "width": 2, "cut": 2, "rounding": 2, "start": 2, "exponents": 2,
    }  # fmt: skip
    assert all(one.observed for one in found.why["width"] + found.why["cut"] + found.why["rounding"])
