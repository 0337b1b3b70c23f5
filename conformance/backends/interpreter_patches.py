"""How do the replacements get into Triton's interpreter? Import this only once TRITON_INTERPRET is set.

Subclasses of its classes take their places, by name, once per process; a version before those that they fit, and a name
that is expected and missing, stops with Triton's version.
"""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import triton
import triton.language as tl
from triton.language.semantic import TritonSemantic
from triton.runtime import interpreter
from triton.runtime.autotuner import Autotuner

from conformance.backends.base import BackendUnavailable
from conformance.gfx950.launching.untraced import leave_alone

FITS, OLDEST = "Triton 3.6 to 3.9", (3, 6)  # before, functions of the same names take other arguments
_CLASSES = {
    "InterpreterBuilder": (
        "cast_impl create_fp_to_fp binary_op unary_op create_minnumf create_maxnumf create_clampf create_fma create_exp"
        " create_exp2 create_log create_log2 create_sin create_cos create_rsqrt create_dot create_atomic_rmw"
        " create_masked_load create_masked_store create_atomic_cas create_bitcast create_select create_join create_cat"
    ),
    "ReduceOps": "apply_impl to_tensor",
    "ScanOps": "apply_impl",
    "GridExecutor": "__call__ _init_args_hst",
}
_FUNCTIONS = "_convert_float _implicit_cvt _patch_lang_tensor _get_np_dtype _patch_lang interpreter_builder"
_COMBINERS = "_sum_combine _elementwise_max _elementwise_min"


def install() -> None:
    """Replace the parts, once per process.

    Raises BackendUnavailable, naming Triton's version and what it fits, on an interpreter built otherwise.
    """
    if getattr(interpreter, "_replaced_by_conformance", False):
        return
    if why := why_unfit(triton.__version__):
        fits = f"the arithmetic that replaces its own fits {FITS}"
        raise BackendUnavailable(f"backend interpreter: has Triton {triton.__version__}, {why}; {fits}")
    _replace()
    interpreter._replaced_by_conformance = True


def why_unfit(version: str) -> str:
    """Why the replacements do not fit this interpreter, '' where they may: a newer one shows it by its names."""
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers and tuple(map(int, numbers.groups())) < OLDEST:
        return "whose interpreter is built otherwise"
    missing = _missing_names()
    return f"whose interpreter lacks {', '.join(missing)}" if missing else ""


def _missing_names() -> list[str]:
    wanted = [(interpreter, name) for name in (*_CLASSES, *_FUNCTIONS.split())]
    wanted += [(getattr(interpreter, owner, None), name) for owner, names in _CLASSES.items() for name in names.split()]
    wanted += [(tl.standard, name) for name in _COMBINERS.split()]
    return [f"{getattr(owner, '__name__', owner)}.{name}" for owner, name in wanted if not hasattr(owner, name)]


def _replace() -> None:
    # Subclassing needs the names just looked for.
    from conformance.backends import interpreter_bounds as bounds
    from conformance.backends import interpreter_speed as speed
    from conformance.backends.interpreter_builder import ExactBuilder
    from conformance.backends.interpreter_reductions import ExactReduceOps, ExactScanOps

    if not hasattr(interpreter.InterpreterBuilder, "create_dot_scaled"):
        TritonSemantic.dot_scaled = _formats_wrapped(TritonSemantic.dot_scaled)
    # The one builder that every module has already imported becomes an exact one.
    interpreter.interpreter_builder.__class__ = ExactBuilder
    interpreter.ReduceOps, interpreter.ScanOps = ExactReduceOps, ExactScanOps
    interpreter._convert_float = _convert_float
    interpreter._implicit_cvt = _floats_as_fp32(bounds.pointers_owned(interpreter._implicit_cvt))
    interpreter._patch_lang_tensor = _indices_from_arrays(interpreter._patch_lang_tensor)
    interpreter._get_np_dtype = speed.cached_types(interpreter._get_np_dtype)
    interpreter._patch_lang = patch_lang = speed.OncePerLaunch(interpreter._patch_lang)
    interpreter.GridExecutor = _quiet_executor(bounds.checked_executor(interpreter.GridExecutor), patch_lang)
    speed.drop_unread_overflow_checks()
    Autotuner._bench = _all_alike
    leave_alone(interpreter.GridExecutor.__call__)


def _all_alike(self: Any, *args: Any, **named: Any) -> list[float]:
    """Autotuning's measure: time means nothing here, so no configuration is run for it and the first one is taken."""
    return [0.0] * 3


def _convert_float(data: np.ndarray, source: Any, target: Any, rounding_mode: Any) -> np.ndarray:
    """For what else of the module calls it; returns the target's bits as unsigned integers, like stock."""
    handle = interpreter.TensorHandle(data.view(interpreter._get_np_dtype(source)), source)
    result = interpreter.interpreter_builder.create_fp_to_fp(handle, target, rounding_mode).data
    return np.asarray(result.view(np.dtype(f"uint{target.primitive_bitwidth}")))


def _floats_as_fp32(stock: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A Python float argument is FP32 inside a kernel, as on a device; stock computes on it in Python."""

    def implicit_cvt(arg: Any) -> Any:
        if isinstance(arg, float):
            with np.errstate(over="ignore"):
                data = np.array([arg]).astype(np.float32)
            return tl.tensor(interpreter.TensorHandle(data, tl.float32), tl.float32)
        return stock(arg)

    return implicit_cvt


def _indices_from_arrays(stock: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """One-element tensors count as indices; NumPy 2.4 refuses Triton 3.6's way of converting them."""

    def patch_lang_tensor(tensor: Any, scope: Any) -> None:
        stock(tensor, scope)
        scope.set_attr(tensor, "__index__", lambda self: int(self.handle.data.item()))

    return patch_lang_tensor


def _formats_wrapped(stock: Callable[..., Any]) -> Callable[..., Any]:
    """Triton 3.6's tl.dot_scaled reads its formats as constexpr, which its own interpreter never makes."""

    def dot_scaled(
        self: Any, lhs: Any, lhs_scale: Any, lhs_format: str, rhs: Any, rhs_scale: Any, rhs_format: str, *rest: Any
    ) -> Any:
        formats = tl.constexpr(lhs_format), tl.constexpr(rhs_format)
        return stock(self, lhs, lhs_scale, formats[0], rhs, rhs_scale, formats[1], *rest)

    return dot_scaled


def _quiet_executor(stock: Any, patch_lang: Any) -> Any:
    """Launches without numpy's warnings: overflow, NaN and division by zero are plain device arithmetic."""

    class QuietExecutor(stock):  # type: ignore[misc]  # triton is untyped
        def __call__(self, *args: Any, **kwargs: Any) -> None:
            patch_lang.start()
            try:
                with np.errstate(all="ignore"):
                    super().__call__(*args, **kwargs)
            finally:
                patch_lang.stop()

    return QuietExecutor
