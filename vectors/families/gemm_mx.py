"""What is asked of the MXFP8 grouped GEMM? Codes and bytes, exact sums, bounds, tails, strides, NaN, stale memory."""

from collections.abc import Iterable

from vectors.case import Case
from vectors.contents import gemm
from vectors.contents.gemm import exact_mx, gaussian_mx, gemm_case
from vectors.contents.gemm_stores import stores_mx
from vectors.families import _gemm

_FAMILY = "gemm-mx"


def _every_code(name: str, first: int, count: int, a_byte: int, needs: str, flags: str) -> Iterable[Case]:
    """Bytes from ``first`` on; the other operand's byte keeps every product a normal FP32 number."""
    for side in ("weights", "activations"):
        swapped = side == "activations"
        yield gemm_case(
            f"gemm-mx/every-code-under-the-{name}-bytes-in-{side}",
            f"Every finite code under the {name} scale bytes, one at a time, in {side}.",
            gemm.every_code_and_byte, f"{'FMT-04' if name == 'lowest' else 'FMT-01'} FMT-03", flags,
            T=count if swapped else 256, N=256 if swapped else count, K=256,
            first_byte=first, a_byte=a_byte, swapped=swapped, needs=needs, block_m=64,
            tier="quick" if name != "ordinary" or not swapped else "gate",
            golden=name == "lowest" or (name == "highest" and not swapped),
        )  # fmt: skip


def _nan_codes(name: str, under: tuple[int, ...], more: str, flags: str, needs: str) -> Iterable[Case]:
    for side in ("weights", "activations"):
        rows = 3 * len(under)
        yield gemm_case(
            f"gemm-mx/nan-codes-under-the-{name}-bytes-in-{side}",
            f"NaN codes of both signs among zeros, and zeros alone, under the {name} scale bytes in {side}.",
            gemm.nan_codes_under_bytes, f"GEM-03 FMT-02 {more}", f"nan-code {flags}",
            T=16 if side == "weights" else rows, N=rows if side == "weights" else 16, K=256,
            under_bytes=under, rows_of=side, needs=f"PLT-DOT-SCALED-NAN-CODE {needs}", tier="gate", golden=False,
        )  # fmt: skip


