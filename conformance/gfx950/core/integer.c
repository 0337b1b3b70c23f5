// What do the vector unit's moves, integer and bit instructions compute? As vector_integer.py, vector_bits.py have it.
//
// 16-bit operands come extended to words; of their results only the low half counts.
#include "elements.h"

static inline u32 low24(u32 a) { return a & 0xFFFFFF; }
static inline i32 signed24(u32 a) { return (i32)(a << 8) >> 8; }
static inline u32 least(u32 a, u32 b) { return a < b ? a : b; }
static inline u32 most(u32 a, u32 b) { return a > b ? a : b; }
static inline i32 least_signed(i32 a, i32 b) { return a < b ? a : b; }
static inline i32 most_signed(i32 a, i32 b) { return a > b ? a : b; }
static inline i32 held(i32 a, i32 low, i32 high) { return least_signed(most_signed(a, low), high); }

static inline u32 reversed(u32 a) {
    a = (a >> 1 & 0x55555555) | (a & 0x55555555) << 1;
    a = (a >> 2 & 0x33333333) | (a & 0x33333333) << 2;
    a = (a >> 4 & 0x0F0F0F0F) | (a & 0x0F0F0F0F) << 4;
    return __builtin_bswap32(a);
}

static inline u32 field_unsigned(u32 a, u32 offset, u32 width) {
    return (a >> (offset & 31)) & (((u32)1 << (width & 31)) - 1);
}

static inline u32 field_signed(u32 a, u32 offset, u32 width) {
    u32 unused = (32 - (width & 31)) & 31;
    i32 field = (i32)((u32)((i32)a >> (offset & 31)) << unused) >> unused;
    return width & 31 ? (u32)field : 0;
}

// Zeros above the highest one, or below the lowest one; all ones where there is none.
static inline u32 zeros_above(u32 a) { return a ? (u32)__builtin_clz(a) : 0xFFFFFFFF; }
static inline u32 zeros_below(u32 a) { return a ? (u32)__builtin_ctz(a) : 0xFFFFFFFF; }

// Bits shift .. shift + 31 of {high, low}; shift < 32.
static inline u32 aligned(u32 high, u32 low, u32 shift) { return (low >> shift) | ((high << 1) << (31 - shift)); }

static inline u32 picked_byte(u64 both, u32 pick) {
    if (pick < 8) return (u32)(both >> (8 * pick)) & 0xFF;
    if (pick < 12) return both >> (16 * (pick - 8) + 15) & 1 ? 0xFF : 0;
    return pick == 12 ? 0 : 0xFF;
}

static inline u32 permuted(u32 high, u32 low, u32 selector) {
    u64 both = (u64)high << 32 | low;
    u32 result = 0;
    for (int byte = 0; byte < 4; byte++) result |= picked_byte(both, selector >> (8 * byte) & 0xFF) << (8 * byte);
    return result;
}

// Bit 4x + 2y + z of the truth table, for each bit position.
static void v_bitop3_b32(const Vector *v) {
    const u32 *restrict x = v->in[0], *restrict y = v->in[1], *restrict z = v->in[2];
    u32 *restrict d = v->out[0], base[4], flips[4];  // of z, for each x and y
    for (int pair = 0; pair < 4; pair++) {
        base[pair] = 0u - (v->extra >> 2 * pair & 1);
        flips[pair] = base[pair] ^ (0u - (v->extra >> (2 * pair + 1) & 1));
    }
    for (int i = 0; i < LANES; i++) {
        u32 zeros = base[0] ^ (z[i] & flips[0]), ones = base[2] ^ (z[i] & flips[2]);
        zeros ^= y[i] & (zeros ^ base[1] ^ (z[i] & flips[1]));
        ones ^= y[i] & (ones ^ base[3] ^ (z[i] & flips[3]));
        d[i] = zeros ^ (x[i] & (zeros ^ ones));
    }
}

// The second result is a mask of lanes: 1 or 0 for each.
#define WITH_CARRY(name, value, carry) ELEMENTS(name, u32, d[i] = (value); e[i] = (carry))

