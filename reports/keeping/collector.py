"""How do results become a report that survives a kill? report.json is written after every finished case."""

import errno
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from reports.files import write_whole
from reports.forms.render import render
from reports.keeping.found import clear
from reports.model import SCHEMA, VERDICTS, CaseResult, Document, PlatformResult, Problem, RunInfo
from reports.views.report import Report

RENDER_EVERY = 5.0  # seconds at least between renderings of report.json while a run goes on
RENDER_SHARE = 50  # a rendering may take one part of so many of the time


class Collector:
    """Keeps one run's results and writes them to `directory`, which it makes.

    directory: receives report.json and its renderings (reports.forms.render). info: what the run rests on.
    clock: seconds, monotonic. started: when the run began by that clock; None for now.
    platform, rows: what an earlier process of the same run had collected. problems: what went wrong with the run
    itself; likeness: which known defects the failing subjects are like, in the shape of report.schema.json. Set them,
    and the next writing has them.
    """

    problems: Sequence[Problem] = ()
    likeness: Sequence[Mapping[str, Any]] = ()

    def __init__(
        self,
        directory: Path,
        info: RunInfo,
        clock: Callable[[], float] = time.monotonic,
        *,
        platform: Iterable[PlatformResult] = (),
        rows: Iterable[CaseResult] = (),
        started: float | None = None,
    ) -> None:
        self.directory, self.info, self._clock = directory, info, clock
        self._start = clock() if started is None else started
        self._next_render = clock() + RENDER_EVERY
        self._rows: list[CaseResult] = []
        self._cases = bytearray()  # the rows as JSON already: a case costs its own row, not all rows before it
        self._platform: list[PlatformResult] = list(platform)
        self._totals = dict.fromkeys(VERDICTS, 0)
        self._named = {requirement.id: 0 for requirement in info.requirements}
        self._judged = {requirement.id: dict.fromkeys(VERDICTS, 0) for requirement in info.requirements}
        self._coverage = _encode(info.coverage) if info.coverage else b""  # does not change while a run goes on
        for row in rows:
            self._keep(row)
        directory.mkdir(parents=True, exist_ok=True)
        if not self._rows and not self._platform:
            clear(directory, info.selection.get("replay", ""))
        self._render(self._write(complete=False))  # nothing of an earlier run stays in the folder

    @property
    def rows(self) -> list[CaseResult]:
        """The finished cases, in the order of finishing."""
        return list(self._rows)

    @property
    def platform_results(self) -> list[PlatformResult]:
        """The platform checks so far, in their order."""
        return list(self._platform)

    def platform(self, result: PlatformResult) -> None:
        """Keep the result of one platform check."""
        self._platform.append(result)
        self._write(complete=False)

    def add(self, row: CaseResult) -> None:
        """Keep one finished case; report.json has it when this returns.

        Raises ValueError where the row or one of its findings names a requirement that the run does not know.
        """
        self._keep(row)
        written = self._write(complete=False)
        if self._clock() >= self._next_render:
            self._render(written)

    def _keep(self, row: CaseResult) -> None:
        named = {*row.requirements, *(finding.requirement for finding in row.findings)}
        unknown = sorted(named - self._judged.keys())
        if unknown:
            raise ValueError(f"requirements of {row.id}: has {', '.join(unknown)}, needs ids that the run knows")
        self._rows.append(row)
        self._totals[row.verdict] += 1
        for name in row.requirements:
            self._named[name] += 1
        for finding in row.findings:
            self._judged[finding.requirement][finding.verdict] += 1
        self._cases += (b",\n" if self._cases else b"") + _encode(row.to_json())

    def finish(self, *, complete: bool) -> Report:
        """Write everything a last time; the report, as the file has it. complete: whether all was judged.

        Raises OSError where the file does not hold what was written.
        """
        path, written = self.directory / "report.json", b"".join(self._write(complete))
        if path.read_bytes() != written:
            raise OSError(errno.EIO, "holds other bytes than were written", str(path))
        return self._render([written])

    def _render(self, written: Iterable[bytes | bytearray]) -> Report:
        """Render what report.json holds, so that rendering it again gives the same files."""
        started = self._clock()
        report = Report(json.loads(b"".join(written)))
        render(report, self.directory)
        # A large report must not spend the run on rendering.
        self._next_render = self._clock() + max(RENDER_EVERY, RENDER_SHARE * (self._clock() - started))
        return report

    def _head(self, complete: bool) -> Document:
        rows = [{**r.to_json(), "cases": self._named[r.id], **self._judged[r.id]} for r in self.info.requirements]
        return {
            "schema": SCHEMA,
            "complete": complete,
            "tier": self.info.tier,
            "seconds": round(self._clock() - self._start, 3),
            "environment": self.info.environment,
            "platform_checks": [vars(result) for result in self._platform],
            "totals": dict(self._totals),
            "requirements": rows,
            **({"selection": self.info.selection} if self.info.selection else {}),
            **({"problems": [vars(problem) for problem in self.problems]} if self.problems else {}),
            **({"likeness": list(self.likeness)} if self.likeness else {}),
        }

    def _write(self, complete: bool) -> list[bytes | bytearray]:
        """Write report.json; what was written, in pieces: the rows may be megabytes, and go to the file uncopied."""
        head = b",\n".join(_line(name, value) for name, value in self._head(complete).items())
        coverage = b',\n "coverage": ' + self._coverage if self._coverage else b""
        pieces: list[bytes | bytearray] = [b"{\n", head, b',\n "cases": [\n', self._cases, b"\n ]", coverage, b"\n}\n"]
        write_whole(self.directory / "report.json", *pieces)
        return pieces


def _line(name: str, value: object) -> bytes:
    """A line of the report; of a list of objects one for each."""
    if isinstance(value, list) and value:
        return b" %b: [\n  %b\n ]" % (_encode(name), b",\n  ".join(map(_encode, value)))
    return b" %b: %b" % (_encode(name), _encode(value))


def _encode(value: object) -> bytes:
    # On one line: with an indent Python's slow encoder would do it, and the head is written after each case.
    return json.dumps(value, allow_nan=False).encode()
