"""What is swept? Each dimension that a known kind of defect lives in, its values, and what each value is to catch.

A value is a line: what a case's parameter holds (or a name and that), and why it is there. Cases combine these values
by design, not by product: ``vectors.sweep.combinations`` says which go together where.
"""

from dataclasses import replace

from reference.swiglu import DEFAULT_ALPHA
from vectors.sweep.dimension import Dimension


def _around(tile: int, what: str) -> list[tuple[int, str]]:
    return [
        (tile - 1, f"one less than {what}: the last row of the tile is masked"),
        (tile, f"exactly {what}: nothing is masked, and no tile follows"),
        (tile + 1, f"one more than {what}: a tile of a single row follows"),
    ]


# fmt: off
TOKENS = Dimension("tokens", "rows of hidden_states (or of A, or of topk_ids)", short="t").of(
    (0, "an empty grid, a division by the number of rows, an output that nobody shapes"),
    (1, "15 of the 16 rows of the only tile are masked; strides of a dimension of size 1"),
    (2, "the least count at which a row can take another row's data"),
    (3, "odd, and no power of two"),
    (4, "a power of two below every tile"),
    (5, "beside a power of two"),
    *_around(16, "the smallest tile of rows"),
    *_around(32, "the middle tile of rows"),
    *_around(64, "the largest tile of rows, and a wavefront"),
    *_around(128, "two wavefronts"),
    (257, "one more than 256: past a byte, and past a block of threads"),
)
HIDDEN = Dimension("hidden", "H, the contraction of the first GEMM and the columns of the second", short="h").of(
    (32, "one scale block: the least that the fallback takes"),
    (96, "three scale blocks: off every step over K"),
    (128, "one step of a scaled matrix instruction: no second iteration"),
    (160, "one step and a scale block: a tail over K"),
    (224, "a tail of three scale blocks"),
    (256, "one step of the larger tile over K"),
    (384, "three halves of the larger tile: off 256"),
    (640, "off 256 and off the column tile; several iterations"),
    (6144, "a shipped model's: sums long enough for lost low bits and for offsets of rows to matter"),
)
INTERMEDIATE = Dimension(
    "intermediate", "I, half of the first GEMM's columns and the contraction of the second", short="i"
).of(
    (32, "gate and up in one tile of columns"),
    (96, "the border of gate and up is off every tile"),
    (128, "one step over K in the second GEMM"),
    (160, "a tail over K in the second GEMM"),
    (224, "the border of gate and up is off every tile, and a tail over K"),
    (256, "scales of a row fill 8 bytes exactly"),
    (384, "a shipped model's per rank: scales padded to 256 are misread"),
    (640, "off 256 and off the column tile"),
)
EXPERTS = Dimension("experts", "E, routed experts (global_num_experts)", short="e").of(
    (1, "no offset between experts; one group takes all routes"),
    (2, "the least count at which a route can go to the wrong expert"),
    (5, "prime: no power of two"),
    (8, "a power of two"),
    (12, "a multiple of 4 that is no power of two"),
    (32, "a wavefront's half: more experts than most cases have routes"),
    (128, "a shipped model's; past what a signed byte counts"),
    (257, "one more than 256: past a byte, off every tile of experts"),
    (288, "256 routed and 32 redundant: off a power of two by a tile"),
)
EVERY = "every"
TOP_K = Dimension("top-k", "k, experts of one token", short="k").of(
    (1, "no sum over routes; token and route are the same number"),
    (2, "the least count at which token and route differ"),
    (3, "a division of the route by k that is no shift"),
    (4, "a power of two"),
    (8, "a shipped model's; sums long enough to tell FP32 from BF16"),
    (EVERY, "k = E: every expert gets every token"),
)
ROUTING = Dimension("routing", "who goes where").of(
    ("uniform", "every expert has some routes: the ordinary case"),
    ("skewed", "few popular experts: full blocks beside nearly empty ones"),
    ("all_to_one", "one expert has all routes over several blocks, a token names it k times"),
    ("some_empty", "experts without routes: empty groups between others"),
    ("with_duplicates", "an expert twice in a row of ids: counted once, or summed once"),
    ("ties", "equal scores: the lower ids win, neighbours in order, tokens all alike"),
    ("fused_shared", "ids at and above global_num_experts that have weight rows: dropped as invalid"),
    ("invalid", "ids of -1, at and beyond the weight rows: used as an index, or their stale rows summed"),
)
ROUTER_WEIGHTS = Dimension("router-weights", "how much a route counts", short="w-").of(
    ("softmax", "distinct positive weights that sum to 1, or a single one below 1: another route's shows"),
    ("powers_of_two", "exact products: every bit of the output is decided"),
    ("zero", "half of the routes weigh 0: skipped rows stay unwritten; 0 times NaN is NaN"),
    ("negative", "signs: an absolute value or a test for > 0 shows"),
    ("tiny", "2^-100: flushed in BF16 or FP16, or multiplied before the scale"),
    ("huge", "2^40: overflows FP16, and sums in BF16"),
    ("bfloat16", "the tensor itself is BF16: read through a pointer of another type"),
    (None, "the first GEMM takes none: weights applied on both sides, or read where there are none"),
)
EXPERT_MAP = Dimension("expert-map", "where the experts live", short="map-").of(
    (None, "no expert parallelism: an id is a weight row"),
    ("identity", "a map that changes nothing: taken for a mask, its 0 drops expert 0"),
    ("contiguous", "slices: right by luck on rank 0 for who skips the map"),
    ("round-robin", "strided placement: wrong for who subtracts an offset"),
    ("permutation", "all experts here in another order: wrong for who takes the map for a mask"),
    ("random-partition", "no structure at all: only the map itself is right"),
    ("one-local", "a single expert here: nearly all routes are foreign"),
    ("none-local", "nothing here: every row is zero, no weight may be read"),
)
WORLD = Dimension("world", "ranks that share the experts", short="world-").of(
    (1, "one rank holds all"),
    (2, "halves"),
    (3, "shares that differ in size"),
    (5, "as many ranks as experts, or more"),
    (8, "ranks without any expert beside a few with one"),
)
RANK = Dimension("rank", "which rank of the partition", short="r").of(
    ("0", "first", "the rank on which global ids happen to index local weights"),
    ("above-0", "later", "global ids lie beyond the local weights"),
)
LIMIT = Dimension("limit", "the clamp of gate (from above) and up (both sides)", short="limit-").of(
    (None, "no clamp: passed as 0 or as a constant instead"),
    (0.0, "a real limit that a falsy test drops"),
    (1e-2, "no binary fraction: FP32 and BF16 readings of the limit differ"),
    (0.5, "below most values: everything is clamped"),
    (1.0, "beside beta: a clamp after the addition shows"),
    (7.0, "a shipped model's: a constant baked in is right here only"),
    (10.0, "another model's: 7.0 baked in is wrong"),
    (float("inf"), "a limit that clamps nothing: its comparison still runs, infinity minus infinity is NaN"),
)
ALPHA = Dimension("alpha", "the factor inside the sigmoid", short="alpha-").of(
    (DEFAULT_ALPHA, "the default"),
    (1.0, "plain SiLU: the default baked in is wrong"),
    (0.0, "the sigmoid is exactly 1/2; a falsy test takes it for absent"),
    (-1.0, "the sigmoid falls: saturation and the minimum lie on the other side"),
)
BETA = Dimension("beta", "what is added to up", short="beta-").of(
    (1.0, "the default"),
    (0.0, "plain SwiGLU: the default baked in is wrong; a falsy test takes it for absent"),
    (-1.0, "cancels against up: the order of clamp and addition shows"),
    (0.5, "between two values of up"),
)
GATE_PLACE = Dimension(
    "gate-place",
    "the gate relative to the limit L; a case of edges takes every place of the gate with every one of up",
).of(
    ("on", "<= against <: no difference may show"),
    ("below", "one step inside: clamped by a rounded limit"),
    ("above", "one step outside: not clamped by a rounded limit"),
    ("minus-on", "up is clamped there, the gate is not"),
    ("minus-below", "one step beyond -L"),
    ("minus-above", "one step inside -L"),
    ("far", "far beyond L: an overflow in what is clamped too late"),
    ("minus-far", "far beyond -L: a gate clamped from below stays finite and wrong"),
    ("zero", "zeros of both signs"),
)
UP_PLACE = replace(GATE_PLACE, name="up-place", what="up relative to the limit L")
VALUES = Dimension("values", "what stands in gate and up").of(
    ("edges", "on, beside and beyond the limit, every gate with every up"),
    ("gaussian", "ordinary values with outlier channels"),
    ("wide", "gates to 200 of both signs with ups from 2^-100 to 2^100: sigmoids that over- and underflow"),
    ("exact", "few bits, under a sigmoid of exactly 1/2 or 1: one right answer"),
    ("nan", "NaN in single gates and ups: dropped by a clamp"),
    ("infinite", "infinities of both signs: infinity times zero, and what a limit makes of them"),
    ("zero", "results that are zero: blocks of zeros, lost signs, 0/0 in the scale"),
    ("tiny", "results about 2^-126: flushed, and divided by a flushed scale"),
)
DATA = Dimension("data", "how much the reference can decide").of(
    ("exact", "every sum is exact in any order: one right answer, bit for bit"),
    ("gaussian", "ordinary values with outlier channels: within the derived bound"),
)
SCALE_BYTES = Dimension("scale-bytes", "which E8M0 bytes stand over the operand", short="bytes-").of(
    ("distinct", "unique between neighbouring rows, blocks and experts: another's byte shows"),
    ("uniform", "one byte everywhere: a scale operand that the compiler makes a constant"),
    ("lowest", "0 and 1: byte 0 is 2^-127, no zero; a shift into an exponent field loses it"),
    ("around-one", "126, 127, 128: the sign of the exponent changes"),
    ("highest", "253 and 254: re-biased or added exponents carry into the sign"),
    ("nan", "255 in single blocks, zeros under it included: NaN for 32 elements and no others"),
)
SCALE_SIDE = Dimension("scale-side", "whose bytes they are", short="in-").of(
    ("weights", "read by expert, row and block"),
    ("activations", "read by token and block: masked beyond the tokens"),
)
BYTES = Dimension("byte", "single E8M0 bytes that some case holds").of(
    (0, "2^-127, an FP32 subnormal"),
    (1, "2^-126, the least FP32 normal number"),
    (126, "one half: the first negative exponent"),
    (127, "one: a scale that is dropped does not show"),
    (128, "two: the first positive exponent"),
    (253, "2^126: twice it is still finite in FP32"),
    (254, "2^127: the largest scale"),
    (255, "NaN, no number and no infinity"),
)
BLOCKS = Dimension("block", "what stands in a block of 32 that is quantized").of(
    ("gaussian", "ordinary values"),
    ("zero", "all zero, of both signs, -0 among them: 0/0 in the scale, a lost sign"),
    ("outlier", "one element up to 2^20 times the rest: the neighbours' low bits"),
    ("subnormal", "amax about 1e-38 and below: operands that hardware flushes"),
    ("powers", "amax on powers of two and 448 times powers of two, and their neighbours: log2 errors"),
    ("ties", "every midpoint of the element format and its neighbours: rounding and carries"),
    ("huge", "amax near the largest number: overflow in amax or scale"),
    ("one-sided", "the extreme is negative: amax without abs"),
    ("nan", "one NaN in each place: dropped by a maximum"),
    ("inf", "one infinity in each place: a small finite number afterwards"),
)
MEMORY = Dimension("memory", "where tensors lie").of(
    ("contiguous", "the ordinary case"),
    ("padded", "views of wider buffers whose gaps hold NaN: a row stride taken for the row length"),
    ("padded-weights", "weights and scales are views of larger buffers of NaN: a stride made up from the shape"),
    ("transposed", "the contraction is not the innermost axis"),
    ("far-experts", "experts lie so far apart that offsets pass 2^31 elements: 32-bit products wrap"),
    ("far-rows", "rows lie so far apart that offsets pass 2^31 elements"),
)
POISON = Dimension("poison", "unwritten memory that holds NaN").of(
    ("allocator", "whatever a kernel allocates without filling it"),
    ("output", "the output that it writes in place"),
    ("workspaces", "the workspaces that it is handed"),
    ("padding", "gaps around rows and experts of its operands"),
    ("past-the-end", "blocks behind num_tokens_post_padded that name real routes and experts"),
)
CALLS = Dimension("calls", "what ran before").of(
    ("once", "the first call of its size"),
    ("again", "the same call again: counters and results that the first call left behind"),
    ("after-larger", "a larger call before: its rows, counts and sentinels are still in memory"),
    ("after-smaller", "a smaller call before: a workspace kept too small"),
)
DTYPE = Dimension("dtype", "the input's number format").of(
    ("bf16", "the activations'"),
    ("fp16", "another exponent range: values rounded through BF16 show"),
    ("fp32", "enough bits to tell a double rounding"),
)
OUT_DTYPE = Dimension("out-dtype", "what the result is stored in", short="to-").of(
    ("float32", "the accumulator itself: no rounding may happen"),
    ("bfloat16", "one rounding to nearest, ties to even"),
)
LAYOUT = Dimension("layout", "how gate and up share a row").of(
    ("split", "halves"),
    ("interleaved", "gate0, up0, gate1, ..."),
)
WIDTH = Dimension(
    "width", "columns of an elementwise kernel's result, or elements of a quantized row", short="width-"
).of(
    (1, "a single column: no full run of 32"),
    (31, "one less than a run of 32"),
    (32, "one block to a row"),
    (33, "one more than a run of 32: a block of one column"),
    (96, "three blocks: off a power of two"),
    (160, "five blocks"),
    (1024, "a block of threads"),
)
ROWS = Dimension("rows", "rows of an elementwise kernel", short="rows-").of(
    (0, "an empty grid"),
    (1, "one row: its stride means nothing"),
    (7, "rows times blocks off every tile"),
    (65, "more rows than a tile has blocks"),
)
LEADING = Dimension("leading", "the axes before the last").of(
    ("1-d", 1, "a single row without an axis of rows"),
    ("2-d", 2, "the ordinary case"),
    ("3-d", 3, "a batch of sequences: row numbers from two axes"),
    ("4-d", 4, "heads: an axis of size 1 in the middle"),
)
COLUMNS = Dimension("columns", "N, rows of a GEMM's weights", short="n").of(
    (8, "a quarter of the narrowest tile"),
    (72, "off the tile by a quarter"),
    (128, "exactly the widest tile"),
    (200, "a tile and a rest"),
    (258, "no multiple of 4: a packed width rounded down wraps"),
    (392, "several tiles and a rest"),
)
DEPTH = Dimension("depth", "K, the contraction", short="depth-").of(
    (32, "one scale block, less than a step"),
    (96, "off every step: a tail"),
    (128, "one step: a prefetch reads beyond"),
    (160, "one step and a tail"),
    (256, "one step of the larger tile, or two"),
    (384, "three steps"),
    (416, "three steps and a tail"),
    (640, "five steps: off a power of two"),
    (1024, "many steps"),
)
BLOCK_SIZE = Dimension("block-size", "rows of a block of routes", short="block-").of(
    (1, "no padding at all"),
    (16, "the smallest tile of rows"),
    (32, "the middle tile of rows"),
    (64, "the largest tile of rows: mostly padding"),
    (128, "larger than any tile of these kernels"),
)
IDS = Dimension("ids", "the integer format of topk_ids").of(
    ("int32", "the ordinary case"),
    ("int64", "ids 2^32 too large are experts' ids only for who cuts them to 32 bits"),
)
ROWS_OF_A = Dimension("rows-of-a", "which GEMM it is", short="per-").of(
    ("token", "the first: a row of A per token, shared by its k routes"),
    ("route", "the second: a row of A per route"),
)
CODES = Dimension("codes", "E4M3 codes of an operand").of(
    ("all", "all 256: subnormals, both zeros, the largest and both NaN codes"),
    ("nan", "single NaN codes: only the outputs that depend on them are NaN"),
)
OUTPUT = Dimension("output", "where an experts class writes", short="out-").of(
    ("contiguous", None, "the ordinary case"),
    ("strided", "rows of a wider buffer: a flat copy writes beside them"),
    ("transposed", "columns are contiguous"),
    ("hidden-states", "the tokens themselves: read before they are written"),
    ("a-row-on", "a row written is the next token"),
    ("columns-on", "columns written are the token's others"),
)
PADDED = Dimension("padded", "rows of a batch whose ids are all -1", short="padded-").of(
    ("none", None, "the ordinary case"),
    ("some", "rows that no route writes, between others"),
    ("all", "no route at all: an empty grid, and output to be zeroed all the same"),
)
WEIGHTS_FORMAT = Dimension("weights-format", "the format of the router weights", short="w-").of(
    ("fp32", None, "the ordinary case"),
    ("fp16", "read as BF16 it is another number"),
    ("bf16", "read as FP16 it is another number"),
)
MAP_FORMAT = Dimension("map-format", "the integer format of expert_map", short="").of(
    ("int32", "the ordinary case"),
    ("int64", "read as words of 32 bits every second entry is a 0 or -1"),
)
_LEFT_OUT = ("left-out", None, "the class's own default")
GEMM1_ALPHA, GEMM1_BETA, GEMM1_LIMIT = (
    replace(swept, name=f"gemm1-{swept.name}").of(_LEFT_OUT, *((v.name, v.value, v.why) for v in values))
    for swept, values in ((ALPHA, ALPHA.values), (BETA, BETA.values), (LIMIT, LIMIT.without("none").values))
)

# fmt: on

DIMENSIONS: tuple[Dimension, ...] = tuple(
    value for name, value in list(globals().items()) if name.isupper() and isinstance(value, Dimension)
)
