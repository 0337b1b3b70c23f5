"""How is a golden store written or checked from the command line?"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from vectors.case import TIERS, Case
from vectors.compare import differences
from vectors.registry import GOLDEN, select
from vectors.store import Store, StoreError, write

_SHOWN = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """``python -m vectors``: 0 when written or identical, 1 for a difference or a damaged store."""
    options = _parser().parse_args(arguments)
    from vectors.flags import FLAGS

    cases = tuple(case for case in select(options.tier) if not case.device)
    if options.out is None:
        cases = tuple(case for case in cases if case.golden)
    try:
        return run(cases, FLAGS, options.out or GOLDEN, check=options.check)
    except StoreError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def run(cases: Sequence[Case], flags: Mapping[str, str], out: Path, *, check: bool) -> int:
    """Writes the store of ``cases`` at ``out``, or compares what is there with a fresh one; exit status."""
    if not check:
        written = write(cases, out, flags=flags)
        print(f"{out}: {_size(written['cases'])}")
        return 0
    with tempfile.TemporaryDirectory(prefix="vectors-check-") as fresh:
        written = write(cases, fresh, flags=flags)
        lines = list(differences(Store(out), Store(fresh)))
    for line in lines[:_SHOWN]:
        print(line)
    if len(lines) > _SHOWN:
        print(f"... and {len(lines) - _SHOWN} more")
    print(f"{out}: {len(lines)} differences from {_size(written['cases'])}, generated now")
    return 1 if lines else 0


def _size(entries: Sequence[Mapping[str, int]]) -> str:
    return f"{len(entries)} cases, {sum(entry['bytes'] for entry in entries) / 2**20:.2f} MiB"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m vectors", description="Write or check the golden vectors."
    )
    add = parser.add_argument
    everything = f"export every case of the tier there (default: the golden ones at {GOLDEN})"
    add("--out", type=Path, metavar="DIR", help=everything)
    add("--tier", choices=TIERS, default="quick", help="which cases (default: %(default)s)")
    add("--check", action="store_true", help="write nothing; say what differs and exit 1 if anything does")
    return parser
