"""What has to be judged, in which order, how many at a time? The right kernels first, then all without a verdict."""

import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial

from conformance.defects import tables
from conformance.defects.ask_legal import ask_legal
from conformance.defects.ask_mutant import Mutant, Setup, ask_all, ask_field, no_verdict
from conformance.defects.catalogue import Defect
from conformance.defects.clean import CleanError
from conformance.defects.fields import FIELDS
from conformance.defects.fingerprint import fingerprint
from conformance.defects.keeper import Keeper
from conformance.defects.killing_record import Kill
from conformance.defects.legal import Legal
from conformance.defects.records import CLEAN, LegalOutcome, Outcome
from reports.foreign.showing import say

Job = Callable[[], Outcome | LegalOutcome]


@dataclass(frozen=True)
class Campaign:
    """One run of the command.

    chosen: entries to judge, with edits. legal: variants to judge, and the tier that each is asked. setup: how.
    backend: of the run. fingerprints: by id. kills: the record of last kills. workers: jobs at a time.
    """

    chosen: Sequence[Defect]
    legal: Sequence[tuple[Legal, str]]
    setup: Setup
    backend: str
    fingerprints: Mapping[str, str]
    kills: Mapping[str, Kill]
    workers: int
    stop: threading.Event

    def run(self, keeper: Keeper) -> None:
        """Judge what the keeper does not hold; raises what a job raises, with the others stopped."""
        left = [(legal, tier) for legal, tier in self.legal if not keeper.holds_legal(legal.id, tier)]
        for legal, tier in left:
            if legal.id == CLEAN:  # by itself, on all workers: what it fails decides what counts for all others
                found = self._legal(legal, tier, self.workers if self.workers > 1 else 0)
                keeper.add(found)
                _say(found, "")
        others = (partial(self._legal, legal, tier) for legal, tier in left if legal.id != CLEAN)
        jobs: list[Job] = [*self._mutants(keeper), *others]
        with ThreadPoolExecutor(max(1, self.workers)) as pool:
            running: list[Future[Outcome | LegalOutcome]] = [pool.submit(job) for job in jobs]
            try:
                for count, future in enumerate(as_completed(running), 1):
                    keeper.add(future.result())
                    _say(future.result(), f"[{count}/{len(jobs)}] ")
            except BaseException:
                self.stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        keeper.write()

    def _mutants(self, keeper: Keeper) -> Iterator[Job]:
        """Those without a record first: they take longest."""
        left = [defect for defect in self.chosen if not keeper.holds(defect.id)]
        for defect in sorted(left, key=lambda defect: defect.id in self.kills):
            name, backend = defect.id, defect.backend or self.backend
            mutant = Mutant(defect, backend, self.fingerprints[name], self.kills.get(name), keeper.survived(name))
            yield partial(self._verdict, mutant)

    def _verdict(self, mutant: Mutant) -> Outcome:
        try:
            return (ask_field if mutant.defect.equivalent else ask_all)(mutant, self.setup)
        except CleanError as error:
            return no_verdict(mutant, self.setup.tier, str(error))

    def _legal(self, legal: Legal, tier: str, workers: int = 0) -> LegalOutcome:
        return ask_legal(legal, self.backend, tier, self.fingerprints[legal.id], self.setup, workers)


def fingerprints(entries: Sequence[Defect], legal: Sequence[Legal], backend: str, of_sources: str) -> dict[str, str]:
    """Of each entry, with what its field owns, and of each legal variant, by id."""
    found = {
        entry.id: fingerprint((entry, FIELDS[entry.field]), entry.backend or backend, of_sources) for entry in entries
    }
    return found | {row.id: fingerprint(row, row.backend or backend, of_sources) for row in legal}


def _say(found: Outcome | LegalOutcome, count: str) -> None:
    say(f"{count}{tables.line(found)}")
    sys.stdout.flush()
