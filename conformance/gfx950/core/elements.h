// How does a line say what a vector instruction computes? For each element, from a, b, c (bits) as x, y, z.
#ifndef GFX950_ELEMENTS_H
#define GFX950_ELEMENTS_H

#include "core.h"

#define ELEMENTS(name, type, body) \
    static void name(const Vector *v) { \
        const type *restrict a = (const void *)v->in[0], *restrict b = (const void *)v->in[1]; \
        const type *restrict c = (const void *)v->in[2]; \
        u32 *restrict d = v->out[0]; \
        (void)a, (void)b, (void)c; \
        for (int i = 0; i < v->count; i++) { body; } \
    }

#define X a[i]
#define Y b[i]
#define Z c[i]
// Of words, whose bits are read as unsigned, signed or FP32.
#define UNSIGNED(name, value) ELEMENTS(name, u32, d[i] = (value))
#define SIGNED(name, value) ELEMENTS(name, i32, d[i] = (u32)(value))
#define FLOATING(name, value) ELEMENTS(name, float, d[i] = bits_of(value))
#define ENTRY(name) {#name, name}

#endif
