"""Which launches does HIP refuse? Those of more than a dispatch packet or the device can hold.

As ROCm reports them of this device's family and checks them at launch (ROCR-Runtime pull 298, rocm-systems pull 5707);
the work-items of each dimension are a 32-bit number in the packet, so fewer than 2**32 ("Launch bounds" of the HIP API:
gridDim x blockDim). LDS has its limit where it is made (storage/lds.py).
"""

import math

from conformance.gfx950.errors import BadLaunch

MOST_WORKGROUPS = (2**31 - 1, 2**16 - 1, 2**16 - 1)
MOST_WORK_ITEMS = 2**32 - 1
MOST_THREADS = 1024


def check(kernel: str, grid: tuple[int, int, int], threads: tuple[int, int, int]) -> None:
    """Raise BadLaunch for a grid of workgroups or a workgroup of threads that is too large."""
    found = [("threads in a workgroup", math.prod(threads), MOST_THREADS)]
    for axis, groups, size, most in zip("xyz", grid, threads, MOST_WORKGROUPS, strict=True):
        found += [(f"workgroups in {axis}", groups, most), (f"work-items in {axis}", groups * size, MOST_WORK_ITEMS)]
    for what, has, most in found:
        if has > most:
            raise BadLaunch(f"kernel {kernel}: has {has} {what}, needs at most {most}")
