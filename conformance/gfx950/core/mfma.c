// What does a matrix instruction compute? D = A B + C of whole waves, bit for bit as instructions/matrix.py and
// instructions/sums.py define it: they say where the elements lie, what the models are and where they come from.
//
// A wave's A and B become float64 [k][row], scales included, in which every product is exact. `exact` adds them in any
// order (mfma_integers.c: of E4M3 faster), bounds how far off that can be and rounds once; where this leaves the last bit
// open, integers decide it. `sequential` is a chain of fused multiply-adds where FP32 holds the elements. Else the other
// models repeat the NumPy ones operation by operation.
#include "mfma.h"

// Operands

INLINE float element(u32 code, const struct format *f) {
    u32 magnitude = code & (u32)((1ull << (f->bits - 1)) - 1), hidden = 1u << f->fraction;
    u32 bits = magnitude << (23 - f->fraction), sign = (code >> (f->bits - 1) & 1) << 31;
    if (f->bias != 127) {  // a subnormal is what the normal with its fraction has above the least normal
        u32 rebias = (u32)(127 - f->bias) << 23, subnormal = magnitude < hidden ? ~0u : 0;
        bits = ((magnitude | (hidden & subnormal)) << (23 - f->fraction)) + rebias;
        bits = bits_of(float_of(bits) - float_of((rebias + (1 << 23)) & subnormal));
        bits |= magnitude >= f->special ? 0x7F800000 : 0;
    }
    return float_of(bits | sign);
}

INLINE void read_scales(const struct plane *scale, double *factor) {
    for (int lane = 0; lane < LANES; lane++) {
        u8 byte = scale_byte(scale, lane);
        factor[lane] = byte == 255 ? (double)NAN : power(byte - 127);
    }
}

// values [depth][size] of one wave's registers; scale: its lanes.
INLINE void decode(const struct product *p, const struct format *f, const struct plane *from,
                   const struct plane *scale, double *restrict values) {
    int groups = LANES / p->size, per_word = 32 / f->bits, per_lane = p->depth / groups;
    double factor[LANES];
    read_scales(scale, factor);
    for (int at = 0; at < per_lane; at++) {
        const u32 *words = (const u32 *)(from->at + at / per_word * from->per_register);
        int shift = at % per_word * f->bits;
        for (int lane = 0; lane < LANES; lane += 16) {
            int group = lane / p->size, row = lane % p->size, k = group * per_lane + at;
            if (p->blocked && f->bits == 8)
                k = at / 16 * (p->depth / 2) + 16 * group + at % 16;
            const double *row_factor = factor + (scale->at ? k / 32 * p->size : 0) + row;
            float decoded[16];
            for (int r = 0; r < 16; r++)
                decoded[r] = element(words[lane + r] >> shift, f);
            for (int r = 0; r < 16; r++)
                values[k * p->size + row + r] = decoded[r] * row_factor[r];
        }
    }
}

#ifdef WIDE
// 16 codes of E4M3, each the low byte of 16 bits, as BF16. A subnormal's low and high byte come from tables.
INLINE __m256i bf16_of_e4m3(__m256i codes) {
    const __m256i low = _mm256_set1_epi64x(0x60402000C0800000), high = _mm256_set1_epi64x(0x3C3C3C3C3B3B3B00);
    __m256i magnitudes = _mm256_and_si256(codes, _mm256_set1_epi16(0x7F));
    __m256i normal = _mm256_add_epi16(_mm256_slli_epi16(magnitudes, 4), _mm256_set1_epi16((127 - 7) << 7));
    __m256i subnormal = _mm256_or_si256(_mm256_shuffle_epi8(low, magnitudes),
                                        _mm256_slli_epi16(_mm256_shuffle_epi8(high, magnitudes), 8));
    __m256i below = _mm256_cmpgt_epi16(_mm256_set1_epi16(8), magnitudes);
    __m256i nan = _mm256_cmpeq_epi16(magnitudes, _mm256_set1_epi16(0x7F));
    __m256i bits = _mm256_or_si256(_mm256_blendv_epi8(normal, subnormal, below),
                                   _mm256_and_si256(nan, _mm256_set1_epi16(0x7FC0)));
    return _mm256_or_si256(bits, _mm256_slli_epi16(_mm256_srli_epi16(codes, 7), 15));
}

INLINE void store_doubles(double *to, __m256i bits) {
    __m256 values = _mm256_castsi256_ps(bits);
    _mm256_storeu_pd(to, _mm256_cvtps_pd(_mm256_castps256_ps128(values)));
    _mm256_storeu_pd(to + 4, _mm256_cvtps_pd(_mm256_extractf128_ps(values, 1)));
}

