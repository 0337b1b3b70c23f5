"""Does the trip wire see every read of values on the host, name its line, and let everything else pass?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from conformance.calls.host_reads import HostReads
from conformance.calls.named import made

X = torch.tensor([[0, 1], [2, 1]], dtype=torch.int32)
READS: dict[str, Callable[[torch.Tensor], Any]] = {
    "item of int32[]": lambda x: x[0, 0].item(),
    "tolist of int32[2, 2]": lambda x: x.tolist(),
    "__int__": lambda x: int(x.max()),
    "__float__": lambda x: float(x.sum()),
    "__bool__": lambda x: bool((x < 0).any()),
    "__index__": lambda x: [7, 8, 9][x[0, 1]],
    "numpy of": lambda x: x.numpy(),
    "__array__": lambda x: np.asarray(x, np.int64),
    "cpu of": lambda x: x.cpu(),
    "to of": lambda x: x.to("cpu"),
    "__repr__": lambda x: f"{x!r}",
    "__format__": lambda x: f"{x[0, 0]:d}",
    "__dlpack__": lambda x: x.__dlpack__(),
    "nonzero": lambda x: torch.nonzero(x, as_tuple=True),
    "nonzero of bool": lambda x: torch.where(x > 0),
    "index of": lambda x: x[x > 0],
    "index_put": lambda x: x.clone().__setitem__(x > 0, 0),
    "masked_select": lambda x: x.masked_select(x > 0),
    "unique": lambda x: torch.unique(x, dim=0),
    "unique_consecutive": lambda x: torch.unique_consecutive(x, dim=0),
    "bincount": lambda x: torch.bincount(x.flatten()),
    "equal": lambda x: torch.equal(x, x),
    "repeat_interleave": lambda x: torch.repeat_interleave(x[0]),
    "local_scalar_dense": lambda x: x[: x[0, 1]],
}
OTHERS: dict[str, Callable[[torch.Tensor], Any]] = {
    "form": lambda x: (x.shape, x.stride(), x.numel(), x.data_ptr(), x.is_contiguous(), len(x)),
    "to its device": lambda x: x.to(device=x.device, dtype=torch.int64),
    "integers as index": lambda x: x[x[0].long()],
    "a sort and a search": lambda x: torch.searchsorted(x.flatten().sort().values, x.flatten()),
    "a scatter": lambda x: torch.zeros(8, dtype=x.dtype).scatter_(0, x.flatten().long(), x.flatten()),
    "a choice by mask": lambda x: torch.where(x > 0, x, 0).masked_fill_(x > 1, 3),
    "a repetition of known length": lambda x: torch.repeat_interleave(x[0], x[1], output_size=3),
    "parts": lambda x: [part + 1 for part in x],
}


def found(of: Callable[[torch.Tensor], Any]) -> list[str]:
    way = HostReads()
    made("quantize", of, way)(X.clone())
    return way.found


@pytest.mark.parametrize("what", READS)
def test_a_read_is_named_with_its_line(what: str) -> None:
    reads = found(READS[what])
    assert len(reads) == 1, reads
    words, _, place = reads[0].partition(" reads a tensor's values on the host, ")
    assert what.removeprefix("__").split()[0].strip("_") in words, words
    assert place.startswith("at tests/conformance/calls/test_host_reads.py:")


@pytest.mark.parametrize("what", OTHERS)
def test_what_reads_nothing_passes(what: str) -> None:
    assert found(OTHERS[what]) == []


def test_a_read_of_a_custom_operator_is_seen_too() -> None:
    library = torch.library.Library("host_reads", "FRAGMENT")
    library.define("largest(Tensor x) -> Tensor")
    library.impl("largest", lambda x: x.flatten()[int(x.max()) :], "CompositeExplicitAutograd")
    reads = found(torch.ops.host_reads.largest)
    assert len(reads) == 1 and "in <lambda>" in reads[0]


def test_nothing_is_watched_outside_of_the_call() -> None:
    way = HostReads()
    made("quantize", torch.neg, way)(X)
    X.tolist()
    assert way.found == []
