"""How does pytest judge a case? Checks are parametrized over case x subject; each run of one gives a result row.

Loaded by ``python -m conformance`` in its own process and, through pytest-xdist, in every worker. A check is a test
function with ``@pytest.mark.family(name, ...)`` that takes the fixtures ``case``, ``subject``, ``backend``, ``vector``
(``.inputs``, ``.expected``) and ``judge``, and judges every requirement of the case.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conformance.asking import suite as suites
from conformance.asking.selection import Asked, RunOptions, select_again
from conformance.asking.suite import Judges, RunsKernels, SubjectUnderTest, Suite, Vector
from conformance.asking.unaskable import CannotAskError, NoVectorError
from conformance.calls import notes
from conformance.calls.explanation import explain
from conformance.judging import digests
from conformance.running import outcome
from conformance.sharing.effort import heavy
from conformance.sharing.partition import of_shard
from conformance.watching import exhaustion, worker
from conformance.watching.peak_memory import peak_bytes
from conformance.watching.time_limit import limit_of
from reports.line import lines, what
from reports.model import Cause
from vectors.case import Case
from vectors.coverage import scaled_pairs
from vectors.store.store import StoreError

OPTION = "--conformance-run"
ROW = "conformance-row"  # the user property that carries a result row to the process that collects them
PEAK = "conformance-peak"  # the one that carries the most bytes that the process has held
BROKEN = "conformance-broken"  # the one that says why this process cannot judge anything behind this case
PROBLEM = "conformance-problem"  # the one that carries, in place of a row, why a case could not be asked

_RUN = pytest.StashKey["Run"]()
_SETUP_SECONDS = pytest.StashKey[float]()


def vector_of(suite: Suite, case: Case) -> Vector:
    """The case's arrays. Raises NoVectorError."""
    try:
        return suite.vector(case)
    except StoreError as error:
        again = "restore vectors/golden as it was committed, or write it anew with `nox -s vectors`"
        raise NoVectorError(f"{what(explain(error, None))}; {again}") from error
    except Exception as error:
        whose = "this is a fault of the suite, `nox -s tests` may tell more"
        raise NoVectorError(f"{what(explain(error, error.__traceback__))}; {whose}") from error


@dataclass(frozen=True)
class Kept:
    """A case with its arrays, and what a row says of them, made once for all of its subjects."""

    case: Case
    vector: Vector

    @functools.cached_property
    def digest(self) -> str:
        return digests.of_case(self.case, self.vector.inputs, self.vector.expected)

    @functools.cached_property
    def pairs(self) -> dict[str, str]:
        return scaled_pairs.of_case(self.case, self.vector.inputs, self.vector.expected)


class Run:
    """One run as one process sees it: options, suite, selection, and the vector of the last case."""

    def __init__(self, options: RunOptions) -> None:
        self.options = options
        self.suite: Suite = suites.load(options.suite)
        # Activated here, in each process, before any check module or kernel is imported.
        self.backend: RunsKernels = suites.active_backend(options.suite, options.backend)
        self._kept: Kept | None = None

    @functools.cached_property
    def asked(self) -> list[Asked]:
        return of_shard(select_again(self.options), self.options.shard)

    def vector(self, case: Case) -> Vector:
        """The case's arrays. The last case's are kept: its subjects come one after the other, and to make the arrays
        may cost more than to judge them."""
        # Of the case as it is asked: a declared arithmetic makes other arrays under the same id.
        if self._kept is None or self._kept.case != case:
            self._kept = Kept(case, self._read_only(case))
        return self._kept.vector

    def kept(self, case: Case) -> Kept | None:
        """What is known of the case's arrays; None where it is not the last that was asked for."""
        return self._kept if self._kept is not None and self._kept.case == case else None

    def _read_only(self, case: Case) -> Vector:
        found = vector_of(self.suite, case)
        for array in (*found.inputs.values(), *found.expected.values()):
            if isinstance(array, np.ndarray):
                array.flags.writeable = False  # one subject must not see what another one wrote
        return found


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(OPTION, default="", help="the run's options as JSON (set by python -m conformance)")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "family(*names): the vector families that a check judges")
    text = config.getoption(OPTION)
    if not text:
        raise pytest.UsageError("conformance.running.plugin: run the checks with `python -m conformance`")
    config.stash[_RUN] = worker.begun(config, lambda: Run(RunOptions.from_json(text)))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    families = {name for mark in metafunc.definition.iter_markers("family") for name in mark.args}
    if not families:
        return
    asked = [item for item in metafunc.config.stash[_RUN].asked if item.case.family in families]
    metafunc.parametrize("asked", asked, ids=[item.name for item in asked])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the checks of families that this run does not ask (pytest makes a skipped item of each)."""
    items[:] = [item for item in items if _asked(item) is not None]
    order = config.stash[_RUN].suite.order
    if order is not None:
        items.sort(key=lambda item: order(asked.name) if (asked := _asked(item)) else 0)


@pytest.fixture
def case(asked: Asked) -> Case:
    """The case that is asked."""
    return asked.case


@pytest.fixture
def subject(asked: Asked) -> SubjectUnderTest:
    """The implementation under test."""
    return asked.subject


@pytest.fixture
def backend(pytestconfig: pytest.Config) -> RunsKernels:
    """Where it runs, active."""
    return pytestconfig.stash[_RUN].backend


@pytest.fixture
def inability(asked: Asked, backend: RunsKernels) -> str | None:
    """Why the subject or the backend declares that it cannot run this case; None where they can."""
    return why_unable(asked, backend)


def why_unable(asked: Asked, backend: RunsKernels) -> str | None:
    """A declared inability of the subject or the backend; None where they can."""
    if asked.case.device and not backend.adjustable:
        return f"{backend.name} has the one arithmetic that it has; the case is for an emulated device"
    case = asked.case
    return asked.subject.unable(case.family, case.params, case.requirements)


@pytest.fixture(autouse=True)
def device_settings(asked: Asked, backend: RunsKernels, inability: str | None) -> Generator[None]:
    """The emulated device as the case has it."""
    if not asked.case.device or inability is not None:
        yield
        return
    with backend.using(**asked.case.device):
        yield


@pytest.fixture
def judge(asked: Asked, pytestconfig: pytest.Config, inability: str | None) -> Judges:
    """Collects the findings of the case."""
    run = pytestconfig.stash[_RUN]
    options, again = run.options, run.options.rerun(asked.case, asked.spec)
    facts = {"failed_platform": options.failed_platform, "rerun": again}
    found = run.suite.judge(asked.case, asked.subject.name, options.backend, **facts)
    if inability is not None:
        found.unsupported(inability)
    return found


@pytest.fixture
def vector(asked: Asked, pytestconfig: pytest.Config, inability: str | None) -> Vector | None:
    """The case's arrays, read-only; None where the subject is unable and the check does not run."""
    return None if inability is not None else pytestconfig.stash[_RUN].vector(asked.case)


