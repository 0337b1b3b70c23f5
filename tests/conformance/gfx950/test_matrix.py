"""Does each matrix instruction read and write the elements where the manual says? Proven one element at a time."""

from __future__ import annotations

import itertools
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

from conformance.gfx950.errors import NotEmulated
from conformance.gfx950.instructions.matrix import FORMATS, MATRIX, Product, scale_byte
from conformance.gfx950.instructions.sums import SUMS

Array = np.ndarray
CODECS = {
    "fp8": ml_dtypes.float8_e4m3fn,
    "bf8": ml_dtypes.float8_e5m2,
    "fp4": ml_dtypes.float4_e2m1fn,
    "f16": np.float16,
    "bf16": ml_dtypes.bfloat16,
    "f32": np.float32,
    "f64": np.float64,
    "i8": np.int8,
}
SELECTORS = {"fp8": 0, "bf8": 1, "fp4": 4}
PRODUCTS: dict[str, Product] = {}
SEVERAL: dict[str, Product] = {}  # several matrices in one instruction, or FP64
for mnemonic, matrix in MATRIX.items():
    if matrix.matrices > 1 or matrix.a_format == "f64":
        SEVERAL[mnemonic] = matrix.configured({})
    elif matrix.a_format:
        PRODUCTS[mnemonic] = matrix.configured({})
    else:
        for x, y in itertools.product(SELECTORS, repeat=2):
            PRODUCTS[f"{mnemonic} {x} {y}"] = matrix.configured({"cbsz": SELECTORS[x], "blgp": SELECTORS[y]})
SCALED = [name for name in PRODUCTS if "scale" in name]


