"""Is this text a gfx950's machine code, and which bytes? What LLVM's assembler in Triton says."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ARCH = "gfx950"


@functools.cache
def _assembler() -> Callable[[str, str, str], bytes]:
    """(assembly, processor, features) -> an object file; raises or gives nothing for what it does not accept."""
    try:
        from triton.backends.amd.compiler import assemble_amdgcn
    except ImportError:  # before Triton 3.9
        from triton._C.libtriton import amd, llvm

        llvm.init_targets()
        return amd.assemble_amdgcn
    return assemble_amdgcn


@functools.cache
def encoded(text: str) -> bytes | None:
    """An object file of this one instruction, for comparison; None where the assembler refuses it."""
    labels = "".join(f"{label}:\n" for label in re.findall(r"\.L\w+", text))
    with _silent():
        try:
            return _assembler()(f"\t.text\n{labels}\t{text}\n", ARCH, "") or None
        except RuntimeError:
            return None


@contextmanager
def _silent() -> Iterator[None]:
    """Without the assembler's own words: it writes them past sys.stderr."""
    kept = os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)
