"""Does the core's C give the bits of NumPy's matrix instructions? Under each model, on what tells roundings apart."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from conformance.gfx950 import binding
from conformance.gfx950.assembly import Instruction, Literal, Operand, Register
from conformance.gfx950.core import build
from conformance.gfx950.core.library import library
from conformance.gfx950.core.matrix import FORMATS as KNOWN
from conformance.gfx950.core.matrix import matrix_record
from conformance.gfx950.core.runs import Codes, Core
from conformance.gfx950.core.unknown import Unknown
from conformance.gfx950.instructions.matrix import FORMATS, MATRIX, Product, Scales
from conformance.gfx950.instructions.sums import SUMS
from conformance.gfx950.settings import Settings
from conformance.gfx950.storage.global_memory import GlobalMemory
from conformance.gfx950.storage.lds import Lds
from conformance.gfx950.storage.waits import Pending
from conformance.gfx950.wave import Front
from tests.conformance.gfx950.test_core import ran_on_core

pytestmark = pytest.mark.skipif(not build.compilers(), reason="no C compiler is there")

Array = np.ndarray
Rng = np.random.Generator
WAVES = 2
SELECTORS = {"fp8": 0, "bf8": 1, "fp4": 4}
FORMS: dict[str, tuple[str, dict[str, Any]]] = {}  # mnemonic and modifiers
for mnemonic, matrix in MATRIX.items():
    if not matrix.a_format:
        for x, y in itertools.product(SELECTORS, repeat=2):
            FORMS[f"{mnemonic} {x} {y}"] = mnemonic, {"cbsz": SELECTORS[x], "blgp": SELECTORS[y]}
    elif matrix.matrices == 1 and matrix.a_format in KNOWN:
        FORMS[mnemonic] = mnemonic, {}
PRODUCTS = {key: MATRIX[mnemonic].configured(modifiers) for key, (mnemonic, modifiers) in FORMS.items()}
A, B, C, D, SCALE_A, SCALE_B = 0, 8, 16, 32, 48, 49  # first registers


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


def dust_alone(product: Product, rng: Rng) -> Operands:
    """The first blocks of k cancel, each product by the next one, and what is left underflows."""
    a, b, c, given = small(product, rng)
    if not product.blocked:
        return a, b, c, given
    for x, name, flip in ((a, product.a_format, 0), (b, product.b_format, 1)):
        bits = FORMATS[name].bits
        even, sign = (0x00FF00FF, 0x80008000) if bits == 8 else (0x0F0F0F0F, 0x80808080)
        first = x[:4] if bits == 8 else x[:, :, :32]
        first[...] = (first & np.uint32(even)) | (first & np.uint32(even)) << np.uint32(bits) ^ np.uint32(sign * flip)
    dust = np.where(np.arange(64) < 32, 70, 0).astype(np.uint8)
    return a, b, np.zeros_like(c), (np.tile(dust, (WAVES, 1)), np.full((WAVES, 64), 60, np.uint8))


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


def quantized(product: Product, rng: Rng, few: int, spread: int) -> Operands:
    """E4M3 as a quantizer leaves it: few elements below 0.5, some of A and B at one k; zeros; a row of the largest."""
    codes = (rng.integers(0x30, 0x7F, (2, 8, WAVES, 256)) | rng.choice([0, 0x80], (2, 8, WAVES, 256))).astype(np.uint8)
    codes[:, :4, 0] = 0x7E
    codes[rng.random(codes.shape) < 0.01] = 0x80
    codes[0].reshape(8, WAVES, 64, 4)[:, :, 3::16] = 0  # here nothing hides what small elements add
    for operand, wave in itertools.product(codes, range(WAVES)):
        at = rng.choice(8 * 256, few, replace=False)
        operand[at // 256, wave, at % 256] = rng.integers(1, 0x30, few) | rng.choice([0, 0x80], few)
    if few:
        codes[:, 7, :, 13::128] = rng.integers(1, 0x30, (2, WAVES, 2))
    a, b = codes.view(np.uint32)
    c = accumulators(product, lambda shape: rng.standard_normal(shape) * 1000)
    return a, b, c, scales(rng, 120, 121 + spread)


def registers(product: Product, name: str) -> int:
    return product.depth * FORMATS[name].bits * product.size // 2048


def instruction(
    key: str, c: int | float = C, d: int = D, op_sel: tuple[list[int], list[int]] | None = None
) -> Instruction:
    """Of VGPRs A, B, C (a float: that constant), D and the scales."""
    mnemonic, modifiers = FORMS[key]
    product = PRODUCTS[key]
    count = product.size * product.size // 64
    sizes = ((A, registers(product, product.a_format)), (B, registers(product, product.b_format)))
    values: list[Any] = [Register("v", d, count), *(Register("v", first, size) for first, size in sizes)]
    values.append(Literal(c) if isinstance(c, float) else Register("v", c, count))
    if "scale" in key:
        values += [Register("v", SCALE_A, 1), Register("v", SCALE_B, 1)]
        modifiers = modifiers if op_sel is None else {**modifiers, "op_sel": op_sel[0], "op_sel_hi": op_sel[1]}
    return Instruction(mnemonic, "", tuple(Operand(value) for value in values), modifiers, 1, mnemonic)


def front_of(a: Array, b: Array, c: Array, given: Scales, model: str) -> Front:
    front = Front(50, 0, a.shape[1])
    front.v[A : A + len(a)], front.v[B : B + len(b)], front.v[C : C + len(c)] = a, b, c.view(np.uint32)
    if given is not None:
        front.v[SCALE_A], front.v[SCALE_B] = given
    front.s[5] = 0x7D7E7C7F
    settings = Settings(sum_model=model)
    front.chunk, front.pending = SimpleNamespace(lds=Lds(1, 16), settings=settings, core=None), Pending()
    return front


def run_on_core(front: Front, one: Instruction) -> None:
    compiled = library()
    assert compiled is not None, build.load().said
    core = Core(compiled, GlobalMemory("", []), front.chunk.settings, Codes())
    assert ran_on_core(core, binding.build(one), front), "left to NumPy"


def check(key: str, a: Array, b: Array, c: Array, given: Scales, model: str, one: Instruction | None = None) -> None:
    """That the core leaves the registers that NumPy does, all of them."""
    one = one or instruction(key)
    expected, observed = (front_of(a, b, c, given if "scale" in key else None, model) for _ in range(2))
    with np.errstate(all="ignore"):  # as a launch has it
        binding.build(one).run(expected)
    run_on_core(observed, one)
    wrong = np.argwhere(observed.v != expected.v)
    assert not len(wrong), [(at.tolist(), hex(observed.v[*at]), hex(expected.v[*at])) for at in wrong[:5]]


def check_kinds(key: str, model: str, rng: Rng) -> None:
    for kind in (anything, small, ties_beside_dust, dust_alone, cancelled, subnormal):
        check(key, *kind(PRODUCTS[key], rng), model)


def check_quantized(key: str, rng: Rng) -> None:
    """About where integers and small elements fit 53 bits and not, and as many small ones as are kept and more."""
    for few, spread in ((0, 0), (0, 9), (0, 10), (9, 4), (9, 5), (9, 6), (60, 2), (70, 2)):
        a, b, c, given = quantized(PRODUCTS[key], rng, few, spread)
        check(key, a, b, c, given, "exact")
        check(key, a, b, np.zeros_like(c), given, "exact")


@pytest.mark.parametrize("model", SUMS)
@pytest.mark.parametrize("key", PRODUCTS)
def test_the_bits_are_numpy_s(key: str, model: str) -> None:
    check_kinds(key, model, np.random.default_rng(3))


@pytest.mark.parametrize("key", ["v_mfma_scale_f32_32x32x64_f8f6f4 fp8 fp8", "v_mfma_f32_16x16x128_f8f6f4 fp8 fp8"])
def test_what_a_quantizer_leaves_is_added_as_integers_and_a_few_others(key: str) -> None:
    check_quantized(key, np.random.default_rng(8))


@pytest.mark.parametrize("name", ["f16", "bf16"])
def test_every_code_of_16_bits(name: str) -> None:
    rng = np.random.default_rng(16)
    a = np.arange(1 << 16, dtype=np.uint16).view(np.uint32).reshape(4, 128, 64)
    b = words(rng, 4, 128, 64) & np.uint32(0xBFFFBFFF)
    check(f"v_mfma_f32_32x32x16_{name}", a, b, np.zeros((16, 128, 64), np.float32), None, "exact")


@pytest.mark.parametrize("model", SUMS)
@pytest.mark.parametrize("key", ["32x32x64_f8f6f4 fp8 fp8", "16x16x128_f8f6f4 bf8 fp4"])
def test_every_scale_byte(key: str, model: str) -> None:
    """Each one of A against a fixed one of B and the other way round."""
    key = f"v_mfma_scale_f32_{key}"
    product, rng = PRODUCTS[key], np.random.default_rng(5)
    every = np.resize(np.arange(256), (8, 64)).astype(np.uint8)
    fixed = np.full((8, 64), 120, np.uint8)
    a, b = (narrow(rng, name, (registers(product, name), 8, 64)) for name in (product.a_format, product.b_format))
    c = np.zeros((product.size * product.size // 64, 8, 64), np.float32)
    check(key, a, b, c, (every, fixed), model)
    check(key, a, b, c, (fixed, every), model)


def test_where_53_bits_just_hold_the_sum_and_just_do_not() -> None:
    """450 32 times and 225 2^(-12 - s), of which C takes away all but the last."""
    codes = np.array([[0x77], [0x0F]], np.uint8)  # 240 and 1.875 2^-6 of A
    for shift in range(20, 45):
        a = np.zeros((8, 1, 64), np.uint32)
        a[:4] = 0x01010101 * np.uint32(codes[0, 0])
        a[4, :, :32] = codes[1, 0]  # k = 32
        b = np.full((8, 1, 64), 0x3F3F3F3F, np.uint32)  # 1.875
        scale = np.where(np.arange(64) < 32, 127, 127 - shift).astype(np.uint8)[None]
        c = np.full((16, 1, 64), -14400, np.float32)
        given = (scale, np.full((1, 64), 127, np.uint8))
        check("v_mfma_scale_f32_32x32x64_f8f6f4 fp8 fp8", a, b, c, given, "exact")
        turned = (scale[:, ::-1], given[1])  # the blocks of k the other way round
        check("v_mfma_scale_f32_32x32x64_f8f6f4 fp8 fp8", np.roll(a, 4, 0), b, c, turned, "exact")


def test_where_53_bits_just_hold_what_a_small_element_adds() -> None:
    """448^2 32 times and 9 2^(-13 - s), of which C takes away all but the last."""
    for shift in range(10, 30):
        a, b = np.zeros((8, 1, 64), np.uint32), np.full((8, 1, 64), 0x7E7E7E7E, np.uint32)
        a[:4], a[4, :, :32], b[4, :, :32] = 0x7E7E7E7E, 1, 0x7E7E7E31  # k = 32
        scale = np.where(np.arange(64) < 32, 127, 127 - shift).astype(np.uint8)[None]
        c = np.full((16, 1, 64), -32.0 * 448 * 448, np.float32)
        given = (scale, np.full((1, 64), 127, np.uint8))
        check("v_mfma_scale_f32_32x32x64_f8f6f4 fp8 fp8", a, b, c, given, "exact")
        check("v_mfma_scale_f32_32x32x64_f8f6f4 fp8 fp8", b, a, c, given[::-1], "exact")


def test_where_53_bits_do_not_hold_a_sum_of_nearly_all_products() -> None:
    """(1.75 2^e)^2 63 times and (1.75 2^-14)^2, of which C takes away all but the last."""
    for exponent in range(3, 10):
        a = np.full((8, 1, 64), 0x01010101 * (4 * exponent + 63), np.uint32)
        a[0, :, :32] = (a[0, :, :32] & np.uint32(0xFFFFFF00)) | np.uint32(7)  # k = 0
        c = np.full((16, 1, 64), -63 * 3.0625 * 4.0**exponent, np.float32)
        check("v_mfma_f32_32x32x64_f8f6f4 bf8 bf8", a, a, c, None, "exact")


@pytest.mark.parametrize("byte", range(4))
def test_op_sel_names_a_byte_of_the_scales(byte: int) -> None:
    key, rng = "v_mfma_scale_f32_32x32x64_f8f6f4 fp8 fp8", np.random.default_rng(6)
    a, b, c, _ = anything(PRODUCTS[key], rng)
    low, high = [byte & 1, 1 - byte & 1], [byte >> 1, 1 - byte >> 1 & 1]
    first, second = (words(rng, 2, WAVES, 64) & np.uint32(0x0F0F0F0F)) + np.uint32(0x70707070)
    check(key, a, b, c, (first, second), "exact", instruction(key, op_sel=(low, high)))


@pytest.mark.parametrize("places", [{"d": A}, {"d": B}, {"d": C}, {"c": 1.0}, {"c": 1.0, "d": A}])
def test_d_lies_on_an_operand_and_c_is_a_constant(places: dict[str, Any]) -> None:
    key, rng = "v_mfma_f32_32x32x16_bf16", np.random.default_rng(7)
    a, b, c, _ = anything(PRODUCTS[key], rng)
    check(key, a, b, c, None, "exact", instruction(key, **places))


def test_a_long_product_is_added_to_fp32_with_one_rounding() -> None:
    """2^23 + 1 and a hair less than 1/2, of which float64 makes a tie."""
    a, b = (np.zeros((1, 1, 64), np.float32) for _ in "ab")
    a[:, :, :16], b[:, :, :16] = 0.5 + 2.0**-24, 1 - 2.0**-23
    c = np.full((4, 1, 64), 2.0**23 + 1, np.float32)
    check("v_mfma_f32_16x16x4_f32", a.view(np.uint32), b.view(np.uint32), c, None, "sequential")


def test_scales_of_all_lanes_are_a_scalar_and_a_constant() -> None:
    key, rng = "v_mfma_scale_f32_16x16x128_f8f6f4 fp8 fp8", np.random.default_rng(9)
    a, b, c, _ = anything(PRODUCTS[key], rng)
    one = instruction(key, op_sel=([1, 1], [0, 0]))
    scalars = (Operand(Register("s", 5, 1)), Operand(Literal(0x7F7F7B7F)))
    check(key, a, b, c, None, "exact", replace(one, operands=(*one.operands[:4], *scalars)))


def test_what_is_left_to_numpy() -> None:
    """Other accumulators and several matrices; a wrong number of registers, of which NumPy says so."""
    integers = Instruction("v_mfma_i32_32x32x16_i8", "", (), {}, 1, "")
    wide = instruction("v_mfma_f32_32x32x16_bf16")
    short = Operand(Register("v", A, 3))
    for one in (integers, Instruction(wide.mnemonic, "", (wide.operands[0], short, *wide.operands[2:]), {}, 1, "")):
        with pytest.raises(Unknown):
            matrix_record(one)


if __name__ == "__main__":
    # At least a million results of each instruction, formats and model. A word such as 1/4 is a part of them.
    WAVES = 64
    part, parts = map(int, sys.argv[1].split("/")) if len(sys.argv) > 1 else (1, 1)
    for which, by in [*itertools.product(PRODUCTS, SUMS)][part - 1 :: parts]:
        results = 6 * WAVES * PRODUCTS[which].size ** 2
        for number in range(-(-1_000_000 // results)):
            check_kinds(which, by, np.random.default_rng(number))
            if which.endswith("f8f6f4 fp8 fp8") and by == "exact":
                check_quantized(which, np.random.default_rng(number))
