// What do loads and stores touch, and may they? As storage/ has it; where something is to be said, NumPy says it.
//
// Each instruction is looked at for all waves before it changes anything. It is left to NumPy where an access is not
// legal, where a register or byte is not there yet, and in the cases that hardly occur.
#include "core.h"

enum { REGION_BITS = 38, LAST_REGION = 511, NEVER_WRITTEN = 0, WRITTEN = 1, IN_FLIGHT = 2 };
static const u32 ALL_OF_A_TENSOR = 0x7FFFFFFE, MASKED_LANE = 0x80000000, CONSTANTS = 1 << 20;

// A wave's part of an instruction: the lanes that access memory, and where.
typedef struct {
    u64 lanes;  // that access
    u64 zeros;  // that get zeros, since they are out of a buffer's range
    u64 address[LANES];
} Places;

static Region *region_of(const Machine *m, u64 address) {
    u64 number = LAST_REGION - (address >> REGION_BITS);
    return number < (u64)m->num_regions ? &m->regions[number] : NULL;
}

// The region that holds an access whole, NULL where none does.
static Region *holding(const Machine *m, u64 address, i64 width) {
    Region *region = region_of(m, address);
    if (!region) return NULL;
    i64 at = (i64)(address - region->origin);
    return at >= region->first && at <= region->stop - width ? region : NULL;
}

static void mark(u8 *dwords, i64 at, i64 width) {
    for (i64 dword = at >> 2; dword <= (at + width - 1) >> 2; dword++) dwords[dword] = 1;
}

// Keep that a tensor's bytes were touched, and what of that was beyond its view.
static void note(Region *region, u8 *dwords, i64 at, i64 width) {
    if (!region->tensor) return;
    mark(dwords, at, width);
    if (region->viewed && (at < region->view[0] || at + width > region->view[1])) region->beyond += width;
}

static const u32 *vector_row(const Machine *m, unsigned index, i64 wave) {
    return m->file[FILE_V] + index * m->file_step[FILE_V] + wave * LANES;
}

static u64 scalar_pair(const Machine *m, unsigned index, i64 wave) {
    return (u64)m->s[(index + 1) * m->s_step + wave] << 32 | m->s[index * m->s_step + wave];
}

static bool global_places(const Machine *m, const Memory *a, i64 wave, Places *p) {
    const u32 *low = vector_row(m, a->address, wave);
    p->lanes = exec_of(m, wave);
    p->zeros = 0;
    if (a->space == GLOBAL_PAIR) {
        const u32 *high = vector_row(m, a->address + 1u, wave);
        for (int l = 0; l < LANES; l++) p->address[l] = ((u64)high[l] << 32 | low[l]) + (u64)a->offset[0];
    } else {
        u64 base = scalar_pair(m, a->base, wave) + (u64)a->offset[0];
        for (int l = 0; l < LANES; l++) p->address[l] = low[l] + base;
    }
    return true;
}

// Offsets into a buffer's range. Left to NumPy: what it refuses, and an access that the end of the range cuts.
static bool buffer_places(const Machine *m, const Memory *a, i64 wave, Places *p) {
    const u32 *word = m->s + a->base * m->s_step + wave;
    u32 word1 = word[m->s_step], records = word[2 * m->s_step], word3 = word[3 * m->s_step];
    if (word3 & 1 << 23 || word1 >> 31 || word3 & 0xF7000000 || !(word3 & 0x78000)) return false;
    u64 base = ((u64)(word1 & 0xFFFF) << 32 | word[0]), shift = read_scalar(m, &a->scalar, wave);
    i64 room = (i64)records - (i64)shift;
    u64 exec = exec_of(m, wave);
    const u32 *vector = a->address == 0xFFFF ? NULL : vector_row(m, a->address, wave);
    p->lanes = 0;
    for (int l = 0; l < LANES; l++) {
        u32 offset = (vector ? vector[l] : 0) + (u32)a->offset[0];
        p->address[l] = offset + base + shift;
        if (!(exec >> l & 1)) continue;
        if (offset <= room - a->width) {
            p->lanes |= (u64)1 << l;
        } else if (a->width > 4 && offset <= room - 4) {
            return false;
        } else if (records == ALL_OF_A_TENSOR && offset - MASKED_LANE >= CONSTANTS) {
            return false;
        }
    }
    p->zeros = exec & ~p->lanes;
    return true;
}

static bool places(const Machine *m, const Memory *a, i64 wave, Places *p) {
    bool found = a->space == BUFFER ? buffer_places(m, a, wave, p) : global_places(m, a, wave, p);
    if (!found) return false;
    Region *region = NULL;
    for (int l = 0; l < LANES; l++) {
        if (!(p->lanes >> l & 1)) continue;
        i64 at = region ? (i64)(p->address[l] - region->origin) : 0;
        if (!region || at < region->first || at > region->stop - a->width) region = holding(m, p->address[l], a->width);
        if (!region || (a->access == STORE && !region->writable)) return false;
    }
    return true;
}

