"""Does the core's C read or write past anything, or rely on what C leaves undefined? Its tests, under the sanitizers.

Run with the address sanitizer's library preloaded; test_core.py does.
"""

import sys
from collections import Counter

import numpy as np

from conformance.gfx950.core import build
from conformance.gfx950.settings import SUM_MODELS

build.FAST = ("-O0", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")

from tests.conformance.gfx950 import test_core, test_core_matrix, test_core_memory  # noqa: E402


def main() -> list[str]:
    """What differs from NumPy's."""
    test_core.WAVES = 2
    found = test_core.all_differences("vector", test_core.KEPT) + test_core.all_differences("scalar", test_core.KEPT)
    found += [x for line in test_core.LANES_MOVED for x in test_core.differences(line)]
    for model in SUM_MODELS:
        for key in test_core_matrix.PRODUCTS:
            if (key.startswith("v_mfma_scale") and key.endswith("bf8 fp4")) or key.endswith("16x16x32_bf16"):
                test_core_matrix.test_the_bits_are_numpy_s(key, model)
    test_core_matrix.check_quantized("v_mfma_scale_f32_16x16x128_f8f6f4 fp8 fp8", np.random.default_rng(8))
    found += test_core_memory.differences(range(10), Counter())
    return found + test_core_memory.differences(range(20, 40), Counter(), sanitize=True)


if __name__ == "__main__":
    if build.load().library is None:
        sys.exit(build.load().said)
    sys.exit("\n".join(main()) or 0)
