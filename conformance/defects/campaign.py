"""What has to be judged, in which order, how many at a time? The right kernels first, then all without a verdict."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial

from conformance.defects import tables
from conformance.defects.catalogue import Defect
from conformance.defects.clean import CleanError
from conformance.defects.fields import FIELDS
from conformance.defects.fingerprint import fingerprint
from conformance.defects.keeper import Keeper
from conformance.defects.killing_record import Kill
from conformance.defects.legal import Legal
from conformance.defects.legal_trial import judge_legal
from conformance.defects.outcome import CLEAN, LegalOutcome, Outcome
from conformance.defects.trial import Court, Summons, ask_field, judge, no_verdict

Job = Callable[[], Outcome | LegalOutcome]


@dataclass(frozen=True)
class Campaign:
    """One run of the command.

    chosen: entries to judge, with edits. legal: variants to judge, and the tier that each is asked. court: how.
    backend: of the run. fingerprints: by id. kills: the record of last kills. workers: jobs at a time.
    """

    chosen: Sequence[Defect]
    legal: Sequence[tuple[Legal, str]]
    court: Court
    backend: str
    fingerprints: Mapping[str, str]
    kills: Mapping[str, Kill]
    workers: int
    stop: threading.Event

    def run(self, keeper: Keeper) -> None:
        """Judge what the keeper does not hold; raises what a job raises, with the others stopped."""
        left = [pair for pair in self.legal if not keeper.holds_legal(*_named(pair))]
        for legal, tier in left:
            if legal.id == CLEAN:  # by itself, on all workers: what it fails decides what counts for all others
                found = self._legal(legal, tier, self.workers if self.workers > 1 else 0)
                keeper.add(found)
                _say(found, "")
        jobs = [*self._mutants(keeper), *self._others([pair for pair in left if pair[0].id != CLEAN])]
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
            summons = Summons(
                defect,
                defect.backend or self.backend,
                self.fingerprints[defect.id],
                self.kills.get(defect.id),
                keeper.survived(defect.id),
            )
            yield partial(self._verdict, summons)

    def _verdict(self, summons: Summons) -> Outcome:
        try:
            return (ask_field if summons.defect.equivalent else judge)(summons, self.court)
        except CleanError as error:
            return no_verdict(summons, self.court.tier, str(error))

    def _others(self, left: Sequence[tuple[Legal, str]]) -> Iterator[Job]:
        for legal, tier in left:
            yield partial(self._legal, legal, tier)

    def _legal(self, legal: Legal, tier: str, workers: int = 0) -> LegalOutcome:
        court = self.court
        return judge_legal(
            legal,
            self.backend,
            tier,
            self.fingerprints[legal.id],
            ask=court.ask,
            clean=court.clean,
            tree=court.tree,
            workers=workers,
        )


def _named(pair: tuple[Legal, str]) -> tuple[str, str]:
    legal, tier = pair
    return legal.id, tier


def fingerprints(entries: Sequence[Defect], legal: Sequence[Legal], backend: str, of_sources: str) -> dict[str, str]:
    """Of each entry, with what its field owns, and of each legal variant, by id."""
    found = {
        entry.id: fingerprint((entry, FIELDS[entry.field]), entry.backend or backend, of_sources) for entry in entries
    }
    return found | {row.id: fingerprint(row, row.backend or backend, of_sources) for row in legal}


def _say(found: Outcome | LegalOutcome, count: str) -> None:
    print(f"{count}{tables.line(found)}", flush=True)
