"""Does the picture of a wrong tensor show each wrong element where it is, whatever the tensor's shape?"""

from __future__ import annotations

import random
import re
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest

from conformance.judging.picture import picture as mapped
from reports.views.pictures import picture

SHAPES = [
    (1,),
    (31,),
    (1000,),
    (1, 1),
    (3, 5),
    (32, 64),
    (33, 65),
    (7, 100_003),
    (4096, 1),
    (257, 2880),
    (2, 3, 96),
    (5, 1, 4, 33),
    (),
]


def drawn(wrong):
    """The picture, and the marked cells as (row, column)."""
    seen = picture({"pictures": {"output": mapped(wrong)}}, "output", "")
    cells = set()
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", seen.path):
        cells |= {(int(y), int(x) + place) for place in range(int(width))}
    return seen, cells


def at(seen, axis, position):
    """The index that the labels of an axis put at a cell: that of the label before it, and the cells since."""
    labels, start = (seen.down, seen.top) if axis == 0 else (seen.across, seen.left)
    cells = [(round((x - start) / seen.unit - 0.5), index) for x, index in labels]
    size = {index // cell for cell, index in cells if cell}
    assert len(size) <= 1 and cells[0] == (0, 0)
    return position * (size.pop() if size else 1)


@pytest.mark.parametrize("shape", SHAPES)
def test_one_wrong_element_is_its_cell_alone(shape):
    draw = random.Random(str(shape))
    corners = [tuple(draw.choice((0, size - 1)) for size in shape) for _ in range(6)]
    anywhere = [tuple(draw.randrange(size) for size in shape) for _ in range(12)]
    for index in {*corners, *anywhere}:
        wrong = np.zeros(shape, bool)
        wrong[index] = True
        seen, cells = drawn(wrong)
        row, column = (
            (int(np.ravel_multi_index(index[:-1], shape[:-1])) if len(shape) > 1 else 0),
            (index or (0,))[-1],
        )
        form = mapped(wrong)
        assert cells == {(row // form["cell"][0], column // form["cell"][1])}
        assert f"1 of {wrong.size} elements are wrong, in row {row}, column {column} of " in seen.words
        if len(shape) > 2:
            assert f"row {row} is [{', '.join(map(str, index[:-1]))}]" in seen.words


@pytest.mark.parametrize("shape", SHAPES)
def test_many_wrong_elements_are_all_there_and_nothing_else_is(shape):
    draw = np.random.default_rng(7)
    wrong = np.asarray(draw.random(shape) < 0.003)
    wrong.reshape(-1)[0] = True
    seen, cells = drawn(wrong)
    flat = wrong.reshape(-1, shape[-1] if shape else 1)
    tall, wide = mapped(wrong)["cell"]
    assert cells == {(r // tall, c // wide) for r, c in np.argwhere(flat).tolist()}
    assert (seen.rows, seen.columns) == (-(-flat.shape[0] // tall), -(-flat.shape[1] // wide))
    assert seen.rows <= 32 and seen.columns <= 64


@pytest.mark.parametrize("shape", [(33, 65), (7, 100_003), (257, 2880)])
def test_the_numbers_beside_it_are_the_tensors_indices(shape):
    wrong = np.ones(shape, bool)
    seen, _ = drawn(wrong)
    tall, wide = mapped(wrong)["cell"]
    for axis, size in ((0, tall), (1, wide)):
        labels = seen.down if axis == 0 else seen.across
        assert len(labels) > 1 and at(seen, axis, 2) == 2 * size
        apart = {round(b - a, 3) for (a, _), (b, _) in pairwise(labels)}
        assert min(apart) >= (14, 52)[axis]


def test_blocks_are_where_32_elements_end():
    wrong = np.zeros((2, 160), bool)
    wrong[1, 64:96] = True
    seen, cells = drawn(wrong)
    wide = mapped(wrong)["cell"][1]
    assert [x * wide for x in seen.blocks] == [32, 64, 96, 128]
    assert {column for _, column in cells} == set(range(64 // wide, 96 // wide))


def test_a_tensor_beyond_2_31_elements_needs_no_copy_of_itself():
    row = np.zeros((1, 1 << 12), bool)
    row[0, 4000] = True
    wrong = np.broadcast_to(row, ((1 << 19) + 1, 1 << 12))  # 2 GiB, were it copied
    tracemalloc.start()
    found = mapped(wrong)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20
    assert (found["bad"], found["rows"], found["columns"]) == ((1 << 19) + 1, [0, 1 << 19], [4000, 4000])


def test_nothing_wrong_is_no_picture():
    with pytest.raises(ValueError, match="has no wrong element among 0, needs one"):
        mapped(np.zeros((0, 32), bool))


def test_a_map_that_is_too_short_is_no_picture():
    form = mapped(np.ones((40, 40), bool))
    assert picture({"pictures": {"output": form | {"bad_cells": "AAAA"}}}, "output", "") is None
    assert picture({"pictures": {"output": form | {"bad_cells": "?"}}}, "output", "") is None
