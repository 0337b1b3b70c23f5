"""What of the interpreter's overhead can go without changing a bit? Import once TRITON_INTERPRET is set.

Triton's front end in Python, not numpy, takes most of a kernel's time here: about 60 us per operation. Three
parts of it do nothing: integer overflow checks whose result only a debug build reads (8 extra operations per
integer operation), a table of types built anew for each look-up, and tl's builtins replaced again for each
call of a nested function. Without them a tiled dot_scaled kernel takes 0.6 of its time, a row quantizer 0.4.
"""

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import triton.language as tl
from triton.runtime import interpreter


def drop_unread_overflow_checks() -> None:
    """Stop computing overflow conditions, which ``device_assert`` discards outside of debug mode."""
    builder = interpreter.interpreter_builder
    if not builder.options.debug:
        builder.options = dataclasses.replace(builder.options, sanitize_overflow=False)


def cached_types(stock: Callable[[Any], np.dtype]) -> Callable[[Any], np.dtype]:
    """``_get_np_dtype`` with its answers kept; only scalar types can be hashed."""
    cached = cache(stock)
    address = np.dtype(np.uint64)

    def get_np_dtype(dtype: Any) -> np.dtype:
        if isinstance(dtype, tl.block_type):
            dtype = dtype.element_ty
        return address if isinstance(dtype, tl.pointer_type) else cached(dtype)

    return get_np_dtype


class OncePerLaunch:
    """``_patch_lang`` done once per launch and module instead of at each call of a nested function.

    Whoever launches kernels calls ``start`` first and ``stop`` last; between them a module's builtins stay replaced.
    """

    def __init__(self, stock: Callable[[Any], Any]) -> None:
        self._stock = stock
        self._replaced: set[int] | None = None

    def start(self) -> None:
        self._replaced = set()

    def stop(self) -> None:
        self._replaced = None

    def __call__(self, fn: Any) -> Any:
        if self._replaced is None:
            return self._stock(fn)
        modules = {id(value) for value in fn.__globals__.values() if value is tl or value is tl.core}
        if modules and modules <= self._replaced:
            return interpreter._LangPatchScope()
        self._replaced |= modules
        return self._stock(fn)
