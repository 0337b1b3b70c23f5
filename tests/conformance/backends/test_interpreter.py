"""Does a kernel on the interpreter backend compute right? One small kernel per operation that stock has wrong."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
import torch
import triton
import triton.language as tl
from triton.runtime.errors import InterpreterError

from conformance.backends import BackendUnavailable
from reference.codec import e4m3_to_float64, e8m0_to_float64, float64_to_bf16

pytestmark = pytest.mark.usefixtures("interpreter")


@triton.jit
def elementwise(x, z, y, OP: tl.constexpr, N: tl.constexpr):
    i = tl.arange(0, N)
    a = tl.load(x + i)
    b = tl.load(z + i)
    if OP == "add":
        r = a + b
    elif OP == "sub":
        r = a - b
    elif OP == "mul":
        r = a * b
    elif OP == "neg":
        r = -a
    elif OP == "abs":
        r = tl.abs(a)
    elif OP == "less":
        r = (a < b).to(tl.float32)
    elif OP == "equal":
        r = tl.where(a == b, 1.0, 0.0)
    elif OP == "fma":
        r = tl.fma(a, b, a)
    elif OP == "maximum":
        r = tl.maximum(a, b)
    elif OP == "maximum_nan":
        r = tl.maximum(a, b, propagate_nan=tl.PropagateNan.ALL)
    elif OP == "minimum":
        r = tl.minimum(a, b)
    elif OP == "clamp":
        r = tl.clamp(a, b * 0 - 1.0, b * 0 + 1.0)
    elif OP == "clamp_nan":
        r = tl.clamp(a, b * 0 - 1.0, b * 0 + 1.0, propagate_nan=tl.PropagateNan.ALL)
    else:
        r = a
    tl.store(y + i, r.to(y.dtype.element_ty))


@triton.jit
def plus(a, b):
    return a + b


@triton.jit
def reduce_rows(x, y, OP: tl.constexpr, M: tl.constexpr, N: tl.constexpr):
    rows = tl.arange(0, M)
    value = tl.load(x + rows[:, None] * N + tl.arange(0, N)[None, :])
    if OP == "sum":
        r = tl.sum(value, axis=1)
    elif OP == "max":
        r = tl.max(value, axis=1)
    else:
        r = tl.sum(tl.associative_scan(value, 1, plus), axis=1)
    tl.store(y + rows, r.to(y.dtype.element_ty))


@triton.jit
def constants(y, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(y + i, tl.full([N], 0.3, tl.bfloat16))


@triton.jit
def masked_load(x, y, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(y + i, tl.load(x + i, mask=i < 2, other=1.5))


@triton.jit
def float_argument(y, alpha, beta):
    tl.store(y, alpha * beta)


@triton.jit
def truncated(x, y, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(y + i, tl.load(x + i).to(tl.bfloat16, fp_downcast_rounding="rtz"))


@triton.jit
def contract(a, b, y, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr):
    m, n, k = tl.arange(0, M), tl.arange(0, N), tl.arange(0, K)
    left = tl.load(a + m[:, None] * K + k[None, :])
    right = tl.load(b + n[None, :] * K + k[:, None])
    tl.store(y + m[:, None] * N + n[None, :], tl.dot(left, right, tl.full([M, N], 1.0, tl.float32)))


@triton.jit
def contract_scaled(a, sa, b, sb, y, SCALED: tl.constexpr, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr):
    m, n, k, s = tl.arange(0, M), tl.arange(0, N), tl.arange(0, K), tl.arange(0, K // 32)
    left = tl.load(a + m[:, None] * K + k[None, :])
    right = tl.load(b + n[None, :] * K + k[:, None])
    scale = tl.load(sa + m[:, None] * (K // 32) + s[None, :])
    acc = tl.full([M, N], 1.0, tl.float32)
    if SCALED:
        other = tl.load(sb + n[:, None] * (K // 32) + s[None, :])
        acc = tl.dot_scaled(left, scale, "e4m3", right, other, "e4m3", acc)
    else:
        acc = tl.dot_scaled(left, scale, "e4m3", right, None, "e4m3", acc)
    tl.store(y + m[:, None] * N + n[None, :], acc)


def run(op, x, z=None, out=torch.float32):
    y = torch.full(x.shape, 7.0).to(out)
    elementwise[(1,)](x, x if z is None else z, y, op, x.numel())
    return y


@pytest.fixture
def bf16_pair():
    patterns = np.arange(0, 1 << 16, 64, dtype=np.uint16)
    partners = np.roll(patterns, 37) ^ np.uint16(0x8000)
    finite = np.isfinite(patterns.view(ml_dtypes.bfloat16).astype(np.float32))
    patterns, partners = (
        np.where(finite & np.roll(finite, 37), p, 0x3F80).astype(np.uint16) for p in (patterns, partners)
    )
    return [torch.from_numpy(p.view(np.int16)).view(torch.bfloat16) for p in (patterns, partners)]


@pytest.mark.parametrize(("op", "exact"), [("add", np.add), ("sub", np.subtract), ("mul", np.multiply)])
def test_bf16_arithmetic_is_not_that_of_its_bits(bf16_pair, op, exact):
    left, right = (x.double().numpy() for x in bf16_pair)
    got = run(op, *bf16_pair, torch.bfloat16).view(torch.int16).numpy().view(np.uint16)
    want = float64_to_bf16(exact(left, right)).view(np.uint16)
    assert np.array_equal(got, want)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_comparisons_and_what_is_made_of_them(dtype):
    x, z = torch.tensor([-2.0, 1.0, 0.0, 3.0]).to(dtype), torch.tensor([1.0, 1.0, -0.0, -3.0]).to(dtype)
    assert run("less", x, z).tolist() == [1, 0, 0, 0]
    assert run("equal", x, z).tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_sign_operations(dtype):
    x = torch.tensor([-2.0, 1.5, 0.0, -0.0]).to(dtype)
    assert run("abs", x).tolist() == [2.0, 1.5, 0.0, 0.0]
    assert run("neg", x).tolist() == [2.0, -1.5, 0.0, 0.0]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_maximum_and_clamp_drop_nan_unless_told_to_keep_it(dtype):
    nan = float("nan")
    x, z = torch.tensor([nan, 2.0, nan, -3.0]).to(dtype), torch.tensor([1.0, nan, nan, 1.0]).to(dtype)
    as_text = lambda y: [str(v) for v in y.tolist()]  # noqa: E731
    assert as_text(run("maximum", x, z)) == ["1.0", "2.0", "nan", "1.0"]
    assert as_text(run("minimum", x, z)) == ["1.0", "2.0", "nan", "-3.0"]
    assert as_text(run("maximum_nan", x, z)) == ["nan", "nan", "nan", "1.0"]
    ones = torch.ones(4, dtype=dtype)
    assert as_text(run("clamp", x, ones)) == ["-1.0", "1.0", "-1.0", "-1.0"]
    assert as_text(run("clamp_nan", x, ones)) == ["nan", "1.0", "nan", "-1.0"]


def test_fma_is_fused():
    x, z = torch.full((4,), 1 + 2.0**-23), torch.full((4,), -1 + 2.0**-24)
    assert (run("fma", x, z) == 2.0**-24 * (1 + 2.0**-23)).all()


@pytest.mark.parametrize("dtype", [torch.float8_e5m2, torch.float8_e4m3fn, torch.bfloat16])
def test_stores_convert_by_rounding_once(dtype):
    x = torch.linspace(-3, 3, 256)
    assert torch.equal(run("copy", x, out=dtype).float(), x.to(dtype).float())


def test_rounding_toward_zero_can_be_asked_for():
    y = torch.empty(4, dtype=torch.bfloat16)
    truncated[(1,)](torch.full((4,), 1 + 2.0**-7 - 2.0**-20), y, 4)
    assert (y == 1.0).all()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_sums_and_maxima_of_rows(dtype):
    values = torch.arange(4 * 16).reshape(4, 16).to(dtype)
    y = torch.empty(4)
    reduce_rows[(1,)](values, y, "sum", 4, 16)
    assert torch.equal(y, values.double().sum(1).to(dtype).float())
    values[:, 3], values[2] = float("nan"), float("nan")
    reduce_rows[(1,)](values, y, "max", 4, 16)
    assert y[[0, 1, 3]].tolist() == [15, 31, 63]
    assert y[2].isnan()


def test_fp32_sums_are_rounded_once():
    y = torch.empty(1)
    reduce_rows[(1,)](torch.tensor([[2.0**24, 1.0, 1.0, 1.0]]), y, "sum", 1, 4)
    assert y[0] == 2.0**24 + 4  # 2^24 + 3 is a tie


def test_a_sum_of_negative_zeros_is_one():
    y = torch.empty(2)
    reduce_rows[(1,)](torch.tensor([[-0.0, -0.0], [0.0, -0.0]]), y, "sum", 2, 2)
    assert y.signbit().tolist() == [True, False]


def test_a_scan_over_bf16_is_refused_by_name():
    with pytest.raises(InterpreterError, match="no scan over bf16"):
        reduce_rows[(1,)](torch.ones(4, 4, dtype=torch.bfloat16), torch.empty(16), "scan", 4, 4)


def test_bf16_constants_and_masked_loads():
    y = torch.empty(4, dtype=torch.bfloat16)
    constants[(1,)](y, 4)
    assert (y == torch.tensor(0.3).bfloat16()).all()
    masked_load[(1,)](torch.full((4,), 2.0, dtype=torch.bfloat16), y, 4)
    assert y.tolist() == [2.0, 2.0, 1.5, 1.5]


def test_a_float_argument_is_fp32():
    y = torch.empty(1, dtype=torch.float64)
    float_argument[(1,)](y, 0.1, 0.1)
    assert y.item() == float(np.float32(0.1) * np.float32(0.1))


@pytest.mark.parametrize(
    "dtype", [torch.bfloat16, torch.float16, torch.float8_e4m3fn, torch.float8_e5m2, torch.float32]
)
def test_dot_products_take_values_not_bits(dtype):
    a, b = (torch.linspace(-2, 3, 16 * 32).reshape(16, 32).roll(s, 1).to(dtype) for s in (0, 5))
    y = torch.empty(16, 16)
    contract[(1,)](a, b, y, 16, 16, 32)
    assert torch.equal(y, (a.double() @ b.double().T + 1).float())


@pytest.mark.parametrize("both", [True, False])
def test_dot_scaled_is_exact_for_every_code_and_scale(both):
    codes = np.resize(np.arange(256, dtype=np.uint8), (64, 128))
    scales = np.resize(np.arange(255, 0, -3, dtype=np.uint8), (64, 4))
    others = np.resize(np.arange(100, 150, dtype=np.uint8), (64, 4))
    ones = np.full((64, 128), 0x38, dtype=np.uint8)
    ones[:, ::2] = 0xB9
    y = torch.empty(64, 64)
    contract_scaled[(1,)](
        *_fp8(codes), torch.from_numpy(scales), *_fp8(ones), torch.from_numpy(others), y, both, 64, 64, 128
    )
    left = e4m3_to_float64(codes) * np.repeat(e8m0_to_float64(scales), 32, axis=1)
    right = e4m3_to_float64(ones) * (np.repeat(e8m0_to_float64(others), 32, axis=1) if both else 1.0)
    with np.errstate(over="ignore", invalid="ignore"):
        want = (left @ right.T + 1.0).astype(np.float32)
    assert np.array_equal(y.numpy(), want, equal_nan=True)
    assert np.isnan(want).any()


def _fp8(codes: np.ndarray) -> list[torch.Tensor]:
    return [torch.from_numpy(codes).view(torch.float8_e4m3fn)]


def test_scale_blocks_other_than_32_are_refused():
    a = torch.zeros(16, 64, dtype=torch.float8_e4m3fn)
    with pytest.raises(InterpreterError):
        contract_wrong_scale[(1,)](a, torch.zeros(16, 4, dtype=torch.uint8), torch.empty(16, 16))


@triton.jit
def contract_wrong_scale(a, sa, y):
    m, k, s = tl.arange(0, 16), tl.arange(0, 64), tl.arange(0, 4)
    left = tl.load(a + m[:, None] * 64 + k[None, :])
    right = tl.load(a + m[None, :] * 64 + k[:, None])
    scale = tl.load(sa + m[:, None] * 4 + s[None, :])
    tl.store(y + m[:, None] * 16 + m[None, :], tl.dot_scaled(left, scale, "e4m3", right, None, "e4m3"))


def test_overflow_and_nan_in_a_kernel_warn_of_nothing(recwarn):
    x = torch.tensor([float("nan"), 3e38, float("inf"), -3e38])
    run("mul", x, x)
    run("sub", x, x, torch.bfloat16)
    assert [str(w.message) for w in recwarn] == []


def test_activating_again_changes_nothing(interpreter):
    from triton.runtime import interpreter as module

    before = {name: vars(module)[name] for name in ("ReduceOps", "GridExecutor", "_patch_lang", "_get_np_dtype")}
    builder = type(module.interpreter_builder)
    interpreter.activate()
    assert {name: vars(module)[name] for name in before} == before
    assert type(module.interpreter_builder) is builder


@pytest.mark.parametrize(
    ("version", "lacks", "why"),
    [
        ("3.5.1", "", "whose interpreter is built otherwise"),
        ("2.1", "", "whose interpreter is built otherwise"),
        ("3.10.0", "_convert_float", "whose interpreter lacks triton.runtime.interpreter._convert_float"),
        ("3.6.0", "", None),
        ("3.8.0+git12ab.rocm10", "", None),
        ("3.10.0", "", None),
    ],
)
def test_a_triton_that_the_replacements_do_not_fit_is_refused_in_one_line(
    interpreter, monkeypatch, version, lacks, why
):
    from triton.runtime import interpreter as module

    from conformance.backends import interpreter_patches

    monkeypatch.setattr(module, "_replaced_by_conformance", False)
    monkeypatch.setattr(interpreter_patches, "_replace", lambda: None)
    monkeypatch.setattr(triton, "__version__", version)
    if lacks:
        monkeypatch.delattr(module, lacks)
    if why is None:
        interpreter.prepare()
        return
    with pytest.raises(BackendUnavailable) as refused:
        interpreter.prepare()
    fits = "the arithmetic that replaces its own fits Triton 3.6 to 3.9"
    assert str(refused.value) == f"backend interpreter: has Triton {version}, {why}; {fits}"
