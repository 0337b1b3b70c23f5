"""What does the suite claim? The one registry of requirements.

Each requirement is one sentence about a kernel, with a level and the source of the rule. ``observable`` names what a
check compares to prove it: a check judges an observable, and the finding goes to every requirement of the case that
rests on it. ``tests/conformance`` fails when a requirement has no case or a case names an unknown one.
"""

from dataclasses import dataclass

OCP_MX = "OCP Microscaling Formats (MX) v1.0"
OCP_FP8 = "OCP 8-bit Floating Point (OFP8) v1.0"
IEEE = "IEEE 754-2019"
VLLM = "vLLM MXFP8 MoE interface"
CDNA4 = "AMD Instinct CDNA4 ISA"
LLVM_AMDGPU = "LLVM User Guide for AMDGPU Backend"
SUITE = "suite contract"
MEMORY = "MEM-01"  # no launch touches memory outside the tensors that it was given: every case's, named or not


@dataclass(frozen=True)
class Requirement:
    """id: stable; level: MUST fails a run, SHOULD is reported as a deviation; observable: what a check compares."""

    id: str
    level: str
    text: str
    source: str
    observable: str


def _table(source: str, *rows: tuple[str, str, str, str]) -> tuple[Requirement, ...]:
    return tuple(Requirement(i, level, text, source, observable) for i, level, observable, text in rows)


