"""Does the host compute as IEEE 754 has it? What NumPy and torch make of bits whose sums are known.

A thread's floating-point environment (flush-to-zero, denormals-are-zero, the direction of rounding) bends every array
that is made in it, the expected ones too. It is looked at by computing: operands and sums are integers, viewed as FP32,
so whatever sets it shows, on any machine. The C library puts it back whole.
"""

import ctypes
import sys

import numpy as np

# FP32 bits: an operand, another one, their sum to nearest, ties to even. Of a unit in the last place of 1, 0x33000000
# is a quarter, 0x33800000 a half, 0x33C00000 three quarters.
_SUMS = (
    (0x00C00000, 0x80800000, 0x00400000),  # 1.5 * 2^-126 - 2^-126: normal operands, a subnormal sum
    (0x00800000, 0x00400000, 0x00C00000),  # 2^-126 + 2^-127: a subnormal operand, a normal sum
    (0x3F800000, 0x33000000, 0x3F800000),  # 1 and a quarter
    (0xBF800000, 0xB3000000, 0xBF800000),
    (0x3F800000, 0x33C00000, 0x3F800001),  # 1 and three quarters
    (0xBF800000, 0xB3C00000, 0xBF800001),
    (0x3F800000, 0x33800000, 0x3F800000),  # halfway between two neighbours
    (0x3F800001, 0x33800000, 0x3F800002),
)
LEFT, RIGHT, SUM = (np.array(column, np.uint32) for column in zip(*_SUMS, strict=True))
_GRAIN = 1 << 15  # elements from which torch gives work to another thread
_LIBRARY = ctypes.CDLL(None)
_KEPT = ctypes.create_string_buffer(256)  # fenv_t takes 4 to 32 bytes
_IS_KEPT = hasattr(_LIBRARY, "fesetenv") and _LIBRARY.fegetenv(_KEPT) == 0


def sums_of_numpy() -> np.ndarray:
    """The bits that NumPy gives in this thread."""
    with np.errstate(all="ignore"):
        return np.add(LEFT.view(np.float32), RIGHT.view(np.float32)).view(np.uint32)


def sums_of_torch() -> np.ndarray:
    """The bits that torch gives on the CPU, a row for each time that they are computed: in each thread that it uses.

    Such a thread has for good what the environment was when it was started, which is done here where it was not before.
    """
    import torch  # only here: who asks NumPy alone need not wait for it

    times = torch.get_num_threads() * _GRAIN // len(LEFT)
    left, right = (torch.from_numpy(np.tile(bits.view(np.int32), times)).view(torch.float32) for bits in (LEFT, RIGHT))
    return (left + right).view(torch.int32).numpy().view(np.uint32).reshape(times, -1)


def named(sums: np.ndarray) -> str:
    """What an environment is that gives these sums instead of the right ones; '' for IEEE 754's default."""
    flushes, reads_zero, up, down, *others = (sums != SUM).tolist()
    rounding = "upward" if up else "downward" if down else "toward zero" if any(others) else ""
    words = ["flush-to-zero"] * flushes + ["denormals-are-zero"] * reads_zero
    return ", ".join([*words, f"rounding {rounding}"] if rounding else words)


def of_this_thread() -> str:
    """What this thread's environment is; '' for IEEE 754's default."""
    traps = hasattr(_LIBRARY, "fegetexcept") and _LIBRARY.fegetexcept() > 0
    return ", ".join(filter(None, [named(sums_of_numpy()), "exceptions trap" * traps]))


def of_shared_threads() -> str:
    """The first other environment in a thread that torch shares work with; '' for IEEE 754's default in each."""
    sums = sums_of_torch()
    others = sums[(sums != SUM).any(axis=1)]
    return named(others[0]) if len(others) else ""


def put_back() -> None:
    """Give this thread the environment that it had when this module was loaded: traps and flags, too."""
    if _IS_KEPT:
        _LIBRARY.fesetenv(_KEPT)
    elif (torch := sys.modules.get("torch")) is not None:
        torch.set_flush_denormal(False)