@pytest.fixture
def seconds(asked: Asked, pytestconfig: pytest.Config) -> float | None:
    """How long the case may take before its process is ended; None for as long as it takes."""
    return limit_of(pytestconfig.stash[_RUN].options.case_timeout)(asked.case)


@pytest.fixture
def lowered() -> list[dict[str, Any]]:
    """What the check has seen of kernels' machine code, for the report: the check adds to it."""
    return []


@pytest.fixture
def found_examples(pytestconfig: pytest.Config) -> Path | None:
    """The folder for examples that break a property; None where this run keeps none."""
    folder = pytestconfig.stash[_RUN].options.found
    return Path(folder) if folder else None


@pytest.hookimpl
def pytest_sessionfinish() -> None:
    """End the processes that checks have started for more than one case."""
    ranks = sys.modules.get("conformance.distributed.ranks")
    if ranks is not None:
        ranks.stop()


@pytest.hookimpl
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.config.stash[_RUN].backend.take_costs()  # what was launched before is not this case's
    notes.take()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """A declared inability is the verdict: the check is not run."""
    return True if pyfuncitem.funcargs.get("inability") is not None else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "setup" and report.passed:
        item.stash[_SETUP_SECONDS] = call.duration
    elif call.when in ("setup", "call"):
        _attach_row(item, call, report)
    return report


def _attach_row(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    asked = _asked(item)
    if asked is None:
        return
    run, error = item.config.stash[_RUN], call.excinfo
    report.user_properties = [*report.user_properties, (PEAK, peak_bytes())]
    if error is not None and exhaustion.what_ran_out(error.value):
        exhaustion.let_go(error.value)
        run.backend.release_memory()
    if error is not None and isinstance(error.value, CannotAskError):
        # Nothing was asked of the subject, so nothing is said of it. The same for each subject of the case.
        start = "no arrays can be had: " if isinstance(error.value, NoVectorError) else ""
        report.user_properties = [*report.user_properties, (PROBLEM, f"{start}{error.value}")]
        report.longrepr = str(error.value)
        return
    noted = notes.take()
    problem, broken = _what_went_wrong(run.backend, None if error is None else error.value)
    if noted.changed:
        first = problem or Cause("claim", noted.changed.pop(0))
        problem = replace(first, hints=(*first.hints, *noted.changed))
    if broken:
        worker.ends_behind_this_case(item.config)
        report.user_properties = [*report.user_properties, (BROKEN, broken)]
    elif heavy(asked.case):
        run.backend.release_memory()  # other processes on the device may need it
    made = getattr(item, "funcargs", {})
    found = made.get("judge")
    kept = run.kept(asked.case) if made.get("vector") is not None else None
    row = outcome.result(
        asked,
        run.options,
        found.findings if found else [],
        problem,
        item.stash.get(_SETUP_SECONDS, 0.0) + call.duration,
        launches=[cost.to_json() for cost in run.backend.take_costs()],
        lowering=made.get("lowered", []),
        bits=found.digests if found else {},
        histograms=found.histograms if found else {},
        pictures=found.pictures if found else {},
        pairs=kept.pairs if kept else {},
        asked=kept.digest if kept else "",
        unwritten=noted.unwritten,
    )
    told = row.to_json()
    report.user_properties = [*report.user_properties, (ROW, json.dumps(told))]
    report.outcome = "failed" if row.verdict == "fail" else "passed"
    report.longrepr = "\n".join(lines(told)) if row.verdict == "fail" else None


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
    problem = explain(error, error.__traceback__)
    ran_out, broken = exhaustion.what_ran_out(error), backend.why_lost()
    kind = f"out of {ran_out}" if ran_out else problem.kind if broken is None else "device lost"
    if broken is None:
        return replace(problem, kind=kind), ""
    behind = f"behind it the device was of no use to this process ({broken}), which was ended"
    return replace(problem, kind=kind, hints=(behind,)), broken


def _asked(item: pytest.Item) -> Asked | None:
    callspec = getattr(item, "callspec", None)
    found = callspec.params.get("asked") if callspec else None
    return found if isinstance(found, Asked) else None
