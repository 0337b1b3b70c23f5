"""What does a person see while a run goes on? A line that moves in a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner

from reports.foreign.showing import plain
from reports.forms.terminal import STYLES, said
from reports.line import lines
from reports.model import VERDICTS, WRONG, CaseResult
from reports.views.expected import unexpected
from reports.views.expected import unmet as missed
from reports.views.reach import short
from reports.views.tables import counted

EVERY = 10.0  # seconds between lines where there is no terminal


class Progress:
    """Shows how far a run is. Failures and deviations are printed in one line each, as they happen.

    Whoever waits for results shows it now and then, so that a long case does not look like a run that hangs.
    """

    def __init__(
        self, console: Console, total: int, clock: Callable[[], float] = time.monotonic, started: float | None = None
    ) -> None:
        self._console, self._total, self._clock = console, total, clock
        self._start = clock() if started is None else started
        self._next = clock() + EVERY
        self._counts = dict.fromkeys(VERDICTS, 0)
        self._spinner = Spinner("dots")
        self._moving: Live | None = None
        if console.is_terminal:
            # Without the thread and the captured output that it else has: this process forks those that judge.
            self._moving = Live(
                self._spinner,
                console=console,
                transient=True,
                auto_refresh=False,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._moving.start()

    def known(self, row: CaseResult) -> None:
        """One case that was done, and shown, before."""
        self._counts[row.verdict] += 1

    def finished(self, row: CaseResult) -> None:
        """One more case is done."""
        self._counts[row.verdict] += 1
        for line in missed(row.to_json()) if row.expected else ():
            self._record("fail", f"{row.id} {row.subject}: {line}", "not as expected")
        if row.verdict in WRONG:
            surprising = unexpected(row.to_json(), row.verdict)
            words = f"{row.verdict if surprising else f'expected {row.verdict}'}{short(row.to_json())}"
            for line in lines(row.to_json()):
                self._record(row.verdict, line, words)
        if sum(self._counts.values()) == self._total:
            self._next = self._clock()
        self.show()

    def note(self, text: str) -> None:
        """Print a line of plain text."""
        self._console.print(said(text), soft_wrap=True)

    def line(self) -> str:
        """'[ 35%] 112/320 cases, 48 s: 110 pass, 1 fail, 1 deviation'."""
        done = sum(self._counts.values())
        percent = 100 * done // self._total if self._total else 100
        seconds = self._clock() - self._start
        return f"[{percent:3d}%] {done}/{self._total} cases, {seconds:.0f} s: {counted(self._counts)}"

    def close(self) -> None:
        """Stop the moving line."""
        if self._moving:
            self._moving.stop()

    def show(self) -> None:
        """Show how far it is: in a log only where the last line was a while ago."""
        if self._moving:
            self._spinner.update(text=said(self.line()))
            self._moving.refresh()
        elif self._clock() >= self._next:
            self._next = self._clock() + EVERY
            self.note(self.line())

    def _record(self, verdict: str, line: str, words: str) -> None:
        verdict_of, comma, met = words.partition(",")
        text = said(f"{verdict_of.upper()}{comma}{met} ", style=STYLES[verdict])
        self._console.print(text.append(plain(line), style="default"), soft_wrap=True)
