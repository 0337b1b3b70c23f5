"""Which settings of a process could a subject leave changed, so that another one's verdict is another one?

What is only added to the environment's variables and to sys.path is taken away without a word: a library that is loaded
at the first call does that. Modules that are added stay, and so do threads: pools are made at the first call.
"""

import os
import resource
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from conformance.calls import host, notes
from conformance.calls.surroundings import Aspect
from conformance.root import PREFIX

_LIMITS = {name: getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_")}
_LIMITS.pop("RLIMIT_OFILE", None)  # another name of RLIMIT_NOFILE
_SIGNALS = {number.name: int(number) for number in signal.Signals}
_TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
_LIBRARIES = ("ml_dtypes", "numpy", "pytest", "torch", "triton")
_OURS = ("conformance", "reference", "reports", "vectors")
# All that is loaded would be thousands, which cost more to compare than the other aspects together.
_RELIED_ON = (*_LIBRARIES, *(name for name in sys.modules if name.removeprefix(PREFIX).partition(".")[0] in _OURS))
_MOST = 3  # names that are told


def _names(before: Mapping[Any, Any], now: Mapping[Any, Any]) -> str:
    """What is another one, or gone."""
    found = [str(name) for name, value in before.items() if name not in now or now[name] != value]
    return ", ".join(found[:_MOST]) + (f" and {len(found) - _MOST} more" if len(found) > _MOST else "")


def _of_torch(name: str, get: str, put: str, *of: Any) -> Aspect:
    """A setting of torch, by the names of its functions that give and take it, '' for none. of: what both are asked of.

    Torch itself is not loaded for it.
    """

    def look() -> Any:
        torch = sys.modules.get("torch")
        return None if torch is None else getattr(torch, get)(*of)

    return Aspect(name, look, (lambda before: getattr(sys.modules["torch"], put)(*of, before)) if put else None)


def _torch_defaults() -> tuple[Any, Any] | None:
    torch = sys.modules.get("torch")
    return None if torch is None else ((found := torch.empty(0)).dtype, found.device)


def _put_back_torch_defaults(before: tuple[Any, Any]) -> None:
    torch, (dtype, device) = sys.modules["torch"], before
    torch.set_default_dtype(dtype)
    torch.set_default_device(None if device.type == "cpu" else device)  # any but None has torch look at each call


def _default_environment(before: str) -> None:
    host.put_back()
    if "torch" in sys.modules and (others := host.of_shared_threads()):
        raise RuntimeError(others)  # threads were started meanwhile, and nobody can reach into them


def _modules() -> dict[str, Any]:
    return {name: module for name in _RELIED_ON if (module := sys.modules.get(name)) is not None}


def _put_back_modules(before: Mapping[str, Any]) -> None:
    sys.modules.update(before)


def _put_back_limits(before: Mapping[str, tuple[int, int]]) -> None:
    for name, limits in before.items():
        if resource.getrlimit(_LIMITS[name]) != limits:
            resource.setrlimit(_LIMITS[name], limits)


def _put_back_handlers(before: Mapping[str, Any]) -> None:
    for name, handler in before.items():
        if signal.getsignal(_SIGNALS[name]) is not handler:
            signal.signal(_SIGNALS[name], handler)


def _put_back_variables(before: Mapping[str, str]) -> None:
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


def _path(before: list[str], now: list[str]) -> str:
    gone = [place for place in before if place not in now]
    return ", ".join(gone) or ("" if [place for place in now if place in before] == before else "another order")


def _put_back_tracing(before: tuple[Any, Any]) -> None:
    sys.settrace(before[0])
    sys.setprofile(before[1])


def _put_back_path(before: list[str]) -> None:
    sys.path[:] = before


def _streams() -> tuple[TextIO | None, ...]:
    """Those that the process began with: whoever imports one by its name has another one than sys.stdout later."""
    return sys.__stdin__, sys.__stdout__, sys.__stderr__


def _closed(before: list[bool], now: list[bool]) -> str:
    names = ("stdin", "stdout", "stderr")
    return ", ".join(name for name, was, closed in zip(names, before, now, strict=True) if closed and not was)


def _folder() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return "one that is gone"


def _mask(bits: int | None = None) -> int:
    """The bits that new files lack; asked by setting them."""
    before = os.umask(0o077 if bits is None else bits)
    if bits is None:
        os.umask(before)
    return before


# What bends the arrays that are made in this process, and so each verdict.
ARITHMETIC = (
    Aspect("the floating-point environment", host.of_this_thread, _default_environment, lambda _, now: now),
    Aspect("NumPy's error state", np.geterr, lambda before: np.seterr(**before), _names),
    Aspect("torch's default dtype and device", _torch_defaults, _put_back_torch_defaults),
)
# What bends other subjects' calls. (The import of a subject may set it: then it is part of the subject.)
CALLS = (
    _of_torch("torch's gradients", "is_grad_enabled", "set_grad_enabled"),
    _of_torch("torch's inference mode", "is_inference_mode_enabled", ""),
    _of_torch("torch's autocast on the CPU", "is_autocast_enabled", "set_autocast_enabled", "cpu"),
    _of_torch("torch's autocast on CUDA", "is_autocast_enabled", "set_autocast_enabled", "cuda"),
    _of_torch("torch's determinism", "get_deterministic_debug_mode", "set_deterministic_debug_mode"),
    _of_torch("torch's threads", "get_num_threads", "set_num_threads"),
)
# What stops the cases that come behind.
PROCESS = (
    Aspect(
        "resource limits",
        lambda: {name: resource.getrlimit(number) for name, number in _LIMITS.items()},
        _put_back_limits,
        _names,
    ),
    Aspect("sys.modules", _modules, _put_back_modules, _names),
    Aspect("sys.path", lambda: list(sys.path), _put_back_path, _path),
    Aspect("environment variables", lambda: dict(os.environ), _put_back_variables, _names),
    Aspect("the working directory", _folder, os.chdir),
    Aspect("the umask", _mask, _mask, lambda was, now: f"has {now:#o}, had {was:#o}"),
    Aspect(
        "signal handlers",
        lambda: {name: signal.getsignal(number) for name, number in _SIGNALS.items()},
        _put_back_handlers,
        _names,
    ),
    Aspect(
        "blocked signals",
        lambda: signal.pthread_sigmask(signal.SIG_BLOCK, ()),
        lambda before: signal.pthread_sigmask(signal.SIG_SETMASK, before),
        lambda _, now: ", ".join(signal.Signals(number).name for number in now),
    ),
    Aspect(
        "timers",
        lambda: [bool(signal.getitimer(timer)[0]) for timer in _TIMERS],
        lambda _: [signal.setitimer(timer, 0) for timer in _TIMERS],
        lambda _, now: "an alarm is set",
    ),
    Aspect(
        "the limit of recursion",
        sys.getrecursionlimit,
        sys.setrecursionlimit,
        lambda was, now: f"has {now}, had {was}" if now < was else "",  # compilers raise it
    ),
    Aspect("closed streams", lambda: [bool(stream and stream.closed) for stream in _streams()], None, _closed),
    Aspect("the trace and profile functions", lambda: (sys.gettrace(), sys.getprofile()), _put_back_tracing),
)


@contextmanager
def streams_of_its_own(who: str) -> Iterator[None]:
    """Within the block, what is written goes nowhere, and no stream that the suite needs can be closed."""
    kept = sys.stdout, sys.stderr
    nowhere = Path(os.devnull)
    with nowhere.open("w") as out, nowhere.open("w") as err:
        sys.stdout, sys.stderr = out, err
        try:
            yield
        finally:
            changed = [name for name, mine in (("stdout", out), ("stderr", err)) if _is_changed(name, mine)]
            sys.stdout, sys.stderr = kept
            notes.current().changed += [f"{who} left changed: sys.{name}" for name in changed]


def _is_changed(name: str, mine: TextIO) -> bool:
    return mine.closed or getattr(sys, name) is not mine
