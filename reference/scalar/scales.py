"""Which scale exponent does each rule give to a block whose largest magnitude is amax?

rceil: NVIDIA's round-up rule, least e with amax <= 448 * 2^e. ocp_floor: OCP MX v1.0 section 6.3. ceil, even: the
CEIL and EVEN modes of torchao.
"""

from fractions import Fraction

from reference.formats import E4M3, FP32
from reference.scalar.floats import floor_log2

ELEMENT_MAX = E4M3.max_finite  # 448
ELEMENT_MAX_EXPONENT = 8  # 256 <= 448 < 512


def _rceil(amax: Fraction) -> int:
    e = floor_log2(amax / ELEMENT_MAX)
    return e if amax <= ELEMENT_MAX * Fraction(2) ** e else e + 1


def _ocp_floor(amax: Fraction) -> int:
    return floor_log2(amax) - ELEMENT_MAX_EXPONENT


def _ceil(amax: Fraction) -> int:
    e = floor_log2(amax)
    return (e if amax == Fraction(2) ** e else e + 1) - ELEMENT_MAX_EXPONENT


def _even(amax: Fraction) -> int:
    quantum = Fraction(2) ** (floor_log2(amax) - 3)
    return floor_log2(round(amax / quantum) * quantum) - ELEMENT_MAX_EXPONENT


_RULES = {"rceil": _rceil, "ocp_floor": _ocp_floor, "ceil": _ceil, "even": _even}


def scale_exponent(amax: Fraction, rule: str = "rceil", floor: Fraction = FP32.min_normal) -> int:
    """e in [-127, 127]; amax below the floor counts as it. ValueError for an unknown rule or a negative amax."""
    if rule not in _RULES:
        raise ValueError(f"rule: has {rule!r}, needs one of {', '.join(_RULES)}")
    if amax < 0:
        raise ValueError(f"amax: has {amax}, needs a number >= 0")
    return min(max(_RULES[rule](max(amax, floor)), -127), 127)


def scale_byte(amax: Fraction, rule: str = "rceil", floor: Fraction = FP32.min_normal) -> int:
    """The E8M0 byte of the rule's exponent."""
    return scale_exponent(amax, rule, floor) + 127
