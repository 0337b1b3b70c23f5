"""How many cores may this process use? A container or taskset may have made them fewer than the machine's."""

import os


def usable() -> int:
    """Their number, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
