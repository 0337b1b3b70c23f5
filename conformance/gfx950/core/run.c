// How do records advance all waves of a front? Block after block, to before what Python has to run or decide.
//
// What concerns one wave alone runs wave by wave, so that its registers stay in the cache; memory and waits run as they
// do in NumPy: each instruction for all waves before the next one.
#include <fenv.h>

#include "core.h"

static void set_scalar(Machine *m, u32 index, i64 wave, u32 value) {
    m->s[index * m->s_step + wave] = value;
    if (index >= EXEC) m->exec_written = 1;
}

u64 read_scalar(const Machine *m, const Source *source, i64 wave) {
    switch (source->file) {
        case FILE_CONSTANT: return source->value;
        case FILE_SCC: return m->scc[wave];
        case FILE_EXECZ: return exec_of(m, wave) == 0;
        case FILE_VCCZ: return scalar_pair(m, VCC, wave) == 0;
        default: break;
    }
    if (source->type == DOUBLE) return scalar_pair(m, source->index, wave);
    return m->s[source->index * m->s_step + wave];
}

static void run_scalar(Machine *m, const Record *r, const ScalarOp *ops, i64 wave) {
    Scalar x = {.scc = m->scc[wave], .exec = exec_of(m, wave)};
    x.a = r->inputs > 0 ? read_scalar(m, &r->in[0], wave) : 0;
    x.b = r->inputs > 1 ? read_scalar(m, &r->in[1], wave) : 0;
    ops[r->op].run(&x);
    if (r->outputs) {
        set_scalar(m, r->out[0].index, wave, (u32)x.result);
        if (r->out[0].type == DOUBLE) set_scalar(m, r->out[0].index + 1u, wave, (u32)(x.result >> 32));
    }
    if (r->flags & WRITES_EXEC) {
        set_scalar(m, EXEC, wave, (u32)x.exec);
        set_scalar(m, EXEC + 1, wave, (u32)(x.exec >> 32));
    }
    if (r->flags & WRITES_SCC) m->scc[wave] = x.scc;
}

// Vector operands

static inline void copy_words(u32 *restrict to, const u32 *restrict from) {
    for (int l = 0; l < LANES; l++) to[l] = from[l];
}

static inline void fill(u32 *words, u32 value) {
    for (int l = 0; l < LANES; l++) words[l] = value;
}

// A register's words, its own or a scalar's for all lanes; room where they have to be put somewhere.
static inline const u32 *words_of(const Machine *m, const Source *source, unsigned offset, i64 wave, u32 *room) {
    if (source->file <= FILE_A) return row(m, source->file, source->index + offset, wave);
    fill(room, source->file == FILE_S ? m->s[(source->index + offset) * m->s_step + wave]
                                      : (u32)(read_scalar(m, source, wave) >> (32 * offset)));
    return room;
}

static void permute(u32 *words, const Permute *p, u64 exec) {
    u32 before[LANES];
    memcpy(before, words, sizeof before);
    for (int l = 0; l < LANES; l++) {
        bool there = p->exists >> l & 1 && exec >> p->source[l] & 1;
        words[l] = there ? before[p->source[l]] : 0;
    }
}

static u64 permuted_lanes(const Permute *p, u64 exec) {
    u64 lanes = 0;
    if (p->zero) return p->enabled;
    for (int l = 0; l < LANES; l++) lanes |= (exec >> p->source[l] & p->exists >> l & 1) << l;
    return p->enabled & lanes;
}

static void change_signs(u32 *words, u32 clear, u32 flip) {
    for (int l = 0; l < LANES; l++) words[l] = (words[l] & clear) ^ flip;
}

// The elements of an operand of one word or a part of one.
static const u32 *single(const Machine *m, const Source *source, const Permute *p, i64 wave, u32 *room) {
    const u32 *words = words_of(m, source, 0, wave, room);
    bool part = source->up | source->down;
    if (!part && !source->signs && !p) return words;
    if (words != room) copy_words(room, words);
    if (p) permute(room, p, exec_of(m, wave));
    if (source->extends)
        for (int l = 0; l < LANES; l++) room[l] = (u32)((i32)(room[l] << source->up) >> source->down);
    else if (part)
        for (int l = 0; l < LANES; l++) room[l] = room[l] << source->up >> source->down;
    if (source->signs) change_signs(room, (u32)source->clear, (u32)source->flip);
    return room;
}

