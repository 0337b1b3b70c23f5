"""What are inputs made of? Deterministic primitives: each takes shapes, gives arrays of the suite's dtypes.

E4M3 codes and E8M0 bytes are uint8, BF16 is ml_dtypes.bfloat16, ids and maps are int32, router weights float32.
"""

from reference.formats import BLOCK
from vectors.data import expert_maps
from vectors.data.floats import (
    DTYPES,
    exp2,
    float32_to_bfloat16,
    log_uniform,
    normal,
    outlier_channels,
    powers_of_two,
    rounded,
    small_integers,
    with_outliers,
)
from vectors.data.mx import (
    E8M0_NAN,
    FINITE_CODES,
    codes,
    distinct_scale_bytes,
    every_code,
    exact_codes,
    integer_codes,
    multiples_table,
    scale_bytes,
)
from vectors.data.router_weights import (
    EXACT_WEIGHTS,
    WEIGHTS,
    exact_router_weights,
    fraction_to_float32,
    logits,
    router_weights,
    softmax,
    softmax_top_k,
)
from vectors.data.routing import ROUTINGS, routing, top_k
from vectors.data.stream import Stream
from vectors.data.weights import gaussian_weights, spread

# Raised whenever a case that keeps its id gets other arrays (vectors/README.md): a store names what wrote it.
GENERATOR_VERSION = 3

__all__ = ["GENERATOR_VERSION", "ROUTINGS", "Stream", "expert_maps", "gaussian_weights", "routing", "spread", "top_k"]
__all__ += [
    "DTYPES",
    "exp2",
    "float32_to_bfloat16",
    "log_uniform",
    "normal",
    "outlier_channels",
    "powers_of_two",
    "rounded",
]
__all__ += ["small_integers", "with_outliers"]
__all__ += ["BLOCK", "E8M0_NAN", "FINITE_CODES", "codes", "distinct_scale_bytes", "every_code", "exact_codes"]
__all__ += ["integer_codes", "multiples_table", "scale_bytes"]
__all__ += ["EXACT_WEIGHTS", "WEIGHTS", "exact_router_weights", "fraction_to_float32", "logits", "router_weights"]
__all__ += ["softmax", "softmax_top_k"]
