"""What does each operation give on the interpreter? Triton's numpy builder, its wrong ones replaced.

Import this only once TRITON_INTERPRET is set. The stock builder (Triton 3.6 to 3.9) truncates FP32 to BF16,
mis-rounds FP8, computes on BF16 and FP8 bits as if they were integers, and lacks tl.dot_scaled (3.6) or runs
it in FP32. Handles hold BF16 as uint16 and FP8 as uint8 bits; see ``conversions``.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import triton.language as tl
from triton._C.libtriton import ir
from triton.runtime import interpreter

from conformance.backends import arithmetic, conversions
from conformance.backends.interpreter_bounds import CheckedMemory
from reference.formats import BLOCK

Handle = interpreter.TensorHandle
Ufunc = Callable[..., Any]


def name_of(handle: Any) -> str:
    """Triton's name of the handle's scalar type, like ``fp32``."""
    return str(handle.dtype.scalar.name)


def holds_bits(handle: Any) -> bool:
    """Whether the array holds a float's bits, as for BF16 and FP8, and is no mask left by a comparison."""
    return conversions.is_emulated(name_of(handle)) and handle.data.dtype != np.bool_


def labelled(data: np.ndarray, dtype: Any) -> Any:
    """A handle; masks are int1 whatever was compared (stock keeps the operands' type, which misleads casts)."""
    return Handle(data, tl.int1 if data.dtype == np.bool_ else dtype)


def _rounded_from_fp64(op: Ufunc) -> Callable[[Any, Any], Any]:
    """A function computed in float64, then rounded: nearly always correctly rounded, the same on any CPU."""

    def operation(self: Any, arg: Any) -> Any:
        values = op(arithmetic.operand_fp64(arg.data, name_of(arg)))
        return Handle(conversions.narrow(values, name_of(arg)), arg.dtype.scalar)

    return operation


