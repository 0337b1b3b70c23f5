// Do two waves touch the same bytes with nothing that orders them? As storage/sanitizer.py has it.
//
// What is known is kept where NumPy keeps it. An instruction is looked at for all waves before anything is noted; where
// one is not ordered with another, it is left to NumPy, which then finds the same and says so.
#include "core.h"

enum { SEVERAL_WAVES = 1, SEVERAL_GROUPS = 2 };
enum { LDS_UNIT, COPIES };  // whose instructions have retired

// One wave's part of an instruction. first: the event of the front's first wave; guess: of a compare-and-swap loop.
typedef struct {
    const Watch *w;
    u32 first, event;
    i32 wave, epoch, group;
    i64 issue;
    bool guess;
} Touch;

static Touch touch_of(const Machine *m, i64 wave, u32 first, i64 issue, bool guess) {
    const Watch *w = m->watch;
    i64 at = m->wave[wave] + 1;
    return (Touch){w, first, first + (u32)wave, (i32)at, w->epochs[at], w->groups[at], issue, guess};
}

// An event for each wave; the first one's number.
static u32 new_events(Machine *m, i32 line, i64 issue) {
    Watch *w = m->watch;
    i64 first = w->counts[EVENTS];
    w->counts[EVENTS] += m->waves;
    for (i64 wave = 0; wave < m->waves; wave++) {
        i32 number = (i32)m->wave[wave] + 1;
        w->events[first + wave] = (Event){number, w->epochs[number], line, (i32)issue, 0};
    }
    return (u32)first;
}

static bool has_room(const Machine *m, i64 instructions) {
    return m->watch->counts[EVENTS] + instructions * m->waves <= m->watch->most_events;
}

// The rules

static bool is_unordered(const Touch *t, const Event *other) {
    if (!other->wave || other->wave == t->wave) return false;
    return t->w->groups[other->wave] != t->group || other->epoch >= t->epoch;
}

static bool may_read_after(const Touch *t, u32 wrote) {
    const Event *writer = &t->w->events[wrote];
    return !is_unordered(t, writer) || (t->guess && writer->atomic);
}

static bool may_write_after(const Touch *t, u32 wrote, bool same_value) {
    const Event *writer = &t->w->events[wrote];
    return (same_value && !writer->atomic) || !is_unordered(t, writer);
}

static bool may_write_after_reading(const Touch *t, u32 read, u8 readers) {
    const Event *reader = &t->w->events[read];
    if (is_unordered(t, reader) || readers == SEVERAL_GROUPS) return false;
    return readers != SEVERAL_WAVES || reader->epoch < t->epoch;
}

// A load straight to LDS and what its own wave's LDS instructions have yet to do there, or the other way round.
static bool is_done(const Touch *t, u32 wrote, u32 read) {
    const Event *writer = &t->w->events[wrote], *reader = &t->w->events[read];
    bool own = writer->wave == t->wave;
    i32 lds = t->w->landed[LDS_UNIT][t->wave], copies = t->w->landed[COPIES][t->wave];
    if (!t->issue) return true;
    if (t->issue > 0) return !own || -writer->issue <= copies;
    if (reader->wave == t->wave && reader->issue > lds) return false;
    return !own || writer->epoch != t->epoch || writer->issue <= lds;
}

// Most accesses are of 16, 8 or 4 bytes that one event wrote and one read: these are looked at as one. The compiler makes
// short work of a number that it knows.
#define BY_WIDTH(function, ...) \
    (width == 16 ? function(__VA_ARGS__, 16) \
     : width == 8 ? function(__VA_ARGS__, 8) \
     : width == 4 ? function(__VA_ARGS__, 4) : function(__VA_ARGS__, width))

static inline bool same_events(const u32 *events, i64 width) {
    u32 others = 0;
    for (i64 i = 0; i < width; i++) others |= events[i] ^ events[0];
    return !others;
}

static inline bool same_bytes(const u8 *bytes, i64 width) {
    u8 others = 0;
    for (i64 i = 0; i < width; i++) others |= bytes[i] ^ bytes[0];
    return !others;
}

static inline bool equal_bytes(const u8 *bytes, const u8 *others, i64 width) {
    u8 unlike = 0;
    for (i64 i = 0; i < width; i++) unlike |= bytes[i] ^ others[i];
    return !unlike;
}

static inline void set_events(u32 *events, u32 event, i64 width) {
    for (i64 i = 0; i < width; i++) events[i] = event;
}

static bool may_read(const Touch *t, const Shadow *s, i64 at, i64 width) {
    const u32 *wrote = s->wrote + at;
    if (BY_WIDTH(same_events, wrote)) return !*wrote || may_read_after(t, *wrote);
    for (i64 i = 0; i < width; i++)
        if (!may_read_after(t, wrote[i])) return false;
    return true;
}

