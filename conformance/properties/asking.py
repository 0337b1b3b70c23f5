"""How is a property asked of a subject? What a property has at hand, and how two results are compared."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from conformance.calls import tensors
from conformance.calls.explanation import explain
from conformance.judging.accepted import Accepted, Key
from conformance.judging.bits import Bits
from conformance.properties.search import Example, KernelFault
from conformance.subjects.base import Subject
from conformance.watching.link import RunStopped
from reports.line import what
from reports.model import Cause


@dataclass(frozen=True)
class Inquiry:
    """Of whom a property is asked: subject, on device; params: the case's."""

    subject: Subject
    device: torch.device | str
    params: Mapping[str, Any]


# What is wrong on an example, '' where nothing is; vectors.examples.of_properties has what an example holds.
Property = Callable[[Inquiry, Example], str]


def answer(call: Callable[[], Any], *shapes: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    """What a call of the subject returns, as arrays. shapes: that they must have, one for each tensor.

    Raises KernelFault where the call or a tensor of its raises, or it returns anything else: this, and nothing that is
    raised elsewhere, is the subject's doing.
    """
    try:
        found = call()
        parts = found if isinstance(found, tuple) else (found,)
        has = tuple(list(part.shape) if isinstance(part, torch.Tensor) else type(part).__name__ for part in parts)
        arrays = tuple(tensors.array(part) for part in parts) if has == tuple(map(list, shapes)) else None
    except RunStopped:
        raise
    except BaseException as error:  # also one by which a search or pytest is told something
        raise KernelFault(explain(error)) from error
    if arrays is None:
        raise KernelFault(Cause("claim", f"returned {_listed(has)}, needs {_listed(shapes)}"))
    return arrays


def _listed(parts: Sequence[Any]) -> str:
    return " and ".join(str(list(part)) if isinstance(part, tuple) else str(part) for part in parts)


def differ(
    words: str, observed: np.ndarray, expected: np.ndarray, *, care: np.ndarray | None = None, key: Key | None = None
) -> str:
    """How two results that must be equal differ; '' where they do not. The first is called observed."""
    return wrong(words, Bits(observed, expected, care, key))


def wrong(words: str, seen: Accepted) -> str:
    """What is wrong with a result, behind some words; '' where nothing is."""
    return "" if seen.mismatch is None else f"{words}: {what(seen.mismatch.cause())}"


def without_sign_of_zero(values: np.ndarray) -> np.ndarray:
    """A zero that a sum or a product gives may have either sign: all become +0."""
    return values + values.dtype.type(0)