_CODES_AND_BYTES = (
    *_every_code("ordinary", 8, 239, 127, "", "all-codes"),
    *_every_code("lowest", 0, 8, 147, "PLT-DOT-SCALED-LOW", "scale-byte-zero scale-byte-extreme"),
    *_every_code("highest", 247, 8, 107, "PLT-DOT-SCALED-HIGH", "scale-byte-extreme"),
    *_nan_codes("ordinary", tuple(range(8, 247)), "", "", ""),
    *_nan_codes("extreme", (*range(8), *range(247, 256)), "FMT-05", "scale-byte-extreme scale-byte-nan",
                "PLT-DOT-SCALED-LOW PLT-DOT-SCALED-HIGH PLT-DOT-SCALED-NAN-BYTE"),
)  # fmt: skip
_SUMS = (
    *(gemm_case(f"gemm-mx/exact-sums-under-distinct-scales-{out}",
                f"Exact sums; scale bytes differ between rows, blocks and experts; {out} out.", exact_mx,
                "GEM-01 GEM-09 FMT-06", "scale-addressing exact-sum", T=19, N=160, K=256, E=4, k=2, out_dtype=out,
                routing="skewed", tier="gate" if out == "float16" else "quick", golden=out == "float32")
      for out in ("float32", "bfloat16", "float16")),
    gemm_case("gemm-mx/exact-sums-under-distinct-scales-of-a-row-for-each-route",
              "The second GEMM, a tail over K and columns off the tile; scale bytes differ between rows, blocks and "
              "experts.", exact_mx, "GEM-01 GEM-09 FMT-06", "scale-addressing exact-sum n-tail k-tail",
              T=7, N=72, K=384, E=5, k=3, second=True, largest=7, golden=False),
    _gemm.within_the_bound(_FAMILY, "Gaussian operands with outlier channels against the derived bound.", gaussian_mx),
    gemm_case("gemm-mx/gaussian-within-the-bound-float32", "Gaussian operands, FP32 out.", gaussian_mx,
              "GEM-02 GEM-10", "exact-sum", T=33, N=256, K=1024, E=2, exact=False, tier="gate"),
    gemm_case("gemm-mx/ties-of-the-bf16-store", "Sums on and beside BF16 ties, both parities and signs.",
              gemm.tie_sums, "GEM-01 GEM-08", "rounding-store", T=8, N=128, K=128, out_dtype="bfloat16"),
    gemm_case("gemm-mx/cancelling-halves", "All but one element a row cancel between two halves of K.",
              gemm.cancelling_mx, "GEM-01", "exact-sum k-tail", T=5, N=128, K=512, E=2, scale_span=4),
    gemm_case("gemm-mx/nan-codes-and-nan-bytes", "NaN codes and NaN bytes in single rows.", gemm.with_nan,
              "GEM-03 FMT-02 FMT-05", "nan-code scale-byte-nan", T=16, N=128, K=256, E=2, scale_span=4,
              needs="PLT-DOT-SCALED-NAN-BYTE PLT-DOT-SCALED-NAN-CODE"),
)  # fmt: skip
_SIZES = (
    *_gemm.off_the_tile(_FAMILY, exact_mx, (8, 72, 136, 200)),
    gemm_case("gemm-mx/k-of-257-tiles",
              "K = 257 * 128: more tiles than a byte counts, and no even number of them.", exact_mx, "GEM-01 GEM-04",
              "k-tail exact-sum", T=2, N=8, K=257 * 128, largest=1, scale_span=2, tier="gate", golden=False),
    *(gemm_case(f"gemm-mx/k-{k}-tiles", f"K = {k}: one tile, or a number of tiles off a power of two.", exact_mx,
                "GEM-01 GEM-04", "k-tail exact-sum", T=4, N=64, K=k, E=2, scale_span=4,
                tier="quick" if k == 384 else "gate") for k in (128, 384, 640)),
    gemm_case("gemm-mx/exact-over-a-shipped-hidden-size", "Exact dense sums over K = 6144.", exact_mx,
              "GEM-01 GEM-04", "exact-sum k-tail real-shape", T=5, N=128, K=6144, E=2, largest=3, scale_span=4,
              tier="gate"),
    gemm_case("gemm-mx/130-experts", "More experts than a byte of either sign counts to 127.", exact_mx,
              "GEM-01 GEM-09", "expert-count", T=140, N=32, K=128, E=130, tier="gate"),
)  # fmt: skip
_PLACES = (
    *(gemm_case(f"gemm-mx/operands-{layout}", title, exact_mx, "GEM-01 GEM-05", flags, T=12, N=64, K=128, E=6, k=3,
                layout=layout, golden=False)
      for layout, title, flags in (
        ("padded", "Operands and scales are views of larger buffers of NaN.", "strided-weights"),
        ("transposed", "K is not the innermost axis of any operand.", "strided-weights"),
        ("far-experts", "Experts lie 2^29 elements apart.", "int32-offset"))),
    *(gemm_case(f"gemm-mx/codes-{codes}-scales-{scales}",
                f"Codes lie {codes}, scale bytes {scales}: neither's place says where the other is.", exact_mx,
                "GEM-01 GEM-05", "strided-weights scale-addressing", T=12, N=64, K=128, E=6, k=3, layout=codes,
                scale_layout=scales, tier="quick" if scales == "transposed" else "gate", golden=False)
      for codes, scales in (
        ("contiguous", "transposed"), ("contiguous", "swapped"), ("padded", "contiguous"), ("swapped", "spread"))),
    gemm_case("gemm-mx/operands-far-rows", "Rows lie 2^25 elements apart: those from the 65th on are past 2^31.",
              exact_mx, "GEM-01 GEM-05", "int32-offset", T=70, N=72, K=128, block_m=64, layout="far-rows",
              tier="gate"),
    _gemm.far_columns(_FAMILY, "all", exact_mx, 512),
)  # fmt: skip
_BLOCKS = tuple(
    gemm_case(f"gemm-mx/{tokens}-tokens-block-{block}", f"{tokens} tokens in blocks of {block}.", exact_mx,
              "GEM-01 GEM-09", "exact-sum block-boundary", T=tokens, N=96, K=128, E=3, block_m=block,
              tier="gate" if tokens > 1 else "quick")
    for tokens, block in ((1, 16), (1, 64), (65, 64), (130, 32))
)  # fmt: skip


def cases() -> tuple[Case, ...]:
    """The family's cases."""
    of_routes = _gemm.of_routes(_FAMILY, exact_mx, gaussian_mx, depth_off_the_tile=128)
    stores = _gemm.stores(_FAMILY, stores_mx, "PLT-DOT-SCALED-SUBNORMAL")
    many = (
        *_gemm.many_results(_FAMILY, exact_mx, 128),
        *_gemm.one_tile(_FAMILY, exact_mx, blocks=(32, 64), columns=(64,), depths=(128, 256)),
    )
    return (*_CODES_AND_BYTES, *_SUMS, *stores, *_SIZES, *_PLACES, *of_routes, *_BLOCKS, *many)
