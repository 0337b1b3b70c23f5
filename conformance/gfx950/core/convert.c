// What do the vector unit's conversions compute? As vector_convert.py and float8.py have it.
#include <math.h>

#include "elements.h"

static inline i32 signed_of(double x) {
    if (x != x) return 0;
    return x <= -2147483648.0 ? INT32_MIN : x >= 2147483647.0 ? INT32_MAX : (i32)x;
}

static inline u32 unsigned_of(double x) {
    if (x != x) return 0;
    return x <= 0 ? 0 : x >= 4294967295.0 ? UINT32_MAX : (u32)x;
}

// In the upper half, zero below.
static inline u32 bfloat16(u32 bits) {
    u32 rounded = is_nan(bits) ? bits | 0x00400000 : bits + 0x7FFF + (bits >> 16 & 1);
    return rounded & 0xFFFF0000;
}

// A format of 8 bits, as float8.Small has it.
typedef struct {
    int mantissa_bits, bias;
    u32 largest, overflow, nan;
} Small;
static const Small FP8 = {3, 7, 0x7E, 0x7F, 0x7F}, BF8 = {2, 15, 0x7B, 0x7C, 0x7F};
enum { FP16_OVERFLOW = 1 << 23 };

static inline u32 encoded(u32 bits, Small to, bool saturates) {
    u32 magnitude = bits & 0x7FFFFFFF, sign = bits >> 24 & 0x80;
    if (magnitude > 0x7F800000) return to.nan | sign;
    int drop = 23 - to.mantissa_bits;
    u32 odd = magnitude >> drop & 1, most = saturates ? to.largest : to.overflow, code;
    if (magnitude < (u32)(128 - to.bias) << 23) {
        // Below the smallest normal number the spacing is constant: adding a number with that spacing rounds to it.
        u32 spacing = (u32)(127 + 1 - to.bias - to.mantissa_bits + 23) << 23;
        code = bits_of(float_of(magnitude) + float_of(spacing)) - spacing;
    } else {
        code = ((magnitude + ((u32)1 << (drop - 1)) - 1 + odd) >> drop) - ((u32)(127 - to.bias) << to.mantissa_bits);
    }
    return (code < most ? code : most) | sign;
}

static inline u32 decoded(u32 code, Small of) {
    u32 magnitude = code & 0x7F, sign = (code & 0x80) << 24;
    u32 exponent = magnitude >> of.mantissa_bits, mantissa = magnitude & ((1u << of.mantissa_bits) - 1);
    if (magnitude > of.largest && magnitude == of.overflow && of.overflow != of.nan) return sign | 0x7F800000;
    if (magnitude > of.largest) return sign | 0x7FC00000;
    if (exponent) return sign | (exponent + 127 - (u32)of.bias) << 23 | mantissa << (23 - of.mantissa_bits);
    return sign | bits_of((float)mantissa * float_of((u32)(127 + 1 - of.bias - of.mantissa_bits) << 23));
}

// 2**(127 - e) of a scale's exponent field e; NaN for 255.
static inline float scale_down(u32 scale) {
    u32 exponent = scale >> 23 & 0xFF, inverse = 254 - exponent;
    return float_of(exponent == 255 ? 0x7FC00000 : exponent == 254 ? 0x00400000 : inverse << 23);
}

static inline u32 pair(u32 a, u32 b, u32 old, u32 high, Small to, u32 mode) {
    bool saturates = mode & FP16_OVERFLOW;
    u32 codes = encoded(a, to, saturates) | encoded(b, to, saturates) << 8;
    return high ? (old & 0x0000FFFF) | codes << 16 : (old & 0xFFFF0000) | codes;
}

static inline u32 divided(u32 bits, float factor) { return is_nan(bits) ? bits : bits_of(float_of(bits) * factor); }

// extra: whether the upper half is written.
#define TO_PAIR(kind, format) \
    ELEMENTS(v_cvt_pk_##kind##_f32, u32, d[i] = pair(X, Y, Z, extra, format, mode)) \
    ELEMENTS(v_cvt_scalef32_pk_##kind##_f32, u32, float factor = scale_down(Z); \
             d[i] = pair(divided(X, factor), divided(Y, factor), OLD, extra, format, mode))

// The two results are the low and the high elements of a pair of registers.
#define FROM_CODES(kind, format) \
    UNSIGNED(v_cvt_f32_##kind, decoded(X, format)) \
    static void v_cvt_pk_f32_##kind(const Vector *v) { \
        for (int i = 0; i < LANES; i++) { \
            v->out[0][i] = decoded(v->in[0][i], format); \
            v->out[0][LANES + i] = decoded(v->in[0][i] >> 8, format); \
        } \
    }

TO_PAIR(fp8, FP8)
TO_PAIR(bf8, BF8)
FROM_CODES(fp8, FP8)
FROM_CODES(bf8, BF8)
SIGNED(v_cvt_f32_i32, bits_of((float)X))
UNSIGNED(v_cvt_f32_u32, bits_of((float)X))
ELEMENTS(v_cvt_i32_f32, float, d[i] = (u32)signed_of(X))
ELEMENTS(v_cvt_u32_f32, float, d[i] = unsigned_of(X))
ELEMENTS(v_cvt_flr_i32_f32, float, d[i] = (u32)signed_of(floorf(X)))
ELEMENTS(v_cvt_rpi_i32_f32, float, d[i] = (u32)signed_of(floorf(X + 0.5f)))
UNSIGNED(v_cvt_f32_ubyte0, bits_of((float)(X & 0xFF)))
UNSIGNED(v_cvt_f32_ubyte1, bits_of((float)(X >> 8 & 0xFF)))
UNSIGNED(v_cvt_f32_ubyte2, bits_of((float)(X >> 16 & 0xFF)))
UNSIGNED(v_cvt_f32_ubyte3, bits_of((float)(X >> 24)))
UNSIGNED(v_cvt_pk_bf16_f32, bfloat16(X) >> 16 | bfloat16(Y))
UNSIGNED(v_cvt_f32_bf16, X << 16)

const VectorOp CONVERT_OPS[] = {
    ENTRY(v_cvt_f32_i32), ENTRY(v_cvt_f32_u32), ENTRY(v_cvt_i32_f32), ENTRY(v_cvt_u32_f32), ENTRY(v_cvt_flr_i32_f32),
    ENTRY(v_cvt_rpi_i32_f32), ENTRY(v_cvt_f32_ubyte0), ENTRY(v_cvt_f32_ubyte1), ENTRY(v_cvt_f32_ubyte2),
    ENTRY(v_cvt_f32_ubyte3), ENTRY(v_cvt_pk_bf16_f32), ENTRY(v_cvt_f32_bf16), ENTRY(v_cvt_pk_fp8_f32),
    ENTRY(v_cvt_pk_bf8_f32), ENTRY(v_cvt_scalef32_pk_fp8_f32), ENTRY(v_cvt_scalef32_pk_bf8_f32), ENTRY(v_cvt_f32_fp8),
    ENTRY(v_cvt_f32_bf8), ENTRY(v_cvt_pk_f32_fp8), ENTRY(v_cvt_pk_f32_bf8), {NULL, NULL},
};
