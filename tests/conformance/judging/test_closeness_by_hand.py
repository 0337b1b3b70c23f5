"""Are the counts those that plain fractions give, over every pattern of a format, written down a second time?"""

from __future__ import annotations

import math
import random
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

from conformance.judging.bits import Bits
from conformance.judging.blocks import Blocks
from conformance.judging.within import Within
from reference.codec import e4m3_key
from reference.fused import AcceptedBlocks
from reference.interval import Interval, RealInterval
from reports.views.histograms import BINS

BF16 = np.dtype(ml_dtypes.bfloat16)


def value(pattern):
    """A BF16 pattern: a fraction, None of a NaN; an infinity is the power of two behind the largest finite value."""
    sign, exponent, mantissa = pattern >> 15, pattern >> 7 & 255, pattern & 127
    if exponent == 255 and mantissa:
        return None
    size = Fraction(mantissa + 128 if exponent else mantissa) * Fraction(2) ** (max(exponent, 1) - 134)
    return -size if sign else size


NUMBERS = sorted((p for p in range(1 << 16) if value(p) is not None), key=lambda p: (value(p), -(p >> 15)))
PLACE = {pattern: place for place, pattern in enumerate(NUMBERS)}


def step_bin(distance):
    """The label of a distance."""
    for label in BINS["steps"][:-2]:
        if distance <= int(label.split("-")[-1]):
            return label
    return "more"


def unit(pattern):
    """The gap between a value and the next one in magnitude; an infinity has that of the largest finite value."""
    size = pattern & 0x7FFF
    size = min(size, 0x7F7F)
    return value(size + 1) - value(size)


def by_hand(pattern, low, high):
    """(bin of steps, bin of used) of an answer where the patterns from low to high are accepted."""
    values = {value(p) for p in NUMBERS[PLACE[low] : PLACE[high] + 1]}
    found, least, most = value(pattern), value(low), value(high)
    if found is None:
        return "NaN", "outside"
    middle, half = (least + most) / 2, (most - least) / 2
    inside = PLACE[low] <= PLACE[pattern] <= PLACE[high]
    if len(values) == 1:
        steps = min(abs(PLACE[pattern] - PLACE[p]) for p in (low, high)) if not inside else 0
    else:
        steps = math.floor(abs(found - middle) / unit(max((low, high), key=lambda p: p & 0x7FFF)))
    if not inside:
        return step_bin(steps), "outside"
    if len(values) <= 2:
        return step_bin(steps), ("one", "of two")[len(values) - 1]
    ten = max(1, math.ceil(10 * abs(found - middle) / half))
    return step_bin(steps), f"{10 * ten - 10}-{10 * ten} %"


def counted(pattern, low, high):
    """The same by the module."""
    made = [np.array([p], np.uint16).view(BF16) for p in (pattern, low, high)]
    mask = np.zeros(1, bool)
    found = Within(made[0], Interval(made[1], made[2], mask, mask)).closeness
    assert all(sum(counts) == 1 for counts in found.values())
    return tuple(BINS[kind][len(found[kind]) - 1] for kind in ("steps", "used"))


# Patterns around which ranges lie; 24 binades, so that float64 holds each sum and difference exactly.
ANCHORS = {
    "one": (0x3F80, 0xBF80, 0x3F7F, 0x3E80),
    "zero": (0x0000, 0x8000, 0x0001, 0x8001),
    "least normal": (0x0080, 0x8080, 0x007F),
    "largest": (0x7F7F, 0xFF7F, 0x7F80, 0xFF80),
}


