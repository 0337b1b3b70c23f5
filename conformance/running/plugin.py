"""How does pytest judge a case? Checks are parametrized over case x subject; each run of one gives a result row.

A check is a test function with ``@pytest.mark.family(name, ...)`` that takes the fixtures ``case``, ``subject``,
``backend``, ``vector`` (``.inputs``, ``.expected``) and ``judge``, and judges every requirement of the case. It returns
nothing, or the CannotAskError of the suite's own that kept it from asking; what it raises is the subject's failure.
"""

import inspect
import os
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from conformance.asking.selection import Asked, NamedSubject, RunOptions
from conformance.asking.suite import Judges, RunsKernels, SubjectUnderTest, Suite
from conformance.asking.unaskable import CannotAskError, NoVectorError, made_below
from conformance.calls import notes, surroundings
from conformance.calls.aspects import ARITHMETIC
from conformance.calls.explanation import explain
from conformance.requirements import MEMORY
from conformance.root import MODULE
from conformance.running import outcome
from conformance.running.isolation import isolated
from conformance.running.vectors import Kept, LastVector
from conformance.sharing.effort import heavy
from conformance.watching import exhaustion
from conformance.watching.link import Link, RunStopped
from conformance.watching.peak_memory import peak_bytes
from conformance.watching.time_limit import limit_of
from conformance.watching.watcher import INTERNAL, INTERRUPTED
from reports.line import what
from reports.model import WRONG, CaseResult, Cause
from vectors.case import Case, Vector

_OF_VALUES = ("values", "claim", "not judged")  # kinds of causes
_SETUP_SECONDS = pytest.StashKey[float]()


class Inability(NamedTuple):
    """Why a case is not run, and the verdict that this is."""

    verdict: str
    reason: str


