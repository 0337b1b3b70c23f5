"""What if subjects raise whatever they like, or change the process that judges them? It costs one case of each.

They are drawn together for runs in which one comes behind the other, with one process that judges and with two.
"""

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from reports.keeping.reading import load
from tests.conformance.conftest import PARTS, ROOT, command
from tests.torture.trial import Trial

sys.path.insert(0, str(PARTS))
import disturbing_suite
import hostile_suite

TOGETHER = 8  # subjects of a run
LONGEST = 300.0  # seconds that a run may take on a busy machine
# Suite -> its subjects, and the case in which each does what it does.
SUITES = {
    "hostile_suite:SUITE": (tuple(hostile_suite.RAISING), "beta/number-1"),
    "disturbing_suite:SUITE": (tuple(disturbing_suite.DEEDS), disturbing_suite.CASE),
}
ASKED = ("beta/number-0", "beta/number-1", "beta/number-2")


def trials(generator: random.Random, count: int, folder: Path) -> Iterator[Trial]:
    """``count`` subjects, each as often as any other, in an order that is drawn."""
    while count > 0:
        for suite, (subjects, case) in SUITES.items():
            names = generator.sample(subjects, min(TOGETHER, count))
            count -= len(names)
            workers = generator.choice(("0", "2"))
            yield from _run(suite, names, case, workers, folder / str(count))


def _run(suite: str, names: list[str], case: str, workers: str, folder: Path) -> Iterator[Trial]:
    words = ["--tier", "quick", "-n", workers, "-k", " or ".join(ASKED), "--subject", *names]
    line = command(folder, *words, suite=suite)
    done = subprocess.run(line, cwd=ROOT, capture_output=True, timeout=LONGEST, check=False)
    report = load(folder)
    verdicts = {(row["subject"], row["id"]): row["verdict"] for row in report["cases"]}
    for name in names:
        came = [verdicts.get((name, each), "none") for each in ASKED]
        needs = ["fail" if each == case else "pass" for each in ASKED]
        lost = "" if came == needs else f"is {', '.join(came)}, needs {', '.join(needs)}"
        if not lost and (done.returncode, report["complete"]) != (1, True):
            lost = f"its run ended with {done.returncode}, complete: {report['complete']}"
        yield Trial(f"{name} among {', '.join(names)}, -n {workers}", lost)
