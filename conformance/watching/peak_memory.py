"""How much memory has a process held at most?"""

import re
import resource
import sys
from collections.abc import Mapping
from pathlib import Path

FACT = "peak_memory_mib"  # the fact's name in a report's environment
_STATUS = Path("/proc/self/status")


def peak_bytes() -> int:
    """The largest resident set of this process so far, in bytes."""
    # ru_maxrss of a process begins at what the one that started it held; the kernel's other count does not.
    found = re.search(r"^VmHWM:\s*(\d+) kB", _STATUS.read_text(), re.MULTILINE) if _STATUS.exists() else None
    if found:
        return int(found.group(1)) << 10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak << 10


def in_mib(peaks: Mapping[str, int]) -> dict[str, int]:
    """Peaks of a run's processes for its report: each in MiB, and their sum, which the run never exceeded."""
    each = {name: -(-peak >> 20) for name, peak in sorted(peaks.items())}
    return {"sum": sum(each.values()), **each}
