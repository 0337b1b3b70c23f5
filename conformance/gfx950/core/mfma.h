// How is a matrix instruction asked for?
#ifndef GFX950_MFMA_H
#define GFX950_MFMA_H

#include "core.h"

// Registers in memory, with strides in bytes; all 0 but that of waves for a constant. Of a scale: one byte of a lane.
struct plane {
    u8 *at;
    i64 per_register, per_wave, per_lane;
};

// size: 16 or 32 rows and columns; depth: k; formats and model: as mfma.c numbers them; blocked: k lies as f8f6f4 has
// it. Words of A, B and D are next to each other in a wave. A scale that is nowhere (NULL) is 1.
struct product {
    i32 size, depth, a_format, b_format, blocked, model;
    struct plane a, b, c, d, a_scale, b_scale;
};

// D = A B + C of so many waves, whatever EXEC is. D may lie on A, B or C.
void mfma(const struct product *product, i64 waves);

#endif
