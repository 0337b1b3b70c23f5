// How are products of E4M3 added fast? As 16-bit integers, and by itself what the few elements add that are none.
//
// From 0.5 on an element is an integer of 2^-4, below 2^13. 32 products of two, as many as share their scales, stay below
// 2^31, so a block's sum is one integer; float64 adds those of the blocks. In quantized data few elements are smaller.
#include "mfma.h"

#ifndef __AVX2__
bool sums_of_integers(const struct product *p, int room, double *sums) { return (void)p, (void)room, (void)sums, false; }
#else
#include <immintrin.h>

enum { PAIRS = 16, LEAST = 6, MOST_SMALL = 64 };  // pairs of a block, the exponent field of 0.5
enum { SPAN = 13, SMALL_SPAN = 18 };  // bits from the top of the largest element to the last one of the smallest

// A smaller element, scale included, and where it would stand.
struct small {
    int pair, shift, row;
    double value;
};

// pairs [block][PAIRS][row]: of a register bytes 0 and 2, or 1 and 3. unit [block][row]: what 1 stands for.
struct integers {
    u32 pairs[LARGEST / 2];
    double unit[LANES];
    int count;
    struct small small[MOST_SMALL];
};

INLINE u32 integer(u32 code) {
    u32 exponent = code >> 3 & 15, sign = 0u - (code >> 7 & 1);
    u32 significand = ((code & 7) | 8) & (exponent < LEAST ? 0 : ~0u);
    return ((significand << exponent >> LEAST) ^ sign) - sign;
}

INLINE double small_value(u32 code) {
    u32 exponent = code >> 3 & 15, significand = exponent ? (code & 7) | 8 : code & 7;
    double magnitude = significand << (exponent ? exponent - 1 : 0);
    return (code & 0x80 ? -magnitude : magnitude) * 0x1p-5;  // of 2^-4
}

// The place of a register's first pair in a group of lanes.
INLINE int pair_of(int size, int index, int group) {
    return (index / 4 * (LANES / size / 2) + group / 2) * PAIRS + group % 2 * 8 + index % 4 * 2;
}

// A register's elements below 0.5, zeros apart. False where there are too many, or one is NaN.
INLINE bool find_small(int size, int index, const u8 *codes, struct integers *to) {
    u8 found[4 * LANES];
    for (int i = 0; i < 4 * LANES; i++) {
        u8 below = (u8)((codes[i] & 0x7F) - 1);
        found[i] = (below < 8 * LEAST - 1) | (below == 126);
    }
    for (int start = 0; start < 4 * LANES; start += 8) {
        u64 any;
        memcpy(&any, found + start, sizeof any);
        for (; any; any &= any - 1) {
            int at = start + __builtin_ctzll(any) / 8, lane = at / 4, row = lane % size;
            if (to->count == MOST_SMALL || (codes[at] & 0x7F) == 0x7F) return false;
            int pair = pair_of(size, index, lane / size) + at % 2;
            double value = small_value(codes[at]) * to->unit[pair / PAIRS * size + row];
            to->small[to->count++] = (struct small){pair, at % 4 / 2 * 16, row, value};
        }
    }
    return true;
}

INLINE bool read_integers(int size, const struct plane *from, const struct plane *scale, struct integers *to) {
    to->count = 0;
    for (int lane = 0; lane < LANES; lane++) {
        u8 byte = scale_byte(scale, lane);
        if (byte == 255) return false;
        to->unit[lane] = power(byte - 127 - 4);
    }
    for (int index = 0; index < 8; index++) {
        const u32 *words = (const u32 *)(from->at + index * from->per_register);
        if (!find_small(size, index, (const u8 *)words, to)) return false;
        for (int group = 0; group < LANES / size; group++)
            for (int odd = 0; odd < 2; odd++) {
                u32 *pairs = to->pairs + (pair_of(size, index, group) + odd) * size;
                for (int r = 0; r < size; r++) {
                    u32 word = words[group * size + r] >> 8 * odd;
                    pairs[r] = (integer(word) & 0xFFFF) | integer(word >> 16) << 16;
                }
            }
    }
    return true;
}

INLINE void multiply(int size, const struct integers *a, const struct integers *b, double *sums) {
    for (int block = 0; block < LANES / size; block++)
        for (int i = 0; i < size; i += 4)
            for (int j = 0; j < size; j += 16) {
                __m256i tile[4][2] = {0};
                for (int pair = block * PAIRS; pair < (block + 1) * PAIRS; pair++) {
                    const __m256i *columns = (const __m256i *)(b->pairs + pair * size + j);
                    for (int r = 0; r < 4; r++) {
                        __m256i x = _mm256_set1_epi32((int)a->pairs[pair * size + i + r]);
                        for (int half = 0; half < 2; half++) {
                            __m256i products = _mm256_madd_epi16(x, _mm256_loadu_si256(columns + half));
                            tile[r][half] = _mm256_add_epi32(tile[r][half], products);
                        }
                    }
                }
                for (int r = 0; r < 4; r++) {
                    const double *units = b->unit + block * size + j;
                    double unit = a->unit[block * size + i + r], *row = sums + (i + r) * size + j;
                    i32 counts[16];
                    memcpy(counts, tile[r], sizeof counts);
                    for (int c = 0; c < 16; c++) row[c] = (block ? row[c] : 0) + counts[c] * (unit * units[c]);
                }
            }
}

// What x's small elements add: each times y's integers at its k. x_step, y_step: from one row of theirs to the next.
static void add_small(int size, const struct integers *x, const struct integers *y, int x_step, int y_step,
                      double *sums) {
    for (const struct small *s = x->small; s < x->small + x->count; s++) {
        const u32 *pairs = y->pairs + s->pair * size;
        const double *units = y->unit + s->pair / PAIRS * size;
        for (int r = 0; r < size; r++)
            sums[s->row * x_step + r * y_step] += s->value * units[r] * (i16)(pairs[r] >> s->shift);
    }
}

INLINE bool add_all(int size, const struct product *p, int room, double *sums) {
    struct integers a, b;
    if (!read_integers(size, &p->a, &p->a_scale, &a) || !read_integers(size, &p->b, &p->b_scale, &b)) return false;
    if ((a.count ? SMALL_SPAN : SPAN) + (b.count ? SMALL_SPAN : SPAN) > room) return false;
    multiply(size, &a, &b, sums);
    add_small(size, &a, &b, size, 1, sums);
    add_small(size, &b, &a, 1, size, sums);
    for (const struct small *s = a.small; s < a.small + a.count; s++)
        for (const struct small *t = b.small; t < b.small + b.count; t++)
            if (s->pair == t->pair && s->shift == t->shift) sums[s->row * size + t->row] += s->value * t->value;
    return true;
}

// sums [row][column] of all products, exactly. False where `room` does not hold their span, which the blocks' scales are
// no part of, where NaN is among them, or where too many elements are small.
bool sums_of_integers(const struct product *p, int room, double *sums) {
    return p->size == 32 ? add_all(32, p, room, sums) : add_all(16, p, room, sums);
}
#endif
