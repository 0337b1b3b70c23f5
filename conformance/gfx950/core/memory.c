// What do loads and stores touch, and may they? As storage/ has it; where something is to be said, NumPy says it.
//
// Each instruction is looked at for all waves before it changes anything. It is left to NumPy where an access is not
// legal, where a register or byte is not there yet, and in the cases that hardly occur.
#include "core.h"

enum { NO_REGISTER = 0xFFFF, WRITTEN = 1, IN_FLIGHT = 2 };
static const u32 ALL_OF_A_TENSOR = 0x7FFFFFFE, MASKED_LANE = 0x80000000, CONSTANTS = 1 << 20;

// The region that holds an access whole, NULL where none does.
static Region *holding(const Machine *m, u64 address, i64 width) {
    Region *region = region_of(m, address);
    if (!region) return NULL;
    i64 at = (i64)(address - region->origin);
    return at >= region->first && at <= region->stop - width ? region : NULL;
}

// Of as many bytes as an access has: the compiler knows how.
static inline void copy(u8 *to, const u8 *from, unsigned width) {
    switch (width) {
        case 1: *to = *from; break;
        case 2: memcpy(to, from, 2); break;
        case 4: memcpy(to, from, 4); break;
        case 8: memcpy(to, from, 8); break;
        case 16: memcpy(to, from, 16); break;
        default: memcpy(to, from, width);
    }
}

static inline void set(u8 *to, u8 value, unsigned width) {
    u8 values[16];
    memset(values, value, sizeof values);
    copy(to, values, width);
}

static inline void mark(u8 *dwords, i64 at, unsigned width) {
    i64 first = at >> 2, last = (at + width - 1) >> 2;
    if (!(at & 3) && width >= 4) set(dwords + first, 1, width / 4);
    else
        for (; first <= last; first++) dwords[first] = 1;
}

// Keep that a tensor's bytes were touched, and what of that was beyond its view.
static void note(Region *region, u8 *dwords, i64 at, i64 width) {
    if (!region->tensor) return;
    mark(dwords, at, width);
    if (region->viewed && (at < region->view[0] || at + width > region->view[1])) region->beyond += width;
}

static void global_places(const Machine *m, const Memory *a, i64 wave, Places *p) {
    const u32 *low = row(m, FILE_V, a->address, wave);
    p->lanes = exec_of(m, wave);
    p->zeros = 0;
    if (a->space == GLOBAL_PAIR) {
        const u32 *high = row(m, FILE_V, a->address + 1u, wave);
        for (int l = 0; l < LANES; l++) p->address[l] = ((u64)high[l] << 32 | low[l]) + (u64)a->offset[0];
    } else {
        u64 base = scalar_pair(m, a->base, wave) + (u64)a->offset[0];
        for (int l = 0; l < LANES; l++) p->address[l] = low[l] + base;
    }
}

// Whether a lane that is out of a buffer's range gets zeros: not where the end of the range cuts an access, or where
// it is out of range though its code did not mask it.
static bool is_masked(const Memory *a, u32 offset, u32 records, i64 room) {
    if (a->width > 4 && offset <= room - 4) return false;
    return records != ALL_OF_A_TENSOR || offset - MASKED_LANE < CONSTANTS;
}

// Offsets into a buffer's range. Left to NumPy: what it refuses, and what is_masked is not sure of.
static bool buffer_places(const Machine *m, const Memory *a, i64 wave, Places *p) {
    const u32 *word = m->s + a->base * m->s_step + wave;
    u32 word1 = word[m->s_step], records = word[2 * m->s_step], word3 = word[3 * m->s_step];
    if (word3 & 1 << 23 || word1 >> 31 || word3 & 0xF7000000 || !(word3 & 0x78000)) return false;
    u64 shift = read_scalar(m, &a->scalar, wave), base = ((u64)(word1 & 0xFFFF) << 32 | word[0]) + shift;
    i64 room = (i64)records - (i64)shift, last = room - a->width;
    u32 offset[LANES], most = last < 0 ? 0 : (u32)last;
    u8 inside[LANES];
    const u32 *vector = a->address == NO_REGISTER ? NULL : row(m, FILE_V, a->address, wave);
    for (int l = 0; l < LANES; l++) offset[l] = (vector ? vector[l] : 0) + (u32)a->offset[0];
    for (int l = 0; l < LANES; l++) inside[l] = offset[l] <= most;
    for (int l = 0; l < LANES; l++) p->address[l] = offset[l] + base;
    u64 exec = exec_of(m, wave);
    p->lanes = last < 0 ? 0 : exec & mask_of_bytes(inside);
    p->zeros = exec & ~p->lanes;
    for (u64 left = p->zeros; left; left &= left - 1)
        if (!is_masked(a, offset[__builtin_ctzll(left)], records, room)) return false;
    return true;
}

