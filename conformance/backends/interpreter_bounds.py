"""How is each access of a kernel held to its tensors? Import this only once TRITON_INTERPRET is set.

Stock reads and writes any address: outside of a tensor it crashes the process or, on memory that happens to
be mapped, goes unseen. A pointer's type object travels with it through every operation of the interpreter
that makes pointers from pointers, so that is where it carries the span that it came from.
"""

import copy
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import triton.language as tl
from triton.runtime import interpreter
from triton.runtime.errors import InterpreterError

from conformance.calls import views
from conformance.gfx950.storage.bounds import OutOfBounds, Span, Spans

Handle = interpreter.TensorHandle


def owned(dtype: Any, owner: Span | None) -> Any:
    """A pointer type of its own, equal to ``dtype``, for pointers into ``owner``; None: into any tensor."""
    marked = copy.copy(dtype)
    marked.owner = owner
    return marked


def owner_of(handle: Any) -> Span | None:
    """The span that a handle's pointers were derived from, where that is known."""
    return getattr(handle.dtype, "owner", None)


class CheckedMemory(interpreter.InterpreterBuilder):  # type: ignore[misc]  # triton is untyped
    """The stock builder's accesses, each checked against the launch's tensors before it touches memory."""

    launch: Spans | None = None  # between launches there is nothing to check against, and no access

    def check_access(self, what: str, pointers: Any, mask: Any, width: int) -> None:
        """Raise OutOfBounds for an active lane outside; ``mask``: a handle, an array, or None for all lanes."""
        if self.launch is not None:
            active = None if mask is None else mask.data  # Triton 3.6 also passes arrays: a memoryview here
            addresses = np.asarray(pointers.data)
            self.launch.check(what, self.grid_idx, addresses, active, width, owner_of(pointers))

    def create_masked_load(self, ptrs: Any, mask: Any, other: Any, *policy: Any, **named: Any) -> Any:
        self.check_access("load", ptrs, mask, interpreter._get_np_dtype(ptrs.get_element_ty()).itemsize)
        return super().create_masked_load(ptrs, mask, other, *policy, **named)

    def create_masked_store(self, ptrs: Any, value: Any, mask: Any, *policy: Any) -> Any:
        self.check_access("store", ptrs, mask, value.data.itemsize)
        return super().create_masked_store(ptrs, value, mask, *policy)

    def create_atomic_rmw(self, op: Any, ptr: Any, val: Any, mask: Any, sem: Any, scope: Any) -> Any:
        self.check_access("atomic", ptr, mask, val.data.itemsize)
        return super().create_atomic_rmw(op, ptr, val, mask, sem, scope)

    def create_atomic_cas(self, ptr: Any, cmp: Any, val: Any, sem: Any, scope: Any) -> Any:
        self.check_access("atomic", ptr, None, val.data.itemsize)
        return super().create_atomic_cas(ptr, cmp, val, sem, scope)

    def create_bitcast(self, src: Any, dst_type: Any) -> Any:
        result = super().create_bitcast(src, dst_type)
        if owner_of(src) is not None and result.dtype.is_ptr():  # tl.load of a bool goes by int8 pointers
            result.dtype = owned(result.dtype, owner_of(src))
        return result

    # A block of pointers from two tensors has no one owner.

    def create_select(self, cond: Any, lhs: Any, rhs: Any) -> Any:
        return _of_both(super().create_select(cond, lhs, rhs), lhs, rhs)

    def create_join(self, lhs: Any, rhs: Any) -> Any:
        return _of_both(super().create_join(lhs, rhs), lhs, rhs)

    def create_cat(self, lhs: Any, rhs: Any) -> Any:
        return _of_both(super().create_cat(lhs, rhs), lhs, rhs)


def _of_both(result: Any, lhs: Any, rhs: Any) -> Any:
    if owner_of(lhs) is not owner_of(rhs):
        result.dtype = owned(result.dtype, None)
    return result


def pointers_owned(stock: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """``_implicit_cvt`` that marks the pointer made from a launch's tensor with its span."""

    def implicit_cvt(arg: Any) -> Any:
        converted = stock(arg)
        launch = interpreter.interpreter_builder.launch
        span = launch.span_of(arg) if launch is not None else None
        if span is not None:
            dtype = owned(converted.handle.dtype, span)
            return tl.tensor(Handle(converted.handle.data, dtype), dtype)
        return converted

    return implicit_cvt


def _kernel_line(error: BaseException) -> str:
    """File and line of the innermost frame that belongs to neither this suite nor Triton."""
    own = (str(Path(__file__).parents[1]), str(Path(interpreter.__file__).parents[1]))
    frames = traceback.extract_tb(error.__traceback__)
    place = next((frame for frame in reversed(frames) if not frame.filename.startswith(own)), frames[0])
    return f"{Path(place.filename).name}:{place.lineno}"


def checked_executor(stock: Any) -> Any:
    """Launches that tell the builder their tensors, and raise OutOfBounds as itself."""

    class CheckedExecutor(stock):  # type: ignore[misc]  # triton is untyped
        def _init_args_hst(self, args_dev: Any, kwargs: Any) -> Any:
            args, named = super()._init_args_hst(args_dev, kwargs)
            arguments = [*zip(self.arg_names, args, strict=False), *named.items()]
            interpreter.interpreter_builder.launch = Spans(self.fn.__name__, arguments, views.reach)
            return args, named

        def __call__(self, *args: Any, **kwargs: Any) -> None:
            try:
                super().__call__(*args, **kwargs)
            except InterpreterError as error:
                # Triton wraps once per nested function, quoting the message within itself.
                cause: BaseException | None = error
                while isinstance(cause, InterpreterError):
                    cause = cause.__cause__
                if isinstance(cause, OutOfBounds):
                    raise OutOfBounds(f"{cause}, at {_kernel_line(cause)}") from None
                raise
            finally:
                interpreter.interpreter_builder.launch = None

    return CheckedExecutor
