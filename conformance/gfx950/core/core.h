// What do the core's files share? Words, lanes, records of instructions, the state that they run on.
//
// Everything here is laid out as conformance/gfx950/core/layout.py has it.
#ifndef GFX950_CORE_H
#define GFX950_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t i8;
typedef int16_t i16;
typedef int32_t i32;
typedef int64_t i64;

enum { LANES = 64, PAIR = 128, VCC = 106, M0 = 124, EXEC = 126, FILES = 2, IN = 5, OUT = 2 };

// An operand is read as elements: 64 words, 64 double words, or 128 words (the low results' first).
enum Type { WORD, DOUBLE, HALF, SIGNED_HALF, WORDS, HALVES, SIGNED_HALVES, MASK };
enum File { FILE_V, FILE_A, FILE_S, FILE_CONSTANT, FILE_SCC, FILE_EXECZ, FILE_VCCZ };

typedef struct {
    u8 file, type;
    u16 index;
    u8 up, down, extends;  // of a word: (word << up) >> down, extended by its sign or not
    u8 second;             // of two elements: the second one's register (WORDS) or shift to the right (HALVES)
    u8 first, signs;       // likewise the first one's; whether clear and flip change anything
    u8 flushes, unused[5];
    u64 clear, flip;  // sign modifiers: (bits & clear) ^ flip; of two elements the second's in the upper word
    u64 value;        // of a constant
} Source;

typedef struct {
    u8 file, type;
    u16 index;
    u8 shift, partial, flushes, unused;
    u32 field, kept;  // partial: (old & kept) | ((result << shift) & field)
} Target;

// A permutation of lanes (DPP). exists, enabled: masks of lanes; zero: bound_ctrl.
typedef struct {
    u64 exists, enabled;
    u8 source[LANES];
    u8 zero, unused[7];
} Permute;

enum Space { GLOBAL_PAIR, GLOBAL_BASE, BUFFER, LOCAL, SCALAR_MEMORY };
enum Access { LOAD, STORE, LOAD_TO_LDS, PULL };

typedef struct {
    u8 space, access, width, extends;
    u8 half;       // of a register that is loaded or stored: 0 none, 1 the low one, 2 the high one
    u8 file, two;
    u8 guess;       // a load that is the first guess of a compare-and-swap loop
    u16 data[2];   // registers
    u16 address, base;
    i64 offset[2];
    Source scalar;  // a buffer's or scalar load's offset in a register
    i32 line;       // in the text
    u8 transposes;  // bytes of an element that a read from LDS moves between lanes, 0 for none
    u8 unused[3];
} Memory;

enum Kind { STOP, NOTHING, SCALAR, VECTOR, LANE, MATRIX, WAIT, MEMORY };
// PLAIN: whole words and masks in and out, to which no rule but SETTLES applies where denormals are kept.
enum Flag {
    SETTLES = 1, FLUSHES = 2, CLAMPS = 4, NEAREST = 8, DOUBLES = 16, WRITES_SCC = 32, WRITES_EXEC = 64, PLAIN = 128
};

typedef struct {
    u8 kind, flags;
    u16 op;
    u32 extra;  // what the instruction's own modifiers say
    u16 span;   // so many records from here on concern one wave alone
    u8 inputs, outputs, permuted, unused[3];
    Target out[OUT];
    Source in[IN];
    Permute permute;
    Memory memory;
} Record;

// What is known of bytes, by position: the events that wrote and read each last, 0 for none; whether several waves read
// it; the value. Of a region from its origin; all NULL where nobody looks for races.
typedef struct {
    u32 *wrote, *read;
    u8 *readers, *value;
} Shadow;

// A wave's part of an instruction that touched bytes, as storage/sanitizer.py has it.
typedef struct {
    i32 wave, epoch, line, issue, atomic;
} Event;

// What a race search knows beside: by a wave's number + 1 its interval, workgroup and last retired instructions.
enum { EVENTS, ISSUES };
typedef struct {
    Event *events;
    i64 most_events, *counts;
    i32 *epochs, *groups, *landed[2];
    Shadow lds;
} Watch;

// One tensor's bytes, by address >> 38. From ``origin``, bytes [first, stop) are legal, [view[0], view[1]) in view.
typedef struct {
    u64 origin;
    i64 first, stop, view[2], beyond;
    u8 *data, *loaded, *stored;
    u8 *before, *kept;  // what bytes were before stores, by blocks, and which are kept so; NULL where nobody asks
    u8 tensor, writable, viewed, shares, unused[4];  // shares: real memory with another one
    Shadow shadow;
} Region;

// A wave's part of an instruction: the lanes that access memory, and where.
typedef struct {
    u64 lanes;       // that access
    u64 zeros;       // that get zeros, since they are out of a buffer's range
    Region *region;  // of all of them, NULL where they are in several
    u64 address[LANES];
} Places;

// Instructions that are in flight, the oldest at ``head``: loads straight to LDS, by positions of lane 0 and masks,
// [RING][waves]; and where races are looked for those on LDS too, by positions of all lanes, [RING][waves][LANES], which
// loads have, whose width is not 0. issue: the instruction's number among all of LDS, line: in the text.
enum { RING = 64 };
typedef struct {
    i64 head, count;
    i64 *first;
    u64 *lanes;
    i64 width[RING], issue[RING];
    i32 line[RING];
} Deliveries;