static bool may_write(const Touch *t, const Shadow *s, i64 at, i64 width, const u8 *values) {
    const u32 *wrote = s->wrote + at, *read = s->read + at;
    const u8 *readers = s->readers + at;
    if (BY_WIDTH(same_events, wrote) && BY_WIDTH(same_events, read) && BY_WIDTH(same_bytes, readers)) {
        bool same_values = BY_WIDTH(equal_bytes, values, s->value + at);
        return may_write_after(t, *wrote, same_values) && may_write_after_reading(t, *read, s->readers[at]) &&
               is_done(t, *wrote, *read);
    }
    for (i64 i = 0; i < width; i++) {
        if (!may_write_after(t, wrote[i], s->value[at + i] == values[i])) return false;
        if (!may_write_after_reading(t, read[i], s->readers[at + i])) return false;
        if (!is_done(t, wrote[i], read[i])) return false;
    }
    return true;
}

// Whether several waves have read a byte once this one has, which was read by ``read`` and ``readers`` before.
static u8 readers_with(const Touch *t, u32 read, u8 readers) {
    const Event *before = &t->w->events[read];
    if (readers == SEVERAL_GROUPS || (before->wave && t->w->groups[before->wave] != t->group)) return SEVERAL_GROUPS;
    if (!before->wave || before->epoch != t->epoch) return 0;
    return before->wave != t->wave ? SEVERAL_WAVES : readers;
}

// A byte that waves read in this very instruction: one is remembered, and that there are others. Of a workgroup's waves
// that load a tensor's byte only the first counts.
static void note_reader_among(const Touch *t, u32 *read, u8 *readers) {
    bool same_group = t->w->groups[t->w->events[*read].wave] == t->group;
    if (*read == t->event || (same_group && !t->issue)) return;
    *readers = same_group && *readers != SEVERAL_GROUPS ? SEVERAL_WAVES : SEVERAL_GROUPS;
    *read = t->event;
}

static void note_read(const Touch *t, const Shadow *s, i64 at, i64 width) {
    u32 *read = s->read + at;
    u8 *readers = s->readers + at;
    if (read[0] < t->first && BY_WIDTH(same_events, read) && BY_WIDTH(same_bytes, readers)) {
        u8 now = readers_with(t, *read, *readers);
        if (now != *readers) memset(readers, now, (size_t)width);
        set_events(read, t->event, width);
        return;
    }
    for (i64 i = 0; i < width; i++) {
        if (read[i] >= t->first) {
            note_reader_among(t, &read[i], &readers[i]);
            continue;
        }
        readers[i] = readers_with(t, read[i], readers[i]);
        read[i] = t->event;
    }
}

// Whether all lanes that meet on a byte in this very instruction store the same there.
static bool note_write(const Touch *t, const Shadow *s, i64 at, i64 width, const u8 *values) {
    bool agree = true;
    u32 *wrote = s->wrote + at;
    if (*wrote < t->first && BY_WIDTH(same_events, wrote)) {
        memcpy(s->value + at, values, (size_t)width);
        set_events(wrote, t->event, width);
        return true;
    }
    for (i64 i = 0; i < width; i++) {
        agree &= s->wrote[at + i] < t->first || s->value[at + i] == values[i];
        s->wrote[at + i] = t->event;
        s->value[at + i] = values[i];
    }
    return agree;
}

// What lanes that do not agree have written is as if nobody had touched it, so that NumPy gets to where they meet.
static void forget(const Shadow *s, i64 at, i64 width) {
    memset(s->wrote + at, 0, (size_t)width * sizeof *s->wrote);
    memset(s->read + at, 0, (size_t)width * sizeof *s->read);
    memset(s->readers + at, 0, (size_t)width);
}

// Global memory

static Region *region_at(const Machine *m, const Places *p, int lane) {
    return p->region ? p->region : region_of(m, p->address[lane]);
}

// Whether no two of the regions that an instruction touches have a shadow in common: NumPy has one after the other.
static bool are_apart(const Machine *m) {
    const Region *first = NULL;
    for (i64 wave = 0; wave < m->waves; wave++) {
        const Places *p = &m->places[wave];
        for (u64 left = p->lanes; left; left = p->region ? 0 : left & (left - 1)) {
            const Region *region = region_at(m, p, __builtin_ctzll(left));
            if (first && region != first && (first->shares || region->shares)) return false;
            first = region;
        }
    }
    return true;
}

static bool may_load(const Machine *m, const Memory *a) {
    for (i64 wave = 0; wave < m->waves; wave++) {
        const Places *p = &m->places[wave];
        Touch t = touch_of(m, wave, 0, 0, a->guess);
        for (u64 left = p->lanes; left; left &= left - 1) {
            int l = __builtin_ctzll(left);
            const Region *region = region_at(m, p, l);
            i64 at = (i64)(p->address[l] - region->origin);
            if (region->shadow.wrote && !may_read(&t, &region->shadow, at, a->width)) return false;
        }
    }
    return true;
}

