"""Is the native class selected exactly where it is supported, and does each class say where that is?"""

from contextlib import ExitStack
from types import SimpleNamespace
from unittest import mock

import pytest
import torch


@pytest.mark.family("selection")
def test_selection(case, subject, backend, vector, judge):
    if judge.asks("sizes"):
        _judge_sizes(case.params["sizes"], subject, judge)
    elif judge.asks("device-support"):
        _judge_device(case.params, subject, judge)
    else:
        _judge_selection(case.params, subject, judge)


def _judge_selection(p, subject, judge):
    """The native class on gfx950 where the sizes allow it (SEL-01), else the emulation (SEL-02)."""
    chosen = subject.stages["select"](p["H"], p["I"], arch=p["arch"])
    mine, needs = subject.stages["experts"], p["selects"]
    judge.claim(
        "selection",
        (chosen is mine) == (needs == subject.pipeline),
        f"{chosen.__name__} for arch {p['arch']}, H {p['H']}, I {p['I']}, needs the {needs} class",
    )


def _judge_sizes(sizes, subject, judge):
    """Each class takes exactly the sizes of its GEMMs (SEL-03)."""
    experts = subject.stages["experts"]
    if not hasattr(experts, "supports_shape"):
        judge.unable("unsupported", f"{experts.__name__} has no supports_shape to ask")
        return
    wrong = [
        f"supports_shape({hidden}, {intermediate}) is {said!r}, needs {subject.pipeline in pipelines}"
        for hidden, intermediate, pipelines in sizes
        if (said := experts.supports_shape(hidden, intermediate)) is not (subject.pipeline in pipelines)
    ]
    judge.problems("sizes", wrong)


def _judge_device(p, subject, judge):
    """Supported exactly where torch names a gfx950; no machine stops the question (SEL-04)."""
    with _machine(p["machine"], p["arch"]):
        said = subject.stages["experts"]._supports_current_device()
    needs = p["supported"][subject.pipeline]
    judge.claim(
        "device-support",
        said is needs,
        f"_supports_current_device() is {said!r} on {p['machine']} ({p['arch']}), needs {needs}",
    )


def _machine(machine, arch):
    """torch as that machine has it. A CUDA device's properties have no gcnArchName at all."""
    properties = SimpleNamespace(name=machine, **({} if arch is None else {"gcnArchName": arch}))
    stack = ExitStack()
    for target, name, value in (
        (torch.version, "hip", "7.2.0" if machine.startswith("rocm") else None),
        (torch.cuda, "is_available", lambda: machine == "cuda" or arch is not None),
        (torch.cuda, "current_device", lambda: 0),
        (torch.cuda, "get_device_properties", lambda device=None: properties),
    ):
        stack.enter_context(mock.patch.object(target, name, value))
    return stack