def index_of_k(product: Product, name: str, group: int, element: int) -> int:
    """k of a lane group's element: the manual's rule, once more."""
    if "f8f6f4" in key_of(product) and name != "fp4":
        return element // 16 * (product.depth // 2) + 16 * group + element % 16
    return group * (product.depth * product.size // 64) + element


def key_of(product: Product) -> str:
    return next(key for key, value in PRODUCTS.items() if value is product)


def pack(product: Product, name: str, rows: Array) -> Array:
    """uint32 [registers, W, 64] from codes [W, size, depth], element by element."""
    bits, groups = FORMATS[name].bits, 64 // product.size
    count = product.depth // groups
    registers = np.zeros((count * bits // 32, len(rows), 64), np.uint32)
    for lane in range(64):
        group, row = divmod(lane, product.size)
        for element in range(count):
            word, shift = divmod(element * bits, 32)
            code = rows[:, row, index_of_k(product, name, group, element)].astype(np.uint32)
            registers[word, :, lane] |= code << np.uint32(shift)
    return registers


def unpack(product: Product, registers: Array) -> Array:
    """[W, size, size] of C's or D's registers."""
    matrices = np.empty((registers.shape[1], product.size, product.size), registers.dtype)
    for i in range(len(registers)):
        for lane in range(64):
            group, column = divmod(lane, product.size)
            row = i % 4 + 4 * group + i // 4 * 4 * (64 // product.size)
            matrices[:, row, column] = registers[i, :, lane]
    return matrices


def codes_of(name: str, values: Array) -> Array:
    bits = FORMATS[name].bits
    return values.astype(CODECS[name]).view(
        {4: np.uint8, 8: np.uint8, 16: np.uint16, 32: np.uint32, 64: np.uint64}[bits]
    )


def values_of(name: str, codes: Array) -> Array:
    with np.errstate(invalid="ignore"):  # signalling NaN
        return codes.view(CODECS[name]).astype(np.float64)


def zeros(product: Product, waves: int) -> Array:
    return np.zeros((product.size * product.size // 64, waves, 64), product.accumulator)


def small(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.choice([-4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0], shape)


@pytest.mark.parametrize("side", ["A", "B"])
@pytest.mark.parametrize("key", PRODUCTS)
def test_each_element_of_an_operand(key: str, side: str) -> None:
    """One element is 1, all others of its matrix 0: D has that k of the other matrix in that row (column)."""
    product = PRODUCTS[key]
    rng = np.random.default_rng(1)
    ones, others = (product.a_format, product.b_format) if side == "A" else (product.b_format, product.a_format)
    bits = FORMATS[ones].bits
    per_lane = product.depth * product.size // 64
    sparse = np.zeros((per_lane * bits // 32, 64 * per_lane, 64), np.uint32)
    lane, element = np.divmod(np.arange(64 * per_lane), per_lane)
    one = np.uint32(codes_of(ones, np.ones(1))[0])
    sparse[element * bits // 32, np.arange(64 * per_lane), lane] = one << (element * bits % 32).astype(np.uint32)
    dense = small(rng, (1, product.size, product.depth))
    packed = np.repeat(pack(product, others, codes_of(others, dense)), 64 * per_lane, axis=1)
    a, b = (sparse, packed) if side == "A" else (packed, sparse)
    observed = unpack(product, product.run(a, b, zeros(product, 64 * per_lane), None, "exact"))
    expected = np.zeros(observed.shape)
    k = [index_of_k(product, ones, int(at) // product.size, int(e)) for at, e in zip(lane, element, strict=True)]
    if side == "A":
        expected[np.arange(len(k)), lane % product.size, :] = dense[0, :, k]
    else:
        expected[np.arange(len(k)), :, lane % product.size] = dense[0, :, k]
    np.testing.assert_array_equal(observed, expected)


@pytest.mark.parametrize("key", PRODUCTS)
def test_accumulator_elements_stay_in_place(key: str) -> None:
    product = PRODUCTS[key]
    rng = np.random.default_rng(2)
    c = rng.integers(-1000, 1000, zeros(product, 3).shape).astype(product.accumulator)
    empty = [np.zeros((product.depth * FORMATS[f].bits * product.size // 2048, 3, 64), np.uint32)
             for f in (product.a_format, product.b_format)]  # fmt: skip
    np.testing.assert_array_equal(product.run(*empty, c, None, "exact"), c)


@pytest.mark.parametrize("model", SUMS)
@pytest.mark.parametrize("key", PRODUCTS)
def test_dense_matrices(key: str, model: str) -> None:
    product = PRODUCTS[key]
    rng = np.random.default_rng(3)
    a, b = (small(rng, (5, product.size, product.depth)) for _ in range(2))
    c = rng.integers(-100, 100, zeros(product, 5).shape).astype(product.accumulator)
    packed = (
        pack(product, product.a_format, codes_of(product.a_format, a)),
        pack(product, product.b_format, codes_of(product.b_format, b)),
    )
    observed = unpack(product, product.run(*packed, c, None, model))
    np.testing.assert_array_equal(observed, np.matmul(a, b.transpose(0, 2, 1)) + unpack(product, c))


def operand_of_several(product: Product, values: Array) -> Array:
    """uint32 registers of A (or B) from [W, matrix, row, k], lane by lane as AMD's calculator lists them."""
    size, per_lane = product.size, product.depth * product.size * product.matrices // 64
    codes = codes_of(product.a_format, values)
    lanes = np.empty((len(values), 64, per_lane), codes.dtype)
    for lane in range(64):
        matrix, first = lane // size % product.matrices, lane // (size * product.matrices) * per_lane
        lanes[:, lane] = codes[:, matrix, lane % size, first : first + per_lane]
    return np.moveaxis(lanes.view(np.uint32), 2, 0)


def result_of_several(product: Product, registers: Array) -> Array:
    """[W, matrix, row, column] of D's elements."""
    size, count = product.size, product.matrices
    result = np.empty((registers.shape[1], count, size, size), registers.dtype)
    for at, lane in np.ndindex(len(registers), 64):
        if product.a_format == "f64":
            matrix, row = lane // size % count, 4 * at + lane // (size * count)
        elif size == 4:
            matrix, row = lane // 4, at
        else:
            matrix, i = divmod(at, len(registers) // count)
            row = i % 4 + 4 * (lane // size) + i // 4 * 4 * (64 // size)
        result[:, matrix, row, lane % size] = registers[at, :, lane]
    return result


@pytest.mark.parametrize("key", SEVERAL)
def test_several_matrices_and_doubles(key: str) -> None:
    """Each pair is multiplied by itself; numbers differ everywhere, so that an element out of place shows."""
    product = SEVERAL[key]
    rng = np.random.default_rng(7)
    wide = product.a_format in ("f32", "f64")
    a, b = (
        rng.integers(-100, 100, (3, product.matrices, product.size, product.depth)) * (0.25 if wide else 1)
        for _ in range(2)
    )
    elements = product.size * product.size * product.matrices // 64
    c = rng.integers(-1000, 1000, (elements, 3, 64)).astype(product.accumulator)
    for model in SUMS:
        observed = product.run(operand_of_several(product, a), operand_of_several(product, b), c, None, model)
        expected = np.matmul(a, np.swapaxes(b, 2, 3)) + result_of_several(product, c)
        np.testing.assert_array_equal(result_of_several(product, observed), expected)


def test_doubles_are_added_by_one_fma_after_another() -> None:
    product = SEVERAL["v_mfma_f64_16x16x4_f64"]
    a = np.zeros((1, 1, 16, 4))
    a[..., 0], a[..., 1], a[..., 2] = 1 + 2.0**-30, 2.0**-60, -1.0
    b = np.ones((1, 1, 16, 4))
    b[..., 0] = 1 + 2.0**-30
    c = np.full((4, 1, 64), 2.0**-53)
    observed = product.run(operand_of_several(product, a), operand_of_several(product, b), c, None, "exact")
    first = float(np.float64(Fraction(1 + 2.0**-30) ** 2 + Fraction(2) ** -53))  # one rounding
    assert set(observed.ravel().tolist()) == {(first + 2.0**-60) - 1.0}


def scale_lanes(product: Product, scales: Array) -> Array:
    """uint8 [W, 64] from scale bytes [W, size, blocks]."""
    lane = np.arange(64)
    return scales[:, lane % product.size, lane // product.size]


@pytest.mark.parametrize("key", SCALED)
def test_each_scale(key: str) -> None:
    """Scales differ in each row and each block, and one at a time is raised by 2^8."""
    product = PRODUCTS[key]
    blocks = product.depth // 32
    rng = np.random.default_rng(4)
    waves = 2 * 64 + 1
    scales = np.broadcast_to(rng.integers(120, 135, (2, 1, product.size, blocks)), (2, waves, product.size, blocks))
    scales = scales.astype(np.uint8)
    for wave in range(2 * 64):
        side, lane = divmod(wave, 64)
        scales[side, wave, lane % product.size, lane // product.size] += 8
    a, b = (small(rng, (1, product.size, product.depth)) for _ in range(2))
    packed = [np.repeat(pack(product, name, codes_of(name, values)), waves, axis=1)
              for name, values in ((product.a_format, a), (product.b_format, b))]  # fmt: skip
    lanes = [scale_lanes(product, scales[side]) for side in (0, 1)]
    observed = unpack(product, product.run(*packed, zeros(product, waves), (lanes[0], lanes[1]), "exact"))
    factor = [np.repeat(2.0 ** (scales[side].astype(np.float64) - 127), 32, axis=2) for side in (0, 1)]
    expected = np.matmul(a * factor[0], (b * factor[1]).transpose(0, 2, 1))  # integers below 2^53 of a unit: exact
    np.testing.assert_array_equal(observed, expected.astype(np.float32))


@pytest.mark.parametrize("key", SCALED)
def test_nan_scales_and_largest_scales(key: str) -> None:
    product = PRODUCTS[key]
    blocks = product.depth // 32
    scales = np.full((2, 4, product.size, blocks), 127, np.uint8)
    scales[0, 0, 3, 1], scales[1, 1, 5, 0] = 255, 255  # NaN
    scales[0, 2, 2, 0], scales[1, 2, 2, 0] = 254, 254  # overflow
    scales[0, 3, 2, :], scales[1, 3, 2, :] = 0, 0  # underflow
    ones = [np.repeat(pack(product, name, codes_of(name, np.ones((1, product.size, product.depth)))), 4, axis=1)
            for name in (product.a_format, product.b_format)]  # fmt: skip
    lanes = [scale_lanes(product, scales[side]) for side in (0, 1)]
    observed = unpack(product, product.run(*ones, zeros(product, 4), (lanes[0], lanes[1]), "exact"))
    expected = np.full(observed.shape, float(product.depth), np.float32)
    expected[0, 3, :], expected[1, :, 5] = np.nan, np.nan
    with np.errstate(over="ignore"):
        expected[2, 2, :] = expected[2, :, 2] = np.float32(product.depth - 32 + 32 * 2.0**127)
        expected[2, 2, 2] = np.inf
        expected[3, 2, :] = expected[3, :, 2] = np.float32(product.depth * 2.0**-127)
        expected[3, 2, 2] = 0
    np.testing.assert_array_equal(observed, expected)


@pytest.mark.parametrize("name", ["fp8", "bf8", "fp4", "f16", "bf16"])
def test_every_code(name: str) -> None:
    """Codes against ml_dtypes' values; a NaN code gives the canonical NaN in its row only."""
    bits = FORMATS[name].bits
    codes = np.arange(1 << bits).astype(np.uint16 if bits == 16 else np.uint8)
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(FORMATS[name].decode(codes), values_of(name, codes))


def test_a_nan_code_reaches_its_row_only() -> None:
    product = PRODUCTS["v_mfma_scale_f32_32x32x64_f8f6f4 fp8 fp8"]
    codes = np.full((2, 32, 64), 0x38, np.uint8)
    codes[0, 7, 40], codes[1, 7, 40] = 0x7F, 0xFF
    a = pack(product, "fp8", codes)
    b = pack(product, "fp8", np.full((2, 32, 64), 0x38, np.uint8))
    scale = np.full((2, 64), 127, np.uint8)
    observed = unpack(product, product.run(a, b, zeros(product, 2), (scale, scale), "exact"))
    expected = np.full(observed.shape, 64.0, np.float32)
    expected[:, 7, :] = np.nan
    np.testing.assert_array_equal(observed, expected)
    assert set(observed[:, 7].view(np.uint32).ravel().tolist()) == {0x7FC00000}


def test_int8_wraps() -> None:
    product = PRODUCTS["v_mfma_i32_32x32x32_i8"]
    most = pack(product, "i8", codes_of("i8", np.full((1, 32, 32), -128)))
    c = np.full((16, 1, 64), 2**31 - 1, np.int32)
    assert set(product.run(most, most, c, None, "exact").ravel().tolist()) == {2**31 - 1 + 32 * 2**14 - 2**32}


def test_more_waves_than_are_multiplied_at_a_time() -> None:
    product = PRODUCTS["v_mfma_scale_f32_16x16x128_f8f6f4 fp8 fp8"]
    rng = np.random.default_rng(6)
    a, b = (rng.integers(0, 2**32, (8, 150, 64), dtype=np.uint32) for _ in range(2))
    c = rng.standard_normal((4, 150, 64)).astype(np.float32)
    scales = rng.integers(0, 256, (2, 150, 64)).astype(np.uint8)
    whole = product.run(a, b, c, (scales[0], scales[1]), "exact")
    for wave in (0, 63, 64, 127, 128, 149):
        one = slice(wave, wave + 1)
        alone = product.run(a[:, one], b[:, one], c[:, one], (scales[0, one], scales[1, one]), "exact")
        np.testing.assert_array_equal(whole[:, one].view(np.uint32), alone.view(np.uint32))


def test_scale_byte_selection() -> None:
    register = np.array([[0x44332211]], np.uint32)
    assert [int(scale_byte(register, low, high)[0, 0]) for high in (0, 1) for low in (0, 1)] == [17, 34, 51, 68]
    product = MATRIX["v_mfma_scale_f32_32x32x64_f8f6f4"].configured({"op_sel": [1, 0, 0], "op_sel_hi": [1, 1, 0]})
    assert product.scale_bytes == ((1, 1), (0, 1))


@pytest.mark.parametrize(
    ("mnemonic", "modifiers", "named"),
    [
        ("v_mfma_f32_32x32x16_bf16", {"cbsz": 1}, "cbsz:1"),
        ("v_mfma_f32_32x32x16_bf16", {"abid": 2}, "abid:2"),
        ("v_mfma_f32_32x32x16_f16", {"blgp": 3}, "blgp:3"),
        ("v_mfma_f32_16x16x32_f16", {"neg": [0, 1, 0]}, "neg:"),
        ("v_mfma_f32_16x16x32_f16", {"op_sel": [0, 1, 0]}, "op_sel"),
        ("v_mfma_i32_16x16x64_i8", {"clamp": True}, "clamp"),
        ("v_mfma_f32_32x32x64_f8f6f4", {"cbsz": 2}, "cbsz:2"),
        ("v_mfma_scale_f32_32x32x64_f8f6f4", {"blgp": 3}, "blgp:3"),
        ("v_mfma_scale_f32_32x32x64_f8f6f4", {"op_sel_hi": [0, 0, 1]}, "op_sel_hi"),
    ],
)
def test_what_is_not_emulated_is_named(mnemonic: str, modifiers: dict[str, object], named: str) -> None:
    with pytest.raises(NotEmulated, match=named):
        MATRIX[mnemonic].configured(modifiers)


def test_modifiers_that_change_nothing() -> None:
    MATRIX["v_mfma_f32_32x32x16_bf16"].configured({"cbsz": 0, "blgp": 0, "neg": [0, 0, 0], "clamp": False})


def test_a_wrong_number_of_registers_is_refused() -> None:
    product = PRODUCTS["v_mfma_f32_32x32x64_f8f6f4 fp4 fp8"]
    registers = np.zeros((8, 1, 64), np.uint32)
    with pytest.raises(NotEmulated, match="8 registers of fp4, 4 expected"):
        product.run(registers, registers, zeros(product, 1), None, "exact")