// decode for E4M3 of f8f6f4 without scales.
static void decode_e4m3(const struct product *p, const struct plane *from, double *values) {
    for (int index = 0; index < 8; index++)
        for (int lane = 0; lane < LANES; lane += 8) {
            const u8 *words = from->at + index * from->per_register + 4 * lane;
            int k = index / 4 * (p->depth / 2) + 16 * (lane / p->size) + index % 4 * 4;
            double *to = values + k * p->size + lane % p->size;
            __m256i codes = _mm256_loadu_si256((const __m256i *)words);
            for (int odd = 0; odd < 2; odd++) {
                __m256i eight = _mm256_and_si256(_mm256_srli_epi16(codes, 8 * odd), _mm256_set1_epi16(0xFF));
                __m256i two = bf16_of_e4m3(eight);  // of bytes `odd` and odd + 2
                store_doubles(to + odd * p->size, _mm256_slli_epi32(two, 16));
                store_doubles(to + (odd + 2) * p->size, _mm256_and_si256(two, _mm256_set1_epi32((int)0xFFFF0000)));
            }
        }
}
#endif

static void operand(const struct product *p, int format, const struct plane *from, const struct plane *scale,
                    double *values) {
#ifdef WIDE
    if (format == FP8 && p->blocked && !scale->at) {
        decode_e4m3(p, from, values);
        return;
    }
#endif
    switch (format) {  // each a loop of its own
    case 0: decode(p, &FORMATS[0], from, scale, values); break;
    case 1: decode(p, &FORMATS[1], from, scale, values); break;
    case 2: decode(p, &FORMATS[2], from, scale, values); break;
    case 3: decode(p, &FORMATS[3], from, scale, values); break;
    case 4: decode(p, &FORMATS[4], from, scale, values); break;
    default: decode(p, &FORMATS[5], from, scale, values);
    }
}

static void operands(struct wave *w, const struct product *p) {
    operand(p, p->a_format, &p->a, &p->a_scale, w->a);
    operand(p, p->b_format, &p->b, &p->b_scale, w->b);
}

// C and D: register i has, in the lanes of a group, this row.
INLINE int row_of(int size, int i, int group) {
    return i % 4 + 4 * group + i / 4 * 4 * (LANES / size);
}

INLINE void load_c(int size, const struct plane *from, float *c) {
    for (int i = 0; i < size * size / LANES; i++)
        for (int group = 0; group < LANES / size; group++) {
            const u8 *lanes = from->at + i * from->per_register;
            float *row = c + row_of(size, i, group) * size;
            if (from->per_lane)
                memcpy(row, lanes + 4 * group * size, 4 * size);
            else
                for (int r = 0; r < size; r++)
                    memcpy(row + r, lanes, sizeof *row);
        }
}

INLINE void store_d(int size, const struct plane *to, const float *d) {
    for (int i = 0; i < size * size / LANES; i++)
        for (int group = 0; group < LANES / size; group++)
            memcpy(to->at + i * to->per_register + 4 * group * size,
                   d + row_of(size, i, group) * size, 4 * size);
}

// Rounding

enum { LIMBS = 24, LOWEST = -384 };  // an accumulator: limb i counts 2^(LOWEST + 32 i)

static void carry(i64 *limbs) {
    for (int i = 0; i < LIMBS - 1; i++) {
        limbs[i + 1] += limbs[i] >> 32;
        limbs[i] &= 0xFFFFFFFF;
    }
}

// term: 0, or of a magnitude from 2^-300 to 2^300.
static void add(i64 *limbs, double term) {
    if (term == 0)
        return;
    u64 mantissa = (bits_of_double(term) & 0xFFFFFFFFFFFFFull) | 1ull << 52;
    int position = exponent_of(term) - 52 - LOWEST, shift = position % 32;
    u64 low = (mantissa & 0xFFFFFFFF) << shift, high = (mantissa >> 32) << shift;
    i64 sign = term < 0 ? -1 : 1, *at = limbs + position / 32;
    at[0] += sign * (i64)(low & 0xFFFFFFFF);
    at[1] += sign * (i64)((low >> 32) + (high & 0xFFFFFFFF));
    at[2] += sign * (i64)(high >> 32);
}

