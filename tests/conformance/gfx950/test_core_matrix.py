"""Does the core's C give the bits of NumPy's matrix instructions? Under each model, on what tells roundings apart."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from conformance.gfx950.core import build
from conformance.gfx950.core import matrix as core
from conformance.gfx950.errors import NotEmulated
from conformance.gfx950.instructions.matrix import FORMATS, MATRIX, Product, Scales
from conformance.gfx950.instructions.sums import SUMS

pytestmark = pytest.mark.skipif(build.load().library is None, reason=build.load().said)

Array = np.ndarray
Rng = np.random.Generator
WAVES = 2
SELECTORS = {"fp8": 0, "bf8": 1, "fp4": 4}
PRODUCTS: dict[str, Product] = {}
for mnemonic, matrix in MATRIX.items():
    if not matrix.a_format:
        for x, y in itertools.product(SELECTORS, repeat=2):
            PRODUCTS[f"{mnemonic} {x} {y}"] = matrix.configured({"cbsz": SELECTORS[x], "blgp": SELECTORS[y]})
    elif core.able(matrix.configured({})):
        PRODUCTS[mnemonic] = matrix.configured({})


def words(rng: Rng, *shape: int) -> Array:
    return rng.integers(0, 1 << 32, shape, np.uint32)


def narrow(rng: Rng, name: str, shape: tuple[int, ...]) -> Array:
    """Registers of small odd integers and zeros, of which float64 loses none: results tie, cancel and are zero."""
    bits = FORMATS[name].bits
    codes = np.arange(1 << bits, dtype=f"u{max(1, bits // 8)}") if bits < 32 else np.arange(-7, 8, dtype=np.float32)
    with np.errstate(invalid="ignore"):
        values = FORMATS[name].decode(codes.view(f"u{max(1, bits // 8)}"))
        chosen = codes[(np.abs(values) < 8) & ((values % 2 == 1) | (values == 0))].view(f"u{max(1, bits // 8)}")
    drawn = rng.choice(chosen, (*shape, 32 // bits)).astype(np.uint32)
    return np.bitwise_or.reduce(drawn << (np.arange(32 // bits) * bits).astype(np.uint32), axis=-1)


def accumulators(product: Product, draw: Callable[[tuple[int, ...]], Array]) -> Array:
    return draw((product.size * product.size // 64, WAVES, 64)).astype(np.float32)


def scales(rng: Rng, low: int, high: int) -> tuple[Array, Array]:
    first, second = rng.integers(low, high, (2, WAVES, 64)).astype(np.uint8)
    return first, second


Operands = tuple[Array, Array, Array, Scales]


def anything(product: Product, rng: Rng, draw_scales: tuple[int, int] = (0, 256)) -> Operands:
    """Any word in each register: NaN, Inf and subnormal operands, exponents far apart."""
    a, b = (words(rng, registers(product, name), WAVES, 64) for name in (product.a_format, product.b_format))
    c = words(rng, product.size * product.size // 64, WAVES, 64).view(np.float32)
    return a, b, c, scales(rng, *draw_scales)


def small(product: Product, rng: Rng) -> Operands:
    """Sums of small integers beside a C of 25 bits' weight: ties, and nothing but zeros."""
    a, b = (narrow(rng, name, (registers(product, name), WAVES, 64)) for name in (product.a_format, product.b_format))
    a[:, 0, :5] = 0
    b[:, 0, :5] = 0
    c = accumulators(product, lambda shape: rng.choice([0, 0, 2**24, 2**25 + 4, -(2**25) - 12, -3], shape))
    return a, b, c, scales(rng, 127, 128)


def ties_beside_dust(product: Product, rng: Rng) -> Operands:
    """Likewise, where a later block of k weighs less than 2^-60: a tie's far bit decides."""
    a, b, c, _ = small(product, rng)
    dust = np.where(np.arange(64) < product.size, 127, 60).astype(np.uint8)
    return a, b, c, (np.tile(dust, (WAVES, 1)), np.full((WAVES, 64), 127, np.uint8))


def cancelled(product: Product, rng: Rng) -> Operands:
    """C takes away what the products are."""
    a, b, c, _ = small(product, rng)
    given = scales(rng, 100, 150) if product.blocked else None
    c = -product.run(a, b, np.zeros_like(c), given, "exact")
    return a, b, c, given


def subnormal(product: Product, rng: Rng) -> Operands:
    """Scales that make the results FP32's subnormals, and zeros of either sign."""
    a, b, c, _ = small(product, rng)
    c = rng.integers(-(2**20), 2**20, c.shape).astype(np.int32).view(np.float32)
    return a, b, np.where(np.isnan(c), np.float32(-0.0), c), scales(rng, 45, 60)


