// How does a line say what a vector instruction computes? For each element, from X, Y, Z and OLD to d[i] and e[i].
#ifndef GFX950_ELEMENTS_H
#define GFX950_ELEMENTS_H

#include "core.h"

#define ELEMENTS(name, type, body) \
    static void name(const Vector *v) { \
        const type *restrict a = (const void *)v->in[0], *restrict b = (const void *)v->in[1]; \
        const type *restrict c = (const void *)v->in[2], *restrict old = (const void *)v->in[3]; \
        u32 *restrict d = v->out[0], *restrict e = v->out[1]; \
        u32 extra = v->extra, mode = v->mode; \
        int count = v->count; \
        (void)a, (void)b, (void)c, (void)old, (void)e, (void)extra, (void)mode; \
        if (count % LANES) __builtin_unreachable(); \
        for (int i = 0; i < count; i++) { body; } \
    }

#define X a[i]
#define Y b[i]
#define Z c[i]
#define OLD old[i]
// Of words, whose bits are read as unsigned, signed or FP32.
#define UNSIGNED(name, value) ELEMENTS(name, u32, d[i] = (value))
#define SIGNED(name, value) ELEMENTS(name, i32, d[i] = (u32)(value))
#define FLOATING(name, value) ELEMENTS(name, float, d[i] = bits_of(value))
#define ENTRY(name) {#name, name}

#endif
