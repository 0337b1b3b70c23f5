"""Do bits, layouts and poison reach a kernel as the checks mean them to?"""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
import torch

from conformance.calls import tensors
from conformance.calls.layouts import FAR_EXPERTS, FAR_ROWS, LAYOUTS, laid_out, padded_rows
from conformance.calls.memory import poisoned_allocations
from conformance.checks.bad_inputs import SPOILINGS, TOGETHER, spoil


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.arange(1 << 16, dtype=np.uint16).view(ml_dtypes.bfloat16), torch.bfloat16),
        (np.array([0, 0x80000000, 0x7FC00001, 0x7F800000, 1], dtype=np.uint32).view(np.float32), torch.float32),
        (np.array([0x8000, 0x7E01, 1], dtype=np.uint16).view(np.float16), torch.float16),
        (np.arange(256, dtype=np.uint8), torch.uint8),
        (np.array([-1, 2**31 - 1], dtype=np.int32), torch.int32),
    ],
)
def test_bits_cross_unchanged_and_come_back(array: np.ndarray, dtype: torch.dtype) -> None:
    crossed = tensors.tensor(array)
    assert crossed.dtype == dtype
    back = tensors.array(crossed)
    assert back.dtype == array.dtype and back.tobytes() == array.tobytes()


def test_codes_cross_as_float8_with_the_same_bits() -> None:
    every = np.arange(256, dtype=np.uint8)
    crossed = tensors.codes(every)
    assert crossed.dtype == torch.float8_e4m3fn
    np.testing.assert_array_equal(tensors.array(crossed), every)


def test_a_tensor_does_not_share_memory_with_its_array() -> None:
    array = np.zeros(3, dtype=np.float32)
    tensors.tensor(array)[0] = 1
    assert array[0] == 0


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float8_e4m3fn])
def test_every_layout_holds_the_same_elements(layout: str, dtype: torch.dtype) -> None:
    value = (torch.arange(5 * 4 * 32) % 251).to(torch.uint8).reshape(5, 4, 32).view(dtype)
    view = laid_out(value, layout)
    assert view.shape == value.shape and view.dtype == dtype
    assert torch.equal(view.view(torch.uint8), value.view(torch.uint8))
    assert view.is_contiguous() == (layout == "contiguous")


def test_the_padded_layout_is_surrounded_by_nan_codes() -> None:
    view = laid_out(torch.zeros(2, 3, 32, dtype=torch.uint8), "padded")
    around = torch.as_strided(view, (2, 3, view.stride(1)), view.stride(), view.storage_offset())
    assert (around[..., 32:] == 0xFF).all()


def test_padded_rows_are_followed_by_nan() -> None:
    view = padded_rows(torch.ones(3, 32, dtype=torch.bfloat16), 8)
    assert view.shape == (3, 32) and view.stride(0) == 40 and (view == 1).all()
    assert torch.isnan(torch.as_strided(view, (3, 8), (40, 1), 32)).all()


def test_offsets_of_the_far_layouts_pass_two_to_the_31() -> None:
    assert 4 * FAR_EXPERTS > 2**31 and 64 * FAR_ROWS > 2**31


def test_an_unknown_layout_is_named() -> None:
    with pytest.raises(ValueError, match="layout: has 'sideways'"):
        laid_out(torch.zeros(1, 1, 32, dtype=torch.uint8), "sideways")


def test_fresh_memory_is_poisoned_inside_and_ordinary_outside() -> None:
    before = torch.get_deterministic_debug_mode()
    with poisoned_allocations():
        for dtype in (torch.float32, torch.bfloat16):
            assert torch.isnan(torch.empty(64, dtype=dtype)).all()
            assert torch.isnan(torch.empty(8, 8).new_empty(5, dtype=dtype)).all()
        assert (torch.empty(64, dtype=torch.int32) == torch.iinfo(torch.int32).max).all()
    assert torch.get_deterministic_debug_mode() == before


def test_poison_ends_after_an_exception() -> None:
    with pytest.raises(KeyError), poisoned_allocations():
        raise KeyError
    assert torch.get_deterministic_debug_mode() == 0


def _good() -> dict[str, object]:
    def codes(*shape: int) -> torch.Tensor:
        return torch.full(shape, 0x38, dtype=torch.uint8).view(torch.float8_e4m3fn)

    def bytes_(*shape: int) -> torch.Tensor:
        return torch.full(shape, 127, dtype=torch.uint8)

    return {
        "hidden_states": torch.ones(8, 128, dtype=torch.bfloat16),
        "w13": codes(4, 256, 128),
        "w13_scale": bytes_(4, 256, 4),
        "w2": codes(4, 128, 128),
        "w2_scale": bytes_(4, 128, 4),
        "topk_weights": torch.ones(8, 2),
        "topk_ids": torch.zeros(8, 2, dtype=torch.int32),
        "alpha": 1.702,
        "beta": 1.0,
        "limit": 7.0,
        "global_num_experts": 4,
        "expert_map": None,
    }


def _kind(value: torch.Tensor) -> tuple[object, ...]:
    return type(value), value.dtype, value.device, value.layout, value.is_neg(), value.is_nested


def _same(left: object, right: object) -> bool:
    if isinstance(left, torch.Tensor) and isinstance(right, torch.Tensor):
        form = _kind(left) == _kind(right) and left.shape == right.shape
        return form and left.device.type != "meta" and bool((tensors.raw(left) == tensors.raw(right)).all())
    return type(left) is type(right) and left == right


@pytest.mark.parametrize("how", [*SPOILINGS, *TOGETHER])
def test_every_spoiling_changes_an_argument_and_leaves_the_good_ones(how: str) -> None:
    from vectors.families.bad_input import WAYS

    good = _good()
    spoiled = spoil(how, WAYS[how][0], good)
    assert not all(_same(spoiled[name], good[name]) for name in good)
    assert all(_same(value, good[name]) for name, value in _good().items())
