"""Do the vector unit's floating-point instructions compute what IEEE 754 and the manual say, to the last bit?"""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pytest

from conformance.gfx950.instructions import floats, fma
from conformance.gfx950.instructions.approximate import APPROXIMATE
from conformance.gfx950.instructions.vector_compare import COMPARE
from conformance.gfx950.instructions.vector_float import FLOAT
from tests.conformance.gfx950 import scalar_floats as oracle
from tests.conformance.gfx950.scalar_floats import BF16, F16, F32, F64, NAN, Format
from tests.conformance.gfx950.vector_cases import DTYPES, FORMATS, check, float_edges

Oracle = Callable[..., Any]


def extreme_of_three(f: Format, a: int, b: int, c: int, larger: bool, nan_wins: bool = False) -> int:
    return oracle.extreme(f, oracle.extreme(f, a, b, larger, nan_wins), c, larger, nan_wins)


def median(f: Format, a: int, b: int, c: int) -> int:
    if any(f.is_nan(x) for x in (a, b, c)):
        return extreme_of_three(f, a, b, c, False)
    top = extreme_of_three(f, a, b, c, True)
    rest = (b, c) if oracle.equal(f, top, a) else (a, c) if oracle.equal(f, top, b) else (a, b)
    return oracle.extreme(f, *rest, True)


def integral(f: Format, x: int, to: Callable[[Fraction], int]) -> int | None:
    """Rounded to a whole number, with the sign of a zero kept."""
    if f.is_nan(x):
        return NAN
    return x if f.is_inf(x) else f.rounded(Fraction(to(f.value(x))), f.negative(x))


def fract(f: Format, x: int) -> int | None:
    if not f.is_finite(x):
        return NAN
    value = f.value(x)
    below_one = (f.bias << f.fraction_bits) - 1
    return min(f.rounded(value - oracle.floor(value)), below_one)


def ldexp(f: Format, x: int, exponent: int, width: int) -> int | None:
    if f.is_nan(x):
        return NAN
    if f.is_inf(x):
        return x
    exponent = exponent - (1 << width) if exponent >> (width - 1) else exponent
    clipped = min(max(exponent, -5000), 5000)  # beyond, zero and infinity are certain
    return f.rounded(f.value(x) * Fraction(2) ** clipped, f.negative(x))


def frexp(f: Format, x: int) -> tuple[int | None, int]:
    """Significand's bits and exponent."""
    if f.is_nan(x):
        return NAN, 0
    if f.is_inf(x) or f.is_zero(x):
        return x, 0
    exponent = oracle.floor_log2(abs(f.value(x))) + 1
    return f.rounded(f.value(x) / Fraction(2) ** exponent), exponent


def div_scale(f: Format, x: int, denominator: int, numerator: int) -> tuple[int, bool]:
    """By the exponent fields; what is neither numerator nor denominator is taken for a numerator."""
    step, far, tiny, huge = (64, 96, 24, 253) if f is F32 else (128, 768, 53, 2045)
    d, n = f.exponent(denominator), f.exponent(numerator)
    is_d = x == denominator
    if n - d >= far:
        shift = step if is_d else 0
    elif d == 0:
        shift = step
    elif d >= huge:
        shift = 0 if n - d <= -far and not is_d else -step
    elif n - d <= -far:
        shift = 0 if is_d else step
    else:
        shift = step if n <= tiny else 0
    if f.is_zero(denominator) or f.is_zero(numerator):
        result = f.sign_bit | f.nan
    elif f.is_finite(x):
        result = f.rounded(f.value(x) * Fraction(2) ** shift, f.negative(x))
    else:
        result = f.quieted(x)
    return result, abs(n - d) >= far


def div_fmas(f: Format, a: int, b: int, c: int, scaled: int) -> int | None:
    step = 64 if f is F32 else 128
    exponent = 0 if not scaled else step if f.exponent(c) > f.bias else -step
    return oracle.fma(f, a, b, c, exponent)


def div_fixup(f: Format, q: int, d: int, n: int) -> int:
    sign = (d ^ n) & f.sign_bit
    if f.is_nan(n):
        return f.quieted(n)
    if f.is_nan(d):
        return f.quieted(d)
    if (f.is_zero(d) and f.is_zero(n)) or (f.is_inf(d) and f.is_inf(n)):
        return f.sign_bit | f.nan
    if f.is_zero(d) or f.is_inf(n):
        return sign | f.inf
    if f.is_inf(d) or f.is_zero(n):
        return sign
    if f is not F16 and f.exponent(n) - f.exponent(d) < (-150 if f is F32 else -1075):
        return sign
    if f is not F16 and not f.is_finite(q):
        return sign | f.inf
    return sign | f.magnitude(q)


