"""How many wave-instructions does each kernel of a MoE execute on the emulated gfx950, ours and another subject's?

Counts are the same in every run. Weights are small enough for gates and ups of ordinary size.
"""

from __future__ import annotations

import argparse
from collections import Counter

from conformance.backends import pick
from tests.bench.small_moe import small_moe

_SCALE_BYTE = 112
# What a kernel is for, by the first of these words that its name has.
_PURPOSES = {"swiglu": "activation", "gemm": "GEMMs", "mxfp8": "GEMMs", "sum": "sum", "quant": "quantizer"}
_ALIGNMENT = ("align", "count", "place")


def purpose(kernel: str) -> str:
    """What that kernel is for; vLLM's quantizer is called _kernel."""
    if any(word in kernel for word in _ALIGNMENT):
        return "alignment"
    return next((what for word, what in _PURPOSES.items() if word in kernel), "quantizer")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", required=True, help="a subject, as --subject takes it")
    parser.add_argument("--tokens", type=int, nargs="+", default=[16, 256, 2048])
    parser.add_argument("--layer", type=int, nargs=4, default=[512, 256, 16, 4], metavar=("H", "I", "E", "K"))
    options = parser.parse_args()
    backend = pick("gfx950-emulated")
    backend.activate()
    from conformance.subjects import registry

    moes = [registry.load(name).stages["fused_moe"] for name in ("native", options.against)]
    for tokens in options.tokens:
        arguments = small_moe(tokens, *options.layer)
        for scale in ("w13_scale", "w2_scale"):
            arguments[scale].fill_(_SCALE_BYTE)
        counts = []
        for moe in moes:
            backend.take_costs()
            moe(**arguments, alpha=1.702, beta=1.0, expert_map=None)
            executed: Counter[str] = Counter()
            for cost in backend.take_costs():
                executed[purpose(cost.kernel)] += sum(cost.instructions.values())
            counts.append(executed)
        for what in sorted(counts[0] | counts[1]):
            ours, theirs = (count[what] for count in counts)
            print(f"{tokens} tokens, {what}: {ours}, {theirs}" + (f", {ours / theirs:.2f}" if theirs else ""))


if __name__ == "__main__":
    main()
