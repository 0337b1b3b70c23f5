"""Which numbers do the formats, the matrix cores and the activation fix?"""

import triton.language as tl

MX_BLOCK = tl.constexpr(32)  # elements along the last axis that share one E8M0 byte (OCP MX v1.0, section 5.1)
K_GRANULARITY = 128  # elements of K that one scaled matrix-core instruction takes: native sizes are multiples of it
DEFAULT_ALPHA = 1.702
DEFAULT_BETA = 1.0