# fmt: off
_TABLES = (
    _table(OCP_FP8,
        ("FMT-01", "MUST",   "output",            "Every finite E4M3 code reaches the contraction with its OFP8 E4M3 value, subnormals and both zeros included."),
        ("FMT-02", "MUST",   "output",            "An E4M3 NaN code (0x7F, 0xFF) reaches the result as NaN."),
    ),
    _table(OCP_MX + " section 5.4.1",
        ("FMT-03", "MUST",   "output",            "E8M0 byte b scales its block by 2^(b-127) for every b from 1 to 254."),
        ("FMT-04", "MUST",   "output",            "E8M0 byte 0 is 2^-127, not zero."),
        ("FMT-05", "MUST",   "output",            "E8M0 byte 255 makes all 32 elements of its block NaN, zeros included."),
    ),
    _table(OCP_MX + " section 5.1",
        ("FMT-06", "MUST",   "output",            "Each 32 consecutive elements along the contraction axis take their own row's and block's scale byte."),
    ),
    _table(IEEE + " section 4.3.1",
        ("FMT-07", "MUST",   "output",            "Dequantization to BF16 rounds the exact element times scale to nearest, ties to even, overflow to infinity."),
    ),
    _table(OCP_FP8,
        ("FMT-08", "MUST",   "reference-encoder", "The suite's own encoder gives the nearest E4M3 code of every FP32 pattern, ties to even, saturated, NaN kept."),
        ("FMT-09", "MUST",   "cast",              "So does the FP32 to E4M3 conversion of the backend that kernels rest on."),
    ),
    _table(OCP_MX + " section 6.3",
        ("QNT-01", "MUST",   "codes",             "Each element is x / 2^e rounded once to E4M3, ties to even."),
        ("QNT-03", "MUST",   "codes",             "Ties of both parities and signs, and results in E4M3's subnormal range, round right."),
        ("QNT-04", "MUST",   "codes",             "An all-zero block gives zero codes with the signs of the inputs, and no NaN."),
    ),
    _table(SUITE + ": scale rule rceil, the least e with amax <= 448 * 2^e",
        ("QNT-02", "MUST",   "scales",            "The scale byte equals the exact rule."),
        ("QNT-05", "MUST",   "scales",            "No error of a logarithm at 448 * 2^k, at powers of two and at their float neighbours."),
        ("QNT-06", "SHOULD", "zero-scales",       "The byte of an all-zero block is 0."),
        ("QNT-07", "MUST",   "codes",             "amax below 2^-126 counts as 2^-126; a flushed subnormal operand does not show in the codes."),
        ("QNT-08", "MUST",   "codes",             "The largest finite magnitudes give their exact codes; the block maximum alone sets the scale, whatever its sign."),
    ),
    _table(SUITE + ": NaN and infinity in activations",
        ("QNT-09", "MUST",   "nan-elements",      "A NaN element decodes to NaN."),
        ("QNT-10", "MUST",   "inf-elements",      "An infinite element does not decode to a finite value below 448 * 2^e."),
        ("QNT-11", "SHOULD", "special-blocks",    "The other elements of a block with NaN or Inf follow one policy: the same codes and byte in every position."),
    ),
    _table(SUITE + ": inputs of the quantizer",
        ("QNT-12", "MUST",   "shape",             "Any leading shape and zero rows are accepted; codes and scales have the input's shape."),
        ("QNT-13", "MUST",   "codes",             "Rows whose stride exceeds K are read where they lie."),
        ("QNT-14", "MUST",   "codes",             "BF16, FP16 and FP32 inputs are read exactly, with no rounding before the rule."),
        ("QNT-15", "MUST",   "refusal",           "A row length that is no multiple of 32 is refused by name, never padded or cut."),
        ("QNT-16", "MUST",   "codes",             "Leading axes of any strides are read where they lie: planes that are no whole number of rows apart, axes exchanged."),
    ),
    _table(SUITE + ": SwiGLU-OAI g * sigmoid(alpha g) * (u + beta) in FP32",
        ("ACT-01", "MUST",   "output",            "Each value lies in the enclosure of the exact result: relative (8 + |alpha g|) 2^-23, absolute 2^-126 max(1, |g (u + beta)|)."),
        ("ACT-02", "MUST",   "output",            "The gate is clamped from above only and up on both sides, before the sigmoid; right on, below and above the limit."),
        ("ACT-03", "MUST",   "output",            "Limit None means no clamp; 0.0 and infinity are real limits."),
        ("ACT-04", "MUST",   "output",            "alpha and beta are parameters, also zero and negative ones."),
        ("ACT-05", "MUST",   "output",            "NaN in gate or up gives NaN at that element and nowhere else."),
        ("ACT-06", "MUST",   "output",            "Large gates of both signs neither overflow to NaN nor lose more than a sigmoid below 2^-126."),
        ("ACT-07", "MUST",   "output",            "The split layout takes gate from the first and up from the second half."),
        ("ACT-08", "MUST",   "output",            "alpha = 0 makes the sigmoid exactly 1/2 and a large gate exactly 1: those results are exact."),
        ("ACT-11", "MUST",   "output",            "Any number of columns, and rows whose stride exceeds 2I, are read where they lie."),
        ("ACT-09", "MUST",   "output",            "The interleaved layout gives the same values for gate0, up0, gate1, ..."),
        ("ACT-10", "MUST",   "output",            "The fallback's activation is the FP32 value rounded once to BF16."),
        ("ACT-12", "SHOULD", "strict-output",     "No sigmoid is flushed: each value lies in the enclosure with 2^-126 alone as its absolute part."),
        ("ACT-13", "MUST",   "output",            "Gates and ups of BF16, FP16 and FP32 are read exactly, and the result is rounded once to whichever of them is asked for."),
    ),
    _table(SUITE + ": fused SwiGLU-OAI and MXFP8 quantization",
        ("FSQ-01", "MUST",   "blocks",            "One scale byte that the enclosure of amax allows makes every code one that its element's enclosure allows."),
        ("FSQ-02", "MUST",   "blocks",            "The FP32 value is quantized with no rounding to BF16 between."),
        ("FSQ-03", "MUST",   "nan-elements",      "A NaN in gate or up decodes to NaN at that element."),
        ("FSQ-04", "MUST",   "blocks",            "A block of zeros gives zero codes and no NaN."),
        ("FSQ-05", "MUST",   "blocks",            "The limit, alpha and beta act in the fused kernel as in the plain one."),
        ("FSQ-06", "MUST",   "refusal",           "An intermediate size that is no multiple of 32 is refused by name, never padded or cut."),
        ("FSQ-07", "MUST",   "blocks",            "Rows whose stride exceeds 2I and the interleaved layout are read where they lie."),
        ("FSQ-08", "SHOULD", "strict-blocks",     "So under the strict enclosure, in which no sigmoid is flushed."),
        ("FSQ-09", "MUST",   "blocks",            "The fused stage reads FP16 and FP32 gates and ups exactly."),
    ),
    _table(VLLM + ": moe_align_block_size",
        ("ALN-01", "MUST",   "alignment",         "Every valid route stands exactly once, in its expert's group; groups are padded to a multiple of the block with the sentinel T*k."),
        ("ALN-02", "MUST",   "alignment",         "expert_ids names one local expert for each block before num_tokens_post_padded."),
        ("ALN-03", "MUST",   "alignment",         "num_tokens_post_padded is int32[1], the sum of the padded group sizes."),
        ("ALN-04", "MUST",   "alignment",         "With an expert_map, routes to experts that are not local are left out and groups are by local expert."),
        ("ALN-05", "MUST",   "alignment",         "Ids below 0 and at or above the number of weight rows are left out; ids up to it are valid, also above global_num_experts."),
        ("ALN-06", "MUST",   "alignment",         "No tokens, one expert, empty experts, the same expert twice in a row and counts off a power of two are right."),
        ("ALN-07", "MUST",   "alignment",         "A call after a larger one shows nothing of it."),
        ("ALN-09", "MUST",   "alignment",         "The values of an expert_map are data: any that is no weight row means not here; ids that share a row are one group."),
        ("ALN-08", "MUST",   "alignment",         "Ids and maps of int32 and int64, each also as columns of a wider table, are read as they are."),
        ("ALN-10", "MUST",   "alignment",         "Up to 1024 experts, 32 choices of a token and 8192 tokens are aligned as few are."),
    ),
    _table(SUITE + ": grouped GEMM, FP32 accumulation in any order",
        ("GEM-01", "MUST",   "output",            "Exact data give the exact result bit for bit."),
        ("GEM-02", "MUST",   "output",            "Any data lie within the derived bound times sum |a b| of the exact result, element by element."),
        ("GEM-03", "MUST",   "output",            "NaN codes and NaN scale bytes reach exactly the outputs that depend on them."),
        ("GEM-04", "MUST",   "output",            "Sizes off the tile in N, and K of one or many tiles, are right to the last row and column."),
        ("GEM-05", "MUST",   "output",            "Strides of weights and scales are honoured, also where offsets pass 2^31 elements."),
        ("GEM-06", "MUST",   "output",            "Each route's own router weight multiplies the FP32 accumulator."),
        ("GEM-07", "MUST",   "output",            "Rows of routes without a local expert are zero; nothing past num_tokens_post_padded is used."),
        ("GEM-08", "MUST",   "output",            "The BF16 store rounds to nearest, ties to even."),
        ("GEM-09", "MUST",   "output",            "Each route uses its own expert's weights and scales and its own token's row."),
        ("GEM-13", "MUST",   "output",            "More than 2^31 results of one call are right, each in its place."),
        ("GEM-10", "SHOULD", "likely-output",     "Gaussian data lie within the probabilistic bound, which an unbiased sum leaves with chance 2^-60 per output."),
        ("GEM-11", "MUST",   "output",            "Subnormal results are kept: of the accumulator, of its product with the router weight, of the store."),
        ("GEM-12", "MUST",   "output",            "The FP16 store rounds to nearest, ties to even, with subnormals and with infinity beyond the range."),
    ),
    _table(SUITE + ": the native and the emulation pipelines",
        ("MOE-01", "MUST",   "output",            "Each output lies in the enclosure that the stages' sets propagate."),
        ("MOE-02", "MUST",   "output",            "Data that are exact from end to end give the exact bits."),
        ("MOE-03", "MUST",   "poison",            "Every output row is written: poisoned memory never shows, rows whose routes are all elsewhere are zero."),
        ("MOE-04", "MUST",   "repeat",            "Same inputs give the same bits, run after run, also after a call of another size."),
        ("MOE-05", "MUST",   "inputs-kept",       "Inputs are left as they were."),
        ("MOE-06", "MUST",   "shape",             "The output has the shape, dtype and device of hidden_states, also for zero tokens."),
        ("MOE-07", "MUST",   "output",            "The same expert twice in a row of topk_ids counts twice."),
        ("MOE-08", "MUST",   "output",            "Ids at or above global_num_experts with weight rows of their own (fused shared experts) are computed."),
        ("MOE-09", "MUST",   "output",            "Ids without weight rows contribute nothing."),
        ("MOE-10", "MUST",   "output",            "Router weights that are zero, negative, tiny, huge or BF16 are used as they are."),
        ("MOE-11", "MUST",   "output",            "The sum over top-k is in FP32 and rounded once."),
        ("MOE-12", "MUST",   "output",            "The limit, alpha and beta reach the activation."),
        ("MOE-13", "MUST",   "output",            "The per-rank shape of a shipped model is right."),
        ("MOE-14", "MUST",   "locality",          "A token's output depends on its own row alone: permuting tokens permutes outputs."),
        ("MOE-15", "SHOULD", "likely-output",     "Gaussian data lie within the enclosure that the GEMMs' probabilistic bounds propagate, at 2^-60 per sum."),
        ("MOE-16", "MUST",   "output",            "alpha, beta and limit that a call leaves out are 1.702, 1.0 and no clamp."),
        ("MOE-17", "MUST",   "output",            "The values of an expert_map are data: any that is no weight row means not here; ids that share a row are all computed."),
        ("MOE-18", "MUST",   "decoded",           "The fallback takes w13 and w2 decoded to BF16 before, without scales, and gives the bits of decoding in the call."),
        ("MOE-19", "MUST",   "output",            "Router weights in FP16 and BF16 are used as they are."),
        ("MOE-20", "MUST",   "output",            "Batches of thousands of routes are right, whichever tiles their number selects."),
        ("STG-01", "MUST",   "gemm1",             "The first GEMM, fed with the reference's own activations, gives accepted BF16 values."),
        ("STG-02", "MUST",   "activation",        "The activation stage, fed with the reference's own first GEMM, gives accepted values."),
        ("STG-03", "MUST",   "gemm2",             "The second GEMM, fed with the reference's own activation, gives accepted weighted values."),
        ("STG-04", "MUST",   "sum",               "The sum over top-k, fed with the reference's own second GEMM, gives accepted outputs."),
        ("STG-05", "MUST",   "sum",               "The sum over top-k is in FP32 and rounded once, for any number of rows and columns; exact sums give exact bits."),
        ("STG-06", "MUST",   "sum",               "The sum over top-k reads rows where they lie, also where columns are strided and offsets pass 2^31 elements."),
        ("STG-07", "MUST",   "sum",               "The sum over top-k reads rows of BF16, FP16 and FP32 exactly and is rounded to whichever of them is asked for."),
        ("STG-08", "MUST",   "sum",               "Subnormal sums over top-k are kept, and so are subnormal results of their rounding."),
    ),
    _table(SUITE + ": expert parallelism",
        ("EPM-01", "MUST",   "rank-sum",          "For a partition of the experts over ranks, the sum of the ranks' outputs is the whole run's: bit for bit on exact data."),
        ("EPM-02", "MUST",   "foreign-rows",      "Rows are zero on ranks that have none of their experts."),
        ("EPM-03", "MUST",   "output",            "Each rank's output is the reference's for its map: identity, slices, round robin, permutation, one local expert, none."),
        ("EPM-04", "MUST",   "process-sum",       "Ranks as processes, each with its own experts' weights alone, all-reduce in BF16 to the whole run's output: bit for bit on exact data."),
        ("EPM-05", "MUST",   "process-output",    "A rank that is a process of its own, beside the others, gives the output that is the reference's for its map."),
    ),
    _table(SUITE + ": memory",
        ("MEM-01", "MUST",   "memory",            "No launch reads or writes memory outside the tensors that it was given."),
    ),
    _table(SUITE + ": as an engine uses it",
        ("USE-01", "MUST",   "refilled",          "A call's result follows the contents of its arguments at that call, whichever was refilled in place, also through a view."),
        ("USE-02", "MUST",   "after-others",      "The same call is right and gives the same bits after calls of other shapes, sizes and maps, and after one that was refused."),
        ("USE-03", "MUST",   "host-reads",        "No call reads a tensor's values on the host or waits for the device."),
        ("USE-04", "MUST",   "replay",            "A call captured in a graph gives, replayed over refilled static buffers, the bits of a fresh call, with an expert_map too."),
    ),
    _table(VLLM + ": experts classes",
        ("CLS-01", "MUST",   "output",            "apply writes the result into output in place."),
        ("CLS-02", "MUST",   "properties",        "quant_dtype, block_shape, expects_unquantized_inputs and device support are the class's documented ones."),
        ("CLS-03", "MUST",   "output",            "gemm1_alpha and gemm1_beta None mean 1.702 and 1.0, gemm1_clamp_limit None means no clamp; values are used."),
        ("CLS-04", "MUST",   "refusal",           "apply_router_weight_on_input, activations other than split SwiGLU-OAI and outputs and scales of another form are refused, never ignored."),
        ("CLS-05", "MUST",   "output",            "Workspaces and output with poisoned contents do not show in the result."),
        ("CLS-06", "MUST",   "output",            "expert_map and global_num_experts reach the kernel."),
        ("CLS-07", "MUST",   "output",            "Rows whose ids are all -1, the padding of a batch, are written as zeros."),
        ("CLS-08", "MUST",   "output",            "hidden_states and output may be strided views, and output may overlap hidden_states or be it."),
        ("CLS-09", "MUST",   "output",            "Router weights in FP16 and BF16 and ids and maps in int64 are read as what they are."),
        ("CLS-10", "MUST",   "output",            "Several layers on shared workspaces, and several numbers of tokens, are right in turn."),
        ("SEL-01", "MUST",   "selection",         "The native class is selected on gfx950 only, and only when the shapes allow it."),
        ("SEL-02", "MUST",   "selection",         "Everything else gets the emulation class."),
        ("SEL-03", "MUST",   "sizes",             "A class supports exactly the sizes that its GEMMs take: positive multiples of 128 (native) or of 32."),
        ("SEL-04", "MUST",   "device-support",    "The native class supports the current device exactly where torch names it a gfx950, and no device stops the question."),
    ),
    _table(SUITE + ": what an engine does around the numbers",
        ("USE-05", "SHOULD", "batch-bits",        "A token's output bits depend on that token alone, neither on the other tokens nor on how many there are."),
    ),
    _table(SUITE + ": bad input",
        ("BAD-01", "MUST",   "refusal",           "Bad input raises ValueError or TypeError."),
        ("BAD-02", "MUST",   "message",           "The error names the argument, what it has and what it needs."),
        ("BAD-03", "MUST",   "untouched",         "Nothing is written before the checks pass."),
    ),
    _table(CDNA4 + "; " + SUITE + ": lowering to gfx950",
        ("LOW-01", "MUST",   "scaled-mfma",       "Each kernel with tl.dot_scaled has v_mfma_scale in its K loop, and the pipeline has such a kernel."),
        ("LOW-02", "MUST",   "upcast",            "Beside it stands neither an MFMA without scales nor a conversion of the elements to a wider format."),
        ("LOW-06", "MUST",   "scale-operands",    "The scale operands of v_mfma_scale are in VGPRs."),
        ("LOW-07", "MUST",   "fallback-lowering", "For gfx942 the same source, specialised alike, compiles to MFMA without scales on upcast operands."),
    ),
    _table(LLVM_AMDGPU + "; " + SUITE + ": lowering to gfx950",
        ("LOW-03", "MUST",   "spills",            "No kernel uses scratch memory or spills a register."),
        ("LOW-04", "MUST",   "limits",            "A workgroup's registers and LDS fit a compute unit: 512 VGPRs to a lane of a SIMD, 160 KiB of LDS."),
        ("LOW-05", "MUST",   "fp-mode",           "FP32 subnormals are kept and FP32 rounds to nearest even, from a kernel's first instruction to its last."),
    ),
    _table(SUITE + ": relations between calls, on generated examples",
        ("PRP-01", "MUST",   "property",          "The order of tokens, the order of a token's choices and the numbering of experts change no token's output."),
        ("PRP-02", "MUST",   "property",          "What no route uses does not show: experts without routes, routes of weight 0, other tokens, bytes around rows."),
        ("PRP-03", "MUST",   "property",          "A power of two is exact wherever it enters a MoE: router weights, scale bytes, a route split in halves."),
        ("PRP-04", "MUST",   "property",          "A block times 2^n has a byte n higher and the same codes; signs turn sign bits; moved elements have moved codes."),
        ("PRP-05", "MUST",   "property",          "In a block a larger magnitude has no smaller code, and what quantized elements decode to is quantized to itself."),
        ("PRP-06", "MUST",   "property",          "Gates above the limit and ups beyond it act as the limit does; a result depends on its own pair alone."),
        ("PRP-07", "MUST",   "property",          "Powers of two move between operands, blocks of K and rows and columns move together, and an exact sum stays."),
    ),
)
# fmt: on

REQUIREMENTS: dict[str, Requirement] = {r.id: r for table in _TABLES for r in table}


def requirement(requirement_id: str) -> Requirement:
    """The requirement of that id. Raises KeyError that names an unknown id."""
    try:
        return REQUIREMENTS[requirement_id]
    except KeyError:
        raise KeyError(f"requirement: has {requirement_id!r}, needs an id of conformance.requirements") from None
