"""Which FP32 patterns does a cast on the device turn into wrong E4M3 codes? Made, cast and compared where it runs.

Nothing but what is wrong leaves the device, so that all 2^32 patterns take a GPU seconds. What is right is no encoder's
word but the runs of patterns that round to each code (reference.exhaustive).
"""

from collections.abc import Callable, Iterator

import torch

from reference.exhaustive import PATTERNS, RUNS, Swept

CHUNK = 1 << 24  # patterns at once: about 400 MiB of the device with what comparing takes
_SIGN, _MAGNITUDE, _NAN = 1 << 31, 0x7F, 0x7F
_EXAMPLES = 8

Cast = Callable[[torch.Tensor], torch.Tensor]


def wrong_codes(start: int, stop: int, cast: Cast, device: torch.device, *, chunk: int = CHUNK) -> Iterator[Swept]:
    """Put the patterns start .. stop - 1 through ``cast`` (FMT-09): float32 [n] to float8_e4m3fn [n], both on device.

    A NaN may become either NaN code. ValueError unless 0 <= start <= stop <= 2^32 and chunk is positive.
    """
    if not 0 <= start <= stop <= PATTERNS or chunk <= 0:
        raise ValueError(
            f"start, stop, chunk: have {start}, {stop}, {chunk}, need 0 <= start <= stop <= 2**32, chunk > 0"
        )
    for first in range(start, stop, chunk):
        last = min(first + chunk, stop)
        got = cast(_patterns(first, last, device)).view(torch.uint8)
        wanted = _expected(first, last, device)
        wrong = (got != wanted) & (((got & _MAGNITUDE) != _NAN) | ((wanted & _MAGNITUDE) != _NAN))
        count = int(wrong.sum().item())
        examples = (wrong.nonzero()[:_EXAMPLES, 0] + first).tolist() if count else []
        yield Swept(first, last, count, tuple(examples))


def _patterns(start: int, stop: int, device: torch.device) -> torch.Tensor:
    # As two's complement: of int64 the low half is kept.
    numbers = torch.arange(start, stop, dtype=torch.int64, device=device)
    return torch.where(numbers >= _SIGN, numbers - PATTERNS, numbers).to(torch.int32).view(torch.float32)


def _expected(start: int, stop: int, device: torch.device) -> torch.Tensor:
    """The codes of the patterns start .. stop - 1, run by run."""
    codes = torch.empty(stop - start, dtype=torch.uint8, device=device)
    ends = [first for first, _ in RUNS[1:]] + [_SIGN]
    for sign in (0, 1):
        for (first, code), last in zip(RUNS, ends, strict=True):
            low, high = (max(min(x + sign * _SIGN, stop), start) - start for x in (first, last))
            if low < high:
                codes[low:high] = code | (sign << 7)
    return codes
