"""Which malformed inputs must be refused? One good MoE call with one argument spoiled."""

from vectors.case import Case, as_case, expect_nothing
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
    "hidden-states-beyond-memory": ("hidden_states", "most"),
    "expert-map-beyond-memory": ("global_num_experts", "most"),
    "topk-rows-not-tokens": ("topk_ids", "7 8"),
    "hidden-size-144": ("hidden_states", "144 multiple"),
    "intermediate-size-144": ("w2", "144 multiple"),
    "hidden-size-160": ("hidden_states", "160 128"),
    "intermediate-size-160": ("w2", "160 128"),
}


def cases() -> tuple[Case, ...]:
    """One case for each way."""
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
