"""To which field and which implementation does a part of the kernels belong?"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

NATIVE, EMULATION = "native", "emulation"


class SystematicError(ValueError):
    """A table beside the generated mutants does not fit them; the message names it, what it has and what it needs."""


@dataclass(frozen=True)
class Place:
    """The field of a defect there, and the implementation that it changes: emulation where only that uses the code."""

    field: str
    subject: str = NATIVE


# The first row that fits (file, function, method or constant) decides.
_PLACES = (
    ("kernels/floats.py", "is_nan", Place("swiglu")),
    ("kernels/floats.py", "significand_and_exponent", Place("swiglu")),
    ("kernels/floats.py", "ONE_BITS", Place("swiglu")),
    ("kernels/floats.py", "INFINITY_BITS", Place("swiglu")),  # the quantizer may take infinities for NaN
    ("kernels/floats.py", "*", Place("codec")),
    ("kernels/constants.py", "MX_BLOCK", Place("quantize")),
    ("kernels/constants.py", "DEFAULT_*", Place("swiglu")),
    ("kernels/constants.py", "*", Place("dispatch")),
    ("kernels/quantize.py", "*", Place("quantize")),
    ("kernels/activation.py", "_swiglu_kernel", Place("swiglu", EMULATION)),
    ("kernels/activation.py", "swiglu_oai", Place("swiglu", EMULATION)),
    ("kernels/activation.py", "*", Place("swiglu")),
    ("kernels/align.py", "used_experts", Place("expert-map", EMULATION)),
    ("kernels/align.py", "_local_experts", Place("expert-map")),
    ("kernels/align.py", "*", Place("align")),
    ("kernels/gemm.py", "*bf16*", Place("gemm", EMULATION)),
    ("kernels/gemm.py", "*", Place("gemm")),
    ("kernels/reduce.py", "*", Place("reduce")),
    ("kernels/tiles.py", "reduce_columns_per_program", Place("reduce")),
    ("kernels/tiles.py", "row_tile", Place("quantize")),
    ("kernels/tiles.py", "bf16_gemm_tile", Place("gemm", EMULATION)),
    ("kernels/tiles.py", "*", Place("gemm")),
    ("kernels/emulation.py", "_bf16_table", Place("codec", EMULATION)),
    ("kernels/emulation.py", "dequantize_mxfp8_to_bf16", Place("codec", EMULATION)),
    ("kernels/emulation.py", "_decoded_rows", Place("codec", EMULATION)),
    ("kernels/emulation.py", "*", Place("dispatch", EMULATION)),
    ("kernels/experts.py", "*Emulation*", Place("dispatch", EMULATION)),
    ("kernels/experts.py", "*", Place("dispatch")),
    ("kernels/native.py", "*", Place("dispatch")),
    ("kernels/arch.py", "*", Place("dispatch")),
    ("kernels/selection.py", "*", Place("dispatch")),
    ("kernels/validate.py", "*", Place("dispatch")),
)


def place(file: str, unit: str) -> Place:
    """The place of a function, method or constant. Raises SystematicError for one without a row."""
    for row_file, pattern, found in _PLACES:
        if file == row_file and fnmatchcase(unit, pattern):
            return found
    raise SystematicError(f"{__name__}: has no row for {unit} of {file}, needs one")
