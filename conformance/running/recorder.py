"""What has come out so far? Every result goes through here to the report; none is lost, and none is there twice."""

from conformance.running import outcome
from conformance.running.plan import Plan
from conformance.running.progress import Progress
from conformance.running.resume import Before
from conformance.watching.peak_memory import FACT, in_mib, peak_bytes
from reports.keeping.collector import Collector
from reports.model import CaseResult, Cause, Problem
from reports.views.tables import problem_line


class Recorder:
    """before: what an earlier run had found, which is not judged again."""

    def __init__(self, plan: Plan, before: Before, collector: Collector, progress: Progress) -> None:
        self._plan, self._collector, self._progress = plan, collector, progress
        self._asked = {item.name: item for item in plan.asked}
        self._unaskable: dict[str, str] = {}  # name -> why it could not be asked
        self._problems, self._peaks = list(before.problems), dict(before.peaks)
        self._done = {f"{row.id}-{row.subject}" for row in before.rows}
        collector.problems = self._known_problems
        for row in before.rows:
            progress.known(row)

    @property
    def problems(self) -> list[Problem]:
        """What went wrong with the run itself, a line for each cause."""
        cases: dict[str, list[str]] = {}
        for name, item in self._asked.items():
            if name in self._unaskable:
                cases.setdefault(self._unaskable[name], []).append(item.case.id)
        return [*self._known_problems, *(Problem(why, tuple(dict.fromkeys(ids))) for why, ids in cases.items())]

    @property
    def done(self) -> frozenset[str]:
        """Names of what has its row, or cannot have one."""
        return frozenset(self._done | self._unaskable.keys())

    @property
    def _known_problems(self) -> list[Problem]:
        return [Problem(text) for text in self._problems]

    def row(self, row: CaseResult) -> None:
        """One more case is done."""
        name = f"{row.id}-{row.subject}"
        if name in self._done:
            self.problem(f"{name}: two checks judge it; a family belongs to one check")
            return
        self._done.add(name)
        row = self._plan.expectations.on(row)
        try:
            self._collector.add(row)
        except ValueError as error:
            self.problem(f"{name}: its row is no part of a report: {error}")
            return
        self._progress.finished(row)

    def lost(self, name: str, why: Cause) -> None:
        """A case that never gave a row, and why."""
        self.row(outcome.result(self._asked[name], self._plan.options, [], why))

    def unaskable(self, name: str, why: str) -> None:
        """A case that could not be asked. Shown once for each cause, which may be that of many cases."""
        if why not in self._unaskable.values():
            self._progress.note(problem_line(vars(Problem(why, (self._asked[name].case.id,)))))
        self._unaskable[name] = why

    def problem(self, text: str) -> None:
        """Keep what went wrong with the run itself."""
        # Every process that collects a broken module reports it.
        if text not in self._problems:
            self._problems.append(text)
            self._collector.problems = self._known_problems
            self._progress.note(text)

    def peak(self, process: str, size: int) -> None:
        """Keep the most bytes that a process has held, and this one."""
        for name, found in ((process, size), ("watching", peak_bytes())):
            self._peaks[name] = max(found, self._peaks.get(name, 0))
        self._collector.info.environment[FACT] = in_mib(self._peaks)

    def close(self, why: str) -> None:
        """Say of every case that nobody came to ask why that is: nothing is known of its subject."""
        done = self.done
        for name in self._asked:
            if name not in done:
                self.unaskable(name, why)
