"""``python -m conformance.defects``: which wrong kernels does the norm stop, and which the suite?"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path

from conformance.defects import catalogue, tables, trial
from conformance.defects import outcome as outcomes
from conformance.defects.catalogue import CatalogueError, Defect
from conformance.defects.mutant import MutantError, edited
from conformance.defects.outcome import CLEAN, Outcome, RecordError
from reports.files import write_whole
from vectors.case import TIERS

OUT = Path("reports/out/defects")
ALL_KILLED, SURVIVED, WRONG_USE, CLEAN_FAILS, INTERRUPTED = 0, 1, 2, 3, 130


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code: 0 everything killed, 1 something survived or has no verdict, 2 wrong use, 3 clean kernels fail."""
    options = _parser().parse_args(argv)
    try:
        known = catalogue.load(options.catalogue)
        chosen = _chosen(known, options.only)
        for defect in chosen:
            edited(defect)  # every anchor matches, before the first minute is spent
        keeper = Keeper(options.out, options.tier)
    except (CatalogueError, MutantError, RecordError) as error:
        print(f"error: {error}", file=sys.stderr)
        return WRONG_USE
    try:
        status = _run(chosen, keeper, trial.Settings(options.tier, options.backend), options.workers)
    except KeyboardInterrupt:
        print(f"interrupted; {len(keeper.found)} finished entries are in {keeper.path}", file=sys.stderr)
        return INTERRUPTED
    judged = [defect for defect in known if defect.id in keeper.found]
    everything = [keeper.found[CLEAN], *(keeper.found[defect.id] for defect in judged)]
    print(tables.summary(everything))
    print(f"record: {keeper.path}")
    if options.write_table:
        tables.rewrite(tables.pairs(everything, {defect.id: defect for defect in judged}))
    return status


class Keeper:
    """The records of a run, on disk after each one; those of an earlier run that still hold are kept.

    Raises RecordError where the folder holds something else under their name.
    """

    def __init__(self, folder: Path, tier: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.tier = folder, tier
        self.path = folder / "defects.json"
        self.found: dict[str, Outcome] = {found.id: found for found in outcomes.read(self.path)}

    def holds(self, name: str, fingerprint: str) -> bool:
        """Whether there is a verdict of this entry, on these sources, that the asked tier would not change."""
        found = self.found.get(name)
        if found is None or found.fingerprint != fingerprint or found.problem:
            return False
        return (found.killed and name != CLEAN) or TIERS.index(found.tier) >= TIERS.index(self.tier)

    def survived(self, name: str, fingerprint: str) -> str:
        """The largest tier that this entry survived on these sources; empty where there is none."""
        found = self.found.get(name)
        return found.tier if found and found.fingerprint == fingerprint and found.survived else ""

    def add(self, found: Outcome) -> None:
        """Keep one record; both files have it when this returns."""
        self.found[found.id] = found
        outcomes.write(self.path, list(self.found.values()), self.tier)
        text = tables.page(list(self.found.values()), self.tier)
        write_whole(self.folder / "defects.md", text.encode())


def _run(chosen: Sequence[Defect], keeper: Keeper, settings: trial.Settings, workers: int) -> int:
    clean = keeper.found.get(CLEAN)
    if clean is None or clean.killed or not keeper.holds(CLEAN, trial.fingerprint(None)):
        clean, known = trial.clean(settings)
        keeper.add(clean)
        settings = replace(settings, known=known)
    _say(clean)
    prints = {defect.id: trial.fingerprint(defect) for defect in chosen}
    left = [defect for defect in chosen if not keeper.holds(defect.id, prints[defect.id])]
    with ThreadPoolExecutor(max(1, workers)) as pool:
        running: list[Future[Outcome]] = [
            pool.submit(trial.judge, d, settings, keeper.survived(d.id, prints[d.id])) for d in left
        ]
        try:
            for future in as_completed(running):
                keeper.add(future.result())
                _say(future.result())
        except BaseException:
            settings.stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if clean.killed or clean.problem:
        return CLEAN_FAILS
    return ALL_KILLED if all(keeper.found[d.id].killed for d in chosen) else SURVIVED


def _say(found: Outcome) -> None:
    distances = " ".join(map(tables.distance, found.rel_l2))
    verdict = "killed" if found.killed else found.problem or "SURVIVED"
    if found.id == CLEAN:
        verdict = "FAILS" if found.killed else found.problem or "passes"
    how = f" by {found.requirement} {found.case} ({found.comparator})" if found.killed else ""
    well = "" if found.well_killed or not found.killed else ", not by its field"
    print(
        f"{found.id}: norm {found.norm} ({distances}); suite {verdict}{how}{well}; {found.seconds:g} s",
        flush=True,
    )


def _chosen(known: Sequence[Defect], only: Sequence[str]) -> list[Defect]:
    missing = sorted(set(only) - {defect.id for defect in known})
    if missing:
        raise CatalogueError(f"--only: has {', '.join(missing)}, needs ids of the catalogue")
    return [defect for defect in known if defect.edits and (not only or defect.id in only)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m conformance.defects", description=__doc__, allow_abbrev=False
    )
    add = parser.add_argument
    add("--only", nargs="+", action="extend", default=[], metavar="ID", help="these entries (default: all)")
    add("--tier", choices=TIERS, default="quick", help="how much of the suite to ask (default: quick)")
    add("--backend", default="interpreter", metavar="NAME", help="where to run (default: interpreter)")
    add("-n", dest="workers", type=int, default=1, metavar="N", help="entries judged at a time (default: 1)")
    add(
        "--out",
        type=Path,
        default=OUT,
        metavar="DIR",
        help=f"folder of defects.json and defects.md (default: {OUT})",
    )
    add("--catalogue", type=Path, default=catalogue.CATALOGUE, metavar="FILE", help="another catalogue")
    add("--write-table", action="store_true", help="rewrite the table of conformance/defects/README.md")
    return parser


if __name__ == "__main__":
    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # a cancelled job leaves no trees and no processes
    sys.exit(main())