// Whether every access is legal: all in one region, as a rule, or each in one.
static bool all_legal(const Machine *m, const Memory *a, Places *p) {
    p->region = NULL;
    u64 least = ~(u64)0, most = 0;
    if (!p->lanes) return true;
    for (int l = 0; l < LANES; l++) {
        u64 address = p->address[l], taken = 0 - (p->lanes >> l & 1);
        least = (address | ~taken) < least ? address | ~taken : least;
        most = (address & taken) > most ? address & taken : most;
    }
    Region *region = holding(m, least, a->width);
    if (region && (i64)(most - region->origin) <= region->stop - a->width) {
        p->region = region;
        return a->access != STORE || region->writable;
    }
    for (u64 left = p->lanes; left; left &= left - 1) {
        region = holding(m, p->address[__builtin_ctzll(left)], a->width);
        if (!region || (a->access == STORE && !region->writable)) return false;
    }
    return true;
}

// Where all waves access memory, kept in m->places.
static bool find_places(const Machine *m, const Memory *a) {
    for (i64 wave = 0; wave < m->waves; wave++) {
        Places *p = &m->places[wave];
        if (a->space != BUFFER) global_places(m, a, wave, p);
        else if (!buffer_places(m, a, wave, p)) return false;
        if (!all_legal(m, a, p)) return false;
    }
    return true;
}

// Registers

// What was loaded, as it goes into a lane of a register that held ``old``.
static u32 narrowed(const Memory *a, u32 old, u32 word) {
    if (a->extends) word = a->width == 1 ? (u32)(i32)(i8)word : (u32)(i32)(i16)word;
    if (a->half == 1) return (old & 0xFFFF0000) | (word & 0xFFFF);
    if (a->half == 2) return (old & 0x0000FFFF) | word << 16;
    return word;
}

// Four words of each lane into as many registers.
static void take_four(u32 *to, i64 step, const u8 *const *from) {
    u32 words[4][LANES];
    for (int l = 0; l < LANES; l++) {
        u32 four[4];
        memcpy(four, from[l], sizeof four);
        for (int word = 0; word < 4; word++) words[word][l] = four[word];
    }
    for (int word = 0; word < 4; word++) memcpy(to + word * step, words[word], sizeof words[word]);
}

// Of these lanes of a wave, the bytes at ``from``.
static void take(const Machine *m, const Memory *a, int which, i64 wave, u64 lanes, const u8 *const *from) {
    u32 *to = row(m, a->file, a->data[which], wave);
    for (u64 left = lanes; a->width < 4 && left; left &= left - 1) {
        int l = __builtin_ctzll(left);
        to[l] = narrowed(a, to[l], a->width == 1 ? from[l][0] : (u32)from[l][0] | (u32)from[l][1] << 8);
    }
    if (a->width == 16 && lanes == ~(u64)0) {
        take_four(to, m->file_step[a->file], from);
        return;
    }
    for (int word = 0; word < a->width / 4; word++, to += m->file_step[a->file])
        if (lanes == ~(u64)0)
            for (int l = 0; l < LANES; l++) memcpy(to + l, from[l] + 4 * word, 4);
        else
            for (u64 left = lanes; left; left &= left - 1)
                memcpy(to + __builtin_ctzll(left), from[__builtin_ctzll(left)] + 4 * word, 4);
}

// The bytes that a lane stores.
void give(const Machine *m, const Memory *a, int which, i64 wave, int lane, u8 *bytes) {
    const u32 *from = row(m, a->file, a->data[which], wave) + lane;
    if (a->width < 4) {
        u32 word = a->half == 2 ? *from >> 16 : *from;
        bytes[0] = (u8)word;
        if (a->width == 2) bytes[1] = (u8)(word >> 8);
        return;
    }
    for (int i = 0; i < a->width / 4; i++, from += m->file_step[a->file]) memcpy(bytes + 4 * i, from, 4);
}

static i64 bits_in(u64 lanes) { return __builtin_popcountll(lanes); }