def legacy_multiply(f: Format, a: int, b: int) -> int | None:
    return 0 if f.is_zero(a) or f.is_zero(b) else oracle.multiply(f, a, b)


def summed(*terms: int | None) -> int | None:
    """FP32 terms added from the left."""
    total = terms[0]
    for term in terms[1:]:
        total = NAN if total is NAN or term is NAN else oracle.add(F32, total, term)
    return total


def dot2_bf16(a: int, b: int, c: int, addend_first: bool) -> int | None:
    products = [oracle.multiply(F32, (a << s & 0xFFFF0000), (b << s & 0xFFFF0000)) for s in (16, 0)]
    return summed(c, *products) if addend_first else summed(*products, c)


def mixed_half(a: int, b: int, c: int, old: int, high: bool, saturate: bool) -> int | None:
    total = oracle.fma(F32, a, b, c)
    if total is NAN:
        return NAN
    half = oracle.converted(F32, F16, total)
    if saturate and F16.is_inf(half) and all(F32.is_finite(x) for x in (a, b, c)):
        half -= 1
    return (old & 0xFFFF) | half << 16 if high else (old & 0xFFFF0000) | half


ORACLES: dict[str, Oracle] = {
    "v_mul_legacy_f32": partial(legacy_multiply, F32),
    "v_fmaak_f32": partial(oracle.fma, F32),
    "v_fmamk_f32": partial(oracle.fma, F32),
    "v_fmac_f32": partial(oracle.fma, F32),
    "v_fmac_f64": partial(oracle.fma, F64),
    "v_fma_mix_f32": partial(oracle.fma, F32),
    "v_pk_add_f32": partial(oracle.add, F32),
    "v_pk_mul_f32": partial(oracle.multiply, F32),
    "v_pk_fma_f32": partial(oracle.fma, F32),
    "v_pk_add_f16": partial(oracle.add, F16),
    "v_pk_mul_f16": partial(oracle.multiply, F16),
    "v_pk_fma_f16": partial(oracle.fma, F16),
    "v_pk_fmac_f16": partial(oracle.fma, F16),
    "v_pk_min_f16": partial(oracle.extreme, F16, larger=False),
    "v_pk_max_f16": partial(oracle.extreme, F16, larger=True),
    "v_pk_minimum3_f16": partial(extreme_of_three, F16, larger=False, nan_wins=True),
    "v_pk_maximum3_f16": partial(extreme_of_three, F16, larger=True, nan_wins=True),
    "v_minimum3_f32": partial(extreme_of_three, F32, larger=False, nan_wins=True),
    "v_maximum3_f32": partial(extreme_of_three, F32, larger=True, nan_wins=True),
    "v_dot2_f32_bf16": partial(dot2_bf16, addend_first=False),
    "v_dot2c_f32_bf16": partial(dot2_bf16, addend_first=True),
    "v_frexp_exp_i16_f16": lambda x: frexp(F16, x)[1],
    "v_frexp_exp_i32_f32": lambda x: frexp(F32, x)[1],
    "v_frexp_exp_i32_f64": lambda x: frexp(F64, x)[1],
}
for kind, f in (("f16", F16), ("f32", F32), ("f64", F64)):
    ORACLES |= {
        f"v_add_{kind}": partial(oracle.add, f),
        f"v_sub_{kind}": partial(oracle.subtract, f),
        f"v_subrev_{kind}": lambda a, b, f=f: oracle.subtract(f, b, a),
        f"v_mul_{kind}": partial(oracle.multiply, f),
        f"v_fma_{kind}": partial(oracle.fma, f),
        f"v_min_{kind}": partial(oracle.extreme, f, larger=False),
        f"v_max_{kind}": partial(oracle.extreme, f, larger=True),
        f"v_min3_{kind}": partial(extreme_of_three, f, larger=False),
        f"v_max3_{kind}": partial(extreme_of_three, f, larger=True),
        f"v_med3_{kind}": partial(median, f),
        f"v_floor_{kind}": partial(integral, f, to=oracle.floor),
        f"v_ceil_{kind}": partial(integral, f, to=lambda x: -oracle.floor(-x)),
        f"v_trunc_{kind}": partial(integral, f, to=oracle.truncated),
        f"v_rndne_{kind}": partial(integral, f, to=oracle.round_even),
        f"v_fract_{kind}": partial(fract, f),
        f"v_ldexp_{kind}": partial(ldexp, f, width=16 if f is F16 else 32),
        f"v_frexp_mant_{kind}": lambda x, f=f: frexp(f, x)[0],
        f"v_div_scale_{kind}": partial(div_scale, f),
        f"v_div_fmas_{kind}": partial(div_fmas, f),
        f"v_div_fixup_{kind}": partial(div_fixup, f),
    }
