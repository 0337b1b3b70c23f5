"""To which field and which implementation does a part of the kernels belong?"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

NATIVE, EMULATION = "native", "emulation"


class SystematicError(ValueError):
    """A table beside the generated mutants does not fit them; the message names it, what it has and what it needs."""


@dataclass(frozen=True)
class KernelPart:
    """The field of a defect there, and the implementation that it changes: emulation where only that uses the code."""

    field: str
    subject: str = NATIVE


# The first row that fits (file, function, method or constant) decides.
_PLACES = (
    ("kernels/floats.py", "is_nan", KernelPart("swiglu")),
    ("kernels/floats.py", "significand_and_exponent", KernelPart("swiglu")),
    ("kernels/floats.py", "ONE_BITS", KernelPart("swiglu")),
    ("kernels/floats.py", "INFINITY_BITS", KernelPart("swiglu")),  # the quantizer may take infinities for NaN
    ("kernels/floats.py", "*", KernelPart("codec")),
    ("kernels/constants.py", "MX_BLOCK", KernelPart("quantize")),
    ("kernels/constants.py", "DEFAULT_*", KernelPart("swiglu")),
    ("kernels/constants.py", "*", KernelPart("dispatch")),
    ("kernels/quantize.py", "*", KernelPart("quantize")),
    ("kernels/activation.py", "_swiglu_kernel", KernelPart("swiglu", EMULATION)),
    ("kernels/activation.py", "swiglu_oai", KernelPart("swiglu", EMULATION)),
    ("kernels/activation.py", "*", KernelPart("swiglu")),
    ("kernels/align.py", "*used*", KernelPart("expert-map", EMULATION)),
    ("kernels/align.py", "_local_experts", KernelPart("expert-map")),
    ("kernels/align.py", "*", KernelPart("align")),
    ("kernels/gemm.py", "*bf16*", KernelPart("gemm", EMULATION)),
    ("kernels/gemm.py", "*", KernelPart("gemm")),
    ("kernels/reduce.py", "*", KernelPart("reduce")),
    ("kernels/tiles.py", "reduce_columns_per_program", KernelPart("reduce")),
    ("kernels/tiles.py", "row_tile", KernelPart("quantize")),
    ("kernels/tiles.py", "bf16_gemm_tile", KernelPart("gemm", EMULATION)),
    ("kernels/tiles.py", "*", KernelPart("gemm")),
    ("kernels/dequantize.py", "*", KernelPart("codec", EMULATION)),
    ("kernels/emulation.py", "_bf16_rows", KernelPart("codec", EMULATION)),
    ("kernels/emulation.py", "*", KernelPart("dispatch", EMULATION)),
    ("kernels/experts.py", "*Emulation*", KernelPart("dispatch", EMULATION)),
    ("kernels/experts.py", "*", KernelPart("dispatch")),
    ("kernels/native.py", "*", KernelPart("dispatch")),
    ("kernels/arch.py", "*", KernelPart("dispatch")),
    ("kernels/selection.py", "*", KernelPart("dispatch")),
    ("kernels/validate.py", "*", KernelPart("dispatch")),
)


def place(file: str, unit: str) -> KernelPart:
    """The place of a function, method or constant. Raises SystematicError for one without a row."""
    for row_file, pattern, found in _PLACES:
        if file == row_file and fnmatchcase(unit, pattern):
            return found
    raise SystematicError(f"{__name__}: has no row for {unit} of {file}, needs one")
