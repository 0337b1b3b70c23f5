// What do the vector unit's FP32 instructions compute? As vector_float.py and approximate.py have it.
//
// Which NaN a result is, and denormals that the mode flushes, is run.c's part, but for those that settle it here.
#include <math.h>

#include "elements.h"

static inline bool is_signaling(u32 a) { return is_nan(a) && !(a & QUIET); }

// Of a number and a quiet NaN the number; -0 is below +0; a signaling NaN is quieted and wins.
static inline u32 chosen_number(u32 a, u32 b, bool first, u32 of_equals) {
    u32 result = first ? a : b;
    result = float_of(a) == float_of(b) ? of_equals : result;
    result = is_nan(a) ? b : is_nan(b) ? a : result;
    return is_signaling(a) ? a | QUIET : is_signaling(b) ? b | QUIET : result;
}

static inline u32 least(u32 a, u32 b) { return chosen_number(a, b, float_of(a) < float_of(b), a | b); }
static inline u32 most(u32 a, u32 b) { return chosen_number(a, b, float_of(a) > float_of(b), a & b); }

// A NaN operand wins, a signaling one first.
static inline u32 chosen_nan(u32 number, u32 a, u32 b) {
    u32 result = is_nan(a) ? a : is_nan(b) ? b : number;
    return is_signaling(a) ? a | QUIET : is_signaling(b) ? b | QUIET : result;
}

static inline u32 least_nan(u32 a, u32 b) { return chosen_nan(least(a, b), a, b); }
static inline u32 most_nan(u32 a, u32 b) { return chosen_nan(most(a, b), a, b); }

static inline u32 median(u32 a, u32 b, u32 c) {
    u32 ab = most(a, b), ac = most(a, c), bc = most(b, c);
    float top = float_of(most(ab, c));
    u32 middle = top == float_of(a) ? bc : top == float_of(b) ? ac : ab;
    return is_nan(a) || is_nan(b) || is_nan(c) ? least(least(a, b), c) : middle;
}

static inline float scaled(float x, i32 exponent) {
    i64 held = exponent < -400 ? -400 : exponent > 400 ? 400 : exponent;
    return (float)(x * double_of((u64)(held + 1023) << 52));  // a power of two, exactly
}

static inline float fraction(float x) {
    float part = x - floorf(x), below_one = float_of(0x3F7FFFFF);
    return part > below_one ? below_one : part;
}

static inline float significand(float x) {
    int exponent;
    return frexpf(x, &exponent);
}

static inline u32 exponent(u32 bits) {
    int exponent;
    if ((bits & ~SIGN) >= INFINITE) return 0;
    frexpf(float_of(bits), &exponent);
    return (u32)exponent;
}

static inline u32 exponent_field(u32 bits) { return bits >> 23 & 0xFF; }

// Division: vector_float.py says what each step is.
enum { STEP = 64, FAR = 96, TINY = 24, BIAS = 127 };

static inline i32 division_shift(bool is_d, bool large, bool small, i32 ed, i32 en) {
    if (large) return is_d ? STEP : 0;
    if (ed == 0) return STEP;
    if (ed >= 2 * BIAS - 1) return small && !is_d ? 0 : -STEP;
    if (small) return is_d ? 0 : STEP;
    return en <= TINY ? STEP : 0;
}

static inline u32 division_scaled(u32 x, u32 denominator, u32 numerator, u32 *back) {
    i32 ed = (i32)exponent_field(denominator), en = (i32)exponent_field(numerator);
    bool large = en - ed >= FAR, small = ed - en >= FAR;
    *back = large | small;
    if (!(denominator & ~SIGN) || !(numerator & ~SIGN)) return DEFAULT_NAN;
    if (is_nan(x)) return x | QUIET;
    i32 shift = division_shift(x == denominator, large, small, ed, en);
    return (x & INFINITE) == INFINITE ? x : bits_of(scaled(float_of(x), shift));
}

// a + b, an inexact sum being rounded to its neighbour with an odd last bit.
static inline double rounded_to_odd(double a, double b) {
    double total = a + b, part = total - a, error = (a - (total - part)) + (b - part);
    u64 bits = bits_of_double(total);
    bool moves = !(bits & 1) && (error > 0 || error < 0);
    return moves ? double_of((error > 0) == (total > 0) ? bits + 1 : bits - 1) : total;
}

// Scaled back: a quotient above 1 was scaled down, another one up.
static inline float scaled_back(float a, float b, float c) {
    double back = exponent_field(bits_of(c)) >= 128 ? 0x1p64 : 0x1p-64;
    return (float)(rounded_to_odd((double)a * b, c) * back);
}