KINDS = {kind.__name__: kind for kind in (anything, small, ties_beside_dust, cancelled, subnormal)}


def registers(product: Product, name: str) -> int:
    return product.depth * FORMATS[name].bits * product.size // 2048


def by_core(product: Product, a: Array, b: Array, c: Array, given: Scales, model: str) -> Array:
    into = np.empty((product.size * product.size // 64, a.shape[1], 64), np.float32)
    core.run(product, a, b, c, given, model, into)
    return into


def check(product: Product, a: Array, b: Array, c: Array, given: Scales, model: str) -> None:
    with np.errstate(all="ignore"):  # as a launch has it
        expected = product.run(a, b, c, given, model).view(np.uint32)
    observed = by_core(product, a, b, c, given, model).view(np.uint32)
    wrong = np.argwhere(observed != expected)
    assert not len(wrong), [(at.tolist(), hex(observed[*at]), hex(expected[*at])) for at in wrong[:5]]


@pytest.mark.parametrize("model", SUMS)
@pytest.mark.parametrize("key", PRODUCTS)
def test_the_bits_are_numpy_s(key: str, model: str) -> None:
    product, rng = PRODUCTS[key], np.random.default_rng(3)
    for kind in KINDS.values():
        a, b, c, given = kind(product, rng)
        check(product, a, b, c, given if "scale" in key else None, model)


@pytest.mark.parametrize("name", ["f16", "bf16"])
def test_every_code_of_16_bits(name: str) -> None:
    product, rng = PRODUCTS[f"v_mfma_f32_32x32x16_{name}"], np.random.default_rng(16)
    a = np.arange(1 << 16, dtype=np.uint16).view(np.uint32).reshape(4, 128, 64)
    b = words(rng, 4, 128, 64) & np.uint32(0xBFFFBFFF)
    check(product, a, b, np.zeros((16, 128, 64), np.float32), None, "exact")


@pytest.mark.parametrize("model", SUMS)
@pytest.mark.parametrize("key", ["32x32x64_f8f6f4 fp8 fp8", "16x16x128_f8f6f4 bf8 fp4"])
def test_every_scale_byte(key: str, model: str) -> None:
    """Each one of A against a fixed one of B and the other way round."""
    product, rng = PRODUCTS[f"v_mfma_scale_f32_{key}"], np.random.default_rng(5)
    every = np.resize(np.arange(256), (8, 64)).astype(np.uint8)
    fixed = np.full((8, 64), 120, np.uint8)
    a, b = (narrow(rng, name, (registers(product, name), 8, 64)) for name in (product.a_format, product.b_format))
    c = np.zeros((product.size * product.size // 64, 8, 64), np.float32)
    check(product, a, b, c, (every, fixed), model)
    check(product, a, b, c, (fixed, every), model)


def test_a_scale_is_one_byte_of_a_register() -> None:
    """Whose lanes are 4 bytes apart, as a front has them."""
    product, rng = PRODUCTS["v_mfma_scale_f32_32x32x64_f8f6f4 fp8 fp8"], np.random.default_rng(6)
    a, b, c, _ = anything(product, rng)
    register = (words(rng, WAVES, 64) & np.uint32(0x0F0F0F0F)) + np.uint32(0x70707070)
    octets = register.view(np.uint8).reshape(WAVES, 64, 4)
    for byte in range(4):
        check(product, a, b, c, (octets[:, :, byte], octets[:, :, 3 - byte]), "exact")


def test_d_on_the_operands_and_a_constant_c() -> None:
    product, rng = PRODUCTS["v_mfma_f32_32x32x16_bf16"], np.random.default_rng(7)
    a, b, c, _ = anything(product, rng)
    expected = product.run(a, b, c, None, "exact").view(np.uint32)
    file = np.concatenate([c.view(np.uint32), a, b])  # registers 0-15, 16-19, 20-23
    for first in (0, 4, 8):  # D on C, and on C, A and B
        room = file.copy()
        into = room[first : first + 16]
        core.run(product, room[16:20], room[20:], room[:16].view(np.float32), None, "exact", into)
        np.testing.assert_array_equal(into, expected)
    one = np.broadcast_to(np.float32(1), c.shape)
    check(product, a, b, one, None, "exact")


def test_operands_of_another_size_are_refused() -> None:
    product, rng = PRODUCTS["v_mfma_f32_32x32x16_bf16"], np.random.default_rng(8)
    a, b, c, _ = anything(product, rng)
    with pytest.raises(NotEmulated, match="3 registers of bf16, 4 expected"):
        by_core(product, a[:3], b, c, None, "exact")
