"""Which parts of Triton's CPU interpreter are replaced, and by what? Import this only once TRITON_INTERPRET is set.

The stock interpreter (Triton 3.6 and 3.9) truncates FP32 to BF16, mis-rounds FP8, treats BF16 data as integers in
arithmetic, dot products and comparisons, and lacks or approximates operations that devices have. ``install`` replaces
methods of its classes by name, once per process; a name that is expected and missing stops with Triton's version.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import triton
import triton.language as tl
from triton._C.libtriton import ir
from triton.language.semantic import TritonSemantic
from triton.runtime import interpreter

from conformance.backends import arithmetic, conversions
from conformance.backends.base import BackendUnavailable
from conformance.backends.interpreter_speed import OncePerLaunch, cached_types, drop_unread_overflow_checks

Handle = interpreter.TensorHandle
_stock: dict[str, Callable[..., Any]] = {}


def _name(handle: Any) -> str:
    return handle.dtype.scalar.name


def _holds_bits(handle: Any) -> bool:
    """Whether the array holds a float's bits, as BF16 and FP8 do, and is not the mask that a comparison left."""
    return conversions.is_emulated(_name(handle)) and handle.data.dtype != np.bool_


def _labelled(data: np.ndarray, dtype: Any) -> Any:
    """A handle of this data; masks are int1 whatever they were compared from (stock keeps the operand's type)."""
    return Handle(data, tl.int1 if data.dtype == np.bool_ else dtype)


# Conversions


def cast_impl(self: Any, src: Any, dst_type: Any) -> Any:
    target = dst_type.scalar
    to_float, from_float = target.is_floating(), src.dtype.scalar.is_floating() and src.data.dtype != np.bool_
    if to_float and from_float:
        data = conversions.convert(src.data, _name(src), target.name)
    elif to_float:
        data = conversions.from_integers(src.data, target.name)
    elif from_float:
        data = conversions.to_integers(src.data, _name(src), interpreter._get_np_dtype(target))
    else:
        data = src.data.astype(interpreter._get_np_dtype(dst_type))
    return Handle(data, target)


def create_fp_to_fp(self: Any, src: Any, dst_type: Any, rounding_mode: Any) -> Any:
    if rounding_mode in (None, ir.ROUNDING_MODE.RTNE):
        return cast_impl(self, src, dst_type)
    if rounding_mode != ir.ROUNDING_MODE.RTZ:
        raise NotImplementedError(f"rounding mode {rounding_mode} in the interpreter backend")
    return Handle(conversions.truncate(conversions.widen(src.data, _name(src)), dst_type.scalar.name), dst_type.scalar)


def convert_float(data: np.ndarray, source: Any, target: Any, rounding_mode: Any) -> np.ndarray:
    """Stand-in for the module's own helper; like it, returns the target's bits as unsigned integers."""
    source_handle = Handle(data.view(interpreter._get_np_dtype(source)), source)
    result = create_fp_to_fp(None, source_handle, target, rounding_mode).data
    return result.view(np.dtype(f"uint{target.primitive_bitwidth}"))


def get_bf16(self: Any, value: float) -> Any:
    return Handle(conversions.narrow(np.array([value], dtype=np.float64), "bf16"), tl.bfloat16)


def implicit_cvt(arg: Any) -> Any:
    """A Python float argument is FP32 inside a kernel, as on a device; stock leaves it a Python float."""
    if isinstance(arg, float):
        return tl.tensor(Handle(np.array([arg], dtype=np.float32), tl.float32), tl.float32)
    return _stock["_implicit_cvt"](arg)


def patch_lang_tensor(tensor: Any, scope: Any) -> None:
    """As stock, and a one-element array counts as an index, which NumPy 2.4 refuses to convert for Triton 3.6."""
    _stock["_patch_lang_tensor"](tensor, scope)
    scope.set_attr(tensor, "__index__", lambda self: int(self.handle.data.item()))


# Elementwise arithmetic


def binary_op(self: Any, lhs: Any, rhs: Any, op: Callable[..., np.ndarray]) -> Any:
    if not _holds_bits(lhs):
        result = _stock["binary_op"](self, lhs, rhs, op)
        return _labelled(result.data, result.dtype)
    data = op(conversions.widen(lhs.data, _name(lhs)), conversions.widen(rhs.data, _name(rhs)))
    # FP32 keeps more than twice BF16's and FP8's digits: rounding its +, -, *, / again is as rounding once.
    return _labelled(data if data.dtype == np.bool_ else conversions.narrow(data, _name(lhs)), lhs.dtype.scalar)


