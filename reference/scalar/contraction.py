"""What is the sum of products of MX-scaled elements, exactly?"""

from collections.abc import Sequence
from fractions import Fraction

from reference.formats import BLOCK, E4M3, E8M0
from reference.scalar.floats import Special, decode


def dot(a: Sequence[Fraction], b: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """(sum a_i b_i, sum |a_i b_i|)."""
    products = [x * y for x, y in zip(a, b, strict=True)]
    return sum(products, Fraction(0)), sum((abs(p) for p in products), Fraction(0))


def _elements(codes: Sequence[int], scales: Sequence[int]) -> list[Fraction | Special]:
    """Element i is 2^(scale byte of its block - 127) times its E4M3 value; NaN if either of them is NaN."""
    if len(codes) != BLOCK * len(scales):
        raise ValueError(f"codes: has {len(codes)} elements, needs {BLOCK} for each of {len(scales)} scales")
    values: list[Fraction | Special] = []
    for i, code in enumerate(codes):
        element, scale = decode(E4M3, code), decode(E8M0, scales[i // BLOCK])
        if isinstance(element, Special) or isinstance(scale, Special):
            values.append(Special.NAN)
        else:
            values.append(element * scale)
    return values


def contraction(
    a_codes: Sequence[int], a_scales: Sequence[int], b_codes: Sequence[int], b_scales: Sequence[int]
) -> tuple[Fraction, Fraction] | None:
    """One output: (exact sum, sum of magnitudes), or None where it is NaN."""
    a, b = _elements(a_codes, a_scales), _elements(b_codes, b_scales)
    a_real = [x for x in a if isinstance(x, Fraction)]
    b_real = [x for x in b if isinstance(x, Fraction)]
    if len(a_real) < len(a) or len(b_real) < len(b):
        return None
    return dot(a_real, b_real)
