"""How is pytest made to judge a selection? With our plugins alone, in this process or in workers."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from conformance.asking import suite as suites
from conformance.asking.selection import Asked, RunOptions
from conformance.asking.suite import RunsKernels
from conformance.root import ROOT
from conformance.running import plugin
from conformance.running.recorder import Recorder, asked_name
from conformance.sharing.partition import partition
from conformance.sharing.scheduler import Scheduling
from conformance.watching.supervisor import MOST_DEATHS
from conformance.watching.time_limit import LimitOf
from conformance.watching.workers import Stop, Workers

# What libraries read when they are loaded: how many threads one process may use.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


AUTO, GPUS = "auto", "gpus"
_MOST_PER_GPU = 8  # beyond that, contexts and compilers cost more memory than the arrays made meanwhile save time


def how_many(asked: int | str, backend: RunsKernels) -> int:
    """Worker processes. asked: their number; gpus, one for each GPU; auto, what keeps the machine busy.

    One worker leaves a GPU idle while it makes the next case's arrays and compiles, which cores do. Raises ValueError
    where gpus are asked for on a backend that runs on none.
    """
    gpus = len(backend.devices)
    if isinstance(asked, int):
        return asked
    if asked == GPUS:
        if not gpus:
            raise ValueError(f"-n: has gpus, needs a number or auto on {backend.name}, which runs on no GPU")
        return gpus
    return max(gpus, min(cores(), gpus * _MOST_PER_GPU)) if gpus else cores()


def judge(
    asked: Sequence[Asked], options: RunOptions, workers: int, recorder: Recorder, backend: RunsKernels, limit: LimitOf
) -> tuple[int | pytest.ExitCode, Stop | None]:
    """Judge what the recorder does not have yet; pytest's exit code, and why it ended before the end where it did.

    workers: processes; 0 for none but this one. limit: seconds for each case.
    """
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(name, None)
    if not workers:
        return pytest.main(_arguments(options, workers), plugins=[recorder]), None
    for name in _THREADS:
        os.environ.setdefault(name, str(max(1, cores() // workers)))
    backend.release_memory()  # what the platform's checks took on the first device is the workers'
    limits = {item.name: limit(item.case) for item in asked}
    scheduling = Scheduling(partition(asked, workers), recorder.done, asked_name)
    with Workers(
        lambda nodeid: limits.get(asked_name(nodeid)), backend.devices, backend.environment_on, recorder.problem
    ) as watched:
        recorder.how_ended = watched.how_ended
        return pytest.main(_arguments(options, workers), plugins=[recorder, scheduling, watched]), watched.stop


def cores() -> int:
    """The cores that this process may use, which a container or taskset may have made fewer than the machine's."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _arguments(options: RunOptions, workers: int) -> list[str]:
    """pytest with the conformance plugin and nothing that the machine happens to have installed."""
    # Plain asserts: pytest would else rewrite every module that is imported, in workers the thousand of torch.
    arguments = ["-p", "conformance.running.plugin", "-p", "no:cacheprovider", "--assert=plain"]
    arguments += ["--continue-on-collection-errors"]
    arguments += [f"--rootdir={ROOT}", f"--config-file={ROOT / 'pyproject.toml'}", "-o", "python_files=*.py"]
    if workers:
        # What is spread how: conformance.sharing.scheduler.
        arguments += ["-p", "xdist.plugin", "-n", str(workers), "--max-worker-restart", str(MOST_DEATHS)]
    return [*arguments, f"{plugin.OPTION}={options.to_json()}", str(suites.load(options.suite).checks)]
