"""Does it show where a subject reads or writes beside its tensors on a device that checks no address?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from conformance.calls import guards, notes, tensors
from conformance.calls.layouts import laid_out, padded_rows
from conformance.subjects.base import Subject


@pytest.fixture(autouse=True)
def _surrounded() -> Iterator[None]:
    guards.surround(True)
    notes.take()
    yield
    guards.surround(False)
    notes.take()


def _raw(value: torch.Tensor) -> torch.Tensor:
    """All of its memory, as a kernel sees it through a pointer."""
    return torch.empty(0, dtype=value.dtype).set_(value.untyped_storage())


def _at(value: torch.Tensor, place: int) -> Any:
    return _raw(value)[value.storage_offset() + place :]


def _write(place: int) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    def fault(x: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
        _at(x, place)[0] = 3
        return x

    return fault


def _write_fresh(x: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    _at(scales, scales.numel())[0] = 3
    return x


FAULTS: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "none": lambda x, scales: x,
    "past": _write(128),
    "before": _write(-1),
    "reads": lambda x, scales: _at(x, 1)[:128].view(2, 64),
    "fresh": _write_fresh,
}


def _noted(fault: str, *, fresh: bool = False) -> notes.Notes:
    def quantize(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        codes = torch.empty(x.shape, dtype=torch.float8_e4m3fn)
        scales = torch.zeros((2, 2), dtype=torch.uint8)
        codes.copy_(FAULTS[fault](x, scales))
        return codes, scales

    notes.take()
    notes.current().guards_fresh = fresh
    x = tensors.tensor(np.ones((2, 64), np.float32))
    Subject("theirs", "native", {"fused_moe": print, "quantize": quantize}).call("quantize", x)
    return notes.take()


@pytest.mark.parametrize("fresh", [False, True])
def test_writes_beside_an_argument_are_named_and_nothing_else(fresh: bool) -> None:
    assert _noted("none", fresh=fresh).outside == []
    assert _noted("past", fresh=fresh).outside == [
        "quantize: 4 bytes beside x were written, the first at offset 512 of its 512 bytes"
    ]
    assert _noted("before", fresh=fresh).outside == [
        "quantize: 4 bytes beside x were written, the first at offset -4 of its 512 bytes"
    ]


def test_reads_beside_an_argument_show_as_such() -> None:
    found = _noted("reads")
    assert found.outside == [] and found.unwritten() == ""
    assert found.read_beside() == "what lies beside x was read: it decides elements of the result"


def test_writes_beside_memory_that_the_subject_took_are_named() -> None:
    (words,) = _noted("fresh", fresh=True).outside
    assert words.startswith(
        "quantize: 1 bytes beside the fresh uint8[2, 2] number 2 were written, the first at offset 4"
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x,
        lambda x: padded_rows(x, 8),
        lambda x: laid_out(x[None], "padded"),
        lambda x: laid_out(x[None], "transposed"),
        lambda x: x.view(torch.uint8).view(torch.float8_e4m3fn),
        lambda x: x[:1].expand(5, 64),
    ],
)
def test_every_view_is_found_with_its_guard(make: Callable[[torch.Tensor], torch.Tensor]) -> None:
    view = make(tensors.tensor(np.ones((2, 64), np.float32)))
    (guard,) = guards.around(lambda one: None, (view,), {}).values()
    assert guard.fill == 0xFF and list(guards.damages({"one": guard})) == []
    guard.behind[3] = 0
    assert list(guards.damages({"one": guard})) == [
        f"1 bytes beside one were written, the first at offset {guard.size + 3} of its {guard.size} bytes"
    ]
    assert list(guards.damages({"one": guard})) == []


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_beside_ids_lies_an_index_that_is_there(dtype: Any) -> None:
    ids = tensors.tensor(np.full((3, 2), 7, dtype))
    assert [int(i) for i in _at(ids, -1)[:8]] == [0, *[7] * 6, 0]


def test_nothing_is_surrounded_where_addresses_are_checked() -> None:
    guards.surround(False)
    value = tensors.tensor(np.ones(4, np.float32))
    assert value.untyped_storage().nbytes() == 16 and guards.around(print, (value,), {}) == {}
