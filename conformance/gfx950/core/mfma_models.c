// How do the models of sums other than the exact one add? As instructions/sums.py states them.
#include "mfma.h"

// sequential

#ifdef WIDE
// Whether all of them, NaN apart, are FP32.
INLINE bool narrowed(int count, const double *values, float *to) {
    u64 lost = 0;
    for (int i = 0; i < count; i++) {
        to[i] = (float)values[i];
        lost |= to[i] == values[i] || values[i] != values[i] ? 0 : ~0ull;
    }
    return !lost;
}

// A product and a sum rounded once are what the model states.
INLINE void sequential_of_fp32(struct wave *w, const float *a, const float *b, int depth, int size) {
    for (int i = 0; i < size; i += 4)
        for (int j = 0; j < size; j += 16) {
            __m256 total[4][2];
            for (int r = 0; r < 8; r++)
                total[r / 2][r % 2] = _mm256_loadu_ps(w->c + (i + r / 2) * size + j + r % 2 * 8) + _mm256_setzero_ps();
            for (int k = 0; k < depth; k++) {
                __m256 low = _mm256_loadu_ps(b + k * size + j), high = _mm256_loadu_ps(b + k * size + j + 8);
                for (int r = 0; r < 4; r++) {
                    __m256 x = _mm256_set1_ps(a[k * size + i + r]);
                    total[r][0] = _mm256_fmadd_ps(x, low, total[r][0]);
                    total[r][1] = _mm256_fmadd_ps(x, high, total[r][1]);
                }
            }
            for (int r = 0; r < 8; r++)
                _mm256_storeu_ps(w->d + (i + r / 2) * size + j + r % 2 * 8, total[r / 2][r % 2]);
        }
    for (int at = 0; at < size * size; at++)
        w->d[at] = settled(w->d[at]);
}
#endif

INLINE void sequential(struct wave *w, const struct product *p, int size) {
#ifdef WIDE
    float a[LARGEST], b[LARGEST];
    if (narrowed(p->depth * size, w->a, a) && narrowed(p->depth * size, w->b, b)) {
        sequential_of_fp32(w, a, b, p->depth, size);
        return;
    }
#endif
    int significands = FORMATS[p->a_format].fraction + FORMATS[p->b_format].fraction + 2;
    for (int i = 0; i < size; i++) {
        float total[MOST];
        for (int j = 0; j < size; j++)
            total[j] = w->c[i * size + j] + 0.0f;
        for (int k = 0; k < p->depth; k++) {
            const double *column = w->b + k * size;
            double x = w->a[k * size + i];
            if (significands > 24)
                for (int j = 0; j < size; j++)
                    total[j] = (float)round_to_odd(total[j], x * column[j]);
            else
                for (int j = 0; j < size; j++)
                    total[j] = (float)(total[j] + x * column[j]);
        }
        for (int j = 0; j < size; j++)
            w->d[i * size + j] = settled(total[j]);
    }
}

// cdna3

enum { ABSENT = -5000, FRACTION = 24, SUM_FRACTION = 31 };

struct partial {
    double sum[MOST];  // in units of 2^(exponent - FRACTION)
    i32 exponent[MOST];
};

static void model_exponents(const struct product *p, const struct format *f, const struct plane *scale,
                            const double *values, i32 *exponents) {
    for (int k = 0; k < p->depth; k++)
        for (int r = 0; r < p->size; r++, values++, exponents++) {
            int lane = k / 32 * p->size + r, exponent = exponent_of(*values);
            int least = scale->at ? scale->at[lane * scale->per_lane] - 127 : 0;
            least += 1 - f->bias;
            *exponents = *values == 0 ? ABSENT : exponent < least ? least : exponent;
        }
}

// Of row i: the products of each `step`th k, aligned to the largest exponent and truncated.
INLINE void aligned_sum(const struct wave *restrict w, int size, int i, int first, int stop, int step, struct partial *restrict of) {
    double scale[MOST];
    for (int j = 0; j < size; j++)
        of->exponent[j] = 2 * ABSENT, of->sum[j] = 0;
    for (int k = first; k < stop; k += step)
        for (int j = 0; j < size; j++) {
            i32 exponent = w->a_exponents[k * size + i] + w->b_exponents[k * size + j];
            of->exponent[j] = exponent > of->exponent[j] ? exponent : of->exponent[j];
        }
    for (int j = 0; j < size; j++)
        scale[j] = power(FRACTION - of->exponent[j]);
    for (int k = first; k < stop; k += step)
        for (int j = 0; j < size; j++)
            of->sum[j] += trunc(w->a[k * size + i] * w->b[k * size + j] * scale[j]);
}

// A group's partial sums (one, or with drop two: C far below them is left out, not cut down to -1 unit) and C.
INLINE double with_accumulator(const struct partial *x, const struct partial *y, bool drop, int j, double c) {
    i32 top = x->exponent[j] > y->exponent[j] ? x->exponent[j] : y->exponent[j];
    double products = floor(x->sum[j] * power(x->exponent[j] - top));
    products += drop ? floor(y->sum[j] * power(y->exponent[j] - top)) : 0;
    i32 c_exponent = exponent_of(c) < -126 ? -126 : exponent_of(c);
    i32 exponent = top > c_exponent ? top : c_exponent;
    double kept = floor(c * power(FRACTION - exponent));
    kept = drop && c - c == 0 && c_exponent < exponent - FRACTION - 1 ? 0 : kept;
    double total = floor(products * power(top - exponent + SUM_FRACTION - FRACTION));
    total += kept * (1 << (SUM_FRACTION - FRACTION));
    return (float)(total * power(exponent - SUM_FRACTION));
}

INLINE void cdna3(struct wave *restrict w, const struct product *p, int size) {
    const struct format *a = &FORMATS[p->a_format], *b = &FORMATS[p->b_format];
    int halves = a->bits == 16 ? 1 : 2, length = a->bits == 16 ? 8 : 16;
    model_exponents(p, a, &p->a_scale, w->a, w->a_exponents);
    model_exponents(p, b, &p->b_scale, w->b, w->b_exponents);
    for (int i = 0; i < size; i++) {
        double total[MOST];
        for (int j = 0; j < size; j++)
            total[j] = w->c[i * size + j];
        for (int start = 0; start < p->depth; start += length) {
            struct partial partials[2];
            for (int half = 0; half < halves; half++)
                aligned_sum(w, size, i, start + half, start + length, halves, &partials[half]);
            for (int j = 0; j < size; j++)
                total[j] = with_accumulator(&partials[0], &partials[halves - 1], halves == 2, j, total[j]);
        }
        for (int j = 0; j < size; j++)
            w->d[i * size + j] = settled(total[j]);
    }
}

void add_sequentially(struct wave *w, const struct product *p) {
    if (p->size == 32)
        sequential(w, p, 32);
    else
        sequential(w, p, 16);
}

void add_as_cdna3(struct wave *restrict w, const struct product *p) {
    if (p->size == 32)
        cdna3(w, p, 32);
    else
        cdna3(w, p, 16);
}