static void note_load(Machine *m, const Memory *a) {
    if (a->guess) return;
    u32 first = new_events(m, a->line, 0);
    for (i64 i = 0; i < m->waves; i++) {
        i64 wave = m->order[i];
        const Places *p = &m->places[wave];
        Touch t = touch_of(m, wave, first, 0, false);
        for (u64 left = p->lanes; left; left &= left - 1) {
            int l = __builtin_ctzll(left);
            const Region *region = region_at(m, p, l);
            i64 at = (i64)(p->address[l] - region->origin);
            if (region->shadow.wrote) note_read(&t, &region->shadow, at, a->width);
        }
    }
}

bool watch_load(Machine *m, const Memory *a) {
    if (!has_room(m, 1) || !are_apart(m) || !may_load(m, a)) return false;
    note_load(m, a);
    return true;
}

enum Stage { LOOK, NOTE, FORGET };

// One stage of a store for all waves; whether it found nothing.
static bool step_store(Machine *m, const Memory *a, enum Stage stage, u32 first) {
    bool fine = true;
    for (i64 wave = 0; wave < m->waves; wave++) {
        const Places *p = &m->places[wave];
        Touch t = touch_of(m, wave, first, 0, false);
        for (u64 left = p->lanes; left; left &= left - 1) {
            int l = __builtin_ctzll(left);
            const Region *region = region_at(m, p, l);
            const Shadow *s = &region->shadow;
            i64 at = (i64)(p->address[l] - region->origin);
            u8 values[16];
            if (!s->wrote) continue;
            give(m, a, 0, wave, l, values);
            if (stage == LOOK && !may_write(&t, s, at, a->width, values)) return false;
            if (stage == NOTE) fine &= note_write(&t, s, at, a->width, values);
            if (stage == FORGET) forget(s, at, a->width);
        }
    }
    return fine;
}

bool watch_store(Machine *m, const Memory *a) {
    if (!has_room(m, 1) || !are_apart(m) || !step_store(m, a, LOOK, 0)) return false;
    if (step_store(m, a, NOTE, new_events(m, a->line, 0))) return true;
    step_store(m, a, FORGET, 0);
    return false;
}

// LDS

// What lanes store, or lie one behind the other from: as local_store and load_to_lds have it.
static i64 place_in_lds(const Machine *m, const Memory *a, int which, i64 wave, int lane) {
    i64 space = m->workgroup[wave] * m->lds_stride;
    if (a->access == LOAD_TO_LDS) return space + first_in_lds(m, a, wave) + lane * a->width;
    return space + (u32)(row(m, FILE_V, a->address, wave)[lane] + (u32)a->offset[which]);
}

static void values_for_lds(const Machine *m, const Memory *a, int which, i64 wave, int lane, u8 *values) {
    const Places *p = &m->places[wave];
    if (a->access != LOAD_TO_LDS) {
        give(m, a, which, wave, lane, values);
    } else if (p->lanes >> lane & 1) {
        const Region *region = region_at(m, p, lane);
        memcpy(values, region->data + (p->address[lane] - region->origin), a->width);
    } else {
        memset(values, 0, a->width);
    }
}

static bool step_local(Machine *m, const Memory *a, int which, enum Stage stage, u32 first, i64 issue) {
    const Shadow *s = &m->watch->lds;
    bool fine = true;
    for (i64 wave = 0; wave < m->waves; wave++) {
        Touch t = touch_of(m, wave, first, issue, false);
        for (u64 left = exec_of(m, wave); left; left &= left - 1) {
            int l = __builtin_ctzll(left);
            i64 at = place_in_lds(m, a, which, wave, l);
            u8 values[16];
            if (a->access == LOAD) {
                if (stage == LOOK && !may_read(&t, s, at, a->width)) return false;
                if (stage == NOTE) note_read(&t, s, at, a->width);
                continue;
            }
            if (stage == FORGET) {
                forget(s, at, a->width);
                continue;
            }
            values_for_lds(m, a, which, wave, l, values);
            if (stage == LOOK && !may_write(&t, s, at, a->width, values)) return false;
            if (stage == NOTE) fine &= note_write(&t, s, at, a->width, values);
        }
    }
    return fine;
}

// Looks at and notes one part of an instruction on LDS, whose number comes with its sign.
static bool watch_part(Machine *m, const Memory *a, int which, i64 issue) {
    if (!step_local(m, a, which, LOOK, 0, issue)) return false;
    if (step_local(m, a, which, NOTE, new_events(m, a->line, issue), issue)) return true;
    step_local(m, a, which, FORGET, 0, issue);
    return false;
}

