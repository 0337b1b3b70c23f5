"""What goes wrong on the emulated device with this process's Triton? ``python -m conformance.backends.trial`` says."""

import sys
from collections.abc import Iterator

import torch

from conformance.backends.base import look_after_cache, pin_environment
from reports.foreign.showing import say

BLOCK = 1 << 12  # elements per program of the elementwise probes
AS_ON_SILICON = {"PLT-EXP2-SUBNORMAL"}  # a platform check that a gfx950 fails too


def failures() -> Iterator[str]:
    """Each check that does not hold, in one line: all platform checks, and what else kernels are made of."""
    pin_environment(interpreted=False)
    look_after_cache()
    from conformance.backends import trial_checks  # imports Triton, which reads the environment
    from conformance.backends.platform_checks import checks_on, guarded
    from conformance.gfx950.launching.driver import EmulatedDriver
    from conformance.gfx950.settings import Settings

    EmulatedDriver(Settings()).install()
    claims = {check.id: check.run for check in checks_on(torch.device("cpu"), BLOCK) if check.id not in AS_ON_SILICON}
    for name, run in {**claims, **{name: guarded(check) for name, check in trial_checks.CHECKS.items()}}.items():
        holds, detail = run()
        if not holds:
            yield f"{name}: {detail}"


if __name__ == "__main__":
    failure = next(failures(), None)
    if failure is not None:
        say(failure)
        sys.exit(1)