static float rounded(i64 *limbs) {
    carry(limbs);
    int negative = limbs[LIMBS - 1] < 0, top = LIMBS - 1;
    for (int i = 0; i < LIMBS && negative; i++)
        limbs[i] = -limbs[i];
    carry(limbs);
    while (top > 0 && !limbs[top])
        top--;
    if (!top)
        return 0;
    u64 leading = (u64)limbs[top] << 32 | (u64)limbs[top - 1];
    int excess = leading >> 53 ? 11 : 0, rest = (leading & ((1ull << excess) - 1)) != 0;
    for (int i = 0; i < top - 1; i++)
        rest |= limbs[i] != 0;
    double value = (double)(leading >> excess | (u64)rest) * power(excess + 32 * (top - 1) + LOWEST);
    return (float)(negative ? -value : value);
}

// exact

typedef double four __attribute__((vector_size(32), may_alias));

#ifdef WIDE
#define ADD_PRODUCT(x, y, total) (four) _mm256_fmadd_pd(_mm256_set1_pd(x), y, total)
#else
#define ADD_PRODUCT(x, y, total) ((total) + (x) * (y))
#endif

// The products of `count` k of 4 rows and 8 columns. Fused or not: every product is exact.
INLINE void multiply_tile(int size, int count, const double *a, const double *b, four tile[4][2]) {
    for (int r = 0; r < 4; r++)
        tile[r][0] = tile[r][1] = (four){0};
    for (int k = 0; k < count; k++) {
        const four *columns = (const four *)(b + k * size);
        for (int r = 0; r < 4; r++) {
            double x = a[k * size + r];
            tile[r][0] = ADD_PRODUCT(x, columns[0], tile[r][0]);
            tile[r][1] = ADD_PRODUCT(x, columns[1], tile[r][1]);
        }
    }
}

INLINE void multiply(int size, int depth, const double *a, const double *b, double *sums) {
    for (int i = 0; i < size; i += 4)
        for (int j = 0; j < size; j += 8) {
            four tile[4][2];
            multiply_tile(size, depth, a + i, b + j, tile);
            for (int r = 0; r < 4; r++)
                memcpy(sums + (i + r) * size + j, tile[r], sizeof tile[r]);
        }
}

// Of elements without their scales, which the blocks' sums get. lost: what adding those rounds off, as magnitudes.
INLINE void multiply_blocks(int size, const struct wave *w, const double *a_units, const double *b_units,
                            double *restrict sums, double *restrict lost) {
    double of_block[MOST * MOST];
    memset(sums, 0, (size_t)(size * size) * sizeof *sums);
    memset(lost, 0, (size_t)(size * size) * sizeof *lost);
    for (int block = 0; block < LANES / size; block++) {
        const double *b_unit = b_units + block * size;
        multiply(size, 32, w->a + block * 32 * size, w->b + block * 32 * size, of_block);
        for (int i = 0; i < size; i++) {
            double a_unit = a_units[block * size + i];
            for (int j = 0; j < size; j++) {
                double x = sums[i * size + j], y = of_block[i * size + j] * (a_unit * b_unit[j]);
                double total = x + y, part = total - x;
                sums[i * size + j] = total;
                lost[i * size + j] += fabs((x - (total - part)) + (y - part));
            }
        }
    }
}

// All ones where not every number this near to x + y rounds to one FP32. An end of zero may be the other zero too.
INLINE u64 undecided(double x, double y, double near) {
    double total = x + y, part = total - x;
    double off = near + fabs((x - (total - part)) + (y - part));
    double bound = off + (off > 0 ? fabs(total) * 0x1p-51 : 0);
    double low = (float)(total - bound), high = (float)(total + bound);  // double, for vectors of one width
    u64 differ = low == high ? 0 : ~0ull, zero = low == 0 ? ~0ull : 0, loose = bound == 0 ? 0 : ~0ull;
    return differ | (zero & loose);
}

// The bits between the top of each row's largest element and the last bit of its smallest.
INLINE void spans(int size, int depth, int significand, const double *values, i32 *span) {
    double largest[MOST], least[MOST];
    for (int r = 0; r < size; r++)
        largest[r] = 0, least[r] = (double)INFINITY;
    for (int k = 0; k < depth; k++)
        for (int r = 0; r < size; r++) {
            double value = fabs(values[k * size + r]), some = value == 0 ? (double)INFINITY : value;
            largest[r] = value > largest[r] ? value : largest[r];
            least[r] = some < least[r] ? some : least[r];
        }
    for (int r = 0; r < size; r++)
        span[r] = exponent_of(largest[r]) - exponent_of(least[r]) + significand;
}

