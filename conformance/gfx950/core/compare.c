// What do the vector unit's comparisons compute? A bit for each lane, as vector_compare.py has it.
#include "elements.h"

#define COMPARES(name, type, value) ELEMENTS(name, type, d[i] = (value) ? 1 : 0)

// What both kinds of numbers have.
#define NUMBERS(suffix, type) \
    COMPARES(v_cmp_f_##suffix, type, 0) \
    COMPARES(v_cmp_lt_##suffix, type, X < Y) \
    COMPARES(v_cmp_eq_##suffix, type, X == Y) \
    COMPARES(v_cmp_le_##suffix, type, X <= Y) \
    COMPARES(v_cmp_gt_##suffix, type, X > Y) \
    COMPARES(v_cmp_ge_##suffix, type, X >= Y)

#define INTEGERS(suffix, type) \
    NUMBERS(suffix, type) \
    COMPARES(v_cmp_ne_##suffix, type, X != Y) \
    COMPARES(v_cmp_t_##suffix, type, 1)

#define FLOATS(suffix, type) \
    NUMBERS(suffix, type) \
    COMPARES(v_cmp_lg_##suffix, type, X < Y || X > Y) \
    COMPARES(v_cmp_o_##suffix, type, X == X && Y == Y) \
    COMPARES(v_cmp_u_##suffix, type, X != X || Y != Y) \
    COMPARES(v_cmp_tru_##suffix, type, 1) \
    COMPARES(v_cmp_nlt_##suffix, type, !(X < Y)) \
    COMPARES(v_cmp_neq_##suffix, type, !(X == Y)) \
    COMPARES(v_cmp_nle_##suffix, type, !(X <= Y)) \
    COMPARES(v_cmp_ngt_##suffix, type, !(X > Y)) \
    COMPARES(v_cmp_nge_##suffix, type, !(X >= Y)) \
    COMPARES(v_cmp_nlg_##suffix, type, !(X < Y || X > Y))

// Whether a number is of one of the classes whose bits are set: signaling NaN, quiet NaN, then infinity, normal,
// subnormal and zero if negative, and the other way round if positive.
static inline u32 is_of_class(u32 bits, u32 classes) {
    u32 magnitude = bits & 0x7FFFFFFF;
    u32 size = (magnitude >= 0x7F800000) + (magnitude >= 0x00800000) + (magnitude > 0);
    u32 number = bits >> 31 ? 5 - size : 6 + size;
    if (magnitude > 0x7F800000) number = magnitude >= 0x7FC00000;
    return classes >> number & 1;
}

INTEGERS(i32, i32)
INTEGERS(u32, u32)
INTEGERS(u64, u64)
INTEGERS(i64, i64)
FLOATS(f32, float)
FLOATS(f64, double)
COMPARES(v_cmp_class_f32, u32, is_of_class(X, Y))

#define INTEGER(word, kind) \
    {"v_cmp_f_" #word, v_cmp_f_##kind}, {"v_cmp_lt_" #word, v_cmp_lt_##kind}, {"v_cmp_eq_" #word, v_cmp_eq_##kind}, \
        {"v_cmp_le_" #word, v_cmp_le_##kind}, {"v_cmp_gt_" #word, v_cmp_gt_##kind}, \
        {"v_cmp_ge_" #word, v_cmp_ge_##kind}, {"v_cmp_ne_" #word, v_cmp_ne_##kind}, {"v_cmp_t_" #word, v_cmp_t_##kind}
#define FLOAT(kind) \
    ENTRY(v_cmp_f_##kind), ENTRY(v_cmp_lt_##kind), ENTRY(v_cmp_eq_##kind), ENTRY(v_cmp_le_##kind), \
        ENTRY(v_cmp_gt_##kind), ENTRY(v_cmp_ge_##kind), ENTRY(v_cmp_lg_##kind), ENTRY(v_cmp_o_##kind), \
        ENTRY(v_cmp_u_##kind), ENTRY(v_cmp_tru_##kind), ENTRY(v_cmp_nlt_##kind), ENTRY(v_cmp_neq_##kind), \
        ENTRY(v_cmp_nle_##kind), ENTRY(v_cmp_ngt_##kind), ENTRY(v_cmp_nge_##kind), ENTRY(v_cmp_nlg_##kind)

const VectorOp COMPARE_OPS[] = {
    INTEGER(i32, i32), INTEGER(u32, u32), INTEGER(i16, i32), INTEGER(u16, u32), INTEGER(u64, u64), INTEGER(i64, i64),
    FLOAT(f32), FLOAT(f64), ENTRY(v_cmp_class_f32), {NULL, NULL},
};
