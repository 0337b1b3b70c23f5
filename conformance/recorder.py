"""Who hears the results? The controlling process: it takes rows from its workers and notices what never came."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from conformance import outcome
from conformance.plugin import ROW
from conformance.progress import Progress
from conformance.selection import Asked, RunOptions
from reports.collector import Collector
from reports.model import CaseResult


class Recorder:
    """A pytest plugin object of the controlling process.

    problems: what went wrong with the run itself (a check module that does not import, a crashed worker).
    """

    def __init__(
        self, asked: Sequence[Asked], options: RunOptions, collector: Collector, progress: Progress
    ) -> None:
        self.problems: list[str] = []
        self._asked = {item.name: item for item in asked}
        self._options, self._collector, self._progress = options, collector, progress
        self._done: set[str] = set()

    def close(self) -> None:
        """Give every case that never reported a failing row of its own."""
        for name, item in self._asked.items():
            if name not in self._done:
                self._lost(item, "no check judged this case")

    @pytest.hookimpl
    def pytest_plugin_registered(self, plugin: object, manager: pytest.PytestPluginManager) -> None:
        """Progress is ours to show: pytest's own terminal reporter goes as soon as it comes."""
        if manager.get_plugin("terminalreporter") is plugin:
            manager.unregister(plugin)

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        rows = [value for name, value in report.user_properties if name == ROW]
        if rows:
            self._add(CaseResult.from_json(json.loads(str(rows[-1]))))
        elif report.failed:
            self._failed_without_row(report)

    @pytest.hookimpl
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._problem(f"{report.nodeid or 'collection'}: {report.longreprtext}")

    @pytest.hookimpl
    def pytest_internalerror(self, excrepr: object) -> None:
        self._problem(f"internal error of the runner: {excrepr}")

    def _failed_without_row(self, report: pytest.TestReport) -> None:
        """A worker that died in a case, or an error while a check was taken down."""
        name = report.nodeid.partition("[")[2].removesuffix("]")
        text = " ".join(report.longreprtext.split())
        item = self._asked.get(name)
        if item is not None and name not in self._done:
            self._lost(item, f"its process died: {text}")
        else:
            self._problem(f"{report.nodeid}: {report.when}: {text}")

    def _lost(self, item: Asked, problem: str) -> None:
        self._add(outcome.result(item, self._options, [], problem))

    def _add(self, row: CaseResult) -> None:
        name = f"{row.id}-{row.subject}"
        if name in self._done:
            self._problem(f"{name}: two checks judge it; a family belongs to one check")
            return
        self._done.add(name)
        self._collector.add(row)
        self._progress.finished(row)

    def _problem(self, text: str) -> None:
        # Every worker that collects a broken module reports it.
        if text not in self.problems:
            self.problems.append(text)
            self._progress.note(text)
