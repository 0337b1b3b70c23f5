"""What of a Triton that nobody tested the emulated device with? A process of its own tries (``trial``).

That process imports this Triton and compiles with it, which the one that picks a backend must not do yet; and a
compiler that aborts is a reason like another.
"""

import functools
import os
import subprocess
import sys

from conformance.root import FOLDER, MODULE
from conformance.watching.processes import ending
from reports.foreign.showing import line

LIMIT = 600  # seconds; a trial takes about ten
_LONGEST = 300  # characters of a reason


@functools.cache
def what_fails() -> str:
    """What goes wrong first with the Triton that this process would import, in one line; '' for nothing."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", f"{MODULE}.backends.trial"]
    try:
        done = subprocess.run(
            command, cwd=FOLDER, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return f"it had not ended after {LIMIT} s"
    if done.returncode == 0:
        return ""
    *_, last = ["no word", *(done.stdout.strip() or done.stderr.strip()).splitlines()]
    return f"{line(last, _LONGEST)}{f' ({ending(done.returncode)})' if done.returncode < 0 else ''}"