# Their packed operands do not give packed results, or a half of a result is a NaN: tests of their own below.
APART = {"v_dot2_f32_f16", "v_dot2c_f32_f16", "v_fma_mixlo_f16", "v_fma_mixhi_f16"}


@pytest.mark.parametrize("mnemonic", sorted(set(FLOAT) - APART))
def test_against_fractions(mnemonic: str) -> None:
    check(mnemonic, FLOAT[mnemonic], ORACLES[mnemonic])


def random_float(f: Format, rng: random.Random) -> int:
    near = f.bias + rng.randint(-3, 3) if rng.random() < 0.7 else rng.randint(0, 2 * f.bias)
    return (rng.getrandbits(f.width) & ~f.inf) | (near << f.fraction_bits)


@pytest.mark.parametrize("mnemonic", ["v_dot2_f32_f16", "v_dot2c_f32_f16"])
def test_dot2_of_halves(mnemonic: str) -> None:
    rng = random.Random(mnemonic)
    pool = float_edges(F16)
    halves = [
        [rng.choice(pool) if rng.random() < 0.2 else random_float(F16, rng) for _ in range(512)] for _ in range(4)
    ]
    addends = [rng.choice(float_edges(F32)) if rng.random() < 0.2 else random_float(F32, rng) for _ in range(512)]
    a, b = (np.array(halves[i : i + 2], np.uint16).view(np.float16).reshape(2, 8, 64) for i in (0, 2))
    with np.errstate(all="ignore"):
        computed = FLOAT[mnemonic].compute(a, b, np.array(addends, np.uint32).view(np.float32).reshape(8, 64))
    for a0, a1, b0, b1, c, seen in zip(*halves, addends, computed.view(np.uint32).ravel().tolist(), strict=True):
        terms: list[int | None] = [NAN if F32.is_nan(c) else c]
        for x, y in ((a0, b0), (a1, b1)):
            wide = [oracle.converted(F16, F32, v) for v in (x, y)]
            terms.append(NAN if NAN in wide else oracle.multiply(F32, *wide))
        wanted = NAN if NAN in terms else summed(*terms)
        assert F32.is_nan(seen) if wanted is NAN else seen == wanted, [hex(x) for x in (a0, a1, b0, b1, c)]


@pytest.mark.parametrize("mode", [0, floats.FP16_OVERFLOW])
@pytest.mark.parametrize("high", [False, True])
def test_mix_writes_one_half(high: bool, mode: int) -> None:
    rng = random.Random(5)
    pool = [x for x in float_edges(F32) if not F32.is_nan(x)]
    columns = [
        [rng.choice(pool) if rng.random() < 0.2 else random_float(F32, rng) for _ in range(512)] for _ in range(3)
    ]
    old = [rng.getrandbits(32) for _ in range(512)]
    arrays = [np.array(c, np.uint32).view(np.float32).reshape(8, 64) for c in columns]
    op = FLOAT["v_fma_mixhi_f16" if high else "v_fma_mixlo_f16"]
    with np.errstate(all="ignore"):
        computed = op.compute(*arrays, np.array(old, np.uint32).reshape(8, 64), mode=mode)
    assert computed.dtype == np.uint32
    for a, b, c, o, seen in zip(*columns, old, computed.ravel().tolist(), strict=True):
        wanted = mixed_half(a, b, c, o, high, bool(mode))
        if wanted is NAN:
            assert F16.is_nan(seen >> 16 if high else seen & 0xFFFF)
            assert (seen ^ o) & (0xFFFF if high else 0xFFFF0000) == 0
        else:
            assert seen == wanted


def test_no_oracle_without_an_instruction() -> None:
    unused = {
        "v_sub_f64",
        "v_subrev_f64",
        "v_min3_f64",
        "v_max3_f64",
        "v_med3_f64",
        "v_div_scale_f16",
        "v_div_fmas_f16",
    }
    assert set(ORACLES) | APART == set(FLOAT) | unused


# --- single roundings, where operands have to be searched for ---------------------------------------


def as_floats(f: Format, bits: list[int]) -> np.ndarray:
    dtype = DTYPES[f"f{f.width}"]
    return np.array(bits, f"u{f.width // 8}").view(dtype)