static void v_mad_u64_u32(const Vector *v) {
    const u32 *restrict a = v->in[0], *restrict b = v->in[1];
    const u64 *restrict addend = (const void *)v->in[2];
    u64 *restrict total = (void *)v->out[0];
    u32 *restrict carry = v->out[1];
    for (int i = 0; i < LANES; i++) {
        total[i] = (u64)a[i] * b[i] + addend[i];
        carry[i] = total[i] < addend[i];
    }
}

static void v_lshl_add_u64(const Vector *v) {
    const u64 *restrict a = (const void *)v->in[0], *restrict c = (const void *)v->in[2];
    const u32 *restrict shift = v->in[1];
    u64 *restrict d = (void *)v->out[0];
    for (int i = 0; i < LANES; i++) d[i] = (a[i] << (shift[i] & 7)) + c[i];
}

#define SHIFTED_DOUBLE(name, type, operator) \
    static void name(const Vector *v) { \
        const type *restrict a = (const void *)v->in[1]; \
        const u32 *restrict shift = v->in[0]; \
        u64 *restrict d = (void *)v->out[0]; \
        for (int i = 0; i < LANES; i++) d[i] = (u64)(a[i] operator(shift[i] & 63)); \
    }

static void v_mov_b64(const Vector *v) { memcpy(v->out[0], v->in[0], LANES * sizeof(u64)); }

UNSIGNED(v_mov_b32, X)
UNSIGNED(v_cndmask_b32, (X & ~Z) | (Y & Z))
UNSIGNED(v_not_b32, ~X)
UNSIGNED(v_and_b32, X &Y)
UNSIGNED(v_or_b32, X | Y)
UNSIGNED(v_xor_b32, X ^ Y)
UNSIGNED(v_xnor_b32, ~(X ^ Y))
UNSIGNED(v_or3_b32, X | Y | Z)
UNSIGNED(v_and_or_b32, (X & Y) | Z)
UNSIGNED(v_lshl_or_b32, (X << (Y & 31)) | Z)
UNSIGNED(v_bfe_u32, field_unsigned(X, Y, Z))
UNSIGNED(v_bfe_i32, field_signed(X, Y, Z))
UNSIGNED(v_bfi_b32, (X & Y) | (~X & Z))
UNSIGNED(v_bfm_b32, (((u32)1 << (X & 31)) - 1) << (Y & 31))
UNSIGNED(v_bfrev_b32, reversed(X))
UNSIGNED(v_bcnt_u32_b32, (u32)__builtin_popcount(X) + Y)
UNSIGNED(v_mbcnt_lo_u32_b32, (u32)__builtin_popcountll(X & (i < 32 ? ((u64)1 << i) - 1 : 0xFFFFFFFF)) + Y)
UNSIGNED(v_mbcnt_hi_u32_b32, (u32)__builtin_popcountll(X & (i < 32 ? 0 : ((u64)1 << (i - 32)) - 1)) + Y)
UNSIGNED(v_ffbh_u32, zeros_above(X))
UNSIGNED(v_ffbl_b32, zeros_below(X))
UNSIGNED(v_ffbh_i32, zeros_above(X ^ (u32)((i32)X >> 31)))
UNSIGNED(v_perm_b32, permuted(X, Y, Z))
UNSIGNED(v_alignbit_b32, aligned(X, Y, Z & 31))
UNSIGNED(v_alignbyte_b32, aligned(X, Y, (Z & 3) << 3))
UNSIGNED(v_lshlrev_b32, Y << (X & 31))
UNSIGNED(v_lshrrev_b32, Y >> (X & 31))
UNSIGNED(v_ashrrev_i32, (u32)((i32)Y >> (X & 31)))
UNSIGNED(v_lshl_add_u32, (X << (Y & 31)) + Z)
UNSIGNED(v_add_lshl_u32, (X + Y) << (Z & 31))
SHIFTED_DOUBLE(v_lshlrev_b64, u64, <<)
SHIFTED_DOUBLE(v_lshrrev_b64, u64, >>)
SHIFTED_DOUBLE(v_ashrrev_i64, i64, >>)

