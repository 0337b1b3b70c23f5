"""What does a person see while a run goes on? A line that moves in a terminal, a line now and then elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from reports.forms.terminal import STYLES
from reports.line import lines
from reports.model import VERDICTS, CaseResult
from reports.views.expected import unexpected
from reports.views.expected import unmet as missed
from reports.views.tables import counted

EVERY = 10.0  # seconds between lines where there is no terminal
REFRESH = 1.0  # seconds between updates of the moving line


class Progress:
    """Shows how far a run is. Failures and deviations are printed in one line each, as they happen.

    A thread keeps time, so that a long case does not look like a run that hangs.
    """

    def __init__(
        self, console: Console, total: int, clock: Callable[[], float] = time.monotonic, started: float | None = None
    ) -> None:
        self._console, self._total, self._clock = console, total, clock
        self._start = clock() if started is None else started
        self._next = clock() + EVERY
        self._counts = dict.fromkeys(VERDICTS, 0)
        self._status = console.status("") if console.is_terminal else None
        if self._status:
            self._status.start()
        self._closed = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="progress", daemon=True)
        self._ticker.start()

    def known(self, row: CaseResult) -> None:
        """One case that was done, and shown, before."""
        self._counts[row.verdict] += 1

    def finished(self, row: CaseResult) -> None:
        """One more case is done."""
        self._counts[row.verdict] += 1
        for line in missed(row.to_json()) if row.expected else ():
            self._record("fail", f"{row.id} {row.subject}: {line}", "not as expected")
        if row.verdict in ("fail", "deviation"):
            surprising = unexpected(row.to_json(), row.verdict)
            for line in lines(row.to_json()):
                self._record(row.verdict, line, row.verdict if surprising else f"expected {row.verdict}")
        if sum(self._counts.values()) == self._total:
            self._next = self._clock()
        self._show()

    def note(self, text: str) -> None:
        """Print a line of plain text."""
        self._console.print(Text(text), soft_wrap=True)

    def line(self) -> str:
        """'[ 35%] 112/320 cases, 48 s: 110 pass, 1 fail, 1 deviation'."""
        done = sum(self._counts.values())
        percent = 100 * done // self._total if self._total else 100
        seconds = self._clock() - self._start
        return f"[{percent:3d}%] {done}/{self._total} cases, {seconds:.0f} s: {counted(self._counts)}"

    def close(self) -> None:
        """Stop the moving line and its thread."""
        self._closed.set()
        self._ticker.join()
        if self._status:
            self._status.stop()

    def _tick(self) -> None:
        while not self._closed.wait(REFRESH):
            self._show()

    def _show(self) -> None:
        if self._status:
            self._status.update(Text(self.line()))
        elif self._clock() >= self._next:
            self._next = self._clock() + EVERY
            self.note(self.line())

    def _record(self, verdict: str, line: str, words: str) -> None:
        text = Text(f"{words.upper()} ", style=STYLES[verdict])
        self._console.print(text.append(line, style="default"), soft_wrap=True)