static inline u32 fixed_up(u32 quotient, u32 denominator, u32 numerator) {
    u32 sign = (denominator ^ numerator) & SIGN, d = denominator & ~SIGN, n = numerator & ~SIGN;
    if (n > INFINITE) return numerator | QUIET;
    if (d > INFINITE) return denominator | QUIET;
    if (d == n && (d == 0 || d == INFINITE)) return DEFAULT_NAN;
    if (d == 0 || n == INFINITE) return sign | INFINITE;
    if (d == INFINITE || n == 0) return sign;
    if ((i32)exponent_field(numerator) - (i32)exponent_field(denominator) < -150) return sign;
    if ((quotient & INFINITE) == INFINITE) return sign | INFINITE;
    return (quotient & ~SIGN) | sign;
}

// FP32 denormals are flushed here, whatever the mode says; run.c sees to it that only nearest results are asked for.
static inline float without_denormals(float x) { return fabsf(x) < 0x1p-126f ? copysignf(0, x) : x; }

static inline u32 approximated(u32 operand, double value) {
    if (is_nan(operand)) return operand | QUIET;
    if (value != value) return DEFAULT_NAN;
    return bits_of(without_denormals((float)value));
}

static inline double plain(u32 bits) { return without_denormals(float_of(bits)); }

FLOATING(v_add_f32, X + Y)
FLOATING(v_sub_f32, X - Y)
FLOATING(v_subrev_f32, Y - X)
FLOATING(v_mul_f32, X *Y)
FLOATING(v_mul_legacy_f32, X == 0 || Y == 0 ? 0 : X * Y)
FLOATING(v_fma_f32, fmaf(X, Y, Z))
UNSIGNED(v_min_f32, least(X, Y))
UNSIGNED(v_max_f32, most(X, Y))
UNSIGNED(v_min3_f32, least(least(X, Y), Z))
UNSIGNED(v_max3_f32, most(most(X, Y), Z))
UNSIGNED(v_med3_f32, median(X, Y, Z))
UNSIGNED(v_minimum3_f32, least_nan(least_nan(X, Y), Z))
UNSIGNED(v_maximum3_f32, most_nan(most_nan(X, Y), Z))
FLOATING(v_floor_f32, floorf(X))
FLOATING(v_ceil_f32, ceilf(X))
FLOATING(v_trunc_f32, truncf(X))
FLOATING(v_rndne_f32, nearbyintf(X))
FLOATING(v_fract_f32, fraction(X))
ELEMENTS(v_ldexp_f32, u32, d[i] = bits_of(scaled(float_of(X), (i32)Y)))
FLOATING(v_frexp_mant_f32, significand(X))
UNSIGNED(v_frexp_exp_i32_f32, exponent(X))
ELEMENTS(v_div_scale_f32, u32, d[i] = division_scaled(X, Y, Z, &e[i]))
FLOATING(v_div_fmas_f32, bits_of(OLD) ? scaled_back(X, Y, Z) : fmaf(X, Y, Z))
UNSIGNED(v_div_fixup_f32, fixed_up(X, Y, Z))
UNSIGNED(v_rcp_f32, approximated(X, 1.0 / plain(X)))
UNSIGNED(v_rsq_f32, approximated(X, 1.0 / sqrt(plain(X))))
UNSIGNED(v_sqrt_f32, approximated(X, sqrt(plain(X))))

const VectorOp FLOAT_OPS[] = {
    ENTRY(v_add_f32), ENTRY(v_sub_f32), ENTRY(v_subrev_f32), ENTRY(v_mul_f32), ENTRY(v_mul_legacy_f32),
    ENTRY(v_fma_f32), {"v_fmac_f32", v_fma_f32}, {"v_fmaak_f32", v_fma_f32}, {"v_fmamk_f32", v_fma_f32},
    {"v_pk_add_f32", v_add_f32}, {"v_pk_mul_f32", v_mul_f32}, {"v_pk_fma_f32", v_fma_f32}, ENTRY(v_min_f32),
    ENTRY(v_max_f32), ENTRY(v_min3_f32), ENTRY(v_max3_f32), ENTRY(v_med3_f32), ENTRY(v_minimum3_f32),
    ENTRY(v_maximum3_f32), ENTRY(v_floor_f32), ENTRY(v_ceil_f32), ENTRY(v_trunc_f32), ENTRY(v_rndne_f32),
    ENTRY(v_fract_f32), ENTRY(v_ldexp_f32), ENTRY(v_frexp_mant_f32), ENTRY(v_frexp_exp_i32_f32),
    ENTRY(v_div_scale_f32), ENTRY(v_div_fmas_f32), ENTRY(v_div_fixup_f32), ENTRY(v_rcp_f32),
    {"v_rcp_iflag_f32", v_rcp_f32}, ENTRY(v_rsq_f32), ENTRY(v_sqrt_f32), {NULL, NULL},
};
