"""Is a tensor whose memory does not hold its values, or a size that is not counted, refused before anything is done?"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

from kernels import validate
from tests.kernels.moe_arguments import good_arguments
from tests.kernels.public import PUBLIC, Named


class Untouched(TorchDispatchMode):
    """No operation of torch runs: nothing is made, read or written."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func.namespace == "prim":  # what a subclass says of itself
            return func(*args, **(kwargs or {}))
        raise RuntimeError(f"{func} ran before the refusal")


def _wrapped(value: torch.Tensor) -> torch.Tensor:
    """As a function under torch.vmap gets it."""
    seen: list[torch.Tensor] = []

    def look(one: torch.Tensor) -> torch.Tensor:
        seen.append(one)
        return one

    torch.vmap(look)(value[None])
    return seen[0]


def _freed(value: torch.Tensor) -> torch.Tensor:
    value = value.clone()
    value.untyped_storage().resize_(0)
    return value


def _compressed(value: torch.Tensor) -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a prototype, says torch
        starts, columns = torch.zeros(value.shape[0] + 1, dtype=torch.int64), torch.zeros(0, dtype=torch.int64)
        return torch.sparse_csr_tensor(starts, columns, torch.zeros(0), (value.shape[0], 1))


# kind -> (how a tensor becomes one, what the message says that it has)
KINDS: dict[str, tuple[Callable[[torch.Tensor], torch.Tensor], str]] = {
    "negated": (torch._neg_view, "a lazily negated tensor"),
    "conjugated": (lambda value: value.float().to(torch.complex64).conj(), "dtype complex64"),
    "sparse": (lambda value: value.float().to_sparse(), "layout sparse_coo"),
    "sparse rows": (_compressed, "layout sparse_csr"),
    "nested": (lambda value: torch.nested.nested_tensor([value.float()]), "a nested tensor"),
    "jagged": (lambda value: torch.nested.nested_tensor([value.float()], layout=torch.jagged), "layout jagged"),
    "quantized": (lambda value: torch.quantize_per_tensor(value.float(), 1.0, 0, torch.quint8), "dtype quint8"),
    "meta": (lambda value: value.to("meta"), "device meta"),
    "fake": (FakeTensorMode().from_tensor, "a FakeTensor without memory"),
    "wrapped": (_wrapped, "a Tensor without memory"),
    "freed": (_freed, "a Tensor without memory"),
    "not initialized": (lambda _: torch.nn.parameter.UninitializedParameter(), "a UninitializedParameter"),
}


@pytest.mark.filterwarnings("ignore")  # nested, quantized and fake tensors announce their end
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("function", PUBLIC)
def test_every_tensor_argument_is_refused(function: str, kind: str) -> None:
    call, good = PUBLIC[function]
    make, has = KINDS[kind]
    arguments = good()
    for name, value in arguments.items():
        if isinstance(value, torch.Tensor):
            bad = make(value)
            with Untouched(), pytest.raises((ValueError, TypeError), match=rf"^{name}: has {has}.*, needs "):
                call(**(arguments | {name: bad}))


@pytest.mark.parametrize("function", PUBLIC)
def test_a_graph_that_would_end_here_is_refused(function: str) -> None:
    call, good = PUBLIC[function]
    arguments = good()
    tensors = {name: value for name, value in arguments.items() if isinstance(value, torch.Tensor)}
    for name in (name for name, value in tensors.items() if value.is_floating_point()):
        needs_grad = arguments[name].detach().requires_grad_()
        with Untouched(), pytest.raises(ValueError, match=f"^{name}: has requires_grad, needs"):
            call(**(arguments | {name: needs_grad}))


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_parameters_are_tensors(mode: Any) -> None:
    with mode():
        floats = {name: torch.nn.Parameter(value) for name, value in good_arguments().items() if name in ("w13", "w2")}
        validate.check_moe(**(good_arguments() | floats), size_multiple=32)
    frozen = {name: torch.nn.Parameter(value.detach(), requires_grad=False) for name, value in floats.items()}
    validate.check_moe(**(good_arguments() | frozen), size_multiple=32)


