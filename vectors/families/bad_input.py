"""Which malformed inputs must be refused? One good call of the MoE, or of a stage, with one argument spoiled."""

from vectors.case import Case, as_case, expect_nothing, no_inputs
from vectors.contents.moe import make_inputs, parameters

# 160 is a multiple of 32 only: the fallback takes it, the native pipeline must refuse it.
# How the argument is spoiled -> (the argument that the error must name, words that it must hold: has, needs).
WAYS: dict[str, tuple[str, str]] = {
    "hidden-states-float32": ("hidden_states", "float32 bfloat16"),
    "hidden-states-integers": ("hidden_states", "int32 bfloat16"),
    "hidden-states-three-dimensions": ("hidden_states", "1 8 128 dimensions"),
    "hidden-states-one-dimension": ("hidden_states", "1024 dimensions"),
    "hidden-states-not-a-tensor": ("hidden_states", "list"),
    "hidden-states-width-of-another-model": ("hidden_states", "128"),
    "w13-bfloat16": ("w13", "bfloat16 float8_e4m3fn"),
    "w13-e5m2": ("w13", "float8_e5m2 float8_e4m3fn"),
    "w13-two-dimensions": ("w13", "256 128 dimensions"),
    "w13-odd-rows": ("w13", "255"),
    "w13-scale-one-block-more": ("w13_scale", "5 4"),
    "w13-scale-half-the-rows": ("w13_scale", "128 256"),
    "w13-scale-fewer-experts": ("w13_scale", "3 4"),
    "w13-scale-float32": ("w13_scale", "float32 uint8"),
    "w2-bfloat16": ("w2", "bfloat16 float8_e4m3fn"),
    "w2-rows-not-hidden": ("w2", "129 128"),
    "w2-width-not-intermediate": ("w2", "256 128"),
    "w2-fewer-experts": ("w2", "3 4"),
    "w2-scale-one-block-less": ("w2_scale", "3 4"),
    "w2-scale-int32": ("w2_scale", "int32 uint8"),
    "w2-on-another-device": ("w2", "meta"),
    "w13-scale-on-another-device": ("w13_scale", "meta"),
    "w2-scale-one-dimension": ("w2_scale", "2048"),
    "topk-ids-on-another-device": ("topk_ids", "meta"),
    "topk-weights-on-another-device": ("topk_weights", "meta"),
    "topk-weights-one-dimension": ("topk_weights", "16"),
    "expert-map-two-dimensions": ("expert_map", "1 4"),
    "expert-map-on-another-device": ("expert_map", "meta"),
    "topk-weights-other-shape": ("topk_weights", "3 2"),
    "topk-weights-integers": ("topk_weights", "int32"),
    "topk-ids-floats": ("topk_ids", "float32"),
    "topk-ids-one-dimension": ("topk_ids", "16 dimensions"),
    "expert-map-too-short": ("expert_map", "3 4"),
    "expert-map-too-long": ("expert_map", "5 4"),
    "expert-map-floats": ("expert_map", "float32"),
    "alpha-text": ("alpha", "str"),
    "beta-none": ("beta", "None"),
    "alpha-boolean": ("alpha", "bool"),
    "alpha-nan": ("alpha", "nan"),
    "alpha-infinite": ("alpha", "finite"),
    "alpha-beyond-fp32": ("alpha", "finite"),
    "alpha-beyond-every-float": ("alpha", "finite"),
    "beta-nan": ("beta", "nan"),
    "beta-beyond-every-float": ("beta", "finite"),
    "limit-text": ("limit", "str"),
    "limit-nan": ("limit", "nan"),
    "limit-negative": ("limit", "-0.5"),
    "limit-beyond-fp32": ("limit", "finite"),
    "limit-beyond-every-float": ("limit", "finite"),
    "w13-scale-e8m0": ("w13_scale", "float8_e8m0fnu torch.uint8"),
    "w2-scale-e8m0": ("w2_scale", "float8_e8m0fnu torch.uint8"),
    **{
        f"{name.replace('_', '-')}-lazily-negated": (name, "negated")
        for name in ("hidden_states", "w13", "w13_scale", "w2", "w2_scale", "topk_weights", "topk_ids", "expert_map")
    },
    "hidden-states-sparse": ("hidden_states", "sparse_coo"),
    "w13-scale-sparse": ("w13_scale", "sparse_coo"),
    "topk-weights-sparse-rows": ("topk_weights", "sparse_csr"),
    "topk-ids-sparse": ("topk_ids", "sparse_coo"),
    "hidden-states-nested": ("hidden_states", "nested"),
    "hidden-states-on-no-device": ("hidden_states", "meta"),
    "hidden-states-fake": ("hidden_states", "FakeTensor"),
    "w2-fake": ("w2", "FakeTensor"),
    "hidden-states-fake-view": ("hidden_states", "FakeTensor"),
    "hidden-states-on-no-device-view": ("hidden_states", "meta"),
    "hidden-states-beyond-memory": ("hidden_states", "most"),
    "expert-map-beyond-memory": ("global_num_experts", "most"),
    # As many elements as are needed, in another shape.
    "w13-transposed": ("w13", "128 256"),
    "w13-and-its-scale-transposed": ("w13", "128 256"),
    "w13-scale-transposed": ("w13_scale", "256 4"),
    "w13-scale-flattened": ("w13_scale", "4096 dimensions"),
    "w2-scale-transposed": ("w2_scale", "128 4"),
    "hidden-states-transposed": ("hidden_states", "8 multiple"),
    "topk-ids-transposed": ("topk_ids", "2 8"),
    "topk-weights-transposed": ("topk_weights", "2 8"),
    "topk-rows-transposed": ("topk_ids", "2 8"),
    "topk-rows-not-tokens": ("topk_ids", "7 8"),
    "hidden-size-144": ("hidden_states", "144 multiple"),
    "intermediate-size-144": ("w2", "144 multiple"),
    "hidden-size-160": ("hidden_states", "160 128"),
    "intermediate-size-160": ("w2", "160 128"),
}
_SCALES_OF_W = (("w_scale", "float32", "float32 uint8"), ("w_scale", "e8m0", "float8_e8m0fnu torch.uint8"),
                ("w_scale", "transposed", "64 4"), ("w_scale", "flat", "512 dimensions"))  # fmt: skip
