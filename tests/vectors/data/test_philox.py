"""Does the generator give the published words, and the same ones in any order?"""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from vectors.data import philox

# Random123's known-answer vectors for philox4x32, 10 rounds: counter, key -> output.
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN_ANSWERS)
def test_published_known_answers(counter, key, expected):
    given = philox.philox4x32(np.array([counter], dtype=np.uint32), key)
    assert tuple(int(word) for word in given[0]) == expected


def test_counters_of_a_batch_do_not_influence_each_other():
    counters = np.array([answer[0] for answer in KNOWN_ANSWERS], dtype=np.uint32)
    together = philox.philox4x32(counters, (1, 2))
    alone = [philox.philox4x32(counters[i : i + 1], (1, 2))[0] for i in range(len(counters))]
    assert np.array_equal(together, np.stack(alone))


def test_words_are_pinned_for_ever():
    given = philox.words("quantize/ties:x", 100_003)
    assert given.dtype == np.uint32
    assert hashlib.sha256(given.astype("<u4").tobytes()).hexdigest() == PINNED


@pytest.mark.parametrize(("start", "n"), [(0, 0), (0, 1), (3, 5), (4, 4), (65_530, 20), (99_999, 4)])
def test_any_slice_equals_the_slice_of_the_whole(start, n):
    whole = philox.words("a:b", 100_003)
    assert np.array_equal(philox.words("a:b", n, start), whole[start : start + n])


def test_names_give_unrelated_words():
    a, b = philox.words("case/one:x", 4096), philox.words("case/one:y", 4096)
    assert (a == b).sum() == 0


def test_blocks_beyond_32_bits_of_counter_are_new():
    assert not np.array_equal(philox.words("a:b", 4), philox.words("a:b", 4, start=4 << 32))


@pytest.mark.parametrize(("n", "start"), [(-1, 0), (0, -1)])
def test_negative_positions_are_refused(n, start):
    with pytest.raises(ValueError, match="n, start"):
        philox.words("a:b", n, start)


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match="counters"):
        philox.philox4x32(np.zeros((2, 3), np.uint32), (0, 0))
    with pytest.raises(ValueError, match="key"):
        philox.philox4x32(np.zeros((2, 4), np.uint32), (0, 0, 0))


PINNED = "9d5357d669a25760dfc2d5e46a06b01942051004f94a603c023b0907f1713aa1"
