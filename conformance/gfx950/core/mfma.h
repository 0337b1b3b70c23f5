// What do the files of matrix instructions share? Formats, where operands lie, a wave at work, rounding.
#ifndef GFX950_MFMA_H
#define GFX950_MFMA_H

#include <math.h>

#include "core.h"

#if defined __AVX2__ && defined __FMA__
#define WIDE  // x86-64-v3
#include <immintrin.h>
#endif

// What is compiled for each size of matrix, so that its loops over rows are of known length.
#define INLINE static inline __attribute__((always_inline))

enum { MOST = 32, LARGEST = 32 * 64 };  // rows, elements of an operand

enum { EXACT, CDNA3, SEQUENTIAL };

// An element's format: its width, stored bits of the significand, bias, the first magnitude that is no number, and the
// bits between the top of the largest number and the last bit of the smallest.
struct format {
    int bits, fraction, bias;
    u32 special;
    int span;
};
enum { FP8 };  // they are numbered as matrix.py has them
static const struct format FORMATS[] = {
    {8, 3, 7, 0x7F, 18},             // fp8
    {8, 2, 15, 0x7C, 32},            // bf8
    {4, 1, 1, 0x8, 4},               // fp4
    {16, 10, 15, 0x7C00, 40},        // f16
    {16, 7, 127, 0x7F80, 261},       // bf16
    {32, 23, 127, 0x7F800000, 277},  // f32
};

// An operand's registers of one wave, strides in bytes; of a constant they are 0. Of a scale: the byte that op_sel has.
struct plane {
    u8 *at;
    i64 per_register, per_lane;
};

// size: 16 or 32 rows and columns; depth: k; blocked: k lies as f8f6f4 has it. A scale at NULL is 1.
struct product {
    int size, depth, a_format, b_format, blocked, model;
    struct plane a, b, c, d, a_scale, b_scale;
};

// One wave at work.
struct wave {
    double a[LARGEST], b[LARGEST], sums[MOST * MOST];
    float c[MOST * MOST], d[MOST * MOST];
    i32 a_exponents[LARGEST], b_exponents[LARGEST];
} __attribute__((aligned(64)));

// The E8M0 byte of a lane; without scales that of 1.
INLINE u8 scale_byte(const struct plane *scale, int lane) {
    return scale->at ? scale->at[lane * scale->per_lane] : 127;
}

// 2^exponent; an exponent beyond the normal range is taken as its end.
INLINE double power(i32 exponent) {
    exponent = exponent < -1022 ? -1022 : exponent > 1023 ? 1023 : exponent;
    return double_of((u64)(exponent + 1023) << 52);
}

INLINE i32 exponent_of(double value) {
    return (i32)(bits_of_double(value) >> 52 & 0x7FF) - 1023;
}

// FP32, a NaN as the hardware writes it.
INLINE float settled(double value) {
    return value == value ? (float)value : float_of(0x7FC00000);
}

// x + y, an inexact sum being rounded to its neighbour with an odd last bit: that rounds to fewer bits as the sum does.
INLINE double round_to_odd(double x, double y) {
    double total = x + y, part = total - x;
    double error = (x - (total - part)) + (y - part);
    u64 bits = bits_of_double(total), outward = (error > 0) == (total > 0) ? 1 : -1ull;
    return double_of(bits + (!(bits & 1) && (error < 0 || error > 0) ? outward : 0));
}

bool sums_of_integers(const struct product *p, int room, double *sums);

// D of a model, of operands that are decoded.
void add_sequentially(struct wave *w, const struct product *p);
void add_as_cdna3(struct wave *restrict w, const struct product *p);

#endif