static const u32 *doubles(const Machine *m, const Source *source, i64 wave, u32 *room) {
    u32 first[LANES], second[LANES];
    const u32 *low = words_of(m, source, 0, wave, first), *high = words_of(m, source, 1, wave, second);
    u64 *out = (void *)room;
    for (int l = 0; l < LANES; l++) out[l] = (((u64)high[l] << 32 | low[l]) & source->clear) ^ source->flip;
    return room;
}

// Two results' operands: words of two registers, or halves of one, which the constants of neither are.
static const u32 *two(const Machine *m, const Source *source, i64 wave, u32 *room) {
    for (int i = 0; i < 2; i++) {
        u32 *half = room + i * LANES, which = i ? source->second : source->first;
        if (source->file == FILE_CONSTANT) {
            fill(half, (u32)(source->value >> (32 * i)));
        } else if (source->type == WORDS) {
            const u32 *words = words_of(m, source, which, wave, half);
            if (words != half) copy_words(half, words);
        } else {
            const u32 *words = words_of(m, source, 0, wave, half);
            for (int l = 0; l < LANES; l++) half[l] = words[l] >> which & 0xFFFF;
            if (source->type == SIGNED_HALVES)
                for (int l = 0; l < LANES; l++) half[l] = (u32)(i32)(i16)half[l];
        }
        if (source->signs) change_signs(half, (u32)(source->clear >> (32 * i)), (u32)(source->flip >> (32 * i)));
    }
    return room;
}

static const u32 *lanes_of(u64 mask, u32 *room) {
    u32 low = (u32)mask, high = (u32)(mask >> 32);
    for (int l = 0; l < 32; l++) room[l] = 0u - (low >> l & 1);
    for (int l = 0; l < 32; l++) room[32 + l] = 0u - (high >> l & 1);
    return room;
}

static const u32 *mask_words(const Machine *m, const Source *source, i64 wave, u32 *room) {
    return lanes_of(source->file == FILE_S ? scalar_pair(m, source->index, wave) : source->value, room);
}

// Bit l is bit 0 of word l.
static u64 mask_of(const u32 *words) {
    u8 bytes[LANES];
    for (int l = 0; l < LANES; l++) bytes[l] = words[l] & 1;
    return mask_of_bytes(bytes);
}

static const u32 *fetch(const Machine *m, const Record *r, int i, i64 wave, u32 *room) {
    const Source *source = &r->in[i];
    switch (source->type) {
        case DOUBLE: return doubles(m, source, wave, room);
        case WORDS: case HALVES: case SIGNED_HALVES: return two(m, source, wave, room);
        case MASK: return mask_words(m, source, wave, room);
        default: return single(m, source, r->permuted && i == 0 ? &r->permute : NULL, wave, room);
    }
}

// The rules around FP32 results

static void flush(u32 *words, int count) {
    for (int i = 0; i < count; i++) words[i] = words[i] & INFINITE ? words[i] : words[i] & SIGN;
}

// NaNs: the first operand's that has one, quieted, or the default.
static void settle(u32 *words, int count, const Vector *v, int inputs) {
    u32 any = 0;
    for (int i = 0; i < count; i++) any |= is_nan(words[i]);
    if (!any) return;
    for (int i = 0; i < count; i++) {
        if (!is_nan(words[i])) continue;
        words[i] = DEFAULT_NAN;
        for (int operand = inputs - 1; operand >= 0; operand--)
            if (v->in[operand] && is_nan(v->in[operand][i])) words[i] = v->in[operand][i] | QUIET;
    }
}

static void clamp(u32 *words, int count) {
    for (int i = 0; i < count; i++) {
        float x = float_of(words[i]);
        words[i] = x > 0 ? x < 1 ? words[i] : 0x3F800000 : 0;
    }
}

// Vector results

static void write(Machine *m, const Target *target, unsigned offset, const u32 *words, u64 lanes, i64 wave) {
    u32 *to = row(m, target->file, target->index + offset, wave);
    u32 parts[LANES], mask[LANES];
    if (target->partial) {
        for (int l = 0; l < LANES; l++)
            parts[l] = (to[l] & target->kept) | ((words[l] << target->shift) & target->field);
        words = parts;
    }
    if (lanes == ~(u64)0) {
        copy_words(to, words);
        return;
    }
    lanes_of(lanes, mask);
    for (int l = 0; l < LANES; l++) to[l] ^= (to[l] ^ words[l]) & mask[l];
}