UNSIGNED(v_add_u32, X + Y)
UNSIGNED(v_sub_u32, X - Y)
UNSIGNED(v_subrev_u32, Y - X)
UNSIGNED(v_add3_u32, X + Y + Z)
UNSIGNED(v_xad_u32, (X ^ Y) + Z)
UNSIGNED(v_mul_lo_u32, X *Y)
UNSIGNED(v_mul_hi_u32, (u32)((u64)X * Y >> 32))
SIGNED(v_mul_hi_i32, (i64)X *Y >> 32)
UNSIGNED(v_mul_u32_u24, low24(X) * low24(Y))
UNSIGNED(v_mul_i32_i24, (u32)signed24(X) * (u32)signed24(Y))
UNSIGNED(v_mul_hi_u32_u24, (u32)((u64)low24(X) * low24(Y) >> 32))
UNSIGNED(v_mad_u32_u24, low24(X) * low24(Y) + Z)
UNSIGNED(v_mad_i32_i24, (u32)signed24(X) * (u32)signed24(Y) + Z)
WITH_CARRY(v_add_co_u32, X + Y, X + Y < X)
WITH_CARRY(v_sub_co_u32, X - Y, X < Y)
WITH_CARRY(v_subrev_co_u32, Y - X, Y < X)
WITH_CARRY(v_addc_co_u32, X + Y + (Z & 1), (X + Y < X) | (X + Y + (Z & 1) < X + Y))
WITH_CARRY(v_subb_co_u32, X - Y - (Z & 1), (X < Y) | ((X == Y) & (Z & 1)))
WITH_CARRY(v_subbrev_co_u32, Y - X - (Z & 1), (Y < X) | ((Y == X) & (Z & 1)))
UNSIGNED(v_min_u32, least(X, Y))
UNSIGNED(v_max_u32, most(X, Y))
SIGNED(v_min_i32, least_signed(X, Y))
SIGNED(v_max_i32, most_signed(X, Y))
UNSIGNED(v_min3_u32, least(least(X, Y), Z))
UNSIGNED(v_max3_u32, most(most(X, Y), Z))
SIGNED(v_min3_i32, least_signed(least_signed(X, Y), Z))
SIGNED(v_max3_i32, most_signed(most_signed(X, Y), Z))
UNSIGNED(v_med3_u32, most(least(X, Y), least(most(X, Y), Z)))
SIGNED(v_med3_i32, most_signed(least_signed(X, Y), least_signed(most_signed(X, Y), Z)))
UNSIGNED(v_lshlrev_b16, Y << (X & 15))
UNSIGNED(v_lshrrev_b16, Y >> (X & 15))
UNSIGNED(v_ashrrev_i16, (u32)((i32)Y >> (X & 15)))
UNSIGNED(v_mad_u16, X *Y + Z)
UNSIGNED(v_mad_u32_u16, X *Y + Z)
UNSIGNED(v_cvt_pk_u16_u32, least(X, 0xFFFF) | least(Y, 0xFFFF) << 16)
SIGNED(v_cvt_pk_i16_i32, ((u32)held(X, -32768, 32767) & 0xFFFF) | (u32)held(Y, -32768, 32767) << 16)
UNSIGNED(v_pack_b32_f16, (X & 0xFFFF) | Y << 16)