// The most that the exponents of a row's scales differ.
static int spread(int size, const struct plane *scale) {
    u8 low[MOST], high[MOST];
    int most = 0;
    if (!scale->at) return 0;
    for (int r = 0; r < size; r++)
        low[r] = 255, high[r] = 0;
    for (int lane = 0; lane < LANES; lane++) {
        int r = lane % size;
        u8 byte = scale_byte(scale, lane);
        low[r] = byte < low[r] ? byte : low[r];
        high[r] = byte > high[r] ? byte : high[r];
    }
    for (int r = 0; r < size; r++)
        most = high[r] - low[r] > most ? high[r] - low[r] : most;
    return most;
}

// What a row's largest element makes of a column's magnitudes, block by block: at least the products' magnitudes' sum.
INLINE void magnitudes(int size, const struct product *p, const double *a, const double *b, double *sums) {
    int length = p->a_scale.at || p->b_scale.at ? 32 : p->depth;
    for (int start = 0; start < p->depth; start += length) {
        double largest[MOST] = {0}, total[MOST] = {0};
        for (int k = start; k < start + length; k++)
            for (int r = 0; r < size; r++) {
                double value = fabs(a[k * size + r]);
                largest[r] = value > largest[r] ? value : largest[r];
                total[r] += fabs(b[k * size + r]);
            }
        for (int i = 0; i < size; i++)
            for (int j = 0; j < size; j++)
                sums[i * size + j] = (start ? sums[i * size + j] : 0) + largest[i] * total[j];
    }
}

// One element of D whose products' sum may have been rounded.
static float wide_element(const struct wave *w, const struct product *p, int at) {
    i64 limbs[LIMBS] = {0};
    const double *a = w->a + at / p->size, *b = w->b + at % p->size;
    double magnitude = 0;
    for (int k = 0; k < p->depth * p->size; k += p->size)
        magnitude += fabs(a[k] * b[k]);
    if (!undecided(w->sums[at], w->c[at], magnitude * p->depth * 0x1p-52))
        return (float)(w->sums[at] + w->c[at]);
    for (int k = 0; k < p->depth * p->size; k += p->size)
        add(limbs, a[k] * b[k]);
    add(limbs, w->c[at]);
    return rounded(limbs);
}

// near: how far off each of the sums may be, times 2; false where none is.
INLINE bool inexact(const struct wave *w, const struct product *p, int size, int room, double *near) {
    i32 a_span[MOST], b_span[MOST], a_most = 0, b_most = 0;
    spans(size, p->depth, FORMATS[p->a_format].fraction + 1, w->a, a_span);
    spans(size, p->depth, FORMATS[p->b_format].fraction + 1, w->b, b_span);
    for (int r = 0; r < size; r++) {
        a_most = a_span[r] > a_most ? a_span[r] : a_most;
        b_most = b_span[r] > b_most ? b_span[r] : b_most;
    }
    if (a_most + b_most <= room) return false;
    magnitudes(size, p, w->a, w->b, near);
    for (int i = 0; i < size; i++)
        for (int j = 0; j < size; j++)
            near[i * size + j] *= a_span[i] + b_span[j] > room ? p->depth * 0x1p-52 : 0;
    return true;
}

// Inf or NaN, as some operand had it, or the nearest to an exact sum and C.
INLINE float of_exact(double sum, double c) {
    double total = sum + c;
    return total - total != 0 ? settled(total) : (float)round_to_odd(sum, c);
}

// The same where a sum is exact: float64 rounds it and C, and FP32 again. That may go wrong where the first result lies
// midway between two FP32, or is subnormal; neither is it right for NaN.
INLINE u64 doubtful(double sum, double c) {
    double total = sum + c, part = total - sum, error = (sum - (total - part)) + (c - part);
    u64 midway = (bits_of_double(total) & 0x1FFFFFFF) == 0x10000000 ? ~0ull : 0;
    u64 tiny = fabs(total) < 0x1p-126 ? ~0ull : 0, rounded = error == 0 ? 0 : ~0ull;
    return rounded & (midway | tiny | (total - total == 0 ? 0 : ~0ull));
}

