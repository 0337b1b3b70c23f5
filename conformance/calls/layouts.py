"""Where does a tensor lie in memory? The same values as views of larger, poisoned buffers."""

from collections.abc import Callable

import torch

from conformance.calls.guards import surrounded

# Element strides whose products pass 2^31: between experts (from the fifth on) and between rows (from the 65th on).
FAR_EXPERTS = 2**29 + 2**10
FAR_ROWS = 2**25 + 2**10
# The same for the third of three rows, for kernels whose rows take too long to ask for 65 of them.
DISTANT_ROWS = 2**30 + 2**10
# Elements from the first to the last of an axis: half of it is a step past 2^31.
FAR_AXIS = 2**32
# Bytes of 0xFF: a NaN of every format, the NaN scale byte, the id of no expert.
_CARRIERS = {1: (torch.uint8, 0xFF), 2: (torch.int16, -1), 4: (torch.int32, -1), 8: (torch.int64, -1)}


def _bits(value: torch.Tensor) -> torch.Tensor:
    return value.view(_CARRIERS[value.element_size()][0])


def _poison(value: torch.Tensor, *shape: int) -> torch.Tensor:
    carrier, ones = _CARRIERS[value.element_size()]
    return surrounded(torch.full(shape, ones, dtype=carrier, device=value.device), 0xFF)


def padded_rows(value: torch.Tensor, padding: int) -> torch.Tensor:
    """``value`` [..., K] as a view of rows ``padding`` elements longer, the rest NaN; itself for padding 0."""
    if not padding:
        return value
    wide = _poison(value, *value.shape[:-1], value.shape[-1] + padding)
    view = wide[..., : value.shape[-1]]
    view.copy_(_bits(value))
    return view.view(value.dtype)


def _padded(value: torch.Tensor) -> torch.Tensor:
    """Gaps of NaN before and after each row and each expert."""
    experts, n, k = value.shape
    wide = _poison(value, experts, n + 3, k + 64)
    view = wide[:, 1 : n + 1, 32 : k + 32]
    view.copy_(_bits(value))
    return view.view(value.dtype)


def _transposed(value: torch.Tensor) -> torch.Tensor:
    """Stored as [E, K, N]: the stride along K is N."""
    return surrounded(_bits(value).transpose(1, 2).contiguous(), 0xFF).transpose(1, 2).view(value.dtype)


def _swapped(value: torch.Tensor) -> torch.Tensor:
    """Stored as [N, E, K]: the first axis has a smaller stride than the second."""
    return value.transpose(0, 1).contiguous().transpose(0, 1)


def _spread(value: torch.Tensor) -> torch.Tensor:
    """NaN between the elements of a row, whose stride is 2."""
    view = _poison(value, *value.shape[:-1], 2 * value.shape[-1])[..., ::2]
    view.copy_(_bits(value))
    return view.view(value.dtype)


def _far_columns(value: torch.Tensor) -> torch.Tensor:
    """Rows lie one element from each other, the elements of a row so far apart that half a row passes 2^31."""
    experts, n, k = value.shape
    step = max(FAR_AXIS // k, experts * n)
    buffer = torch.empty((k - 1) * step + experts * n, dtype=_CARRIERS[value.element_size()][0], device=value.device)
    view = buffer.as_strided((experts, n, k), (n, 1, step))
    view.copy_(_bits(value))
    return view.view(value.dtype)


def _far(value: torch.Tensor, expert_stride: int, row_stride: int) -> torch.Tensor:
    """Only the elements themselves are ever touched, so that host memory stays small."""
    experts, n, k = value.shape
    size = (experts - 1) * expert_stride + (n - 1) * row_stride + k
    buffer = torch.empty(size, dtype=_CARRIERS[value.element_size()][0], device=value.device)
    view = buffer.as_strided((experts, n, k), (expert_stride, row_stride, 1))
    view.copy_(_bits(value))
    return view.view(value.dtype)


_LAYOUTS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "contiguous": lambda value: value,
    "padded": _padded,
    "transposed": _transposed,
    "swapped": _swapped,
    "spread": _spread,
    "far-experts": lambda value: _far(value, FAR_EXPERTS, value.shape[2]),
    "far-rows": lambda value: _far(value, FAR_ROWS * value.shape[1], FAR_ROWS),
    "distant-rows": lambda value: _far(value, DISTANT_ROWS * value.shape[1], DISTANT_ROWS),
    "far-columns": _far_columns,
}
LAYOUTS = tuple(_LAYOUTS)


def laid_out(value: torch.Tensor, layout: str) -> torch.Tensor:
    """``value`` [E, N, K] (or [M, K], one expert) with the same elements in another memory layout.

    contiguous; padded: gaps of NaN around rows and experts; transposed: K is not the innermost axis; swapped: E is not
    the outermost; spread: elements of a row lie apart, NaN between; far-experts and far-rows: offsets pass 2^31
    elements with E >= 5 or N >= 65; distant-rows: with N >= 3; far-columns: K is outermost and half of it passes 2^31.
    Raises ValueError for another name.
    """
    if layout not in _LAYOUTS:
        raise ValueError(f"layout: has {layout!r}, needs one of {', '.join(LAYOUTS)}")
    return _LAYOUTS[layout](value) if value.ndim == 3 else _LAYOUTS[layout](value[None])[0]


def table_columns(value: torch.Tensor) -> torch.Tensor:
    """``value`` [T, k] as every other column of a wider table, [E] as one of its columns; the rest is NaN or -1."""
    columns = value.reshape(len(value), -1)
    table = _poison(value, len(columns), 2 * columns.shape[1] + 3)
    view = table[:, 1 : 2 * columns.shape[1] + 1 : 2]
    view.copy_(_bits(columns))
    return view.view(value.dtype) if value.ndim > 1 else view[:, 0].view(value.dtype)


def expanded_columns(value: torch.Tensor) -> torch.Tensor:
    """``value`` [M, K] whose rows are one number each, with stride 0 along K. Raises ValueError for other rows."""
    first = surrounded(value[:, :1].contiguous())
    if not torch.equal(_bits(first).expand(value.shape), _bits(value)):
        raise ValueError("value: has rows of different elements, needs one number a row")
    return first.expand(value.shape)