def _rows(value: torch.Tensor, rows: int) -> torch.Tensor:
    return value[:1].expand(rows, *value.shape[1:])


def _tokens(rows: int) -> Callable[[Named], Named]:
    return lambda good: {name: _rows(good[name], rows) for name in ("hidden_states", "topk_ids", "topk_weights")}


def _more(**more: Any) -> Callable[[Named], Named]:
    return lambda good: {
        name: _rows(good[name], value) if isinstance(good.get(name), torch.Tensor) else value
        for name, value in more.items()
    }


MANY = 2**31
PIPELINES = ("native", "emulation", "native class", "emulation class")
# (functions, argument that the message names, changed arguments): tensors have that many rows, all the same memory
SIZES: list[tuple[tuple[str, ...], str, Callable[[Named], Named]]] = [
    (PIPELINES, "hidden_states", _tokens(MANY)),
    (PIPELINES, "topk_ids", _tokens(2**27)),  # wide enough for the tokens, not for their routes
    (PIPELINES, "global_num_experts", _more(global_num_experts=MANY, expert_map=MANY)),
    (("native", "emulation"), "w13", _more(w13=MANY, w13_scale=MANY, w2=MANY, w2_scale=MANY)),
    (("native class", "emulation class"), "w1", _more(w1=MANY, w1_scale=MANY, w2=MANY, w2_scale=MANY)),
    (("quantize",), "x", _more(x=MANY)),
    (("activation", "fused activation"), "gate_up", _more(gate_up=MANY)),
    (("dequantize",), "codes", _more(codes=MANY, scales=MANY)),
    (("align",), "topk_ids", _more(topk_ids=MANY)),
    (("align",), "num_experts", _more(num_experts=MANY, expert_map=MANY)),
    (("align",), "num_experts", lambda _: {"num_experts": 10**400, "expert_map": None}),
    (("align",), "num_local_experts", _more(num_local_experts=MANY)),
    (("align",), "block_size", _more(block_size=MANY)),
    (("align",), "block_size", _more(block_size=2**16, topk_ids=2**20, num_local_experts=2**20)),
    (("sum",), "routes", _more(routes=MANY)),
    (("MXFP8 GEMM",), "num_routes", _more(num_routes=MANY, a_codes=MANY, a_scales=MANY)),
    (("BF16 GEMM",), "num_routes", _more(num_routes=MANY, a=MANY)),
    (("BF16 GEMM", "MXFP8 GEMM"), "top_k", _more(top_k=10**400)),
    (("BF16 GEMM", "MXFP8 GEMM"), "block_m", _more(block_m=2**400)),
]


@pytest.mark.parametrize(
    ("function", "argument", "change"), [(one, name, change) for many, name, change in SIZES for one in many]
)
def test_sizes_are_refused_before_anything_is_made(function: str, argument: str, change: Any) -> None:
    call, good = PUBLIC[function]
    arguments = good()
    bad = arguments | change(arguments)
    with Untouched(), pytest.raises(ValueError, match=rf"^{argument}: has .*, needs at most "):
        call(**bad)


@pytest.mark.parametrize("cls", ["native class", "emulation class"])
@pytest.mark.parametrize("strides", [(0, 1), (1, 0), (255, 1), (1, 2), (2, 1), (384, 256)])
def test_output_needs_memory_of_its_own_for_every_element(cls: str, strides: tuple[int, int]) -> None:
    call, good = PUBLIC[cls]
    arguments = good()
    output = torch.zeros(2**18, dtype=torch.bfloat16).as_strided(arguments["output"].shape, strides)
    with pytest.raises(ValueError, match=r"^output: has strides .*, needs distinct memory"):
        call(**(arguments | {"output": output}))
