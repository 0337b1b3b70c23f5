// What do the scalar instructions compute? One line each, as instructions/scalar.py has it.
#include "core.h"

#define OP(name, body) \
    static void name(Scalar *x) { body; }

static u64 ones(u64 count, unsigned size) {
    u64 all = size == 64 ? ~(u64)0 : 0xFFFFFFFF;
    return count >= size ? all : ((u64)1 << count) - 1;
}

static u64 sum(Scalar *x, u64 total) {
    x->scc = total > 0xFFFFFFFF;
    return (u32)total;
}

static u64 difference(Scalar *x, i64 total) {
    x->scc = total < 0;
    return (u32)total;
}

static u64 signed_sum(Scalar *x, i64 total) {
    x->scc = (i32)total != total;
    return (u32)total;
}

static void chosen(Scalar *x, bool first, bool scc) {
    x->result = first ? x->a : x->b;
    x->scc = scc;
}

static void nonzero(Scalar *x, u64 result) {
    x->result = result;
    x->scc = result != 0;
}

static i64 small(u64 word) { return (i32)(u32)word; }

static u64 field_unsigned(u64 a, u64 field, unsigned size) {
    return (a >> (field & (size - 1))) & ones((field >> 16) & 127, size);
}

static u64 field_signed(u64 a, u64 field, unsigned size) {
    u64 width = (field >> 16) & 127;
    i64 wide = size == 64 ? (i64)a : small(a);
    u64 raw = (u64)(wide >> (field & (size - 1))) & ones(width, size);
    if (width == 0) return 0;
    unsigned unused = width >= size ? 0 : size - (unsigned)width;
    if (size == 64) return (u64)((i64)(raw << unused) >> unused);
    return (u32)((i32)((u32)raw << unused) >> unused);
}

static u64 lowest_one(u64 a) { return a ? (u64)__builtin_ctzll(a) : 0xFFFFFFFF; }

static u64 leading_zeros(u64 a, unsigned size) { return a ? (u64)__builtin_clzll(a) - (64 - size) : 0xFFFFFFFF; }

static u64 absolute(u64 a) { return (u32)a >> 31 ? (u32)-(u32)a : (u32)a; }

static void save_exec(Scalar *x, u64 result) {
    u64 before = x->exec;
    x->exec = result;
    x->scc = result != 0;
    x->result = before;
}

