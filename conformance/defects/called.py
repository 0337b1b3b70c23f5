"""Which cases call the code that a defect changes? By the files that a family's stage imports, directly or not."""

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from conformance.defects.catalogue import Defect
from conformance.defects.mutant import ROOT
from vectors.case import Case

KERNELS = "kernels"
# The families that call one stage, and the file of that stage; every other one may call all of them.
FILES = {
    "quantize": "quantize",
    "fp32-sweep": "quantize",
    "activation": "activation",
    "activation-quantize": "activation",
    "dequantize": "dequantize",
    "align": "align",
    "gemm-mx": "gemm",
    "gemm-bf16": "gemm",
    "moe-sum": "reduce",
}


def calling(defect: Defect, cases: Iterable[Case]) -> list[Case]:
    """Those of the cases whose answer the edits may change."""
    changed = {Path(edit.file).stem for edit in defect.edits if edit.package == KERNELS}
    anywhere = changed == set() or defect.packages != (KERNELS,)
    return [case for case in cases if anywhere or case.family not in FILES or changed & _imported(FILES[case.family])]


@cache
def _imported(name: str, root: Path = ROOT) -> frozenset[str]:
    """A file of the kernels with all that it imports of them, by their names without suffix."""
    found: set[str] = set()
    left = {name}
    while left:
        found.add(file := left.pop())
        tree = ast.parse((root / KERNELS / f"{file}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == KERNELS:
                inside = (node.module or "").partition(".")[2]
                left |= {inside} if inside else {alias.name for alias in node.names}
        left -= found
    return frozenset(found)