class Checks:
    """A pytest plugin object: judges one case after the other, as the watching process asks for them, and tells it.

    asked: all that it may ask for. folder: where the checks are.
    """

    def __init__(
        self, suite: Suite, backend: RunsKernels, options: RunOptions, asked: Sequence[Asked], link: Link
    ) -> None:
        self.folder = suite.checks
        self._suite, self._backend, self._options, self._asked, self._link = suite, backend, options, asked, link
        self._limit, self._last = limit_of(options.case_timeout), LastVector(suite)
        self._held = 0  # bytes before the case
        self._broken = ""  # why this process cannot judge anything more
        self._raised: BaseException | None = None  # by the check of the case
        self._cannot_ask: CannotAskError | None = None  # of the suite's own: nothing was asked of the subject
        self.code = INTERNAL  # of the process, unless it comes to an end of its work
        self._arithmetic = surroundings.look(ARITHMETIC)

    @pytest.hookimpl
    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", "family(*names): the vector families that a check judges")

    @pytest.hookimpl
    def pytest_plugin_registered(self, plugin: object, manager: pytest.PytestPluginManager) -> None:
        """Progress is shown elsewhere: pytest's own terminal reporter goes as soon as it comes."""
        if manager.get_plugin("terminalreporter") is plugin:
            manager.unregister(plugin)

    @pytest.hookimpl
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        families = {name for mark in metafunc.definition.iter_markers("family") for name in mark.args}
        if not families:
            return
        asked = [item for item in self._asked if item.case.family in families]
        metafunc.parametrize("asked", asked, ids=[item.name for item in asked])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judge what is asked for until nothing is left."""
        items: dict[str, list[pytest.Item]] = {}
        for item in session.items:
            if (asked := asked_in(item)) is not None:  # pytest makes a skipped item of a check that is not asked
                items.setdefault(asked.name, []).append(item)
        name = self._next("")
        while name is not None:
            if name not in items:
                self._link.tell("unaskable", (name, "no check that can be loaded judges its family"))
            for item in items.get(name, ()):
                self._run(item, name)
            name = self._next(name)
        self._look_at_the_judge()
        self.code = 0
        return True

    def _next(self, last: str) -> str | None:
        self._link.tell("peak", peak_bytes())
        return self._link.ask("next", last)

    def _run(self, item: pytest.Item, name: str) -> None:
        asked = asked_in(item)
        self._link.does("case", name, None if asked is None else self._limit(asked.case))
        self._backend.take_costs()  # what was launched before is not this case's
        notes.take()
        notes.current().guards_fresh = asked is not None and MEMORY in asked.case.requirements
        for words in surroundings.put_back(ARITHMETIC, self._arithmetic).told:  # before arrays are made
            self._link.tell("problem", f"{name}: before it, and in no call, the process got another {words}")
        self._held = exhaustion.held_bytes()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        if self._broken:  # another process takes its place
            self._look_at_the_judge()
            self._link.tell("peak", peak_bytes())
            self._link.tell("replaced", self._broken)
            with suppress(ValueError):  # a subject may have closed it
                sys.stdout.flush()
            os._exit(1)

    def _look_at_the_judge(self) -> None:
        """A run is void whose judge would let a wrong answer pass, or fails a right one."""
        for case, judge, needs in self._suite.planted():
            row = outcome.result(Asked(case, NamedSubject("planted"), "planted"), self._options, judge.findings)
            if row.verdict != needs:
                words = f"{case.id}: the verdict on a planted answer is {row.verdict}, needs {needs}"
                self._link.tell("problem", f"{words}: something in this process bends verdicts, so none of them counts")

    @pytest.fixture
    def case(self, asked: Asked) -> Case:
        """The case that is asked."""
        return asked.case

    @pytest.fixture
    def subject(self, asked: Asked) -> SubjectUnderTest:
        """The implementation under test."""
        return asked.subject

    @pytest.fixture
    def backend(self) -> RunsKernels:
        """Where it runs, active."""
        return self._backend

    @pytest.fixture
    def inability(self, asked: Asked) -> Inability | None:
        """Why the subject or the backend cannot run this case; None where they can."""
        return why_unable(asked, self._backend)

    @pytest.fixture(autouse=True)
    def device_settings(self, asked: Asked, inability: Inability | None) -> Generator[None]:
        """The emulated device as the case has it."""
        if not asked.case.device or inability is not None:
            yield
            return
        with self._backend.using(**asked.case.device):
            yield

    @pytest.fixture
    def judge(self, asked: Asked, inability: Inability | None) -> Judges:
        """Collects the findings of the case."""
        facts = {"failed_platform": self._options.failed_platform, "rerun": self._options.rerun(asked.case, asked.spec)}
        found = self._suite.judge(asked.case, asked.subject.name, self._options.backend, **facts)
        if inability is not None:
            found.unable(*inability)
        return found

    @pytest.fixture
    def kept(self, asked: Asked, inability: Inability | None) -> Kept | None:
        """What is known of the case's arrays; None where the subject is unable and the check does not run."""
        if inability is not None:
            return None
        try:
            return self._last.of(asked.case)
        except CannotAskError as error:
            self._cannot_ask = error
            raise

    @pytest.fixture
    def vector(self, kept: Kept | None) -> Vector | None:
        """The case's arrays, read-only; None where the check does not run."""
        return None if kept is None else kept.vector

    @pytest.fixture
    def seconds(self, asked: Asked) -> float | None:
        """How long the case may take before its process is ended; None for as long as it takes."""
        return self._limit(asked.case)

    @pytest.fixture
    def lowered(self) -> list[dict[str, Any]]:
        """What the check has seen of kernels' machine code, for the report: the check adds to it."""
        return []

    @pytest.fixture
    def found_examples(self) -> Path | None:
        """The folder for examples that break a property; None where this run keeps none."""
        return Path(self._options.found) if self._options.found else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool:
        """Run the check, unless an inability is the verdict.

        What it raises is kept from pytest, which obeys some exceptions and asks all of them for their text.
        """
        made, wanted = pyfuncitem.funcargs, inspect.signature(pyfuncitem.obj).parameters
        if made.get("inability") is None:
            try:
                with isolated():
                    self._cannot_ask = pyfuncitem.obj(**{name: made[name] for name in wanted})
            except RunStopped:
                raise
            except BaseException as error:
                self._cannot_ask = made_below(error)
                self._raised = None if self._cannot_ask else error
        return True

    @pytest.hookimpl
    def pytest_sessionfinish(self) -> None:
        """End the processes that checks have started for more than one case."""
        ranks = sys.modules.get(f"{MODULE}.distributed.ranks")
        if ranks is not None:
            ranks.stop()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        asked = asked_in(item)
        if call.when == "setup" and report.passed:
            item.stash[_SETUP_SECONDS] = call.duration
        elif call.when == "teardown":
            if report.failed and not self._broken:
                self._link.tell("problem", f"{item.nodeid}: teardown: {' '.join(report.longreprtext.split())}")
        elif asked is not None:
            self._tell(asked, item, call)
        return report

    @pytest.hookimpl
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._link.tell("problem", f"{report.nodeid or 'collection'}: {report.longreprtext}")

    @pytest.hookimpl
    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """The process ends, and another one goes on; pytest itself prints the traceback."""
        self.code = INTERNAL
        self._link.tell("broken", what(explain(excinfo.value)))

    @pytest.hookimpl
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Or what pytest takes for one: its own Exit."""
        if excinfo.type is RunStopped:
            self.code = INTERRUPTED
        else:
            self._link.tell("broken", what(explain(excinfo.value)))

    def _tell(self, asked: Asked, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        error = self._raised if call.excinfo is None else call.excinfo.value
        cannot_ask, self._raised, self._cannot_ask = self._cannot_ask, None, None
        if error is not None and exhaustion.what_ran_out(error):
            exhaustion.let_go(error)
            self._backend.release_memory()
        if cannot_ask is not None:
            # Nothing was asked of the subject, so nothing is said of it. The same for each subject of the case.
            start = "no arrays can be had: " if isinstance(cannot_ask, NoVectorError) else ""
            self._link.tell("unaskable", (asked.name, f"{start}{cannot_ask}"))
        else:
            self._link.tell("row", self._row(asked, item, call.duration, error))

    def _row(self, asked: Asked, item: pytest.Item, seconds: float, error: BaseException | None) -> CaseResult:
        """What came of the case."""
        noted = notes.take()
        problem, self._broken = _what_went_wrong(self._backend, error)
        if noted.outside:
            first = problem or Cause("outside", noted.outside.pop(0))
            problem = replace(first, hints=(*first.hints, *noted.outside))
        if noted.changed:
            first = problem or Cause("claim", noted.changed.pop(0))
            problem = replace(first, hints=(*first.hints, *noted.changed))
        if not self._broken and (why := self._of_no_use_to_others(noted.lasting, problem)):
            self._broken = why
            problem = problem and replace(problem, hints=(*problem.hints, f"{why}, and another process went on"))
        if not self._broken and heavy(asked.case):
            self._backend.release_memory()  # other processes on the device may need it
        made = getattr(item, "funcargs", {})
        found, kept = made.get("judge"), made.get("kept")
        row = outcome.result(
            asked,
            self._options,
            found.findings if found else [],
            problem,
            item.stash.get(_SETUP_SECONDS, 0.0) + seconds,
            launches=[cost.to_json() for cost in self._backend.take_costs()],
            lowering=made.get("lowered", []),
            bits=found.digests if found else {},
            histograms=found.histograms if found else {},
            pictures=found.pictures if found else {},
            pairs=kept.pairs if kept else {},
            rules=found.rules if found else {},
            asked=kept.digest if kept else "",
            unwritten=lambda: called_again(noted.unwritten, "to see what memory it leaves unwritten"),
            beside=lambda: called_again(noted.read_beside, ""),
        )
        if row.verdict not in WRONG:
            return row
        causes = [finding.cause for finding in row.findings if finding.verdict in WRONG]
        return replace(row, reach=self._reach(asked, kept, found, causes))

    def _reach(
        self, asked: Asked, kept: Kept | None, judge: Judges | None, causes: Iterable[Cause | None]
    ) -> dict[str, list[str]]:
        """Which uses meet what failed, and what keeps the others from it."""
        if self._suite.uses is None or kept is None:
            return {}
        wrong = judge.wrong_elements if judge else {}
        try:
            uses = self._suite.uses(self._options.uses)
            by_values = all(cause is None or cause.kind in _OF_VALUES for cause in causes)
            return uses.reach(asked.case, asked.subject, kept.vector.inputs, wrong, by_values)
        except Exception as error:  # the verdict stands, and the run says that it broke
            self._link.tell("problem", f"{asked.name}: looking for uses that meet it {what(explain(error))}")
            return {}

    def _of_no_use_to_others(self, lasting: Sequence[str], problem: Cause | None) -> str:
        """Why the next case is to find another process than the one that this case leaves; '' where it is as good."""
        if lasting:
            return f"{', '.join(lasting)} could not be put back"
        ran_out = problem is not None and problem.kind == "out of host memory"
        return "it kept memory that others need" if exhaustion.keeps_too_much(self._held, ran_out) else ""


def called_again(asked: Callable[[], str], why: str) -> str:
    """What the notes tell of a call, for which the subject is called again. why: what for, '' where it may fail."""
    try:
        with isolated():
            return asked()
    except RunStopped:
        raise
    except BaseException as error:  # the case has failed already
        return f"called again {why}, it {what(explain(error))}" if why else ""


def why_unable(asked: Asked, backend: RunsKernels) -> Inability | None:
    """What the subject declares that it cannot do, or what the backend cannot; None where they can."""
    case = asked.case
    if case.device and not backend.adjustable:
        words = f"{backend.name} has the one arithmetic that it has; the case is for an emulated device"
        return Inability("unsupported", words)
    if asked.subject.unable_here is not None:
        return Inability("unsupported", f"{asked.subject.name} {asked.subject.unable_here}")
    reason = asked.subject.unable(case.family, case.params, case.requirements)
    return None if reason is None else Inability("declared", reason)


def asked_in(item: pytest.Item) -> Asked | None:
    """What an item asks; None where it is no check's."""
    callspec = getattr(item, "callspec", None)
    found = callspec.params.get("asked") if callspec else None
    return found if isinstance(found, Asked) else None


def _what_went_wrong(backend: RunsKernels, error: BaseException | None) -> tuple[Cause | None, str]:
    """The cause; and why the device is of no further use to this process, '' where it is.

    An error in a kernel may show first when something waits for the kernel, so the device is waited for here.
    """
    if error is None:
        try:
            backend.synchronize()
            return None, ""
        except Exception as late:
            error = late
    problem = explain(error)
    ran_out, broken = exhaustion.what_ran_out(error), backend.why_lost()
    kind = f"out of {ran_out}" if ran_out else problem.kind if broken is None else "device lost"
    if broken is None:
        return replace(problem, kind=kind), ""
    behind = f"behind it the device was of no use to this process ({broken}), which was ended"
    return replace(problem, kind=kind, hints=(behind,)), broken
