"""``python -m conformance.defects.inside JOB``, in a mutant's tree: what do norm and suite say, from one process?

Norm and suite are two forks of this process, which has the libraries already (``forks.py``): either may end in any way
without taking the other along. Nothing of the tree that a defect may be in is imported before.
"""

import json
import multiprocessing
import os
import sys
from pathlib import Path

from conformance import cli
from conformance.defects import asked_suite
from conformance.defects.forks import die_with_parent

NORM_LIMIT = 300.0  # seconds after which the norm's process is ended; the distances are then missing


def main(argv: list[str]) -> int:
    """Measure the norm where the job names a subject, then run the suite; the suite's exit code."""
    path = Path(argv[0])
    job = json.loads(path.read_text(encoding="utf-8"))
    os.environ[asked_suite.JOB] = str(path)
    if job["norm"]:
        _measure(job["norm"], job["backend"], path.with_name("norm.json"))
    return cli.main(job["words"], suite="conformance.defects.asked_suite:SUITE")


def _measure(subject: str, backend: str, to: Path) -> None:
    process = multiprocessing.get_context("fork").Process(target=_norm, args=(subject, backend, to))
    process.start()
    process.join(NORM_LIMIT)
    if process.is_alive():
        process.kill()
        process.join()


def _norm(subject: str, backend: str, to: Path) -> None:
    from conformance.defects import norm

    die_with_parent()
    part = to.with_suffix(".part")
    part.write_text(json.dumps(norm.measure(subject, backend)), encoding="utf-8")
    part.replace(to)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