@pytest.mark.parametrize("width", [0, 1, 2, 3, 7, 40, 700])
@pytest.mark.parametrize("anchor", ANCHORS)
def test_ranges_of_bf16_anywhere(anchor, width):
    draw = random.Random(f"{anchor} {width}")
    for _ in range(30):
        place = PLACE[draw.choice(ANCHORS[anchor])] + draw.randint(-3, 3) - draw.randint(0, width)
        first = max(0, min(place, len(NUMBERS) - 1 - width))
        low, high = NUMBERS[first], NUMBERS[first + width]
        around = (0, width, width // 2, draw.randint(0, width), -1, width + 1, draw.randint(-50, width + 50))
        for offset in around:
            pattern = NUMBERS[max(0, min(first + offset, len(NUMBERS) - 1))]
            assert counted(pattern, low, high) == by_hand(pattern, low, high), (pattern, low, high)
        assert counted(0x7FC0, low, high) == ("NaN", "outside")


@pytest.mark.parametrize(
    ("observed", "low", "high", "expected"),
    [
        (3.0, 1.0, 3.0, ("17-256", "90-100 %")),  # its edge
        (2.0, 1.0, 3.0, ("0", "0-10 %")),  # its middle
        (-4.0, -4.0, 1.0, ("257-65536", "90-100 %")),
        (1.0, -4.0, 1.0, ("257-65536", "90-100 %")),  # the other edge of a range that is not even about zero
        (0.0, -0.0, 0.0, ("0", "one")),  # both zeros are one value
        (3.1, 1.0, 3.0, ("17-256", "outside")),
        (math.inf, 3e38, math.inf, ("5-16", "90-100 %")),
    ],
)
def test_cases_that_one_can_do_in_the_head(observed, low, high, expected):
    patterns = [int(np.array([x], BF16).view(np.uint16)[0]) for x in (observed, low, high)]
    found, used = counted(*patterns)
    assert used == expected[1] == by_hand(*patterns)[1]
    assert found == by_hand(*patterns)[0]


def test_nan_that_is_asked_for_and_elements_that_are_free():
    ones = np.ones(4, np.float32)
    accepted = Interval(ones, ones, np.array([True, True, False, False]), np.array([False, False, True, True]))
    found = Within(np.array([np.nan, 1, np.nan, 5], np.float32), accepted).closeness
    assert found == {"steps": [1, *[0] * 7, 1], "used": [1, *[0] * 10, 1]}


def code_value(code):
    """An E4M3 code as a fraction; None of a NaN."""
    sign, exponent, mantissa = code >> 7, code >> 3 & 15, code & 7
    if code & 0x7F == 0x7F:
        return None
    size = Fraction(mantissa + 8 if exponent else mantissa) * Fraction(2) ** (max(exponent, 1) - 10)
    return -size if sign else size


CODES = sorted((c for c in range(256) if code_value(c) is not None), key=lambda c: (code_value(c), -(c >> 7)))


def nearest_code(x):
    """RNE to E4M3, saturating, with the sign of what is rounded."""
    codes = [c for c in CODES if c >> 7 == (x < 0)]
    return min(codes, key=lambda c: (abs(code_value(c) - x), c & 1))


def least_byte(amax):
    """The byte of the smallest power of two that is at least amax / 448."""
    return next(b for b in range(255) if Fraction(2) ** (b - 127) * 448 >= amax)


def which(value_, accepted):
    """A label of ``byte`` and ``code``: accepted values by magnitude."""
    if value_ not in accepted:
        return "outside"
    if len(set(accepted)) == 1:
        return "one"
    ends = (min(accepted, key=abs), max(accepted, key=abs))
    return {ends[0]: "least", ends[1]: "largest"}.get(value_, "between")


def test_blocks_of_every_choice():
    draw = random.Random("blocks")
    seen = set()
    for _ in range(50):
        lo = np.array([[draw.uniform(-1, 1) * draw.choice((1, 448, 1e-3)) for _ in range(32)]], np.float32)
        lo[0, draw.randrange(32)] = 448 * draw.choice((0.99999, 1, 0.4))
        hi = (lo + np.abs(lo) * draw.choice((0, 1e-4, 0.2))).astype(np.float32)
        mask = np.zeros(lo.shape, bool)
        accepted = AcceptedBlocks(RealInterval(lo.astype(float), hi.astype(float), mask, mask))
        small, large = ([Fraction(float(x)) for x in side[0]] for side in (lo, hi))
        amax = [max(map(abs, side)) for side in (small, large)]
        amax[0] = max(max(a, -b, 0) for a, b in zip(small, large, strict=True))
        bytes_ = range(least_byte(amax[0]), least_byte(amax[1]) + 1)
        byte = draw.choice([*bytes_, bytes_[-1] + 1])
        codes, labels = [], []
        for a, b in zip(small, large, strict=True):
            factor = Fraction(2) ** (127 - byte)
            first, last = (CODES.index(nearest_code(end * factor)) for end in (a, b))
            allowed = CODES[first : last + 1]
            codes.append(draw.choice([*allowed, 0x7E]))
            picked = code_value(codes[-1]) if codes[-1] in allowed else None
            labels.append(which(picked, [code_value(c) for c in allowed]))
        shape = np.array([codes], np.uint8), np.array([[byte]], np.uint8)
        found = Blocks(*shape, accepted).closeness
        wanted = {"byte": [which(byte, list(bytes_))], "code": labels}
        for kind, names in wanted.items():
            counts = [names.count(label) for label in BINS[kind]]
            assert found[kind] == np.trim_zeros(counts, "b"), (kind, lo, hi, byte)
            seen |= {(kind, name) for name in names}
    assert len(seen) >= 8, "every choice but one in the middle of bytes"


def test_blocks_of_zeros_nan_and_infinities():
    rows = np.zeros((4, 32))
    rows[2, 5], rows[3, 7] = 0, np.inf
    nan = np.zeros(rows.shape, bool)
    nan[2, 5] = True
    accepted = AcceptedBlocks(RealInterval(rows, rows, nan, np.zeros(rows.shape, bool)))
    codes, scales = np.zeros((4, 32), np.uint8), np.array([[0], [9], [0], [0]], np.uint8)
    codes[2, 5], codes[3, 7] = 0x7F, 0x7E
    found = Blocks(codes, scales, accepted).closeness
    assert found == {"byte": [1, 0, 0, 0, 0, 3], "code": [65, 0, 0, 0, 0, 63]}
    codes[2, 5] = 0x12  # a number in the place of the NaN
    assert Blocks(codes, scales, accepted).closeness["code"] == [64, 0, 0, 0, 1, 63]


def test_a_nan_code_is_no_neighbour_of_the_largest():
    codes = [np.array([c], np.uint8) for c in (0x7F, 0x7E)]
    assert Bits(*codes, key=e4m3_key).closeness == {"steps": [0] * 8 + [1]}
    assert Bits(codes[1], codes[1], key=e4m3_key).closeness == {"steps": [1]}


@pytest.mark.parametrize("row", [0, 1, 3999])
def test_one_wrong_element_of_a_large_tensor_is_counted(row):
    right = np.ones((4000, 64), np.float32)
    observed = right.copy()
    observed[row, 5] = 2
    assert sum(Bits(observed, right).closeness["steps"][1:]) == 1
    assert Within(observed, Interval.exact(right)).closeness["used"][-1] == 1
    blocks = AcceptedBlocks(RealInterval(*[right.astype(float)] * 2, *[np.zeros(right.shape, bool)] * 2))
    codes, scales = np.full(right.shape, 0x78, np.uint8), np.full((4000, 2), 119, np.uint8)
    codes[row, 5] = 0
    found = Blocks(codes, scales, blocks).closeness
    assert found["code"][4] == 1 and found["byte"] == [found["byte"][0]]
