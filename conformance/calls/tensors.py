"""How do bits cross between NumPy and torch? By reinterpretation, never by conversion."""

import ml_dtypes
import numpy as np
import torch

from conformance.calls.guards import surrounded

# A format by the name that a case's parameters have for it.
DTYPES = {
    **dict.fromkeys(("fp32", "float32"), torch.float32),
    **dict.fromkeys(("bf16", "bfloat16"), torch.bfloat16),
    **dict.fromkeys(("fp16", "float16"), torch.float16),
}
_PIECE = 1 << 24  # bytes
_NUMPY_TO_TORCH = {
    np.dtype(ml_dtypes.bfloat16): (np.int16, torch.bfloat16),
    np.dtype(ml_dtypes.float8_e4m3fn): (np.uint8, torch.float8_e4m3fn),
}
_TORCH_TO_NUMPY = {
    torch.bfloat16: (torch.int16, np.dtype(ml_dtypes.bfloat16)),
    torch.float8_e4m3fn: (torch.uint8, np.dtype(np.uint8)),
}


def tensor(array: np.ndarray, device: torch.device | str = "cpu") -> torch.Tensor:
    """The array as a torch tensor with the same bits: BF16 stays BF16, uint8 stays uint8 (E8M0 bytes, masks)."""
    carrier, dtype = _NUMPY_TO_TORCH.get(array.dtype, (None, None))
    contiguous = np.array(array, order="C", copy=True)
    if carrier is None or dtype is None:
        return surrounded(torch.from_numpy(contiguous).to(device))
    return surrounded(torch.from_numpy(contiguous.view(carrier)).view(dtype).to(device))


def codes(array: np.ndarray, device: torch.device | str = "cpu") -> torch.Tensor:
    """E4M3 codes (uint8) as a float8_e4m3fn tensor with the same bits."""
    return tensor(array, device).view(torch.float8_e4m3fn)


def array(value: torch.Tensor) -> np.ndarray:
    """The tensor as a NumPy array with the same bits: BF16 as ml_dtypes.bfloat16, E4M3 as uint8 codes.

    A copy: it keeps what a later call of the same subject may overwrite. Raises TypeError for anything but a tensor.
    """
    if not isinstance(value, torch.Tensor):
        raise TypeError(f"returned {type(value).__name__}, needs a torch.Tensor")
    host = value.detach().cpu().resolve_neg().contiguous()
    if host.dtype in _TORCH_TO_NUMPY:
        carrier, dtype = _TORCH_TO_NUMPY[host.dtype]
        return host.view(carrier).numpy().view(dtype).copy()
    return host.numpy().copy()


def raw(value: torch.Tensor) -> np.ndarray:
    """The bytes of a tensor of any dtype, for telling whether it changed."""
    return value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()


def stored(value: torch.Tensor) -> np.ndarray:
    """A copy of all bytes of the memory that a tensor is a view of; none where it has no memory of its own."""
    try:
        storage = value.untyped_storage()
    except NotImplementedError:  # sparse
        return np.empty(0, np.uint8)
    if storage.device.type == "meta":
        return np.empty(0, np.uint8)
    return torch.empty(0, dtype=torch.uint8, device=storage.device).set_(storage).cpu().numpy().copy()


def same_bytes(value: torch.Tensor, kept: np.ndarray) -> bool:
    """Whether a tensor holds the bytes of an array."""
    now, before = raw(value), np.ascontiguousarray(kept).reshape(-1).view(np.uint8)
    # In pieces: comparing makes an array as large as what is compared, and weights may be half a gigabyte.
    starts = range(0, now.size, _PIECE)
    return now.size == before.size and all(
        np.array_equal(now[start : start + _PIECE], before[start : start + _PIECE]) for start in starts
    )


def poisoned(shape: tuple[int, ...], dtype: torch.dtype, device: torch.device | str) -> torch.Tensor:
    """A tensor of NaN (or of the largest integer) that a kernel must overwrite."""
    if dtype.is_floating_point:
        return surrounded(torch.full(shape, float("nan"), dtype=torch.float32, device=device).to(dtype))
    return surrounded(torch.full(shape, torch.iinfo(dtype).max, dtype=dtype, device=device))