def unary_op(self: Any, arg: Any, op: Callable[..., np.ndarray]) -> Any:
    if not _holds_bits(arg):
        return _stock["unary_op"](self, arg, op)
    return Handle(conversions.narrow(op(conversions.widen(arg.data, _name(arg))), _name(arg)), arg.dtype.scalar)


def _minmax(op: np.ufunc) -> Callable[..., Any]:
    return lambda self, lhs, rhs: self.binary_op(lhs, rhs, op)


def create_clampf(self: Any, arg: Any, lo: Any, hi: Any, propagate_nans: Any) -> Any:
    keeps_nan = propagate_nans != ir.PROPAGATE_NAN.NONE
    above, below = (np.maximum, np.minimum) if keeps_nan else (np.fmax, np.fmin)
    return self.binary_op(self.binary_op(arg, lo, above), hi, below)


def create_fma(self: Any, x: Any, y: Any, z: Any) -> Any:
    if _name(z) == "fp64" or not conversions.is_known(_name(z)):
        return _stock["create_fma"](self, x, y, z)
    return Handle(arithmetic.fma(x.data, y.data, z.data, _name(z)), z.dtype.scalar)


def _rounded_from_fp64(op: Callable[..., np.ndarray]) -> Callable[..., Any]:
    """A transcendental function of FP32 or FP16 through float64: nearly always correctly rounded, the same on any CPU."""

    def operation(self: Any, arg: Any) -> Any:
        values = op(arithmetic.operand_fp64(arg.data, _name(arg)))
        return Handle(conversions.narrow(values, _name(arg)), arg.dtype.scalar)

    return operation


# Dot products


def create_dot(self: Any, a: Any, b: Any, d: Any, input_precision: Any, max_num_imprecise_acc: Any) -> Any:
    if not a.dtype.scalar.is_floating():
        return _stock["create_dot"](self, a, b, d, input_precision, max_num_imprecise_acc)
    operands = (arithmetic.operand_fp64(a.data, _name(a)), arithmetic.operand_fp64(b.data, _name(b)))
    return Handle(arithmetic.dot(*operands, d.data, _name(d)), d.dtype.scalar)


def create_dot_scaled(
    self: Any,
    lhs: Any,
    lhs_scale: Any,
    lhs_format: Any,
    rhs: Any,
    rhs_scale: Any,
    rhs_format: Any,
    fast_math: bool,
    lhs_k_pack: bool,
    rhs_k_pack: bool,
    acc: Any,
) -> Any:
    a = _scaled_operand("lhs", lhs.data, _name(lhs), lhs_scale)
    b = _scaled_operand("rhs", np.swapaxes(rhs.data, -1, -2), _name(rhs), rhs_scale)
    return Handle(arithmetic.dot(a, np.swapaxes(b, -1, -2), acc.data, _name(acc)), acc.dtype.scalar)


def dot_scaled_of_strings(self: Any, lhs: Any, lhs_scale: Any, lhs_format: str, *rest: Any) -> Any:
    """Triton 3.6 expects constexpr formats, which its own interpreter never makes; there alone this is installed."""
    rhs, rhs_scale, rhs_format, *others = rest
    formats = (tl.constexpr(lhs_format), tl.constexpr(rhs_format))
    return _stock["dot_scaled"](self, lhs, lhs_scale, formats[0], rhs, rhs_scale, formats[1], *others)


def _scaled_operand(which: str, data: np.ndarray, name: str, scale: Any) -> np.ndarray:
    """One operand of tl.dot_scaled with its contraction axis last, as float64 values."""
    if not conversions.is_known(name):
        raise NotImplementedError(f"{which} of tl.dot_scaled has type {name}; the interpreter backend has no FP4")
    values = arithmetic.operand_fp64(data, name)
    if scale is None:
        return values
    if scale.data.itemsize != 1 or data.shape[-1] != 32 * scale.data.shape[-1]:
        raise NotImplementedError(
            f"{which}_scale of tl.dot_scaled has shape {scale.data.shape} of {scale.data.dtype};"
            f" {which} {data.shape} (contraction last) needs one E8M0 byte per 32 elements"
        )
    return arithmetic.apply_block_scales(values, scale.data)


# Reductions and scans


def reduce_apply_impl(self: Any, inputs: tuple[Any, ...]) -> Any:
    data, dtype = inputs[0].handle.data, inputs[0].dtype
    ufunc = {id(tl.standard._elementwise_max): np.fmax, id(tl.standard._elementwise_min): np.fmin}.get(
        id(self.combine_fn)
    )
    is_sum = self.combine_fn is tl.standard._sum_combine
    if not dtype.is_floating() or not (ufunc or is_sum):
        return _stock["reduce_apply_impl"](self, inputs)
    values = conversions.widen(data, dtype.name)
    if ufunc:
        reduced = ufunc.reduce(values, axis=self.axis, keepdims=self.keep_dims)
    else:
        reduced = np.sum(values, axis=self.axis, keepdims=self.keep_dims, dtype=np.float64)
    return self.to_tensor(conversions.narrow(np.asarray(reduced), dtype.name)[()], dtype)