@pytest.mark.parametrize("f", [F16, F32, F64], ids=lambda f: f"f{f.width}")
def test_fma_next_to_ties(f: Format) -> None:
    """Sums a hair off the midpoint of two numbers, where a second rounding would go wrong, down to subnormals."""
    rng, p = random.Random(f.width), f.fraction_bits
    rows = []
    for _ in range(3000):
        place = rng.choice([0, 1 - f.bias, 1 - f.bias + rng.randint(0, p), rng.randint(-3, 3)])
        c = Fraction(rng.getrandbits(p) | 1 << p) * Fraction(2) ** (place - p)
        half = Fraction(2) ** (max(place, 1 - f.bias) - p - 1)
        factor = 1 + Fraction(rng.choice([-1, 1, 2]), 1 << rng.randint(p - 2, p))
        rows.append([f.rounded(x) for x in (factor, half * rng.choice([1, -1, 3]), c)])
        if rng.random() < 0.5:  # the product carries the bits, the addend decides
            tiny = Fraction(rng.choice([1, -1])) * Fraction(2) ** (place - p - rng.randint(p, 3 * p))
            rows[-1] = [f.rounded(Fraction(rng.getrandbits(p // 2) | 1)), f.rounded(c / 2), f.rounded(tiny)]
    columns = [as_floats(f, list(column)) for column in zip(*rows, strict=True)]
    with np.errstate(all="ignore"):
        computed = fma.fma(*columns).view(f"u{f.width // 8}").tolist()
    for row, seen in zip(rows, computed, strict=True):
        assert seen == oracle.fma(f, *row), [hex(x) for x in row]


@pytest.mark.parametrize("f", [F32, F64], ids=lambda f: f"f{f.width}")
def test_scaled_fma_rounds_a_subnormal_once(f: Format) -> None:
    rng = random.Random(9)
    step = 64 if f is F32 else 128
    rows = []
    for _ in range(2000):
        c = Fraction(rng.getrandbits(f.fraction_bits) | 1 << f.fraction_bits)
        c *= Fraction(2) ** (1 - f.bias - 2 * f.fraction_bits + step + rng.randint(-1, f.fraction_bits))
        tie = Fraction(2) ** (-f.bias - f.fraction_bits + step)
        rows.append(
            [f.rounded(1 + Fraction(rng.choice([0, 1, -1]), 1 << f.fraction_bits)), f.rounded(tie), f.rounded(c)]
        )
    columns = [as_floats(f, list(column)) for column in zip(*rows, strict=True)]
    with np.errstate(all="ignore"):
        computed = fma.fma_scaled(*columns, np.full(len(rows), -step, np.int32))
    for row, seen in zip(rows, computed.view(f"u{f.width // 8}").tolist(), strict=True):
        assert seen == oracle.fma(f, *row, exponent=-step), [hex(x) for x in row]


# --- whole divisions --------------------------------------------------------------------------------


def divide(kind: str, n: np.ndarray, d: np.ndarray, ulp: int) -> np.ndarray:
    """The sequence of instructions that LLVM emits for an IEEE division."""
    scale, fmas, fixup = (FLOAT[f"v_div_{name}_{kind}"].compute for name in ("scale", "fmas", "fixup"))
    fma = FLOAT[f"v_fma_{kind}"].compute
    ds, _ = scale(d, d, n)
    ns, mask = scale(n, d, n)
    one = d.dtype.type(1)
    r = APPROXIMATE[f"v_rcp_{kind}"].compute(ds, ulp=ulp)
    r = fma(fma(-ds, r, one), r, r)
    if kind == "f64":
        r = fma(fma(-ds, r, one), r, r)
        q = ns * r
        return fixup(fmas(fma(-ds, q, ns), r, q, mask), d, n)
    q = ns * r
    q = fma(fma(-ds, q, ns), r, q)
    return fixup(fmas(fma(-ds, q, ns), r, q, mask), d, n)


@pytest.mark.parametrize("ulp", [-1, 0, 1])
@pytest.mark.parametrize("kind", ["f32", "f64"])
def test_division_is_correctly_rounded(kind: str, ulp: int) -> None:
    """Over the whole range. From a reciprocal that is off, a denominator with all ones for a significand may give a
    neighbour: the known exception of division by FMAs (Markstein 1990, "Computation of elementary functions on the
    IBM RISC System/6000 processor").
    """
    f = FORMATS[kind]
    rng = random.Random(kind)
    pool = float_edges(f)
    pairs = [(a, b) for a in pool for b in pool]
    while len(pairs) < 6000:
        pairs.append((random_float(f, rng), random_float(f, rng)))
    if ulp:
        pairs = [(a, b) for a, b in pairs if (b + 1) % f.smallest_normal]
    n, d = (as_floats(f, list(column)) for column in zip(*pairs, strict=True))
    with np.errstate(all="ignore"):
        computed = divide(kind, n, d, ulp).view(f"u{f.width // 8}").tolist()
    for (a, b), seen in zip(pairs, computed, strict=True):
        sign = (a ^ b) & f.sign_bit
        if any(map(f.is_nan, (a, b))) or (f.is_zero(a) and f.is_zero(b)) or (f.is_inf(a) and f.is_inf(b)):
            assert f.is_nan(seen)
        elif f.is_inf(a) or f.is_zero(b):
            assert seen == sign | f.inf
        elif f.is_inf(b):
            assert seen == sign
        else:
            wanted = f.rounded(f.value(a) / f.value(b), sign != 0)
            assert seen == wanted, f"{a:#x} / {b:#x} is {seen:#x}, should be {wanted:#x}"


# --- comparisons ------------------------------------------------------------------------------------


def comparison(name: str, kind: str) -> Oracle:
    """By name: three-way order for numbers, `unordered` where a NaN is among them."""
    negated = name[0] == "n" and name not in ("ne", "neq")
    plain = name[1:] if negated else name
    sets = {
        "f": "", "lt": "<", "eq": "=", "le": "<=", "gt": ">", "ne": "<>", "neq": "<>u", "lg": "<>", "ge": ">=",
        "o": "<=>", "u": "u", "t": "<=>u", "tru": "<=>u",
    }  # fmt: skip

    def relation(a: int, b: int) -> str:
        if kind[0] == "f":
            f = FORMATS[kind]
            if f.is_nan(a) or f.is_nan(b):
                return "u"
            return "=" if oracle.equal(f, a, b) else "<" if oracle.less(f, a, b) else ">"
        if kind[0] == "i":
            half = 1 << (int(kind[1:]) - 1)
            a, b = a ^ half, b ^ half
        return "=" if a == b else "<" if a < b else ">"

    return lambda a, b: (relation(a, b) in sets[plain]) != negated


def class_of(f: Format, x: int, classes: int) -> bool:
    if f.is_nan(x):
        number = 0 if f.is_signaling(x) else 1
    else:
        size = 0 if f.is_inf(x) else 3 if f.is_zero(x) else 2 if f.is_subnormal(x) else 1
        number = 2 + size if f.negative(x) else 9 - size
    return classes >> number & 1 == 1


@pytest.mark.parametrize("mnemonic", sorted(COMPARE))
def test_comparison(mnemonic: str) -> None:
    _, _, name, kind = mnemonic.split("_")
    wanted = partial(class_of, FORMATS[kind]) if name == "class" else comparison(name, kind)
    check(mnemonic, COMPARE[mnemonic], wanted)


@pytest.mark.parametrize("kind", ["f16", "f32", "f64"])
def test_each_class_bit(kind: str) -> None:
    """Every edge number against every single class bit."""
    f, compute = FORMATS[kind], COMPARE[f"v_cmp_class_{kind}"].compute
    numbers = np.array(float_edges(f), f"u{f.width // 8}")[:, None]
    bits = np.uint32(1) << np.arange(32, dtype=np.uint32)[None]
    seen = compute(numbers, bits)
    for i, x in enumerate(float_edges(f)):
        assert seen[i].tolist() == [class_of(f, x, 1 << bit) for bit in range(32)], hex(x)


# --- NaNs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("f", [F16, F32, F64], ids=lambda f: f"f{f.width}")
def test_settled_nans_are_the_first_operands_or_the_default(f: Format) -> None:
    one, inf, signaling, other = f.bias << f.fraction_bits, f.inf, f.inf + 1, f.nan | f.sign_bit | 5
    rows = [(one, one), (inf, inf | f.sign_bit), (signaling, one), (one, other), (other, signaling), (signaling, other)]
    wanted = [
        f.rounded(Fraction(2)),
        f.nan | f.sign_bit,
        signaling | f.quiet_bit,
        other,
        other,
        signaling | f.quiet_bit,
    ]
    a, b = (as_floats(f, list(column)) for column in zip(*rows, strict=True))
    with np.errstate(all="ignore"):
        settled = floats.settle_nans(a + b, a, b)
    assert settled.view(f"u{f.width // 8}").tolist() == wanted


def test_bf16_is_wide_fp32() -> None:
    assert BF16.bias == F32.bias and BF16.fraction_bits == 7