const VectorOp INTEGER_OPS[] = {
    ENTRY(v_mov_b32), {"v_accvgpr_read_b32", v_mov_b32}, {"v_accvgpr_write_b32", v_mov_b32},
    {"v_accvgpr_mov_b32", v_mov_b32}, ENTRY(v_mov_b64), ENTRY(v_cndmask_b32), ENTRY(v_not_b32), ENTRY(v_and_b32),
    ENTRY(v_or_b32), ENTRY(v_xor_b32), ENTRY(v_xnor_b32), ENTRY(v_or3_b32), ENTRY(v_and_or_b32), ENTRY(v_lshl_or_b32),
    ENTRY(v_bitop3_b32), {"v_bitop3_b16", v_bitop3_b32}, ENTRY(v_bfe_u32), ENTRY(v_bfe_i32), ENTRY(v_bfi_b32),
    ENTRY(v_bfm_b32), ENTRY(v_bfrev_b32), ENTRY(v_bcnt_u32_b32), ENTRY(v_mbcnt_lo_u32_b32), ENTRY(v_mbcnt_hi_u32_b32),
    ENTRY(v_ffbh_u32), ENTRY(v_ffbl_b32), ENTRY(v_ffbh_i32), ENTRY(v_perm_b32), ENTRY(v_alignbit_b32),
    ENTRY(v_alignbyte_b32), ENTRY(v_lshlrev_b32), ENTRY(v_lshrrev_b32), ENTRY(v_ashrrev_i32), ENTRY(v_lshl_add_u32),
    ENTRY(v_add_lshl_u32), ENTRY(v_lshlrev_b64), ENTRY(v_lshrrev_b64), ENTRY(v_ashrrev_i64), ENTRY(v_lshl_add_u64),
    ENTRY(v_add_u32), ENTRY(v_sub_u32), ENTRY(v_subrev_u32), {"v_add_i32", v_add_u32}, {"v_sub_i32", v_sub_u32},
    ENTRY(v_add3_u32), ENTRY(v_xad_u32), ENTRY(v_mul_lo_u32), ENTRY(v_mul_hi_u32), ENTRY(v_mul_hi_i32),
    ENTRY(v_mul_u32_u24), ENTRY(v_mul_i32_i24), ENTRY(v_mul_hi_u32_u24), ENTRY(v_mad_u32_u24), ENTRY(v_mad_i32_i24),
    ENTRY(v_mad_u64_u32), ENTRY(v_add_co_u32), ENTRY(v_sub_co_u32), ENTRY(v_subrev_co_u32), ENTRY(v_addc_co_u32),
    ENTRY(v_subb_co_u32), ENTRY(v_subbrev_co_u32), ENTRY(v_min_u32), ENTRY(v_max_u32), ENTRY(v_min_i32),
    ENTRY(v_max_i32), ENTRY(v_min3_u32), ENTRY(v_max3_u32), ENTRY(v_min3_i32), ENTRY(v_max3_i32), ENTRY(v_med3_u32),
    ENTRY(v_med3_i32), {"v_min_u16", v_min_u32}, {"v_max_u16", v_max_u32}, {"v_min_i16", v_min_i32},
    {"v_max_i16", v_max_i32}, {"v_min3_u16", v_min3_u32}, {"v_max3_u16", v_max3_u32}, {"v_min3_i16", v_min3_i32},
    {"v_max3_i16", v_max3_i32}, {"v_med3_u16", v_med3_u32}, {"v_med3_i16", v_med3_i32}, {"v_add_u16", v_add_u32},
    {"v_add_i16", v_add_u32}, {"v_sub_u16", v_sub_u32}, {"v_sub_i16", v_sub_u32}, {"v_subrev_u16", v_subrev_u32},
    {"v_mul_lo_u16", v_mul_lo_u32}, ENTRY(v_lshlrev_b16), ENTRY(v_lshrrev_b16), ENTRY(v_ashrrev_i16),
    ENTRY(v_mad_u16), {"v_mad_i16", v_mad_u16}, ENTRY(v_mad_u32_u16), {"v_mad_i32_i16", v_mad_u32_u16},
    {"v_pk_add_u16", v_add_u32}, {"v_pk_add_i16", v_add_u32}, {"v_pk_sub_u16", v_sub_u32}, {"v_pk_sub_i16", v_sub_u32},
    {"v_pk_mul_lo_u16", v_mul_lo_u32}, {"v_pk_lshlrev_b16", v_lshlrev_b16}, {"v_pk_lshrrev_b16", v_lshrrev_b16},
    {"v_pk_ashrrev_i16", v_ashrrev_i16}, {"v_pk_min_u16", v_min_u32}, {"v_pk_max_u16", v_max_u32},
    {"v_pk_min_i16", v_min_i32}, {"v_pk_max_i16", v_max_i32}, {"v_pk_mad_u16", v_mad_u16}, {"v_pk_mad_i16", v_mad_u16},
    ENTRY(v_cvt_pk_u16_u32), ENTRY(v_cvt_pk_i16_i32), ENTRY(v_pack_b32_f16), {NULL, NULL},
};
