"""What is exp(-x) in float64, with an error that is proven and the same bits on every machine?

Library exponentials differ between processors in the last bit; this one uses only IEEE additions,
multiplications and scaling by powers of two, one NumPy operation each, so nothing can be fused or vectorised
into other roundings.

With n = RNE(x / ln 2), x = n ln 2 + r and |r| <= 0.3466: exp(-x) = 2^-n exp(-r). ln 2 is split into a part of
32 bits, so that n times it is exact for n < 2^21 and its difference from x is exact too (Sterbenz), and a
tail, whose product loses at most 2^-54 absolute. The Taylor polynomial of degree 14 leaves out less than
2^-62 relative. Horner's last steps add at most 1.5 units of 2^-53. Together below 2 ulp, before the last
scaling, which rounds only when the result is subnormal.
"""

import math

import numpy as np

from reference.codec import F64

_LN2_HIGH = 2977044471.0 * 2.0**-32
"""The 32 leading bits of ln 2."""
_LN2_LOW = 1.9082149292705877e-10
"""ln 2 minus them."""
_DEGREE = 14
_LARGEST = 800.0  # exp(-800) is below the least float64


def exp_minus(x: F64) -> F64:
    """exp(-x) of float64 x >= 0, off by less than 2 ulp where the result is normal; NaN gives NaN."""
    x = np.minimum(x, _LARGEST)
    n = np.rint(x * (1.0 / math.log(2.0)))
    r = (x - n * _LN2_HIGH) - n * _LN2_LOW
    total = np.full_like(r, 1.0 / math.factorial(_DEGREE))
    for k in range(_DEGREE - 1, -1, -1):
        total = 1.0 / math.factorial(k) - total * r
    return np.ldexp(total, -np.where(np.isnan(n), 0.0, n).astype(np.int32))