static void put(Machine *m, const Record *r, const Target *target, u32 *words, i64 wave) {
    u64 exec = exec_of(m, wave), lanes = exec;
    if (target->type == MASK) {
        u64 mask = mask_of(words) & exec;
        set_scalar(m, target->index, wave, (u32)mask);
        set_scalar(m, target->index + 1u, wave, (u32)(mask >> 32));
        return;
    }
    if (r->permuted) lanes &= permuted_lanes(&r->permute, exec);
    if (target->type == DOUBLE) {
        u32 half[2][LANES];
        const u64 *wide = (const void *)words;
        for (int l = 0; l < LANES; l++) half[0][l] = (u32)wide[l], half[1][l] = (u32)(wide[l] >> 32);
        write(m, target, 0, half[0], lanes, wave);
        write(m, target, 1, half[1], lanes, wave);
    } else if (target->type == WORDS) {
        write(m, target, 0, words, lanes, wave);
        write(m, target, 1, words + LANES, lanes, wave);
    } else if (target->type == HALVES) {
        for (int l = 0; l < LANES; l++) words[l] = (words[l] & 0xFFFF) | words[LANES + l] << 16;
        write(m, target, 0, words, lanes, wave);
    } else {
        write(m, target, 0, words, lanes, wave);
    }
}

// Words and masks in, words and masks out.
static void run_plain(Machine *m, const Record *r, const VectorOp *ops, i64 wave) {
    u32 room[IN][LANES] __attribute__((aligned(64))), out[OUT][LANES] __attribute__((aligned(64)));
    Vector v;
    v.out[0] = out[0], v.out[1] = out[1], v.count = LANES, v.extra = r->extra, v.mode = m->mode;
    for (int i = 0; i < r->inputs; i++) {
        const Source *source = &r->in[i];
        v.in[i] = source->type == MASK ? mask_words(m, source, wave, room[i]) : words_of(m, source, 0, wave, room[i]);
    }
    ops[r->op].run(&v);
    if (r->flags & SETTLES) settle(out[0], LANES, &v, r->inputs);
    for (int i = 0; i < r->outputs; i++) put(m, r, &r->out[i], out[i], wave);
}

static void run_vector(Machine *m, const Record *r, const VectorOp *ops, i64 wave) {
    u32 room[IN][PAIR] __attribute__((aligned(64))), out[OUT][PAIR] __attribute__((aligned(64)));
    bool flushes = (r->flags & FLUSHES) && !(m->mode & 0x30);
    if (r->flags & PLAIN && !flushes) {
        run_plain(m, r, ops, wave);
        return;
    }
    int count = r->flags & DOUBLES ? PAIR : LANES;
    Vector v = {.out = {out[0], out[1]}, .count = count, .extra = r->extra, .mode = m->mode};
    Vector floats = {.count = v.count};
    for (int i = 0; i < r->inputs; i++) {
        v.in[i] = fetch(m, r, i, wave, room[i]);
        if (flushes && r->in[i].flushes) {
            if (v.in[i] != room[i]) memcpy(room[i], v.in[i], (size_t)v.count * sizeof(u32));
            flush(room[i], v.count);
            v.in[i] = room[i];
        }
        if (r->in[i].flushes) floats.in[i] = v.in[i];
    }
    ops[r->op].run(&v);
    if (r->flags & SETTLES) settle(out[0], v.count, &floats, r->inputs);
    if (flushes && r->out[0].flushes) flush(out[0], v.count);
    if (r->flags & CLAMPS) clamp(out[0], v.count);
    for (int i = 0; i < r->outputs; i++) put(m, r, &r->out[i], out[i], wave);
}

// Between lanes and scalars

enum { READ_FIRST, READ, WRITE };

static void run_lane(Machine *m, const Record *r, i64 wave) {
    u32 room[LANES];
    if (r->op == WRITE) {
        u32 lane = (u32)read_scalar(m, &r->in[1], wave) & 63;
        const Target *to = &r->out[0];
        row(m, to->file, to->index, wave)[lane] = (u32)read_scalar(m, &r->in[0], wave);
        return;
    }
    u64 exec = exec_of(m, wave);
    u32 lane = r->op == READ ? (u32)read_scalar(m, &r->in[1], wave) & 63 : exec ? (u32)__builtin_ctzll(exec) : 0;
    set_scalar(m, r->out[0].index, wave, words_of(m, &r->in[0], 0, wave, room)[lane]);
}

static void run_wave(Machine *m, const Record *r, i64 count, const VectorOp *vector, const ScalarOp *scalar, i64 wave) {
    for (const Record *end = r + count; r < end; r++) switch (r->kind) {
        case SCALAR: run_scalar(m, r, scalar, wave); break;
        case VECTOR: run_vector(m, r, vector, wave); break;
        case LANE: run_lane(m, r, wave); break;
        case MATRIX: run_matrix(m, r, wave); break;
        default: break;
    }
}