// Registers

static u32 *data_row(const Machine *m, const Memory *a, unsigned index, i64 wave) {
    return m->file[a->file] + index * m->file_step[a->file] + wave * LANES;
}

// What was loaded, as it goes into a lane of a register that held ``old``.
static u32 narrowed(const Memory *a, u32 old, u32 word) {
    if (a->extends) word = a->width == 1 ? (u32)(i32)(i8)word : (u32)(i32)(i16)word;
    if (a->half == 1) return (old & 0xFFFF0000) | (word & 0xFFFF);
    if (a->half == 2) return (old & 0x0000FFFF) | word << 16;
    return word;
}

static void take(const Machine *m, const Memory *a, int which, i64 wave, int lane, const u8 *bytes) {
    u32 *to = data_row(m, a, a->data[which], wave) + lane;
    if (a->width < 4) {
        u32 word = a->width == 1 ? bytes[0] : (u32)bytes[0] | (u32)bytes[1] << 8;
        *to = narrowed(a, *to, word);
        return;
    }
    for (int i = 0; i < a->width / 4; i++, to += m->file_step[a->file]) memcpy(to, bytes + 4 * i, 4);
}

static void give(const Machine *m, const Memory *a, int which, i64 wave, int lane, u8 *bytes) {
    const u32 *from = data_row(m, a, a->data[which], wave) + lane;
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

static bool load(Machine *m, const Memory *a) {
    static const u8 zeros[16] = {0};
    Places p;
    for (i64 wave = 0; wave < m->waves; wave++)
        if (!places(m, a, wave, &p)) return false;
    for (i64 wave = 0; wave < m->waves; wave++) {
        places(m, a, wave, &p);
        for (int l = 0; l < LANES; l++) {
            if (p.zeros >> l & 1) take(m, a, 0, wave, l, zeros);
            if (!(p.lanes >> l & 1)) continue;
            Region *region = region_of(m, p.address[l]);
            i64 at = (i64)(p.address[l] - region->origin);
            take(m, a, 0, wave, l, region->data + at);
            note(region, region->loaded, at, a->width);
        }
        m->traffic[GLOBAL_LOADED] += bits_in(p.lanes) * a->width;
    }
    return true;
}

static bool store(Machine *m, const Memory *a) {
    Places p;
    for (i64 wave = 0; wave < m->waves; wave++)
        if (!places(m, a, wave, &p)) return false;
    for (i64 wave = 0; wave < m->waves; wave++) {
        places(m, a, wave, &p);
        for (int l = 0; l < LANES; l++) {
            if (!(p.lanes >> l & 1)) continue;
            Region *region = region_of(m, p.address[l]);
            i64 at = (i64)(p.address[l] - region->origin);
            give(m, a, 0, wave, l, region->data + at);
            note(region, region->stored, at, a->width);
        }
        m->traffic[GLOBAL_STORED] += bits_in(p.lanes) * a->width;
    }
    return true;
}

static bool load_to_lds(Machine *m, const Memory *a) {
    Places p;
    Deliveries *d = &m->deliveries;
    bool any = false;
    if (d->count >= RING) return false;
    for (i64 wave = 0; wave < m->waves; wave++) {
        u64 exec = exec_of(m, wave);
        i64 first = (i64)m->s[M0 * m->s_step + wave] + a->offset[0];
        if (!places(m, a, wave, &p)) return false;
        for (int l = 0; l < LANES; l++)
            if (exec >> l & 1 && first + (l + 1) * a->width > m->lds_size) return false;
        any |= exec != 0;
    }
    if (!any) return false;
    i64 slot = (d->head + d->count++) % RING;
    d->width[slot] = a->width;
    for (i64 wave = 0; wave < m->waves; wave++) {
        u64 exec = exec_of(m, wave);
        i64 first = (i64)m->s[M0 * m->s_step + wave] + a->offset[0] + m->workgroup[wave] * m->lds_stride;
        d->first[slot * m->waves + wave] = first;
        d->lanes[slot * m->waves + wave] = exec;
        places(m, a, wave, &p);
        for (int l = 0; l < LANES; l++) {
            i64 to = first + l * a->width;
            if (!(exec >> l & 1)) continue;
            memset(m->lds_state + to, IN_FLIGHT, a->width);
            if (!(p.lanes >> l & 1)) {
                memset(m->lds + to, 0, a->width);
                continue;
            }
            Region *region = region_of(m, p.address[l]);
            i64 at = (i64)(p.address[l] - region->origin);
            memcpy(m->lds + to, region->data + at, a->width);
            note(region, region->loaded, at, a->width);
        }
        m->traffic[GLOBAL_LOADED] += bits_in(p.lanes) * a->width;
        m->traffic[LDS_STORED] += bits_in(exec) * a->width;
    }
    return true;
}

// The oldest loads to LDS have come: their bytes may be read.
void land(Machine *m, i64 count) {
    Deliveries *d = &m->deliveries;
    for (; count && d->count; count--, d->count--, d->head = (d->head + 1) % RING) {
        i64 width = d->width[d->head];
        for (i64 wave = 0; wave < m->waves; wave++) {
            u8 *state = m->lds_state + d->first[d->head * m->waves + wave];
            u64 lanes = d->lanes[d->head * m->waves + wave];
            if (lanes == ~(u64)0) {
                memset(state, WRITTEN, (size_t)(LANES * width));
                continue;
            }
            for (int l = 0; l < LANES; l++)
                if (lanes >> l & 1) memset(state + l * width, WRITTEN, (size_t)width);
        }
    }
}

static bool scalar_load(Machine *m, const Memory *a, const Record *r) {
    for (i64 wave = 0; wave < m->waves; wave++) {
        u64 address = (scalar_pair(m, a->base, wave) + (u64)a->offset[0] + read_scalar(m, &a->scalar, wave)) & ~(u64)3;
        if (!holding(m, address, a->width)) return false;
    }
    u64 first = scalar_pair(m, a->base, 0) + (u64)a->offset[0] + read_scalar(m, &a->scalar, 0);
    if (region_of(m, first)->tensor) m->traffic[GLOBAL_LOADED] += m->waves * a->width;
    for (i64 wave = 0; wave < m->waves; wave++) {
        u64 address = (scalar_pair(m, a->base, wave) + (u64)a->offset[0] + read_scalar(m, &a->scalar, wave)) & ~(u64)3;
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

static bool in_lds(const Machine *m, const Memory *a, int which, i64 wave, bool written) {
    const u32 *vector = vector_row(m, a->address, wave);
    u64 exec = exec_of(m, wave);
    const u8 *state = m->lds_state + m->workgroup[wave] * m->lds_stride;
    for (int l = 0; l < LANES; l++) {
        u32 offset = vector[l] + (u32)a->offset[which];
        if (!(exec >> l & 1)) continue;
        if ((i64)offset + a->width > m->lds_size) return false;
        for (int byte = 0; written && byte < a->width; byte++)
            if (state[offset + byte] != WRITTEN) return false;
    }
    return true;
}

static bool local_load(Machine *m, const Memory *a) {
    for (i64 wave = 0; wave < m->waves; wave++)
        for (int which = 0; which <= a->two; which++)
            if (!in_lds(m, a, which, wave, true)) return false;
    for (i64 wave = 0; wave < m->waves; wave++) {
        u32 vector[LANES];
        u64 exec = exec_of(m, wave);
        const u8 *bytes = m->lds + m->workgroup[wave] * m->lds_stride;
        memcpy(vector, vector_row(m, a->address, wave), sizeof vector);
        for (int l = 0; l < LANES; l++)
            for (int which = 0; exec >> l & 1 && which <= a->two; which++)
                take(m, a, which, wave, l, bytes + (u32)(vector[l] + (u32)a->offset[which]));
        m->traffic[LDS_LOADED] += bits_in(exec) * a->width * (1 + a->two);
    }
    return true;
}

static bool local_store(Machine *m, const Memory *a) {
    for (i64 wave = 0; wave < m->waves; wave++)
        for (int which = 0; which <= a->two; which++)
            if (!in_lds(m, a, which, wave, false)) return false;
    for (int which = 0; which <= a->two; which++)
        for (i64 wave = 0; wave < m->waves; wave++) {
            const u32 *vector = vector_row(m, a->address, wave);
            u64 exec = exec_of(m, wave);
            i64 space = m->workgroup[wave] * m->lds_stride;
            for (int l = 0; l < LANES; l++) {
                if (!(exec >> l & 1)) continue;
                i64 at = space + (u32)(vector[l] + (u32)a->offset[which]);
                give(m, a, which, wave, l, m->lds + at);
                memset(m->lds_state + at, WRITTEN, a->width);
            }
            m->traffic[LDS_STORED] += bits_in(exec) * a->width;
        }
    return true;
}

// ds_bpermute_b32: each lane takes the value of another one, 0 of one that is off.
static bool pull(Machine *m, const Memory *a) {
    for (i64 wave = 0; wave < m->waves; wave++) {
        const u32 *vector = vector_row(m, a->address, wave), *from = data_row(m, a, a->data[1], wave);
        u32 *to = data_row(m, a, a->data[0], wave), found[LANES];
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