// D of the sums and C. near: how far off each sum may be, times 2; NULL where none is.
INLINE void add_c(struct wave *w, const struct product *p, int size, const double *near) {
    bool decoded = false;
    for (int row = 0; row < size * size; row += size) {
        u64 any = 0;
        for (int at = row; at < row + size; at++) {
            w->d[at] = (float)(w->sums[at] + w->c[at]);
            any |= near ? undecided(w->sums[at], w->c[at], near[at]) : doubtful(w->sums[at], w->c[at]);
        }
        for (int at = row; at < row + size && any; at++) {
            if (!(near ? undecided(w->sums[at], w->c[at], near[at]) : doubtful(w->sums[at], w->c[at]))) continue;
            double total = w->sums[at] + w->c[at];
            if (near && near[at] > 0 && total - total == 0) {
                if (!decoded) operands(w, p);  // with their scales
                decoded = true;
                w->d[at] = wide_element(w, p, at);
            } else {
                w->d[at] = of_exact(w->sums[at], w->c[at]);
            }
        }
    }
}

// Where no block's sum is rounded, only that of the blocks is.
INLINE void exact_by_blocks(struct wave *w, const struct product *p, int size) {
    double a_units[LANES], b_units[LANES], near[MOST * MOST];
    struct product plain = *p;
    plain.a_scale.at = plain.b_scale.at = NULL;
    operands(w, &plain);
    read_scales(&p->a_scale, a_units);
    read_scales(&p->b_scale, b_units);
    multiply_blocks(size, w, a_units, b_units, w->sums, near);
    for (int at = 0; at < size * size; at++)
        near[at] *= 2;
    add_c(w, p, size, near);
}

// A float64 sum of n products is off by less than n 2^-53 / (1 - n 2^-53) times the sum of their magnitudes (Higham,
// "Accuracy and Stability of Numerical Algorithms", section 4.2), and by nothing where 53 bits hold every partial sum.
// Twice that, and 2^-51 of the result, cover the rounding of the bounds. Products lie above 2^-300: none underflows.
INLINE void exact(struct wave *w, const struct product *p, int size) {
    const struct format *a = &FORMATS[p->a_format], *b = &FORMATS[p->b_format];
    double near[MOST * MOST];
    int room = 53, scales = spread(size, &p->a_scale) + spread(size, &p->b_scale);
    for (int terms = 1; terms < p->depth; terms *= 2)
        room--;
    if (p->blocked && p->a_format == FP8 && p->b_format == FP8 && sums_of_integers(p, room - scales, w->sums)) {
        add_c(w, p, size, NULL);
        return;
    }
    if (p->a_scale.at && a->span + b->span + 5 <= 53) {
        exact_by_blocks(w, p, size);
        return;
    }
    operands(w, p);
    multiply(size, p->depth, w->a, w->b, w->sums);
    if (a->span + b->span + scales > room && inexact(w, p, size, room, near))
        add_c(w, p, size, near);
    else
        add_c(w, p, size, NULL);
}

// The instruction

INLINE void multiply_and_add(const struct product *p, int size) {
    struct wave w;
    load_c(size, &p->c, w.c);
    if (p->model == EXACT) {
        exact(&w, p, size);
        store_d(size, &p->d, w.d);
        return;
    }
    operands(&w, p);
    if (p->model == SEQUENTIAL || FORMATS[p->a_format].bits == 32)
        add_sequentially(&w, p);
    else
        add_as_cdna3(&w, p);
    store_d(size, &p->d, w.d);
}

// Registers, or one word of a scalar or constant for all lanes. Byte `first` of them.
static struct plane plane_of(const Machine *m, const Source *source, i64 wave, u32 *room) {
    if (source->file <= FILE_A) {
        i64 step = m->file_step[source->file];
        u8 *words = (u8 *)(m->file[source->file] + source->index * step + wave * LANES);
        return (struct plane){words + source->first, 4 * step, 4};
    }
    *room = (u32)read_scalar(m, source, wave);
    return (struct plane){(u8 *)room + source->first, 0, 0};
}

// Sources are A, B, C and, of a scaled instruction, the scales of A and B; `extra` is as matrix.py packs it.
void run_matrix(const Machine *m, const Record *r, i64 wave) {
    u32 room[IN + 1];
    struct product p = {
        .size = r->extra & 0xFF, .depth = r->extra >> 8 & 0xFF, .a_format = r->extra >> 16 & 0xF,
        .b_format = r->extra >> 20 & 0xF, .blocked = r->extra >> 24 & 1, .model = m->sum_model,
    };
    const Source into = {.file = r->out[0].file, .index = r->out[0].index};
    struct plane *planes[] = {&p.a, &p.b, &p.c, &p.a_scale, &p.b_scale};
    for (int i = 0; i < r->inputs; i++) *planes[i] = plane_of(m, &r->in[i], wave, &room[i]);
    p.d = plane_of(m, &into, wave, room);
    if (p.size == 32)
        multiply_and_add(&p, 32);
    else
        multiply_and_add(&p, 16);
}
