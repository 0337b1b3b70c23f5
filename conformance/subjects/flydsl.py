"""How does a FlyDSL kernel run without a GPU? FlyDSL compiles it, which needs none; its assembly is launched here.

A call of a FlyDSL function compiles host code that launches a kernel. Of that code the grid is worked out, in Python,
and which of the call's arguments the kernel gets; FlyDSL's own compiler is stopped before it links and loads anything.
Tried with FlyDSL 0.5.0.
"""

import importlib
import operator
import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from conformance.gfx950.launching.assembled import Assembled
from conformance.gfx950.launching.launch import in_use
from conformance.subjects.machine_code import WHY_NOT_HERE

_ENVIRONMENT = {"COMPILE_ONLY": "1", "FLYDSL_GPU_ARCH": "gfx950", "FLYDSL_RUNTIME_ENABLE_CACHE": "0"}
_ARITHMETIC: Mapping[str, Callable[..., int]] = {
    "index_cast": lambda value: value,
    "addi": operator.add,
    "subi": operator.sub,
    "muli": operator.mul,
    "divui": operator.floordiv,
    "divsi": operator.floordiv,
    "floordivsi": operator.floordiv,
    "ceildivsi": lambda value, by: -(-value // by),
}
_KNOWN = ", ".join(_ARITHMETIC)
_LAUNCH = re.compile(r"gpu\.launch_func .*?blocks in \((.*?)\) threads in \((.*?)\)(.*?) args\((.*?)\)(?: loc|$)", re.M)

_compiled: dict[int, tuple[Any, str, Assembled]] = {}  # by the function, which is kept so that no other has its id
_texts: list[tuple[str, str]] = []  # host code and assembly of what was compiled last


def prepare() -> None:
    """Have FlyDSL compile for gfx950, and hand out what it compiles. Raises ValueError without FlyDSL."""
    try:
        compiler = importlib.import_module("flydsl.compiler.jit_function")
    except ImportError as error:
        raise ValueError(f"flydsl: cannot be imported ({error}), needs the package: pip install flydsl") from error
    os.environ.update(_ENVIRONMENT)
    compiler.MlirCompiler.compile = classmethod(_compile)


def call(function: Any, arguments: Sequence[Any]) -> None:
    """Call a FlyDSL function (``flyc.jit``): tensors, which are pointers, numbers, and a stream last."""
    device = in_use()
    if device is None:
        raise RuntimeError(f"this kernel {WHY_NOT_HERE}")
    if id(function) not in _compiled:
        flyc, pointee = importlib.import_module("flydsl.compiler"), importlib.import_module("flydsl.expr").Uint8
        form = [flyc.from_c_void_p(pointee, 0) if isinstance(a, torch.Tensor) else a for a in arguments]
        flyc.compile(function, *form)
        host, text = _texts.pop()
        _compiled[id(function)] = (function, host, Assembled(text))
    _, host, kernel = _compiled[id(function)]
    grid, threads, given = launch_of(host, arguments)
    kernel.launch(device, {f"argument {i}": value for i, value in enumerate(given)}, grid=grid, threads=threads)


def launch_of(host: str, arguments: Sequence[Any]) -> tuple[tuple[int, ...], tuple[int, ...], list[Any]]:
    """(grid, threads, the kernel's arguments) of the launch in a function of MLIR that is called with these."""
    function = host[host.rindex("func.func") :]
    known = dict(zip(re.findall(r"(%arg\d+): ", function.partition(" {\n")[0]), arguments, strict=True))
    for line in function.splitlines():
        if found := re.match(r"\s*(%\w+) = arith\.constant (-?\d+) :", line):
            known[found[1]] = int(found[2])
        elif found := re.match(r"\s*(%\w+) = arith\.(\w+) (%\w+(?:, %\w+)?) :", line):
            if found[2] not in _ARITHMETIC:
                raise ValueError(f"flydsl: a launch's size is worked out by arith.{found[2]}, needs one of {_KNOWN}")
            known[found[1]] = _ARITHMETIC[found[2]](*(known[name] for name in found[3].split(", ")))
        elif found := _LAUNCH.search(line):
            if found[3].strip():
                raise ValueError(f"flydsl: a launch has {found[3].strip()}, needs none")
            blocks, threads = (tuple(known[name] for name in found[i].split(", ")) for i in (1, 2))
            return blocks, threads, [known[name] for name in re.findall(r"(%\w+) :", found[4])]
    raise ValueError("flydsl: the compiled function launches no kernel")


def _compile(cls: Any, asm: str, *, func_name: str, config: Any) -> Any:
    """In place of FlyDSL's own: the same passes but the last, which makes a code object and needs a linker."""
    internal = importlib.import_module("flydsl.compiler.jit_function")
    module, passes = internal.ir.Module.parse(asm), config.fragments[:-1]
    lowering = next(index for index, each in enumerate(passes) if "gpu-to-llvm" in each)

    def run(some: Sequence[str]) -> str:
        internal._run_pipeline(module, some, verifier=True, print_after_all=False)
        return str(module)

    host = run(passes[:lowering])  # where it still says gpu.launch_func, of plain numbers
    run(passes[lowering:])
    _texts.append((host, internal._extract_isa_text(run(["gpu-module-to-binary{format=isa}"]))))
    return module
