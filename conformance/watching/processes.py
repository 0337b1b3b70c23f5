"""How did a process end, what did it leave behind, and how is one ended for good?"""

import contextlib
import ctypes
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux's prctl
_COUNTERS = (Path("/sys/fs/cgroup/memory.events"), Path("/proc/vmstat"))  # both have a line 'oom_kill N'
_FIRST_TO_GO = 500  # of -1000 .. 1000: how readily the kernel ends a process when memory runs out
PATIENCE = 2.0  # seconds in which a process that is told to stop may tidy up behind itself


def die_with_parent() -> None:
    """Have this process killed when the thread that started it ends, so that a killed run leaves nothing behind."""
    if hasattr(library := ctypes.CDLL(None), "prctl"):
        library.prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def first_to_go() -> None:
    """Have the kernel end this process before the one that watches it when memory runs out."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(_FIRST_TO_GO))


def kill_tree(pid: int) -> None:
    """End a process and all that it started, and that these started."""
    # The process first: what it has started until then can start no successor of its own in its place.
    for one in (pid, *descendants(pid)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(one, signal.SIGKILL)


def descendants(pid: int) -> list[int]:
    """The processes that this one started, and theirs; nothing where the system does not tell."""
    children: dict[int, list[int]] = {}
    for number, parent in _parents():
        children.setdefault(parent, []).append(number)
    found, left = [], [pid]
    while left:
        mine = children.get(left.pop(), [])
        found += mine
        left += mine
    return found


def cpu_seconds(pid: int) -> float:
    """What a process's threads have used of a CPU so far; 0 where it is no more, or the system does not tell."""
    with contextlib.suppress(OSError, IndexError):
        user, system = stat(Path("/proc") / str(pid))[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _parents() -> Iterator[tuple[int, int]]:
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            yield int(folder.name), int(stat(folder)[1])


def stat(folder: Path) -> list[str]:
    """What the kernel says of a process behind its name, which may hold anything: state, parent, group, session, ...

    folder: the process's, below /proc. Raises OSError where it is no more.
    """
    return (folder / "stat").read_text().rpartition(")")[2].split()


def ending(code: int) -> str:
    """'exit code 0', 'signal SIGSEGV', from an exit code as multiprocessing has it."""
    if code >= 0:
        return f"exit code {code}"
    known = {int(number): number.name for number in signal.Signals}
    return f"signal {known.get(-code, -code)}"


def oom_kills(counters: tuple[Path, ...] = _COUNTERS) -> int:
    """How many processes the kernel has ended so far because memory ran out; 0 where it does not say."""
    for counter in counters:
        with contextlib.suppress(OSError):
            if found := re.search(r"^oom_kill (\d+)", counter.read_text(), re.MULTILINE):
                return int(found.group(1))
    return 0


def told_with_memory(how: str, kills_before: int, kills_now: int) -> str:
    """How a process ended, with what the kernel's count says of memory meanwhile."""
    if "SIGKILL" not in how or kills_now <= kills_before:
        return how
    return f"{how}: the machine ran out of memory, and the kernel ended it"
