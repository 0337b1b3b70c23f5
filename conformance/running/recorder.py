"""Who hears the results? The controlling process: it takes rows from its workers and notices what never came."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence

import pytest

from conformance.asking.selection import Asked, RunOptions
from conformance.running import outcome
from conformance.running.plugin import BROKEN, PEAK, PROBLEM, ROW
from conformance.running.progress import Progress
from conformance.watching.peak_memory import FACT, in_mib, peak_bytes
from conformance.watching.supervisor import Witness
from conformance.watching.time_limit import LimitOf
from reports.keeping.collector import Collector
from reports.model import CaseResult, Cause, Problem
from reports.views.tables import problem_line


class Recorder:
    """A pytest plugin object of the controlling process.

    witness: told of all that happens; what it knows from an earlier process is not judged again. expected: gives a row
    what was expected of it.
    limit: seconds that a case may take before this process is ended; None where workers judge, which are ended alone.
    how_ended: why a worker, by its name, is no more; whoever has workers says so.
    """

    def __init__(
        self,
        asked: Sequence[Asked],
        options: RunOptions,
        collector: Collector,
        progress: Progress,
        witness: Witness,
        expected: Callable[[CaseResult], CaseResult] = lambda row: row,
        limit: LimitOf | None = None,
    ) -> None:
        self._asked = {item.name: item for item in asked}
        self._expected = expected
        self._options, self._collector, self._progress, self._witness = options, collector, progress, witness
        self._limit = limit
        self.how_ended: Callable[[str], Cause] = lambda worker: Cause("died")
        self._unaskable: dict[str, str] = {}  # name -> why it could not be asked
        self._broken: dict[str, str] = {}  # name -> why its process could not go on behind it
        record = witness.record
        self._problems: list[str] = list(record.problems)
        collector.problems = self._known_problems
        self._done = {f"{row.id}-{row.subject}" for row in record.rows}
        for row in record.rows:
            progress.known(row)
        for name, how in record.deaths.items():
            if name in self._asked and name not in self._done:
                self._lost(self._asked[name], how)

    @property
    def problems(self) -> list[Problem]:
        """What went wrong with the run itself, a line for each cause."""
        cases: dict[str, list[str]] = {}
        for name, item in self._asked.items():
            if name in self._unaskable:
                cases.setdefault(self._unaskable[name], []).append(item.case.id)
        unasked = [(tuple(dict.fromkeys(ids)), why) for why, ids in cases.items()]
        return [*self._known_problems, *(_not_judged(ids, why) for ids, why in unasked)]

    @property
    def done(self) -> frozenset[str]:
        """Names of what has its row."""
        return frozenset(self._done)

    @property
    def _known_problems(self) -> list[Problem]:
        return [Problem(text) for text in self._problems]

    def close(self, why: str) -> None:
        """Give every case that never reported a failing row of its own, except where it could not be asked."""
        for name, item in self._asked.items():
            if name not in self._done and name not in self._unaskable:
                self._lost(item, Cause("not judged", why))

    @pytest.hookimpl
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Go on behind what an earlier process has done."""
        items[:] = [item for item in items if asked_name(item.nodeid) not in self._done]

    @pytest.hookimpl
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        name = asked_name(nodeid)
        limit = self._limit(self._asked[name].case) if self._limit and name in self._asked else None
        self._witness.does("case", name, limit)

    @pytest.hookimpl
    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """End this process where it cannot judge another case; the watching one starts the next."""
        why = self._broken.get(asked_name(nodeid))
        if why is not None and self._limit is not None:
            self._witness.cannot_go_on(why)
            sys.stdout.flush()
            os._exit(1)

    @pytest.hookimpl
    def pytest_plugin_registered(self, plugin: object, manager: pytest.PytestPluginManager) -> None:
        """Progress is ours to show: pytest's own terminal reporter goes as soon as it comes."""
        if manager.get_plugin("terminalreporter") is plugin:
            manager.unregister(plugin)

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._see_memory(report)
        for name, value in report.user_properties:
            if name == BROKEN:
                self._broken[asked_name(report.nodeid)] = str(value)
        rows = [value for name, value in report.user_properties if name == ROW]
        if rows:
            self._add(CaseResult.from_json(json.loads(str(rows[-1]))))
        elif problems := [str(value) for name, value in report.user_properties if name == PROBLEM]:
            if report.when != "teardown":  # which repeats the properties
                self._no_vector(asked_name(report.nodeid), problems[-1])
        elif report.failed:
            self._failed_without_row(report)

    @pytest.hookimpl
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problem(f"{report.nodeid or 'collection'}: {report.longreprtext}")

    @pytest.hookimpl
    def pytest_internalerror(self, excrepr: object) -> None:
        self.problem(f"internal error of the runner: {excrepr}")

    def _see_memory(self, report: pytest.TestReport) -> None:
        """Keep what the process that judges, and the worker that reports, have held at most."""
        self._witness.peak("judging", peak_bytes())
        worker = getattr(report, "node", None)  # pytest-xdist says whose a report is
        for name, value in report.user_properties:
            if name == PEAK and worker is not None:
                self._witness.peak(worker.gateway.id, int(str(value)))
        self._collector.info.environment[FACT] = in_mib(self._witness.record.peaks)

    def _failed_without_row(self, report: pytest.TestReport) -> None:
        """A worker that died in a case, or an error while a check was taken down."""
        name = asked_name(report.nodeid)
        text = " ".join(report.longreprtext.split())
        item, worker = self._asked.get(name), getattr(report, "node", None)
        if item is not None and name not in self._done:
            self._lost(item, Cause("died", text) if worker is None else self.how_ended(worker.gateway.id))
        elif name in self._broken:
            return  # it ended as it had to
        else:
            self.problem(f"{report.nodeid}: {report.when}: {text}")

    def _no_vector(self, name: str, why: str) -> None:
        """A case that could not be asked. Shown once for each cause, which may be that of many cases."""
        if why not in self._unaskable.values():
            self._progress.note(problem_line(vars(_not_judged((self._asked[name].case.id,), why))))
        self._unaskable[name] = why

    def _lost(self, item: Asked, why: Cause) -> None:
        self._add(outcome.result(item, self._options, [], why))

    def _add(self, row: CaseResult) -> None:
        name = f"{row.id}-{row.subject}"
        if name in self._done:
            self.problem(f"{name}: two checks judge it; a family belongs to one check")
            return
        self._done.add(name)
        row = self._expected(row)
        self._collector.add(row)
        self._progress.finished(row)
        self._witness.row(row)

    def problem(self, text: str) -> None:
        """Keep what went wrong with the run itself."""
        # Every worker that collects a broken module reports it.
        if text not in self._problems:
            self._problems.append(text)
            self._collector.problems = self._known_problems
            self._progress.note(text)
            self._witness.problem(text)


def _not_judged(ids: tuple[str, ...], why: str) -> Problem:
    return Problem(why, ids)


def asked_name(nodeid: str) -> str:
    """The name (Asked.name) in the id that pytest gives to its run of a check."""
    return nodeid.partition("[")[2].removesuffix("]")
