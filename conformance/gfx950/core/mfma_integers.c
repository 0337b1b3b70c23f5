// How are products of E4M3 added fast? As 16-bit integers, and by itself what the few elements add that are none.
//
// From 0.5 on an element is an integer of 2^-4, below 2^13. 32 products of two, as many as share their scales, stay below
// 2^31, so a block's sum is one integer; float64 adds those of the blocks. In quantized data few elements are smaller.
#include "mfma.h"

#ifndef WIDE
bool sums_of_integers(const struct product *p, int room, double *sums) {
    (void)p, (void)room, (void)sums;
    return false;
}
#else
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
} __attribute__((aligned(64)));

// 16 codes, each the low byte of 16 bits. 2^(exponent - LEAST) comes from tables of its low and its high byte.
INLINE __m256i integers_of(__m256i codes) {
    const __m256i low = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, (char)128, 0, 0));
    const __m256i high = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2));
    __m256i exponents = _mm256_and_si256(_mm256_srli_epi16(codes, 3), _mm256_set1_epi16(15));
    __m256i powers = _mm256_or_si256(_mm256_shuffle_epi8(low, exponents),
                                     _mm256_slli_epi16(_mm256_shuffle_epi8(high, exponents), 8));
    __m256i significands = _mm256_and_si256(codes, _mm256_set1_epi16(7));
    significands = _mm256_or_si256(significands, _mm256_set1_epi16(8));
    return _mm256_sign_epi16(_mm256_mullo_epi16(significands, powers), _mm256_slli_epi16(codes, 8));
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

// The element at a byte of a register, below 0.5 and not 0. False where there are too many, or it is NaN.
INLINE bool keep_small(int size, int index, int at, u8 code, struct integers *to) {
    if (to->count == MOST_SMALL || (code & 0x7F) == 0x7F) return false;
    int lane = at / 4, row = lane % size, pair = pair_of(size, index, lane / size) + at % 2;
    double value = small_value(code) * to->unit[pair / PAIRS * size + row];
    to->small[to->count++] = (struct small){pair, at % 4 / 2 * 16, row, value};
    return true;
}

INLINE bool find_small(int size, int index, const u8 *codes, struct integers *to) {
    for (int start = 0; start < 4 * LANES; start += 32) {
        __m256i magnitudes = _mm256_loadu_si256((const __m256i *)(codes + start));
        magnitudes = _mm256_and_si256(magnitudes, _mm256_set1_epi8(0x7F));
        __m256i below = _mm256_sub_epi8(magnitudes, _mm256_set1_epi8(1)), most = _mm256_set1_epi8(8 * LEAST - 2);
        __m256i small = _mm256_cmpeq_epi8(_mm256_min_epu8(below, most), below);
        __m256i found = _mm256_or_si256(small, _mm256_cmpeq_epi8(magnitudes, _mm256_set1_epi8(0x7F)));
        for (u32 any = (u32)_mm256_movemask_epi8(found); any; any &= any - 1) {
            int at = start + __builtin_ctz(any);
            if (!keep_small(size, index, at, codes[at], to)) return false;
        }
    }
    return true;
}

INLINE bool read_integers(int size, const struct plane *from, const struct plane *scale, struct integers *to) {
    bool nan = false;
    to->count = 0;
    for (int lane = 0; lane < LANES; lane++) {
        u8 byte = scale_byte(scale, lane);
        nan |= byte == 255;
        to->unit[lane] = power(byte - 127 - 4);
    }
    if (nan) return false;
    for (int index = 0; index < 8; index++) {
        const u8 *words = from->at + index * from->per_register;
        if (!find_small(size, index, words, to)) return false;
        for (int lane = 0; lane < LANES; lane += 8) {
            __m256i eight = _mm256_loadu_si256((const __m256i *)(words + 4 * lane));
            __m256i even = _mm256_and_si256(eight, _mm256_set1_epi16(0xFF)), odd = _mm256_srli_epi16(eight, 8);
            u32 *pairs = to->pairs + pair_of(size, index, lane / size) * size + lane % size;
            _mm256_store_si256((__m256i *)pairs, integers_of(even));
            _mm256_store_si256((__m256i *)(pairs + size), integers_of(odd));
        }
    }
    return true;
}

// Of one block, 4 rows and 16 columns: the integers' sums, as what they stand for, onto sums.
INLINE void add_products(int size, const u32 *a, const u32 *b, const double *row_units, const double *column_units,
                         double *sums) {
    __m256i tile[4][2];
    for (int r = 0; r < 4; r++) tile[r][0] = tile[r][1] = _mm256_setzero_si256();
    for (int pair = 0; pair < PAIRS; pair++) {
        const __m256i *columns = (const __m256i *)(b + pair * size), low = columns[0], high = columns[1];
        for (int r = 0; r < 4; r++) {
            __m256i x = _mm256_set1_epi32((int)a[pair * size + r]);
            tile[r][0] = _mm256_add_epi32(tile[r][0], _mm256_madd_epi16(x, low));
            tile[r][1] = _mm256_add_epi32(tile[r][1], _mm256_madd_epi16(x, high));
        }
    }
    for (int r = 0; r < 4; r++)
        for (int quarter = 0; quarter < 4; quarter++) {
            __m256i half = tile[r][quarter / 2];
            __m128i counts = quarter % 2 ? _mm256_extracti128_si256(half, 1) : _mm256_castsi256_si128(half);
            __m256d units = _mm256_mul_pd(_mm256_set1_pd(row_units[r]), _mm256_load_pd(column_units + 4 * quarter));
            double *to = sums + r * size + 4 * quarter;
            __m256d products = _mm256_mul_pd(_mm256_cvtepi32_pd(counts), units);
            _mm256_store_pd(to, _mm256_add_pd(_mm256_load_pd(to), products));
        }
}

INLINE void multiply(int size, const struct integers *a, const struct integers *b, double *sums) {
    memset(sums, 0, (size_t)(size * size) * sizeof *sums);
    for (int block = 0; block < LANES / size; block++)
        for (int i = 0; i < size; i += 4)
            for (int j = 0; j < size; j += 16)
                add_products(size, a->pairs + block * PAIRS * size + i, b->pairs + block * PAIRS * size + j,
                             a->unit + block * size + i, b->unit + block * size + j, sums + i * size + j);
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
