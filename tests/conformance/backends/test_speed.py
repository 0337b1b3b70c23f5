"""Does what was left out of the interpreter leave every result as it was?"""

from __future__ import annotations

from types import SimpleNamespace

import torch
import triton
import triton.language as tl

from tests.conformance.backends import speed_kernels


def test_types_are_looked_up_as_before(interpreter):
    from conformance.backends.interpreter_speed import cached_types

    asked = []

    def stock(dtype):
        asked.append(dtype)
        return "looked up"

    lookup = cached_types(stock)
    assert [lookup(tl.bfloat16), lookup(tl.block_type(tl.bfloat16, [4])), lookup(tl.bfloat16)] == ["looked up"] * 3
    assert asked == [tl.bfloat16]
    pointer = tl.pointer_type(tl.float32)
    assert lookup(pointer) == lookup(tl.block_type(pointer, [4])) == "uint64"


def test_builtins_are_replaced_once_per_launch(interpreter):
    from conformance.backends.interpreter_speed import OncePerLaunch

    calls = []
    once = OncePerLaunch(calls.append)
    kernel, library = SimpleNamespace(__globals__={"tl": tl}), SimpleNamespace(__globals__={"core": tl.core})
    once(kernel)
    once(kernel)
    assert len(calls) == 2, "outside of a launch as stock"
    once.start()
    for fn in (kernel, library, kernel, library):
        once(fn)
    assert calls[2:] == [kernel, library]
    once.stop()
    once.start()
    once(kernel)
    assert len(calls) == 5


def test_nested_functions_work_launch_after_launch(interpreter):
    for scale in (1.0, 2.0):
        y = torch.empty(8)
        speed_kernels.nested[(2,)](torch.arange(8.0), y, scale, 4)
        assert y.tolist() == [3 * scale] * 4 + [7 * scale] * 4


def test_integers_wrap_around_as_on_a_device(interpreter):
    y = torch.empty(1, dtype=torch.int32)
    speed_kernels.wraps[(1,)](torch.tensor([2**31 - 1], dtype=torch.int32), y)
    assert y.item() == -(2**31)


def test_the_module_is_triton(interpreter):
    assert triton.runtime.interpreter.interpreter_builder.options.sanitize_overflow is False
