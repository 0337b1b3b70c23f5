"""How is a property asked of a subject? What a property has at hand, and how two results are compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np
import torch
from hypothesis.strategies import SearchStrategy

from conformance import comparators
from conformance.comparators import Key
from conformance.properties.search import Example
from conformance.subjects.base import Subject

DTYPES: Mapping[str, type] = {"bf16": ml_dtypes.bfloat16, "fp16": np.float16, "fp32": np.float32}


@dataclass(frozen=True)
class Asked:
    """subject, on device; params: the case's."""

    subject: Subject
    device: torch.device | str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Property:
    """examples: params -> what to draw, values of JSON. wrong: what is wrong on an example, '' where nothing is."""

    examples: Callable[[Mapping[str, Any]], SearchStrategy[Example]]
    wrong: Callable[[Asked, Example], str]


def differ(
    words: str,
    observed: np.ndarray,
    expected: np.ndarray,
    *,
    care: np.ndarray | None = None,
    key: Key | None = None,
) -> str:
    """How two results that must be equal differ; '' where they do not. The first is called observed."""
    found = comparators.bits(observed, expected, care=care, key=key)
    return "" if found is None else f"{words}: {found}"


def without_sign_of_zero(values: np.ndarray) -> np.ndarray:
    """A zero that a sum or a product gives may have either sign: all become +0."""
    return values + values.dtype.type(0)