// Global memory

static const u8 ZEROS[16];

// Keeps that these bytes were loaded, and gives where they are.
static const u8 *loaded(const Machine *m, const Memory *a, const Places *p, int lane) {
    Region *region = p->region ? p->region : region_of(m, p->address[lane]);
    i64 at = (i64)(p->address[lane] - region->origin);
    note(region, region->loaded, at, a->width);
    return region->data + at;
}

static bool load(Machine *m, const Memory *a) {
    if (!find_places(m, a) || (m->watch && !watch_load(m, a))) return false;
    for (i64 wave = 0; wave < m->waves; wave++) {
        const Places *p = &m->places[wave];
        const u8 *from[LANES];
        for (u64 left = p->zeros; left; left &= left - 1) from[__builtin_ctzll(left)] = ZEROS;
        for (u64 left = p->lanes; left; left &= left - 1) {
            int l = __builtin_ctzll(left);
            from[l] = loaded(m, a, p, l);
        }
        take(m, a, 0, wave, p->lanes | p->zeros, from);
        m->traffic[GLOBAL_LOADED] += bits_in(p->lanes) * a->width;
    }
    return true;
}

// Before a first store to a block of a region's bytes, one of the threads that run chunks keeps what it has.
enum { BLOCK = 4096, KEEPING = 1, KEPT = 2 };
static void keep(const Region *region, i64 block) {
    u8 *state = &region->kept[block], none = 0;
    if (__atomic_load_n(state, __ATOMIC_ACQUIRE) == KEPT) return;
    if (__atomic_compare_exchange_n(state, &none, KEEPING, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        i64 first = block * BLOCK > region->first ? block * BLOCK : region->first;
        i64 stop = (block + 1) * BLOCK < region->stop ? (block + 1) * BLOCK : region->stop;
        memcpy(region->before + first, region->data + first, (size_t)(stop - first));
        __atomic_store_n(state, KEPT, __ATOMIC_RELEASE);
    }
    while (__atomic_load_n(state, __ATOMIC_ACQUIRE) != KEPT) {}
}

static bool store(Machine *m, const Memory *a) {
    if (!find_places(m, a) || (m->watch && !watch_store(m, a))) return false;
    for (i64 wave = 0; wave < m->waves; wave++) {
        const Places *p = &m->places[wave];
        for (u64 left = p->lanes; left; left &= left - 1) {
            int l = __builtin_ctzll(left);
            Region *region = p->region ? p->region : region_of(m, p->address[l]);
            i64 at = (i64)(p->address[l] - region->origin), last = at + a->width - 1;
            for (i64 block = at / BLOCK; region->kept && block <= last / BLOCK; block++) keep(region, block);
            give(m, a, 0, wave, l, region->data + at);
            note(region, region->stored, at, a->width);
        }
        m->traffic[GLOBAL_STORED] += bits_in(p->lanes) * a->width;
    }
    return true;
}

// The state of the bytes of these lanes, which lie one behind the other.
static void mark_lanes(u8 *state, u8 value, u64 lanes, unsigned width) {
    if (lanes == ~(u64)0) memset(state, value, LANES * width);
    else
        for (unsigned l = 0; l < LANES; l++)
            if (lanes >> l & 1) set(state + l * width, value, width);
}

static bool load_to_lds(Machine *m, const Memory *a) {
    Deliveries *d = &m->deliveries;
    u64 any = 0;
    if (d->count >= RING || !find_places(m, a)) return false;
    for (i64 wave = 0; wave < m->waves; wave++) {
        u64 exec = exec_of(m, wave);
        any |= exec;
        if (exec && first_in_lds(m, a, wave) + (64 - __builtin_clzll(exec)) * a->width > m->lds_size) return false;
    }
    i64 slot = (d->head + d->count) % RING;
    if (!any || (m->watch && !watch_copy(m, a, slot))) return false;
    d->count++;
    d->width[slot] = a->width;
    for (i64 wave = 0; wave < m->waves; wave++) {
        const Places *p = &m->places[wave];
        u64 exec = exec_of(m, wave);
        i64 first = first_in_lds(m, a, wave) + m->workgroup[wave] * m->lds_stride;
        d->first[slot * m->waves + wave] = first;
        d->lanes[slot * m->waves + wave] = exec;
        mark_lanes(m->lds_state + first, IN_FLIGHT, exec, a->width);
        for (u64 left = exec; left; left &= left - 1) {
            int l = __builtin_ctzll(left);
            copy(m->lds + first + l * a->width, p->lanes >> l & 1 ? loaded(m, a, p, l) : ZEROS, a->width);
        }
        m->traffic[GLOBAL_LOADED] += bits_in(p->lanes) * a->width;
        m->traffic[LDS_STORED] += bits_in(exec) * a->width;
    }
    return true;
}

// The oldest loads to LDS have come: their bytes may be read. counts: how many, and in the upper half how many parts of
// instructions on LDS have retired, which a race search wants to know.
void land(Machine *m, i64 counts) {
    Deliveries *d = &m->deliveries;
    watch_retired(m, counts >> 16);
    for (i64 count = counts & 0xFFFF; count && d->count; count--, d->count--, d->head = (d->head + 1) % RING) {
        if (m->watch) watch_delivery(m);
        for (i64 wave = 0; wave < m->waves; wave++) {
            i64 at = d->head * m->waves + wave;
            mark_lanes(m->lds_state + d->first[at], WRITTEN, d->lanes[at], (unsigned)d->width[d->head]);
        }
    }
}

static u64 unaligned_scalar_address(const Machine *m, const Memory *a, i64 wave) {
    return scalar_pair(m, a->base, wave) + (u64)a->offset[0] + read_scalar(m, &a->scalar, wave);
}

static u64 scalar_address(const Machine *m, const Memory *a, i64 wave) {
    return unaligned_scalar_address(m, a, wave) & ~(u64)3;
}

// As a load of each wave's first lane. NumPy looks at the whole access or not by the region of the first wave's.
static bool watch_scalar_load(Machine *m, const Memory *a) {
    Region *region = region_of(m, scalar_address(m, a, 0));
    if (!region->shadow.wrote) return true;
    for (i64 wave = 0; wave < m->waves; wave++) {
        u64 address = unaligned_scalar_address(m, a, wave);
        if (address & 3 || region_of(m, address) != region) return false;
        m->places[wave].lanes = 1;
        m->places[wave].region = region;
        m->places[wave].address[0] = address;
    }
    return watch_load(m, a);
}

static bool scalar_load(Machine *m, const Memory *a, const Record *r) {
    for (i64 wave = 0; wave < m->waves; wave++)
        if (!holding(m, scalar_address(m, a, wave), a->width)) return false;
    if (m->watch && !watch_scalar_load(m, a)) return false;
    if (region_of(m, scalar_address(m, a, 0))->tensor) m->traffic[GLOBAL_LOADED] += m->waves * a->width;
    for (i64 wave = 0; wave < m->waves; wave++) {
        u64 address = scalar_address(m, a, wave);
        Region *region = holding(m, address, a->width);
        i64 at = (i64)(address - region->origin);
        for (int i = 0; i < a->width / 4; i++) {
            memcpy(m->s + (r->out[0].index + i) * m->s_step + wave, region->data + at + 4 * i, 4);
            note(region, region->loaded, at + 4 * i, 4);
        }
    }
    return true;
}

// LDS

// Whether all bytes of these lanes' accesses are written.
static inline bool all_written(const u8 *state, const u32 *offset, u64 lanes, unsigned width) {
    const u64 written = 0x0101010101010101;
    u64 others = 0;
    for (int l = 0; l < LANES; l++) {
        u64 first = written, second = written;
        if (!(lanes >> l & 1)) continue;
        memcpy(&first, state + offset[l], width < 8 ? width : 8);
        if (width > 8) memcpy(&second, state + offset[l] + 8, width - 8);
        others |= (first ^ written) | (second ^ written);
    }
    return !others;
}

static bool in_lds(const Machine *m, const Memory *a, int which, i64 wave, bool written) {
    const u32 *vector = row(m, FILE_V, a->address, wave);
    const u8 *state = m->lds_state + m->workgroup[wave] * m->lds_stride;
    u64 exec = exec_of(m, wave);
    u32 offset[LANES], most = 0;
    for (int l = 0; l < LANES; l++) offset[l] = vector[l] + (u32)a->offset[which];
    for (int l = 0; l < LANES; l++) {
        u32 taken = offset[l] & (0u - (u32)(exec >> l & 1));
        most = taken > most ? taken : most;
    }
    if (exec && (i64)most + a->width > m->lds_size) return false;
    if (!written) return true;
    switch (a->width) {
        case 4: return all_written(state, offset, exec, 4);
        case 8: return all_written(state, offset, exec, 8);
        case 16:
            if (exec == ~(u64)0) return all_written(state, offset, ~(u64)0, 16);
            return all_written(state, offset, exec, 16);
        default: return all_written(state, offset, exec, a->width);
    }
}

// Of each 16 lanes, whose 8 bytes are the rows of a tile of 16 columns, lane i gets column i.
static void transpose(u8 columns[LANES][8], const u8 **from, unsigned element) {
    u8 tile[16 * 8];
    for (unsigned first = 0; first < LANES; first += 16) {
        for (unsigned l = 0; l < 16; l++) memcpy(tile + 8 * l, from[first + l], 8);
        for (unsigned l = 0; l < 16; l++)
            for (unsigned at = 0; at < 8; at++)
                columns[first + l][at] = tile[(at / element * 16 + l) * element + at % element];
    }
    for (int l = 0; l < LANES; l++) from[l] = columns[l];
}

static bool local_load(Machine *m, const Memory *a) {
    for (i64 wave = 0; wave < m->waves; wave++)
        if (a->transposes && exec_of(m, wave) != ~(u64)0) return false;
    for (i64 wave = 0; wave < m->waves; wave++)
        for (int which = 0; which <= a->two; which++)
            if (!in_lds(m, a, which, wave, true)) return false;
    if (m->watch && !watch_local(m, a)) return false;
    for (i64 wave = 0; wave < m->waves; wave++) {
        u32 vector[LANES];
        u64 exec = exec_of(m, wave);
        const u8 *bytes = m->lds + m->workgroup[wave] * m->lds_stride, *from[LANES];
        u8 columns[LANES][8];
        memcpy(vector, row(m, FILE_V, a->address, wave), sizeof vector);
        for (int which = 0; which <= a->two; which++) {
            for (int l = 0; l < LANES; l++) from[l] = bytes + (u32)(vector[l] + (u32)a->offset[which]);
            if (a->transposes) transpose(columns, from, a->transposes);
            take(m, a, which, wave, exec, from);
        }
        m->traffic[LDS_LOADED] += bits_in(exec) * a->width * (1 + a->two);
    }
    return true;
}

static bool local_store(Machine *m, const Memory *a) {
    for (i64 wave = 0; wave < m->waves; wave++)
        for (int which = 0; which <= a->two; which++)
            if (!in_lds(m, a, which, wave, false)) return false;
    if (m->watch && !watch_local(m, a)) return false;
    for (int which = 0; which <= a->two; which++)
        for (i64 wave = 0; wave < m->waves; wave++) {
            const u32 *vector = row(m, FILE_V, a->address, wave);
            u64 exec = exec_of(m, wave);
            i64 space = m->workgroup[wave] * m->lds_stride;
            for (u64 left = exec; left; left &= left - 1) {
                int l = __builtin_ctzll(left);
                i64 at = space + (u32)(vector[l] + (u32)a->offset[which]);
                give(m, a, which, wave, l, m->lds + at);
                set(m->lds_state + at, WRITTEN, a->width);
            }
            m->traffic[LDS_STORED] += bits_in(exec) * a->width;
        }
    return true;
}

// ds_bpermute_b32: each lane takes the value of another one, 0 of one that is off.
static bool pull(Machine *m, const Memory *a) {
    for (i64 wave = 0; wave < m->waves; wave++) {
        const u32 *vector = row(m, FILE_V, a->address, wave), *from = row(m, a->file, a->data[1], wave);
        u32 *to = row(m, a->file, a->data[0], wave), found[LANES];
        u64 exec = exec_of(m, wave);
        for (int l = 0; l < LANES; l++) {
            u32 lane = (vector[l] + (u32)a->offset[0]) >> 2 & 63;
            found[l] = exec >> lane & 1 ? from[lane] : 0;
        }
        for (int l = 0; l < LANES; l++)
            if (exec >> l & 1) to[l] = found[l];
    }
    return true;
}

bool run_memory(Machine *m, const Record *r) {
    const Memory *a = &r->memory;
    if (a->access == PULL) return pull(m, a);
    if (a->space == SCALAR_MEMORY) return scalar_load(m, a, r);
    if (a->space == LOCAL) return a->access == LOAD ? local_load(m, a) : local_store(m, a);
    return a->access == LOAD ? load(m, a) : a->access == STORE ? store(m, a) : load_to_lds(m, a);
}
