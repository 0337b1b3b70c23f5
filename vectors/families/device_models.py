"""What must hold whichever way the hardware does what nobody has published? Some cases, asked again of each model.

How a gfx950's matrix cores add and the last bit of its approximate instructions are not published, so an emulated
device offers several ways (conformance/gfx950/README.md), and a conforming kernel passes with each: on exact data with
the same bits. Others are asked again while races are looked for, which would make every case slower.
"""

from collections.abc import Iterable
from dataclasses import replace

from vectors.case import Case
from vectors.families import activation, align, dequantize, gemm_bf16, gemm_mx, moe, quantize

_SUMS: dict[str, dict[str, object]] = {
    "sums-as-on-cdna3": {"sum_model": "cdna3"},
    "sums-in-sequence": {"sum_model": "sequential"},
}
_LAST_BIT: dict[str, dict[str, object]] = {
    "approximations-one-ulp-below": {"ulp": -1},
    "approximations-one-ulp-above": {"ulp": 1},
}
_RACES: dict[str, dict[str, object]] = {"races": {"sanitize": True}}

# Every case whose verdict rests on sums of the matrix cores in its own way: exact, bounded, cancelling, end to end.
_ADDING = (
    "gemm-mx/exact-sums-under-distinct-scales-float32",
    "gemm-mx/gaussian-within-the-bound",
    "gemm-mx/cancelling-halves",
    "gemm-mx/every-code-under-the-lowest-bytes-in-weights",
    "gemm-bf16/exact-sums-float32",
    "gemm-bf16/gaussian-within-the-bound",
    "moe/gaussian-small",
    "moe/exact-half-sigmoid",
)
# Exponentials and divisions: of FP32 in the activation and the scales, of integers wherever a kernel divides.
_APPROXIMATING = (
    "quantize/gaussian-bf16",
    "quantize/block-maximum-at-scale-edges-bf16",
    "quantize/zero-blocks-and-signed-zeros-bf16",
    "activation/alpha-1-702-beta-1-fp32",
    "activation/wide-gates-with-limit-fp32",
    "activation/alpha-0-is-exact-fp32",
    "activation/large-gates-are-exact-fp32",
    "activation-quantize/alpha-1-702-beta-1",
    "activation-quantize/limit-7-edges",
    "align/uniform-33-tokens-12-experts-top-4-block-16",
    "gemm-mx/n-72-off-the-tile",
    "moe/gaussian-small",
    "moe/exact-half-sigmoid",
)
# One of each kernel, with rows, columns and routes off the tiles.
_WATCHED = (
    "quantize/gaussian-bf16",
    "activation/33-columns-fp32",
    "activation-quantize/limit-7-edges",
    "align/uniform-33-tokens-12-experts-top-4-block-16",
    "dequantize/scales-that-differ-everywhere",
    "gemm-mx/n-72-off-the-tile",
    "gemm-mx/k-384-tiles",
    "gemm-bf16/k-96-off-the-tile",
    "moe/ids-without-weight-rows",
)


def cases() -> tuple[Case, ...]:
    """The cases again, each once for every model that concerns it."""
    modules = (activation, align, dequantize, gemm_bf16, gemm_mx, moe, quantize)
    plain = {case.id: case for module in modules for case in module.cases()}
    return (*_again(plain, _ADDING, _SUMS), *_again(plain, _APPROXIMATING, _LAST_BIT), *_again(plain, _WATCHED, _RACES))


def _again(plain: dict[str, Case], names: Iterable[str], models: dict[str, dict[str, object]]) -> Iterable[Case]:
    for name in names:
        for word, settings in models.items():
            yield replace(
                plain[name],
                id=f"{name}/{word}",
                title=f"{plain[name].title} On an emulated device: {word.replace('-', ' ')}.",
                flags=(*plain[name].flags, "device-model"),
                tier="gate",
                golden=False,
                device=settings,
            )