_ROUTING = (
    ("sorted_token_ids", "int64", "int64 int32"), ("expert_ids", "int64", "int64 int32"),
    ("sorted_token_ids", "one-axis-more", "1 dimensions"), ("num_tokens_post_padded", "one-axis-more", "1 dimensions"),
    ("topk_weights", "float16", "float16 float32"), ("topk_weights", "one-axis-more", "1 dimensions"),
    ("out_dtype", "int8", "torch.int8 float32"),
)  # fmt: skip
_GEMM_BF16 = (
    ("a", "float32", "float32 bfloat16"), ("a", "transposed", "128 6"), ("w", "float32", "float32 bfloat16"),
    ("w", "transposed", "64 128"), ("w", "flat", "16384 dimensions"), *_ROUTING,
)  # fmt: skip
_GATES = (("gate_up", "int32", "int32 bfloat16"), ("gate_up", "float64", "float64 float32"),
          ("gate_up", "list", "list"), ("gate_up", "flat", "384 dimensions"), ("gate_up", "transposed", "128 3"),
          ("gate_up", "one-axis-more", "1 3 128 dimensions"))  # fmt: skip
# Stage and pipelines that have it -> (argument, how it is spoiled, words that the error must hold beside its name).
STAGE_WAYS: dict[tuple[str, str], tuple[tuple[str, str, str], ...]] = {
    ("quantize", "native"): (
        ("x", "int32", "int32 bfloat16"), ("x", "float64", "float64 float32"), ("x", "list", "list"),
        ("x", "one-element", "0 dimensions"), ("x", "transposed", "3 32"),
    ),
    ("activation", "native emulation"): (*_GATES, ("out_dtype", "int8", "torch.int8 float32")),
    ("activation_quantize", "native"): _GATES,
    ("dequantize", "emulation"): (
        ("codes", "bytes", "uint8 float8_e4m3fn"), ("codes", "float16", "float16 float8_e4m3fn"),
        ("scales", "float32", "float32 uint8"),
        ("scales", "e8m0", "float8_e8m0fnu torch.uint8"), ("scales", "transposed", "3 2"), ("scales", "flat", "12"),
    ),
    ("align", "native emulation"): (
        ("topk_ids", "float32", "float32 int32"), ("topk_ids", "flat", "10 dimensions"),
        ("topk_ids", "one-axis-more", "1 5 2 dimensions"), ("expert_map", "float32", "float32 int32"),
        ("expert_map", "one-axis-more", "1 6 dimensions"), ("expert_map", "list", "list"),
    ),
    ("grouped_gemm", "native"): (
        ("a_codes", "bytes", "uint8 float8_e4m3fn"), ("a_codes", "transposed", "128 6"),
        ("a_scales", "transposed", "6 4"), ("a_scales", "e8m0", "float8_e8m0fnu torch.uint8"),
        ("w", "bytes", "uint8 float8_e4m3fn"), ("w", "transposed", "64 128"), *_SCALES_OF_W, *_ROUTING,
    ),
    ("grouped_gemm", "emulation"): _GEMM_BF16,
    ("moe_sum", "native emulation"): (
        ("routes", "int32", "int32 bfloat16"), ("routes", "float64", "float64 float32"),
        ("routes", "one-axis-more", "1 10 128 dimensions"), ("routes", "flat", "1280 dimensions"),
        ("dtype", "int8", "torch.int8 float32"),
    ),
}  # fmt: skip


def cases() -> tuple[Case, ...]:
    """One case for each way of the whole MoE, and one for each stage."""
    return (*_of_the_moe(), *_of_stages())


def _of_stages() -> tuple[Case, ...]:
    return tuple(
        as_case(
            f"bad-input/stage-{stage.replace('_', '-')}{'-bf16' * (ways is _GEMM_BF16)}",
            f"Arguments of the stage {stage} have another dtype, rank or order of axes: refused by name.",
            "BAD-01 BAD-02 BAD-03", "bad-input", "quick",
            {"stage": stage, "pipelines": pipelines.split(), "ways": [list(way) for way in ways]},
            no_inputs, expect_nothing,
        )
        for (stage, pipelines), ways in STAGE_WAYS.items()
    )  # fmt: skip


def _of_the_moe() -> tuple[Case, ...]:
    base = parameters(T=8, H=128, I=128, E=4, k=2)
    return tuple(
        as_case(
            f"bad-input/{how}",
            f"{argument} is malformed ({how.replace('-', ' ')}): refused by name before anything is written.",
            "BAD-01 BAD-02 BAD-03", "bad-input", "quick",
            base | {"how": how, "argument": argument, "words": words.split()}
                 | ({"pipelines": ["native"]} if how.endswith("-160") else {}),
            make_inputs, expect_nothing,
        )
        for how, (argument, words) in WAYS.items()
    )  # fmt: skip
