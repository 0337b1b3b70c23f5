// What do the files of matrix instructions share? Where operands lie, and rounding to FP32.
#ifndef GFX950_MFMA_H
#define GFX950_MFMA_H

#include <math.h>

#include "core.h"

// What is compiled for each size of matrix, so that its loops over rows are of known length.
#define INLINE static inline __attribute__((always_inline))

enum { MOST = 32, LARGEST = 32 * 64 };  // rows, elements of an operand

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

// The E8M0 byte of a lane; without scales that of 1.
INLINE u8 scale_byte(const struct plane *scale, int lane) {
    return scale->at ? scale->at[lane * scale->per_lane] : 127;
}

// 2^exponent; an exponent beyond the normal range is taken as its end.
INLINE double power(i32 exponent) {
    exponent = exponent < -1022 ? -1022 : exponent > 1023 ? 1023 : exponent;
    return double_of((u64)(exponent + 1023) << 52);
}

bool sums_of_integers(const struct product *p, int room, double *sums);

#endif