enum Ending { LEAVES, FALLS, BARRIER, ALWAYS, SCC0, SCC1, VCCZ, VCCNZ, EXECZ, EXECNZ };

// A block's records from ``at`` on, up to ``stop``, with what is in flight there known.
typedef struct Stretch {
    const Record *records;
    const i32 *landings;  // for each, how many loads to LDS it finds delivered
    i64 at, stop;
    i64 start, size;  // of the block in the kernel, its ending too
    i64 ending;       // LEAVES where Python has to look
    struct Stretch *next[2];  // where waves go that do not branch, and those that do; NULL where Python has to look
} Stretch;

// How far a front may go on by itself.
typedef struct {
    i64 left;    // wave-instructions
    i64 blocks;  // that it may enter,
    i64 before;  // those that start before this instruction
    i64 alone;   // whether it is the chunk's only front, so that it waits for none at a barrier
    i64 *executed;  // by a block's start: the waves that ran it to its end here
} Freedom;

typedef struct {
    i64 waves;
    const Stretch *step;
    Freedom *freedom;
    u32 *file[FILES];  // VGPRs, AGPRs
    u32 *s;
    u8 *scc;
    i64 file_step[FILES], s_step;  // words from one register to the next
    const i64 *workgroup;
    u32 mode;
    i32 ulp;
    i32 sum_model, exec_written;
    Region *regions;
    i64 num_regions;
    u8 *lds, *lds_state;
    i64 lds_size, lds_stride;
    Places *places;  // room for one of each wave
    i64 *traffic;  // global_loaded, global_stored, lds_loaded, lds_stored
    Deliveries deliveries;
    Watch *watch;  // NULL where nobody looks for races; then the rest is not used
    const i64 *wave, *order;  // the waves' numbers in the launch, and the rows as these ascend
    Deliveries unwaited;
} Machine;

enum { GLOBAL_LOADED, GLOBAL_STORED, LDS_LOADED, LDS_STORED };

// One execution of a vector instruction: elements in, elements out.
typedef struct {
    const u32 *in[IN];
    u32 *out[OUT];
    int count;  // of elements: 64 or 128
    u32 extra, mode;
} Vector;

// One execution of a scalar instruction.
typedef struct {
    u64 a, b, c, result, exec;
    bool scc;
} Scalar;

typedef struct {
    const char *name;
    void (*run)(const Vector *);
} VectorOp;

typedef struct {
    const char *name;
    void (*run)(Scalar *);
} ScalarOp;

// Each table ends with a name that is NULL.
extern const VectorOp INTEGER_OPS[], COMPARE_OPS[], FLOAT_OPS[], CONVERT_OPS[];
extern const ScalarOp SCALAR_OPS[];

bool run_memory(Machine *m, const Record *r);
void run_matrix(const Machine *m, const Record *r, i64 wave);
void land(Machine *m, i64 counts);
void give(const Machine *m, const Memory *a, int which, i64 wave, int lane, u8 *bytes);
// Whether what an instruction touches is ordered with what others did; then it is known from now on.
bool watch_load(Machine *m, const Memory *a);
bool watch_store(Machine *m, const Memory *a);
bool watch_local(Machine *m, const Memory *a);
bool watch_copy(Machine *m, const Memory *a, i64 slot);
bool watch_barrier(Machine *m);
void watch_delivery(Machine *m);
void watch_retired(Machine *m, i64 count);
u64 read_scalar(const Machine *m, const Source *source, i64 wave);

// The words of a vector register, one for each lane.
static inline u32 *row(const Machine *m, unsigned file, unsigned index, i64 wave) {
    return m->file[file] + index * m->file_step[file] + wave * LANES;
}

static inline u64 scalar_pair(const Machine *m, unsigned index, i64 wave) {
    const u32 *low = m->s + index * m->s_step + wave;
    return (u64)low[m->s_step] << 32 | low[0];
}

static inline u64 exec_of(const Machine *m, i64 wave) { return scalar_pair(m, EXEC, wave); }

// Tensors count down from the last number, in their order; constants, which count up from 0, are left to NumPy.
enum { REGION_BITS = 38, LAST_REGION = 511 };
static inline Region *region_of(const Machine *m, u64 address) {
    u64 number = LAST_REGION - (address >> REGION_BITS);
    return number < (u64)m->num_regions ? &m->regions[number] : NULL;
}

// Where lane 0's bytes of a load straight to LDS go in the wave's LDS.
static inline i64 first_in_lds(const Machine *m, const Memory *a, i64 wave) {
    return (i64)m->s[M0 * m->s_step + wave] + a->offset[0];
}

// Bit l is byte l, which is 0 or 1.
static inline u64 mask_of_bytes(const u8 *bytes) {
    u64 mask = 0, eight;
    for (int i = 0; i < LANES / 8; i++) {
        memcpy(&eight, bytes + 8 * i, 8);
        mask |= (eight * 0x0102040810204080) >> 56 << (8 * i);
    }
    return mask;
}

// FP32 by its bits.
enum { INFINITE = 0x7F800000, QUIET = 0x00400000 };
static const u32 SIGN = 0x80000000, DEFAULT_NAN = 0xFFC00000;
static inline bool is_nan(u32 bits) { return (bits & ~SIGN) > INFINITE; }

static inline float float_of(u32 bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline u32 bits_of(float value) {
    u32 bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline double double_of(u64 bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline u64 bits_of_double(double value) {
    u64 bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

#endif
