"""Do the data primitives keep what their docstrings promise?"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from fractions import Fraction
from math import prod

import ml_dtypes
import numpy as np
import pytest

from vectors import data
from vectors.data import expert_maps, weights
from vectors.data.routing import ROUTINGS
from vectors.data.stream import dims
from vectors.registry import select

BF16 = ml_dtypes.bfloat16
FLOATS = [np.float32, np.float16, BF16]


@pytest.fixture
def stream():
    return data.Stream("test/data", "x")


def e4m3(codes):
    return codes.view(ml_dtypes.float8_e4m3fn).astype(np.float64)


def everything_drawn(stream):
    """One draw of each primitive, in order."""
    yield stream.bits(5, np.uint8)
    yield stream.bits((3, 3), np.uint64)
    yield stream.integers(-7, 300, (4, 5))
    yield stream.booleans(50, 0.1)
    yield stream.choice_rows(4, 9, 3)
    yield data.normal(stream, (7, 11), dtype=BF16)
    yield data.log_uniform(stream, 40, -149, 127)
    yield data.powers_of_two(stream, 40, -24, 15, dtype=np.float16)
    yield data.small_integers(stream, 40, 8, dtype=BF16)
    yield data.codes(stream, 64)
    yield data.exact_codes(stream, 64, 6, density=0.5)
    yield data.distinct_scale_bytes(stream, (3, 4, 5), 120, 130)
    for kind in data.ROUTINGS:
        if kind != "ties":
            yield data.routing(kind, stream, 6, 5, 2)
    for kind in data.WEIGHTS:
        yield data.router_weights(kind, stream, 3, 4)
    yield expert_maps.random_permutation(stream, 9)
    yield data.routing("ties", stream, 6, 5, 2)
    for kind in sorted(set(data.EXACT_WEIGHTS) - {"ones", "powers_of_two"}):
        yield data.exact_router_weights(kind, stream, 3, 4)


def test_every_primitive_is_pinned():
    """Other bits are other arrays in most cases: they need a higher GENERATOR_VERSION and a new digest here."""
    digest = hashlib.sha256()
    for array in everything_drawn(data.Stream("test/pinned", "x")):
        digest.update(f"{array.dtype} {array.shape}".encode() + array.tobytes())
    assert digest.hexdigest() == PINNED


def test_a_stream_depends_on_its_name_alone():
    first = list(everything_drawn(data.Stream("test/a", "x")))
    list(everything_drawn(data.Stream("test/b", "x")))
    again = list(everything_drawn(data.Stream("test/a", "x")))
    assert all(a.tobytes() == b.tobytes() for a, b in zip(first, again, strict=True))


def test_tensors_and_cases_have_their_own_words():
    drawn = [data.Stream(c, t).words(64) for c, t in [("a/b", "x"), ("a/b", "y"), ("a/c", "x")]]
    assert len({words.tobytes() for words in drawn}) == 3
    with pytest.raises(ValueError, match="case_id"):
        data.Stream("a:b", "x")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.uint64])
def test_bits_are_uniform_and_little_endian(dtype):
    values = data.Stream("a/b", "x").bits((16, 100), dtype)
    assert values.dtype == dtype
    assert values.shape == (16, 100)
    words = data.Stream("a/b", "x").words(16 * 100 * values.itemsize // 4 or 1)
    assert values.astype(values.dtype.newbyteorder("<")).tobytes() == words.astype("<u4").tobytes()


def test_integers_fill_their_range_evenly(stream):
    values = stream.integers(-3, 4, 70_000)
    counts = np.bincount(values + 3)
    assert len(counts) == 7
    assert np.abs(counts - 10_000).max() < 500
    assert stream.integers(0, 1 << 32, 1000).max() > 1 << 31
    assert stream.integers(5, 6, (2, 0)).shape == (2, 0)


@pytest.mark.parametrize(("lo", "hi"), [(0, 0), (3, 2), (0, (1 << 32) + 1)])
def test_integers_refuse_an_empty_or_too_wide_range(stream, lo, hi):
    with pytest.raises(ValueError, match="lo, hi"):
        stream.integers(lo, hi, 3)


def test_booleans_keep_their_probability(stream):
    assert abs(stream.booleans(100_000, 0.25).mean() - 0.25) < 0.01
    assert not stream.booleans(1000, 0).any()
    assert stream.booleans(1000, 1).all()
    with pytest.raises(ValueError, match="probability"):
        stream.booleans(3, 1.5)


def test_choice_and_permutation(stream):
    assert np.array_equal(np.sort(stream.permutation(100)), np.arange(100))
    rows = stream.choice_rows(500, 10, 4)
    assert all(len(set(row)) == 4 for row in rows.tolist())
    assert np.abs(np.bincount(rows.ravel(), minlength=10) - 200).max() < 60
    assert stream.choice_rows(0, 10, 4).shape == (0, 4)
    with pytest.raises(ValueError, match="k: has 5"):
        stream.choice(4, 5)


@pytest.mark.parametrize("shape", [-1, (3, -2)])
def test_negative_sizes_are_refused(shape):
    with pytest.raises(ValueError, match="shape"):
        dims(shape)


@pytest.mark.parametrize("dtype", FLOATS)
def test_normal_has_its_moments_and_tails(stream, dtype):
    values = data.normal(stream, (200, 500), std=0.5, dtype=dtype)
    assert values.dtype == dtype
    wide = values.astype(np.float64)
    assert abs(wide.mean()) < 0.01
    assert abs(wide.std() - 0.5) < 0.005
    assert abs((wide**4).mean() / wide.var() ** 2 - 2.85) < 0.1
    assert np.abs(wide).max() <= 0.5 * 4.9 * 1.01


@pytest.mark.parametrize("dtype", FLOATS)
def test_log_uniform_stays_in_its_exponents(stream, dtype):
    values = data.log_uniform(stream, 4000, -10, 5, dtype=dtype).astype(np.float64)
    exponents = np.frexp(np.abs(values))[1] - 1
    assert exponents.min() == -10
    assert exponents.max() == 5
    assert 0.4 < (values < 0).mean() < 0.6
    assert (data.log_uniform(stream, 100, -3, 3, signed=False, dtype=dtype) > 0).all()


@pytest.mark.parametrize(
    ("dtype", "smallest", "largest"), [(np.float32, -149, 127), (np.float16, -24, 15), (BF16, -133, 127)]
)
def test_powers_of_two_are_exact_over_the_whole_range(stream, dtype, smallest, largest):
    values = data.powers_of_two(stream, 20_000, smallest, largest, dtype=dtype)
    mantissas, exponents = np.frexp(np.abs(values.astype(np.float64)))
    assert (mantissas == 0.5).all()
    assert set((exponents - 1).tolist()) == set(range(smallest, largest + 1))
    with pytest.raises(ValueError, match="first, last"):
        data.powers_of_two(stream, 3, smallest - 1, largest, dtype=dtype)
    with pytest.raises(ValueError, match="first, last"):
        data.log_uniform(stream, 3, smallest, largest + 1, dtype=dtype)


def test_small_integers_refuse_what_the_dtype_rounds(stream):
    values = data.small_integers(stream, 5000, 256, dtype=BF16).astype(np.float64)
    assert values.min() == -256
    assert values.max() == 256
    assert (values == np.round(values)).all()
    with pytest.raises(ValueError, match="max_abs"):
        data.small_integers(stream, 3, 257, dtype=BF16)
    with pytest.raises(ValueError, match="dtype"):
        data.small_integers(stream, 3, 2, dtype=np.int32)


def test_bfloat16_rounding_agrees_with_ml_dtypes():
    raw = data.Stream("test/bf16", "x").bits(200_000, np.uint32)
    ties = (raw & 0xFFFF0000) | 0x8000
    values = np.concatenate([raw, ties]).astype(np.uint32).view(np.float32)
    with np.errstate(invalid="ignore"):
        ours, theirs = data.float32_to_bfloat16(values), values.astype(BF16)
    finite = ~np.isnan(values)
    assert np.array_equal(ours.view(np.uint16)[finite], theirs.view(np.uint16)[finite])
    assert np.isnan(ours.astype(np.float32)[~finite]).all()
    lowest_payload = np.array([0x7F800001, 0xFF800001], dtype=np.uint32).view(np.float32)
    assert np.isnan(data.float32_to_bfloat16(lowest_payload).astype(np.float32)).all()


def test_outliers_change_their_channels_only(stream):
    x = data.normal(stream, (6, 64), dtype=BF16)
    channels = data.outlier_channels(stream, 64, 3)
    y = data.with_outliers(x, channels, 5)
    assert len(set(channels.tolist())) == 3
    others = np.setdiff1d(np.arange(64), channels)
    assert np.array_equal(y[:, others].view(np.uint16), x[:, others].view(np.uint16))
    assert np.array_equal(y[:, channels].astype(np.float64), x[:, channels].astype(np.float64) * 32)


def test_codes(stream):
    assert set(data.codes(stream, 8000).tolist()) == set(range(256)) - {0x7F, 0xFF}
    assert set(data.codes(stream, 8000, nan=True).tolist()) == set(range(256))
    assert data.every_code((3, 256))[2].tolist() == list(range(256))
    assert len(set(data.every_code(254, nan=False).tolist())) == 254


@pytest.mark.parametrize("max_abs", [0, 1, 5, 16, 17, 30, 448])
def test_integer_tables_hold_exactly_the_representable_integers(max_abs):
    every = np.arange(256, dtype=np.uint8)
    values = e4m3(every)
    integral = np.isfinite(values) & (values == np.round(values)) & (np.abs(values) <= max_abs)
    assert set(data.multiples_table(max_abs).tolist()) == set(every[integral].tolist()) - {0x80}


def test_exact_codes_keep_bound_quantum_and_density(stream):
    values = e4m3(data.exact_codes(stream, (40, 50), Fraction(3, 2), quantum=Fraction(1, 4)))
    assert np.abs(values).max() == 1.5
    assert (values * 4 == np.round(values * 4)).all()
    thin = e4m3(data.exact_codes(stream, 10_000, 4, density=0.1))
    assert abs((thin != 0).mean() - 0.1 * 8 / 9) < 0.02
    with pytest.raises(ValueError, match="quantum"):
        data.exact_codes(stream, 3, 1, quantum=Fraction(1, 1024))


def test_integer_codes_decode_to_their_integers():
    values = np.arange(-16, 17).reshape(3, 11)
    assert np.array_equal(e4m3(data.integer_codes(values)), values)
    assert data.integer_codes(np.array(0)) == 0
    with pytest.raises(ValueError, match="values: has 17"):
        data.integer_codes(np.array([1, 17]))


@pytest.mark.parametrize(
    ("shape", "first", "last"), [((7, 40), 120, 124), ((3, 33, 5), 0, 254), ((4, 9), 126, 127), ((2, 0), 1, 9)]
)
def test_distinct_scale_bytes_differ_along_every_axis(stream, shape, first, last):
    scales = data.distinct_scale_bytes(stream, shape, first, last)
    assert scales.dtype == np.uint8
    assert scales.shape == shape
    if scales.size:
        assert first <= scales.min() <= scales.max() <= last
    for axis, size in enumerate(shape):
        lines = np.moveaxis(scales, axis, -1).reshape(scales.size // max(size, 1), size)
        width = min(size, last - first + 1)
        assert all(len(set(line[i : i + width])) == width for line in lines for i in range(size - width + 1))


def test_scale_bytes_refuse_bad_ranges(stream):
    assert set(data.scale_bytes(stream, 1000, 253, 255).tolist()) == {253, 254, 255}
    for first, last in [(-1, 3), (4, 3), (0, 256)]:
        with pytest.raises(ValueError, match="first, last"):
            data.scale_bytes(stream, 3, first, last)
    with pytest.raises(ValueError, match="first, last"):
        data.distinct_scale_bytes(stream, 3, 5, 5)


def test_top_k_breaks_ties_by_index():
    scores = np.array([[1, 3, 3, 0], [2, 2, 2, 2]])
    assert data.top_k(scores, 3).tolist() == [[1, 2, 0], [0, 1, 2]]
    with pytest.raises(ValueError, match="scores"):
        data.top_k(scores.astype(np.float32), 2)
    with pytest.raises(ValueError, match="k: has 5"):
        data.top_k(scores, 5)


@pytest.mark.parametrize("kind", ROUTINGS)
@pytest.mark.parametrize(("tokens", "experts", "k"), [(0, 5, 2), (1, 3, 2), (33, 12, 4), (9, 257, 8)])
def test_routings_have_shape_dtype_and_range(stream, kind, tokens, experts, k):
    ids = data.routing(kind, stream, tokens, experts, k)
    assert ids.dtype == np.int32
    assert ids.shape == (tokens, k)
    assert ((ids >= 0) & (ids < experts)).all()
    if kind in {"uniform", "skewed", "some_empty"}:
        assert all(len(set(row)) == k for row in ids.tolist())


def test_routings_are_what_their_names_say(stream):
    counts = {kind: np.bincount(data.routing(kind, stream, 400, 16, 2).ravel(), minlength=16) for kind in data.ROUTINGS}
    assert counts["uniform"].min() > 25
    assert counts["skewed"].max() > 3 * np.median(counts["skewed"])
    assert sorted(counts["all_to_one"].tolist())[-2:] == [0, 800]
    assert (counts["some_empty"] == 0).sum() >= 8
    twice = data.routing("with_duplicates", stream, 20, 16, 3)
    assert (twice[::2, 0] == twice[::2, 1]).all()
    assert not (twice[:, 0] == twice[:, 1]).all()
    tied = data.routing("ties", stream, 40, 16, 3)
    assert tied[0].tolist() == [0, 1, 2]
    assert (np.diff(tied, axis=1) > 0).mean() > 0.9, "of equal scores the lower id comes first"


def test_routings_refuse_what_they_cannot_do(stream):
    for kind, experts, k in [("some_empty", 3, 3), ("with_duplicates", 3, 1), ("uniform", 3, 4), ("sorted", 3, 2)]:
        with pytest.raises(ValueError, match="needs"):
            data.routing(kind, stream, 4, experts, k)


def test_softmax_weights_are_correctly_rounded(stream):
    scores = data.logits(stream, 20, 12)
    assert abs(data.logits(stream, 100, 100).std() / 1024 - 2) < 0.05
    ids, weights = data.softmax_top_k(scores, 4)
    chosen = np.take_along_axis(scores, ids.astype(np.int64), axis=1) / 1024
    exps = np.exp(chosen)
    assert weights.dtype == np.float32
    assert np.allclose(weights, exps / exps.sum(axis=1, keepdims=True), rtol=1.3e-7, atol=0)
    assert np.abs(weights.astype(np.float64).sum(axis=1) - 1).max() < 1e-6
    _, partial = data.softmax_top_k(scores, 4, renormalize=False)
    assert (partial.sum(axis=1) < 1).all()


def test_softmax_of_equal_logits_is_exact():
    assert data.softmax_top_k(np.zeros((2, 8), dtype=np.int64), 4)[1].tolist() == [[0.25] * 4] * 2


@pytest.mark.parametrize("kind", data.WEIGHTS)
def test_router_weights_have_shape_and_dtype(stream, kind):
    weights = data.router_weights(kind, stream, 5, 3)
    assert weights.dtype == np.float32
    assert weights.shape == (5, 3)
    assert np.isfinite(weights).all()
    assert data.router_weights(kind, stream, 0, 3).shape == (0, 3)


@pytest.mark.parametrize("kinds", [data.WEIGHTS, data.EXACT_WEIGHTS])
@pytest.mark.parametrize("kind", ["softmax", "bfloat16", "negative"])
def test_a_single_choice_weighs_less_than_one(stream, kinds, kind):
    weights = np.abs(kinds[kind](stream, 40, 1))
    assert ((weights > 0) & (weights < 1)).all() and len(np.unique(weights)) > 10


def test_special_router_weights(stream):
    assert data.router_weights("zero", stream, 5, 3)[0, 0] == 0
    assert (data.router_weights("negative", stream, 20, 4) < 0).any()
    coarse = data.router_weights("bfloat16", stream, 9, 4)
    assert (coarse.view(np.uint32) & 0xFFFF == 0).all()
    with pytest.raises(ValueError, match="kind"):
        data.router_weights("none", stream, 1, 1)


@pytest.mark.parametrize("kind", data.EXACT_WEIGHTS)
@pytest.mark.parametrize("k", [1, 2, 8, 33])
def test_exact_router_weights_are_of_their_kind_with_few_bits(stream, kind, k):
    weights = data.exact_router_weights(kind, stream, 7, k)
    assert weights.dtype == np.float32 and weights.shape == (7, k)
    mantissa, _ = np.frexp(weights.astype(np.float64))
    assert (mantissa * 256 % 1 == 0).all(), "at most eight significant bits"
    ordinary = data.router_weights(kind, stream, 7, k)
    assert ((weights == 0).any(), (weights < 0).any() and k > 1) == (
        (ordinary == 0).any(),
        (ordinary < 0).any() and k > 1,
    )
    if kind == "softmax":
        assert (weights.sum(axis=1) == 1).all() == (k > 1) and (np.diff(weights, axis=1) <= 0).all()
    if kind in ("tiny", "huge"):
        assert np.abs(np.log2(weights / ordinary)).max() < 64


def test_exact_router_weights_refuse_unknown_kinds_and_take_no_tokens(stream):
    assert data.exact_router_weights("softmax", stream, 0, 3).shape == (0, 3)
    with pytest.raises(ValueError, match="kind"):
        data.exact_router_weights("none", stream, 1, 1)


def test_fraction_to_float32_rounds_once():
    rounded = data.fraction_to_float32
    assert rounded(Fraction(1, 3)) == np.float32(1 / 3)
    # Just above a float32 tie: by way of float64 it would become the tie and round down to even.
    assert rounded(1 + Fraction(1, 2**24) + Fraction(1, 2**80)) == np.float32(1 + 2.0**-23)
    assert rounded(1 + Fraction(1, 2**24)) == np.float32(1)
    assert rounded(Fraction(1, 2**149)) == np.float32(2.0**-149)
    assert rounded(Fraction(1, 2**150)) == 0
    assert rounded(Fraction(3, 2**150)) == np.float32(2.0**-148)
    assert rounded(Fraction(2**128 - 2**104)) == np.finfo(np.float32).max
    assert rounded(Fraction(-(2**128 - 2**103))) == -np.inf
    assert rounded(Fraction(-7, 10**9)) == np.float32(-7e-9)


@pytest.mark.parametrize("experts", [1, 5, 12, 257])
@pytest.mark.parametrize("world", [1, 3, 8])
@pytest.mark.parametrize("kind", ["contiguous", "round_robin", "random_partition"])
def test_partitions_place_each_expert_once(stream, experts, world, kind):
    if kind == "random_partition":
        maps = expert_maps.random_partition(stream, experts, world)
    else:
        maps = [getattr(expert_maps, kind)(experts, rank, world) for rank in range(world)]
    placed = np.concatenate([expert_maps.owned(m) for m in maps])
    assert np.array_equal(np.sort(placed), np.arange(experts))
    counts = [expert_maps.local_count(m) for m in maps]
    assert max(counts) - min(counts) <= 1
    for m, count in zip(maps, counts, strict=True):
        assert m.dtype == np.int32
        assert sorted(m[m >= 0].tolist()) == list(range(count))


def test_named_expert_maps(stream):
    assert expert_maps.identity(4).tolist() == [0, 1, 2, 3]
    assert expert_maps.contiguous(7, 1, 2).tolist() == [-1, -1, -1, -1, 0, 1, 2]
    assert expert_maps.round_robin(5, 1, 2).tolist() == [-1, 0, -1, 1, -1]
    assert expert_maps.one_local(4, 2).tolist() == [-1, -1, 0, -1]
    assert expert_maps.none_local(3).tolist() == [-1, -1, -1]
    assert sorted(expert_maps.random_permutation(stream, 9).tolist()) == list(range(9))
    for bad in (lambda: expert_maps.contiguous(4, 2, 2), lambda: expert_maps.one_local(4, 4)):
        with pytest.raises(ValueError, match="needs"):
            bad()


def test_gaussian_weights_follow_the_quantizer(monkeypatch, stream):
    def quantizer(x, rule):
        return (x.view(np.uint32) >> 24).astype(np.uint8), x[:, ::32].view(np.uint32).astype(np.uint8)

    monkeypatch.setattr(weights, "quantize_mxfp8", quantizer)
    codes, scales = data.gaussian_weights(stream, (5, 6, 64), outliers=2, distinct=2)
    assert codes.shape == (5, 6, 64)
    assert scales.shape == (5, 6, 2)
    assert codes.dtype == scales.dtype == np.uint8
    assert len({codes[e].tobytes() for e in range(5)}) == 5
    assert np.array_equal(codes[4], np.roll(codes[0], 2, axis=0))
    assert np.array_equal(scales[3], np.roll(scales[1], 1, axis=0))
    assert prod(data.gaussian_weights(stream, (0, 6, 64))[0].shape) == 0
    with pytest.raises(ValueError, match="K = 33"):
        data.gaussian_weights(stream, (1, 2, 33))


def test_gaussian_weights_decode_to_gaussian_values():
    codes, scales = data.gaussian_weights(data.Stream("a/b", "w"), (2, 64, 64), std=0.02)
    values = e4m3(codes).reshape(2, 64, 2, 32) * data.exp2(scales.astype(np.int64) - 127)[..., None]
    assert abs(values.std() - 0.02) < 0.001
    assert abs(values.mean()) < 0.001


@pytest.mark.parametrize("name", ["moe/shipped-model-on-one-of-8-ranks", "moe/exact-on-one-of-8-ranks"])
def test_experts_that_no_route_comes_near_have_no_weights(name):
    shipped = next(case for case in select("gate") if case.id == name)
    small = replace(shipped, params=shipped.params | {"H": 128, "I": 128})
    found, whole = small.inputs(), replace(small, params=small.params | {"filled": None}).inputs()
    near = {int(id_) + step for id_ in found["topk_ids"].flat for step in (-1, 0, 1)} & {*range(128)}
    assert 4 < len(near) < 40
    for tensor in ("w13", "w13_scale", "w2", "w2_scale"):
        assert {*np.flatnonzero(found[tensor].any(axis=(1, 2)))} == near
        assert np.array_equal(found[tensor][sorted(near)], whole[tensor][sorted(near)])


PINNED = "2b0ed0eda52773d57ea495ca842f324dc65ad28a8de6aa2a9041db8384003e92"