class ExactBuilder(CheckedMemory):
    """The stock builder's operations, rounded once and to nearest even."""

    # Conversions

    def cast_impl(self, src: Any, dst_type: Any) -> Any:
        target = dst_type.scalar
        from_float = src.dtype.scalar.is_floating() and src.data.dtype != np.bool_
        if target.is_floating() and from_float:
            return Handle(conversions.convert(src.data, name_of(src), target.name), target)
        if target.is_floating():
            return Handle(conversions.from_integers(src.data, target.name), target)
        dtype = interpreter._get_np_dtype(dst_type)
        if from_float:
            return Handle(conversions.to_integers(src.data, name_of(src), dtype), target)
        return Handle(src.data.astype(dtype), target)

    def create_fp_to_fp(self, src: Any, dst_type: Any, rounding_mode: Any) -> Any:
        if rounding_mode in (None, ir.ROUNDING_MODE.RTNE):
            return self.cast_impl(src, dst_type)
        if rounding_mode != ir.ROUNDING_MODE.RTZ:
            raise NotImplementedError(f"the interpreter backend has no rounding mode {rounding_mode}")
        target = dst_type.scalar
        return Handle(conversions.truncate(conversions.widen(src.data, name_of(src)), target.name), target)

    def get_bf16(self, value: float) -> Any:
        return Handle(conversions.narrow(np.array([value], dtype=np.float64), "bf16"), tl.bfloat16)

    # Elementwise arithmetic

    def binary_op(self, lhs: Any, rhs: Any, op: Ufunc) -> Any:
        if not holds_bits(lhs):
            result = super().binary_op(lhs, rhs, op)
            return labelled(result.data, result.dtype)
        name = name_of(lhs)
        data = op(conversions.widen(lhs.data, name), conversions.widen(rhs.data, name))
        # FP32 keeps more than twice the digits: rounding its +, -, *, / again is as rounding once.
        return labelled(data if data.dtype == np.bool_ else conversions.narrow(data, name), lhs.dtype.scalar)

    def unary_op(self, arg: Any, op: Ufunc) -> Any:
        if not holds_bits(arg):
            return super().unary_op(arg, op)
        values = op(conversions.widen(arg.data, name_of(arg)))
        return Handle(conversions.narrow(values, name_of(arg)), arg.dtype.scalar)

    def create_minnumf(self, lhs: Any, rhs: Any) -> Any:
        return self.binary_op(lhs, rhs, np.fmin)  # 3.6 has np.minimum, which keeps NaN

    def create_maxnumf(self, lhs: Any, rhs: Any) -> Any:
        return self.binary_op(lhs, rhs, np.fmax)

    def create_clampf(self, arg: Any, lo: Any, hi: Any, propagate_nans: Any) -> Any:
        keeps_nan = propagate_nans != ir.PROPAGATE_NAN.NONE
        above, below = (np.maximum, np.minimum) if keeps_nan else (np.fmax, np.fmin)
        return self.binary_op(self.binary_op(arg, lo, above), hi, below)

    def create_fma(self, x: Any, y: Any, z: Any) -> Any:
        if name_of(z) == "fp64" or not conversions.is_known(name_of(z)):
            return super().create_fma(x, y, z)
        return Handle(arithmetic.fma(x.data, y.data, z.data, name_of(z)), z.dtype.scalar)

    create_exp = _rounded_from_fp64(np.exp)
    create_exp2 = _rounded_from_fp64(np.exp2)
    create_log = _rounded_from_fp64(np.log)
    create_log2 = _rounded_from_fp64(np.log2)
    create_sin = _rounded_from_fp64(np.sin)
    create_cos = _rounded_from_fp64(np.cos)
    create_rsqrt = _rounded_from_fp64(lambda values: 1.0 / np.sqrt(values))

    # Dot products

    def create_dot(self, a: Any, b: Any, d: Any, input_precision: Any, max_num_imprecise_acc: Any) -> Any:
        if not a.dtype.scalar.is_floating():
            return super().create_dot(a, b, d, input_precision, max_num_imprecise_acc)
        left, right = (arithmetic.operand_fp64(operand.data, name_of(operand)) for operand in (a, b))
        return Handle(arithmetic.dot(left, right, d.data, name_of(d)), d.dtype.scalar)

    def create_dot_scaled(self, lhs: Any, lhs_scale: Any, _: Any, rhs: Any, rhs_scale: Any, *rest: Any) -> Any:
        """rest: the other format, fast_math, whether either is packed along K, and last the accumulator."""
        acc = rest[-1]
        a = _scaled_operand("lhs", lhs.data, name_of(lhs), lhs_scale)
        b = _scaled_operand("rhs", np.swapaxes(rhs.data, -1, -2), name_of(rhs), rhs_scale)
        return Handle(arithmetic.dot(a, np.swapaxes(b, -1, -2), acc.data, name_of(acc)), acc.dtype.scalar)

    def create_atomic_rmw(self, op: Any, ptr: Any, val: Any, mask: Any, sem: Any, scope: Any) -> Any:
        refuse_bits("atomic", val)
        return super().create_atomic_rmw(op, ptr, val, mask, sem, scope)


def _scaled_operand(which: str, data: np.ndarray, name: str, scale: Any) -> np.ndarray:
    """One operand of tl.dot_scaled with its contraction axis last, as float64 values."""
    if not conversions.is_known(name):
        raise NotImplementedError(f"{which} of tl.dot_scaled has type {name}; the interpreter backend has no FP4")
    values = arithmetic.operand_fp64(data, name)
    if scale is None:
        return values
    if scale.data.itemsize != 1 or data.shape[-1] != BLOCK * scale.data.shape[-1]:
        raise NotImplementedError(
            f"{which}_scale of tl.dot_scaled has shape {scale.data.shape} of {scale.data.dtype};"
            f" {which} {data.shape} (contraction last) needs one E8M0 byte per {BLOCK} elements"
        )
    return arithmetic.apply_block_scales(values, scale.data)


def refuse_bits(what: str, *handles: Any) -> None:
    """Raise NotImplementedError for handles whose bits the stock operation would take for integers."""
    for handle in handles:
        if holds_bits(handle):
            raise NotImplementedError(f"the interpreter backend has no {what} over {name_of(handle)}; use float32")