// The tables as one

enum { MOST_OPS = 1024 };
static VectorOp vector_ops[MOST_OPS];
static u32 num_vector_ops;

// Called once, before all else.
u32 core_start(void);
u32 core_start(void) {
    const VectorOp *tables[] = {INTEGER_OPS, COMPARE_OPS, FLOAT_OPS, CONVERT_OPS};
    num_vector_ops = 0;
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const VectorOp *op = tables[t]; op->name && num_vector_ops < MOST_OPS; op++)
            vector_ops[num_vector_ops++] = *op;
    return num_vector_ops;
}

// The name of an operation by its number, NULL behind the last one.
const char *core_vector_name(u32 number);
const char *core_vector_name(u32 number) { return number < num_vector_ops ? vector_ops[number].name : NULL; }
const char *core_scalar_name(u32 number);
const char *core_scalar_name(u32 number) { return SCALAR_OPS[number].name; }
// Bytes of each of the structures that Python lays out too.
void core_sizes(i64 *sizes);
void core_sizes(i64 *sizes) {
    const i64 all[] = {sizeof(Source), sizeof(Target), sizeof(Permute), sizeof(Memory), sizeof(Record),
                       sizeof(Shadow), sizeof(Watch), sizeof(Region), sizeof(Deliveries), sizeof(Stretch),
                       sizeof(Freedom), sizeof(Machine)};
    memcpy(sizes, all, sizeof all);
}

// Run a step's records; returns the first that is left.
static i64 run_records(Machine *m, const Stretch *step) {
    i64 at = step->at;
    while (at < step->stop) {
        const Record *r = &step->records[at];
        if (r->kind == STOP) break;
        if (r->kind == MEMORY) {
            if (!run_memory(m, r)) break;
        } else if (r->kind == VECTOR && r->flags & NEAREST && m->ulp) {
            break;
        }
        if (r->kind == MEMORY || r->kind == WAIT) {
            if (step->landings[at]) land(m, step->landings[at]);
            at++;
            continue;
        }
        i64 count = r->span < step->stop - at ? r->span : step->stop - at;
        for (i64 wave = 0; wave < m->waves; wave++) run_wave(m, r, count, vector_ops, SCALAR_OPS, wave);
        at += count;
    }
    return at;
}

static bool branches(const Machine *m, i64 ending, i64 wave) {
    switch (ending) {
        case ALWAYS: return true;
        case SCC0: return !m->scc[wave];
        case SCC1: return m->scc[wave];
        case VCCZ: return !scalar_pair(m, VCC, wave);
        case VCCNZ: return scalar_pair(m, VCC, wave);
        case EXECZ: return !exec_of(m, wave);
        case EXECNZ: return exec_of(m, wave);
        default: return false;
    }
}

// The step behind one that ran to its block's end, NULL where Python has to look: also where waves part.
static const Stretch *follow(Machine *m, const Stretch *step) {
    Freedom *freedom = m->freedom;
    i64 number = 0, spent = m->waves * step->size;
    if (step->ending == LEAVES || spent > freedom->left || !freedom->blocks) return NULL;
    if (step->ending == BARRIER && !freedom->alone) return NULL;
    for (i64 wave = 0; wave < m->waves; wave++) number += branches(m, step->ending, wave);
    if (number && number != m->waves) return NULL;
    const Stretch *next = __atomic_load_n(&step->next[number != 0], __ATOMIC_ACQUIRE);
    if (!next || next->start >= freedom->before) return NULL;
    if (step->ending == BARRIER && m->watch && !watch_barrier(m)) return NULL;
    freedom->left -= spent;
    freedom->blocks--;
    freedom->executed[step->start] += m->waves;
    return next;
}

// Other threads may be running the step already.
void core_link(Stretch *step, i64 branch, Stretch *next);
void core_link(Stretch *step, i64 branch, Stretch *next) { __atomic_store_n(&step->next[branch], next, __ATOMIC_RELEASE); }

// Run from m->step on, which afterwards is where it stopped; returns the first of its records that is left.
i64 core_run(Machine *m);
i64 core_run(Machine *m) {
    fenv_t before;
    fegetenv(&before);
    fesetenv(FE_DFL_ENV);
    i64 at = run_records(m, m->step);
    for (const Stretch *next; at == m->step->stop && (next = follow(m, m->step)); at = run_records(m, next)) m->step = next;
    fesetenv(&before);
    return at;
}
