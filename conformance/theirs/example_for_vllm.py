"""Does vLLM's MXFP8 MoE for gfx950 give the right bits? A file for its tests, kernels/moe/test_mxfp8_conformance.py.

It needs the package mxfp8-moe-conformance in the image, which brings no torch and no Triton. Without a gfx950 the
kernels run on an emulated one. ``-n``, ``-k``, ``--shard-id`` and the like divide the cases as they do all tests.

It stops, each by the first of many cases:

* PR 53110 (also 53668 and 53674), the scale floor(log2(amax)): quantize/one-outlier-per-block-bf16
* PR 58089, NaN for rows of zeros: quantize/zero-blocks-and-signed-zeros-bf16
"""

from mxfp8_conformance.plugin import Conformance


class TestMxfp8Moe(Conformance):
    subject = "vllm"  # the installed one, or module:object of one's own
    golden = True  # vectors that come with the package; without this line the quick tier, which takes minutes
