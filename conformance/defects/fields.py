"""Where does a defect sit, and which requirements should tell? The fields, their families and their requirements."""

from dataclasses import dataclass

from conformance.subjects.base import STAGES_OF_FAMILY


@dataclass(frozen=True)
class Field:
    """One part of the kernels.

    families: those whose cases look at the part by itself; they are run first. requirements: prefixes of the ids of
    requirements (or platform checks) that name the part: a failure of one of them says where the defect is.
    """

    families: tuple[str, ...]
    requirements: tuple[str, ...]

    def owns(self, requirement: str) -> bool:
        """Whether a failure of that requirement points at this field."""
        return requirement.startswith(self.requirements)

    @property
    def expression(self) -> str:
        """The ``-k`` expression of the families; it finds parts of ids, so longer families are taken out by name."""
        return " or ".join(
            " and not ".join([f"{family}/", *(f"{longer}/" for longer in _longer(family))]) for family in self.families
        )


def _longer(family: str) -> list[str]:
    return sorted(name for name in STAGES_OF_FAMILY if name.endswith(family) and name != family)


# MEM-, of the parts that are kernels: an address outside is told with the kernel and its line.
FIELDS: dict[str, Field] = {
    # BAD-01, CLS-09: bytes of another type are refused, not converted; MOE-18: weights that were decoded before.
    "codec": Field(
        ("quantize", "dequantize", "gemm-mx"), ("FMT-", "QNT-", "FSQ-", "PLT-", "BAD-01", "CLS-09", "MOE-18", "MEM-")
    ),
    # A scale may be made right and applied wrong: FMT-03 and FMT-04 are about bytes in the contraction.
    "quantize": Field(("quantize",), ("QNT-", "FSQ-", "FMT-03", "FMT-04", "MEM-")),
    "swiglu": Field(("activation", "activation-quantize"), ("ACT-", "FSQ-", "STG-02", "MOE-12", "CLS-03", "MEM-")),
    # GEM-07: what the alignment leaves behind the last block in use is for the GEMMs not to read.
    "align": Field(("align",), ("ALN-", "GEM-07", "MOE-07", "MOE-08", "MOE-09", "MOE-20")),
    "gemm": Field(("gemm-mx", "gemm-bf16", "stages"), ("GEM-", "FMT-", "STG-01", "STG-03", "MEM-")),
    "expert-map": Field(("align", "expert-map"), ("EPM-", "ALN-04", "ALN-05", "ALN-09", "MOE-17")),
    "reduce": Field(
        ("moe-sum", "stages", "gemm-mx", "moe"),
        (*(f"STG-0{stage}" for stage in range(3, 9)), "GEM-06", "GEM-07", "MOE-03", "MOE-10", "MOE-11", "MEM-"),
    ),
    "dispatch": Field(
        ("experts-class", "selection", "bad-input", "batch-invariance"),
        # GEM-13, MOE-20, USE-05: what is chosen by size, many routes among it, and whether that shows.
        ("CLS-", "SEL-", "BAD-", "MOE-04", "MOE-05", "MOE-06", "MOE-08", "MOE-16", "MOE-20", "GEM-13", "USE-05"),
    ),
    # What a call remembers: contents that were refilled, calls before this one.
    "history": Field(("use",), ("USE-01", "USE-02", "USE-03", "USE-04", "MOE-04", "ALN-07")),
    "class": Field(("experts-class", "use"), ("CLS-", "USE-01", "USE-02")),
    "dtype": Field(
        ("moe-sum", "activation", "gemm-mx", "quantize"),
        ("QNT-14", "ACT-01", "ACT-10", "ACT-13", "FSQ-09", "GEM-06", "GEM-08", "GEM-12", "STG-", "MOE-10", "MOE-19"),
    ),
    "lowering": Field(("dequantize", "gemm-mx", "gemm-bf16"), ("PLT-", "FMT-", "GEM-", "STG-")),
}
