"""What judges for somebody else's pytest? A process that is asked one case after the other, over a pipe.

``python -m conformance.theirs.server FD [options of a run]``. It tells what there is to ask, then answers each name
with its row. Kernels are loaded by its children alone: one that a case ends is replaced.
"""

import argparse
import functools
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

from conformance.asking.suite import DEFAULT
from conformance.cli import parser
from conformance.running import outcome
from conformance.running.opening import beginning
from conformance.running.plan import Plan
from conformance.running.refusals import obeyed
from conformance.running.run import going_on
from conformance.sharing.devices import threads
from conformance.watching.watcher import ENDED, Child, Watcher
from reports.model import Cause


class Server:
    """pipe: to who asks. Sends ("platform", result), then ("plan", what is asked); for each name ("row", row as in a
    report), or ("unaskable", why); ("refused", why) where nothing can be asked any more.
    """

    def __init__(self, pipe: Connection, watcher: Watcher) -> None:
        self._pipe, self._watcher = pipe, watcher
        self._plan: Plan | None = None
        self._failed: list[str] = []
        self._name: str | None = ""  # asked and not answered; '' for none, None once nobody asks any more
        self._is_told = False
        self._in_vain = 0  # processes in a row that came to no case

    def go(self, suite: str, options: argparse.Namespace, words: Sequence[str]) -> int:
        """Serve until nobody asks any more. Exit code 0."""
        self._watcher.start("gw0", functools.partial(beginning, suite, options, words), _threads())
        for child, kind, value in self._watcher.events():
            if kind == ENDED:
                self._ended(child)
            else:
                self._hear(child, kind, value)
        return 0

    def _hear(self, child: Child, kind: str, value: Any) -> None:
        match kind:
            case "no backend":
                self._pipe.send(("refused", value[1]))
            case "plan":
                self._plan = value
            case "platform":
                self._failed += [value[0].id] if value[0].verdict == "fail" else []
                self._pipe.send(("platform", value[0]))
            case "checked":
                self._tell_plan()
                child.answer(True)
            case "next":
                self._in_vain = 0
                child.answer(self._next())
            case "row" if self._name and self._plan is not None:
                self._answer("row", self._plan.expectations.on(value).to_json())
            case "unaskable":
                self._answer("unaskable", value[1])

    def _tell_plan(self) -> None:
        if self._plan is None:
            return
        self._is_told = True
        self._plan = replace(self._plan, options=replace(self._plan.options, failed_platform=tuple(self._failed)))
        self._pipe.send(("plan", [(item.name, item.case.id) for item in self._plan.asked]))

    def _next(self) -> str | None:
        """The name that is asked; None where nobody asks any more."""
        if self._name == "":
            try:
                self._name = self._pipe.recv()
            except EOFError:
                self._name = None
        return self._name

    def _answer(self, kind: str, value: object) -> None:
        if self._name:
            self._pipe.send((kind, value))
            self._name = ""

    def _ended(self, child: Child) -> None:
        """A case that ended its process has failed; another process goes on."""
        if self._name is None:
            return
        how, plan = child.hung or Cause("died", child.how), self._plan
        if plan is None or not self._is_told:
            self._pipe.send(("refused", self._why_nothing(child)))
            return
        if self._name and child.doing.kind == "case" and child.code is None:
            asked = next(item for item in plan.asked if item.name == self._name)
            self._answer("row", plan.expectations.on(outcome.result(asked, plan.options, [], how)).to_json())
        elif self._name:
            self._answer("unaskable", f"the process that judges ended: {child.how}")
        self._in_vain += 1
        if self._in_vain > 2:
            self._pipe.send(("refused", f"no process can begin to judge: {child.how}"))
        elif self._next() is not None:
            self._watcher.start("gw0", functools.partial(going_on, plan.options), _threads())

    def _why_nothing(self, child: Child) -> str:
        """'' where the last that was printed says it."""
        if self._plan is not None and self._plan.why_nothing:
            return self._plan.why_nothing
        failed = f"the platform does not hold: {', '.join(self._failed)} failed" if self._failed else ""
        return child.how if child.code is None else failed


def _threads() -> dict[str, str]:
    """The environment of one of as many processes as xdist has workers."""
    return threads(int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def main(words: Sequence[str], suite: str = DEFAULT) -> int:
    """Serve over the descriptor that the first word names; what is printed meanwhile goes to standard error."""
    pipe = Connection(int(words[0]))
    os.set_inheritable(pipe.fileno(), False)
    options = parser().parse_args(words[1:])
    options.tier = options.tier or "gate"

    def serve() -> int:
        with Watcher() as watcher:
            return Server(pipe, watcher).go(suite, options, words[1:])

    return obeyed(serve)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