OP(s_add_u32, x->result = sum(x, x->a + x->b))
OP(s_addc_u32, x->result = sum(x, x->a + x->b + x->scc))
OP(s_sub_u32, x->result = difference(x, (i64)x->a - (i64)x->b))
OP(s_subb_u32, x->result = difference(x, (i64)x->a - (i64)x->b - x->scc))
OP(s_add_i32, x->result = signed_sum(x, small(x->a) + small(x->b)))
OP(s_sub_i32, x->result = signed_sum(x, small(x->a) - small(x->b)))
OP(s_addk_i32, x->result = signed_sum(x, small(x->a) + small(x->b)))
OP(s_mul_i32, x->result = (u32)(x->a * x->b))
OP(s_mul_hi_u32, x->result = (x->a * x->b) >> 32)
OP(s_mul_hi_i32, x->result = (u32)((small(x->a) * small(x->b)) >> 32))
OP(s_min_i32, chosen(x, small(x->a) < small(x->b), small(x->a) < small(x->b)))
OP(s_max_i32, chosen(x, small(x->a) >= small(x->b), small(x->a) >= small(x->b)))
OP(s_min_u32, chosen(x, x->a < x->b, x->a < x->b))
OP(s_max_u32, chosen(x, x->a >= x->b, x->a >= x->b))
OP(s_lshl1_add_u32, x->result = sum(x, (x->a << 1) + x->b))
OP(s_lshl2_add_u32, x->result = sum(x, (x->a << 2) + x->b))
OP(s_lshl3_add_u32, x->result = sum(x, (x->a << 3) + x->b))
OP(s_lshl4_add_u32, x->result = sum(x, (x->a << 4) + x->b))
OP(s_abs_i32, nonzero(x, absolute(x->a)))
OP(s_absdiff_i32, nonzero(x, absolute(x->a - x->b)))
OP(s_not_b32, nonzero(x, (u32)~x->a))
OP(s_not_b64, nonzero(x, ~x->a))
OP(s_lshl_b32, nonzero(x, (u32)(x->a << (x->b & 31))))
OP(s_lshl_b64, nonzero(x, x->a << (x->b & 63)))
OP(s_lshr_b32, nonzero(x, x->a >> (x->b & 31)))
OP(s_lshr_b64, nonzero(x, x->a >> (x->b & 63)))
OP(s_ashr_i32, nonzero(x, (u32)(small(x->a) >> (x->b & 31))))
OP(s_ashr_i64, nonzero(x, (u64)((i64)x->a >> (x->b & 63))))
OP(s_bfe_u32, nonzero(x, field_unsigned(x->a, x->b, 32)))
OP(s_bfe_u64, nonzero(x, field_unsigned(x->a, x->b, 64)))
OP(s_bfe_i32, nonzero(x, field_signed(x->a, x->b, 32)))
OP(s_bfe_i64, nonzero(x, field_signed(x->a, x->b, 64)))
OP(s_bfm_b32, x->result = (u32)(ones(x->a & 31, 32) << (x->b & 31)))
OP(s_bfm_b64, x->result = ones(x->a & 63, 64) << (x->b & 63))
OP(s_bcnt1_i32_b32, nonzero(x, (u64)__builtin_popcountll(x->a)))
OP(s_bcnt1_i32_b64, nonzero(x, (u64)__builtin_popcountll(x->a)))
OP(s_ff1_i32_b32, x->result = lowest_one(x->a))
OP(s_ff1_i32_b64, x->result = lowest_one(x->a))
OP(s_flbit_i32_b32, x->result = leading_zeros(x->a, 32))
OP(s_flbit_i32_b64, x->result = leading_zeros(x->a, 64))
OP(s_bitset0_b32, x->result = x->b & ~((u64)1 << (x->a & 31)))
OP(s_bitset1_b32, x->result = x->b | (u64)1 << (x->a & 31))
OP(s_bitcmp0_b32, x->scc = !(x->a >> (x->b & 31) & 1))
OP(s_bitcmp1_b32, x->scc = x->a >> (x->b & 31) & 1)
OP(s_mov, x->result = x->a)
OP(s_cselect, x->result = x->scc ? x->a : x->b)
OP(s_cmov, x->result = x->scc ? x->a : x->b)
OP(s_sext_i32_i8, x->result = (u32)(i32)(i8)x->a)
OP(s_sext_i32_i16, x->result = (u32)(i32)(i16)x->a)
OP(s_pack_ll_b32_b16, x->result = (u32)(x->b << 16) | (x->a & 0xFFFF))
OP(s_pack_lh_b32_b16, x->result = (x->b & 0xFFFF0000) | (x->a & 0xFFFF))
OP(s_pack_hh_b32_b16, x->result = (x->b & 0xFFFF0000) | (x->a >> 16))
OP(s_and, nonzero(x, x->a & x->b))
OP(s_or, nonzero(x, x->a | x->b))
OP(s_xor, nonzero(x, x->a ^ x->b))
OP(s_andn2, nonzero(x, x->a & ~x->b))
OP(s_orn2_b32, nonzero(x, (u32)(x->a | ~x->b)))
OP(s_orn2_b64, nonzero(x, x->a | ~x->b))
OP(s_nand_b32, nonzero(x, (u32) ~(x->a & x->b)))
OP(s_nand_b64, nonzero(x, ~(x->a & x->b)))
OP(s_nor_b32, nonzero(x, (u32) ~(x->a | x->b)))
OP(s_nor_b64, nonzero(x, ~(x->a | x->b)))
OP(s_xnor_b32, nonzero(x, (u32) ~(x->a ^ x->b)))
OP(s_xnor_b64, nonzero(x, ~(x->a ^ x->b)))
OP(s_and_saveexec_b64, save_exec(x, x->a & x->exec))
OP(s_or_saveexec_b64, save_exec(x, x->a | x->exec))
OP(s_xor_saveexec_b64, save_exec(x, x->a ^ x->exec))
OP(s_andn2_saveexec_b64, save_exec(x, x->a & ~x->exec))
OP(s_andn1_saveexec_b64, save_exec(x, ~x->a & x->exec))
OP(s_orn2_saveexec_b64, save_exec(x, x->a | ~x->exec))
OP(s_cmp_eq, x->scc = x->a == x->b)
OP(s_cmp_lg, x->scc = x->a != x->b)
OP(s_cmp_gt_u32, x->scc = x->a > x->b)
OP(s_cmp_ge_u32, x->scc = x->a >= x->b)
OP(s_cmp_lt_u32, x->scc = x->a < x->b)
OP(s_cmp_le_u32, x->scc = x->a <= x->b)
OP(s_cmp_gt_i32, x->scc = small(x->a) > small(x->b))
OP(s_cmp_ge_i32, x->scc = small(x->a) >= small(x->b))
OP(s_cmp_lt_i32, x->scc = small(x->a) < small(x->b))
OP(s_cmp_le_i32, x->scc = small(x->a) <= small(x->b))