def scan_apply_impl(self: Any, inputs: tuple[Any, ...]) -> Any:
    _refuse_bits("a scan", *(item.handle for item in inputs))
    return _stock["scan_apply_impl"](self, inputs)


def create_atomic_rmw(self: Any, op: Any, ptr: Any, val: Any, mask: Any, sem: Any, scope: Any) -> Any:
    _refuse_bits("an atomic", val)
    return _stock["create_atomic_rmw"](self, op, ptr, val, mask, sem, scope)


def _refuse_bits(what: str, *handles: Any) -> None:
    for handle in handles:
        if _holds_bits(handle):
            raise NotImplementedError(f"{what} over {_name(handle)} in the interpreter backend; convert to float32 first")


def executor_call(self: Any, *args: Any, **kwargs: Any) -> Any:
    """A launch without numpy's warnings: overflow, NaN and division by zero are a device's ordinary arithmetic."""
    patch_lang = interpreter._patch_lang
    patch_lang.start()
    try:
        with np.errstate(all="ignore"):
            return _stock["executor_call"](self, *args, **kwargs)
    finally:
        patch_lang.stop()


_TRANSCENDENTAL = {
    "create_exp": np.exp,
    "create_exp2": np.exp2,
    "create_log": np.log,
    "create_log2": np.log2,
    "create_sin": np.sin,
    "create_cos": np.cos,
    "create_rsqrt": lambda values: 1.0 / np.sqrt(values),
}


def _replacements() -> list[tuple[Any, str, Callable[..., Any], str]]:
    """(owner, attribute, replacement, the name under which the stock one is kept)."""
    builder, module = interpreter.InterpreterBuilder, interpreter
    functions = [cast_impl, create_fp_to_fp, binary_op, unary_op, create_clampf, create_fma, create_dot]
    rows = [(builder, f.__name__, f, f.__name__) for f in [*functions, create_atomic_rmw]]
    rows += [(builder, name, _rounded_from_fp64(op), name) for name, op in _TRANSCENDENTAL.items()]
    # Triton's default minimum and maximum drop NaN; 3.6's interpreter keeps it.
    rows += [(builder, name, _minmax(op), name) for name, op in {"create_minnumf": np.fmin, "create_maxnumf": np.fmax}.items()]
    rows += [
        (module.ReduceOps, "apply_impl", reduce_apply_impl, "reduce_apply_impl"),
        (module.ScanOps, "apply_impl", scan_apply_impl, "scan_apply_impl"),
        (module.GridExecutor, "__call__", executor_call, "executor_call"),
        (module, "_convert_float", convert_float, "_convert_float"),
        (module, "_implicit_cvt", implicit_cvt, "_implicit_cvt"),
        (module, "_patch_lang_tensor", patch_lang_tensor, "_patch_lang_tensor"),
        (module, "_get_np_dtype", cached_types(module._get_np_dtype), "_get_np_dtype"),
        (module, "_patch_lang", OncePerLaunch(module._patch_lang), "_patch_lang"),
    ]
    return rows


def install() -> None:
    """Replace the parts, once per process.

    Raises BackendUnavailable, naming Triton's version and the attribute, where the interpreter is built differently.
    """
    if _stock:
        return
    rows = _replacements()
    missing = [f"{owner.__name__}.{name}" for owner, name, _, _ in rows if not hasattr(owner, name)]
    missing += [f"tl.standard.{n}" for n in ("_elementwise_max", "_elementwise_min", "_sum_combine") if not hasattr(tl.standard, n)]
    if missing:
        raise BackendUnavailable(
            f"Triton {triton.__version__}'s interpreter lacks {', '.join(missing)}, which the backend replaces;"
            " it is written for Triton 3.6 and 3.9"
        )
    for owner, name, replacement, kept_as in rows:
        _stock[kept_as] = getattr(owner, name)
        setattr(owner, name, replacement)
    if not hasattr(interpreter.InterpreterBuilder, "create_dot_scaled"):
        _stock["dot_scaled"] = TritonSemantic.dot_scaled
        TritonSemantic.dot_scaled = dot_scaled_of_strings
    # Absent from 3.6, so nothing stock to keep.
    interpreter.InterpreterBuilder.get_bf16 = get_bf16
    interpreter.InterpreterBuilder.create_dot_scaled = create_dot_scaled
    drop_unread_overflow_checks()
