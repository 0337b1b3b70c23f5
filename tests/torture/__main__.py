"""What breaks the suite? Kills, flipped bits, hostile subjects and command lines: tried, held and lost, by group."""

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.torture import flips, kills, subjects, words
from tests.torture.trial import Trial

Group = Callable[[random.Random, int, Path], Iterator[Trial]]
# Group -> its trials, and how many of them a session has.
GROUPS: Mapping[str, tuple[Group, int]] = {
    "kills": (kills.trials, 40),
    "flips": (flips.trials, 400),
    "subjects": (subjects.trials, 96),
    "words": (words.trials, 240),
}


def main(given: list[str]) -> int:
    """The exit code: 1 where something was lost, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--group", action="append", choices=GROUPS, default=[], help="only this one (default: all)")
    parser.add_argument("--count", type=int, help="trials of each group (default: 40 kills, 400 flips, ...)")
    parser.add_argument("--seed", type=int, default=0, help="of the random moments and places (default: 0)")
    options = parser.parse_args(given)
    lost = {name: tried(name, options.count, options.seed) for name in options.group or GROUPS}
    return 1 if any(lost.values()) else 0


def tried(name: str, count: int | None, seed: int) -> int:
    """Try a group and print what came of it; the number of lost trials."""
    trials, usual = GROUPS[name]
    lost = held = 0
    with tempfile.TemporaryDirectory() as folder:
        for trial in trials(random.Random(seed), usual if count is None else count, Path(folder)):
            held += not trial.lost
            if trial.lost:
                lost += 1
                print(f"lost: {name}: {trial.name}: {trial.lost}", flush=True)
    print(f"{name:10} {held + lost:5} tried {held:5} held {lost:5} lost", flush=True)
    return lost


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