// Keeps what an instruction leaves behind until it retires: of a load also where, of which lanes.
static void fly(Machine *m, const Memory *a, int which, i64 issue) {
    Deliveries *d = &m->unwaited;
    i64 slot = (d->head + d->count++) % RING;
    d->issue[slot] = issue;
    d->line[slot] = a->line;
    d->width[slot] = a->access == LOAD ? a->width : 0;
    for (i64 wave = 0; a->access == LOAD && wave < m->waves; wave++) {
        d->lanes[slot * m->waves + wave] = exec_of(m, wave);
        i64 *at = d->first + (slot * m->waves + wave) * LANES;
        for (int l = 0; l < LANES; l++) at[l] = place_in_lds(m, a, which, wave, l);
    }
}

// Once its first part has been noted, NumPy may note it again: nothing changes by that.
bool watch_local(Machine *m, const Memory *a) {
    i64 issue = m->watch->counts[ISSUES] + 1, flying = m->unwaited.count;
    if (!has_room(m, 2) || flying + 2 > RING) return false;
    for (int which = 0; which <= a->two; which++) {
        if (!watch_part(m, a, which, issue + which)) {
            m->unwaited.count = flying;
            return false;
        }
        fly(m, a, which, issue + which);
    }
    m->watch->counts[ISSUES] = issue + a->two;
    return true;
}

// Of a load straight to LDS, what it loads and what it stores; ``slot``: where its delivery is going to be kept.
bool watch_copy(Machine *m, const Memory *a, i64 slot) {
    i64 issue = -(m->watch->counts[ISSUES] + 1);
    if (!has_room(m, 2) || !are_apart(m) || !may_load(m, a) || !watch_part(m, a, 0, issue)) return false;
    note_load(m, a);
    m->watch->counts[ISSUES]++;
    m->deliveries.issue[slot] = -issue;
    m->deliveries.line[slot] = a->line;
    return true;
}

// Barriers

static void retire_oldest(Machine *m, Deliveries *d, int unit) {
    for (i64 wave = 0; wave < m->waves; wave++)
        m->watch->landed[unit][m->wave[wave] + 1] = (i32)d->issue[d->head];
}

void watch_delivery(Machine *m) { retire_oldest(m, &m->deliveries, COPIES); }

// The oldest instructions on LDS have retired.
void watch_retired(Machine *m, i64 count) {
    Deliveries *d = &m->unwaited;
    for (; count && d->count; count--, d->count--, d->head = (d->head + 1) % RING) retire_oldest(m, d, LDS_UNIT);
}

// The bytes of a load straight to LDS are written in this interval too, unless somebody else has written them since.
static void extend_copy(Machine *m, i64 slot) {
    const Deliveries *d = &m->deliveries;
    const Shadow *s = &m->watch->lds;
    u32 first = new_events(m, d->line[slot], -d->issue[slot]);
    for (i64 wave = 0; wave < m->waves; wave++)
        for (u64 left = d->lanes[slot * m->waves + wave]; left; left &= left - 1) {
            i64 at = d->first[slot * m->waves + wave] + __builtin_ctzll(left) * d->width[slot];
            for (i64 i = at; i < at + d->width[slot]; i++)
                if (m->watch->events[s->wrote[i]].wave == m->wave[wave] + 1) s->wrote[i] = first + (u32)wave;
        }
}

static void extend_read(Machine *m, i64 slot) {
    const Deliveries *d = &m->unwaited;
    u32 first = new_events(m, -d->line[slot], d->issue[slot]);
    for (i64 wave = 0; wave < m->waves; wave++) {
        Touch t = touch_of(m, wave, first, d->issue[slot], false);
        const i64 *at = d->first + (slot * m->waves + wave) * LANES;
        for (u64 left = d->lanes[slot * m->waves + wave]; left; left &= left - 1)
            note_read(&t, &m->watch->lds, at[__builtin_ctzll(left)], d->width[slot]);
    }
}

// The waves come to a barrier and go on: what has not been waited for is of the next interval too. False, with nothing
// changed, where there is no room for its events.
bool watch_barrier(Machine *m) {
    if (!has_room(m, m->deliveries.count + m->unwaited.count)) return false;
    for (i64 wave = 0; wave < m->waves; wave++) m->watch->epochs[m->wave[wave] + 1]++;
    for (i64 i = 0; i < m->deliveries.count; i++) extend_copy(m, (m->deliveries.head + i) % RING);
    for (i64 i = 0; i < m->unwaited.count; i++) {
        i64 slot = (m->unwaited.head + i) % RING;
        if (m->unwaited.width[slot]) extend_read(m, slot);
    }
    return true;
}

bool core_barrier(Machine *m);
bool core_barrier(Machine *m) { return watch_barrier(m); }