#define ENTRY(name) {#name, name}
#define BOTH(name) {#name "_b32", name}, {#name "_b64", name}
#define COMPARED(name, word) \
    {"s_cmp_" #name "_" #word, s_cmp_##name##_##word}, {"s_cmpk_" #name "_" #word, s_cmp_##name##_##word}
#define EQUALITY(name, word) {"s_cmp_" #name "_" #word, s_cmp_##name}, {"s_cmpk_" #name "_" #word, s_cmp_##name}

const ScalarOp SCALAR_OPS[] = {
    ENTRY(s_add_u32), ENTRY(s_addc_u32), ENTRY(s_sub_u32), ENTRY(s_subb_u32), ENTRY(s_add_i32), ENTRY(s_sub_i32),
    ENTRY(s_addk_i32), ENTRY(s_mul_i32), {"s_mulk_i32", s_mul_i32}, ENTRY(s_mul_hi_u32), ENTRY(s_mul_hi_i32),
    ENTRY(s_min_i32), ENTRY(s_max_i32), ENTRY(s_min_u32), ENTRY(s_max_u32), ENTRY(s_lshl1_add_u32),
    ENTRY(s_lshl2_add_u32), ENTRY(s_lshl3_add_u32), ENTRY(s_lshl4_add_u32), ENTRY(s_abs_i32), ENTRY(s_absdiff_i32),
    ENTRY(s_not_b32), ENTRY(s_not_b64), ENTRY(s_lshl_b32), ENTRY(s_lshl_b64), ENTRY(s_lshr_b32), ENTRY(s_lshr_b64),
    ENTRY(s_ashr_i32), ENTRY(s_ashr_i64), ENTRY(s_bfe_u32), ENTRY(s_bfe_u64), ENTRY(s_bfe_i32), ENTRY(s_bfe_i64),
    ENTRY(s_bfm_b32), ENTRY(s_bfm_b64), ENTRY(s_bcnt1_i32_b32), ENTRY(s_bcnt1_i32_b64), ENTRY(s_ff1_i32_b32),
    ENTRY(s_ff1_i32_b64), ENTRY(s_flbit_i32_b32), ENTRY(s_flbit_i32_b64), ENTRY(s_bitset0_b32), ENTRY(s_bitset1_b32),
    ENTRY(s_bitcmp0_b32), ENTRY(s_bitcmp1_b32), BOTH(s_mov), {"s_movk_i32", s_mov}, BOTH(s_cselect), BOTH(s_cmov),
    {"s_cmovk_i32", s_cmov}, ENTRY(s_sext_i32_i8), ENTRY(s_sext_i32_i16), ENTRY(s_pack_ll_b32_b16),
    ENTRY(s_pack_lh_b32_b16), ENTRY(s_pack_hh_b32_b16), BOTH(s_and), BOTH(s_or), BOTH(s_xor), BOTH(s_andn2),
    ENTRY(s_orn2_b32), ENTRY(s_orn2_b64), ENTRY(s_nand_b32), ENTRY(s_nand_b64), ENTRY(s_nor_b32), ENTRY(s_nor_b64),
    ENTRY(s_xnor_b32), ENTRY(s_xnor_b64), ENTRY(s_and_saveexec_b64), ENTRY(s_or_saveexec_b64),
    ENTRY(s_xor_saveexec_b64), ENTRY(s_andn2_saveexec_b64), ENTRY(s_andn1_saveexec_b64), ENTRY(s_orn2_saveexec_b64),
    EQUALITY(eq, u32), EQUALITY(eq, i32), EQUALITY(lg, u32), EQUALITY(lg, i32), {"s_cmp_eq_u64", s_cmp_eq},
    {"s_cmp_lg_u64", s_cmp_lg}, COMPARED(gt, u32), COMPARED(ge, u32), COMPARED(lt, u32), COMPARED(le, u32),
    COMPARED(gt, i32), COMPARED(ge, i32), COMPARED(lt, i32), COMPARED(le, i32), {NULL, NULL},
};
