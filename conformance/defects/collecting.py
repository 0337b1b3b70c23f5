"""Of which wrong kernels is collected what fails, how many at a time, and where is it kept? A file for each."""

import json
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from conformance.defects.ask_mutant import Mutant, Setup
from conformance.defects.ask_symptoms import Seen, ask_clean, ask_symptoms
from conformance.defects.catalogue import SYSTEMATIC, Defect
from conformance.defects.records import CLEAN
from conformance.defects.suite_process import ToTheEnd
from reports.files import write_whole
from reports.foreign.reading import json_file
from reports.foreign.showing import say

FOLDER = "symptoms"
_NEEDED = {"type": "object", "required": ["id", "fingerprint", "rows", "asked", "cut", "problem", "seconds"]}


class SeenError(ValueError):
    """A file of the folder is none of these; the message names it and what is wrong."""


@dataclass(frozen=True)
class Collecting:
    """chosen: entries to ask. fingerprints: by id. workers: at a time. limit: seconds of each. folder: of the files."""

    chosen: Sequence[Defect]
    setup: Setup
    report: ToTheEnd
    backend: str
    fingerprints: Mapping[str, str]
    workers: int
    limit: float
    folder: Path
    stop: threading.Event

    def run(self) -> None:
        """Ask what has no file yet, or was cut with less time; raises what a job raises, with the others stopped."""
        self.folder.mkdir(parents=True, exist_ok=True)
        left = [entry.id for entry in spread(self.chosen) if not self._holds(entry.id)]
        left = [CLEAN] * (not self._holds(CLEAN)) + left
        with ThreadPoolExecutor(max(1, self.workers)) as pool:
            running = [pool.submit(self._one, name) for name in left]
            try:
                for count, future in enumerate(as_completed(running), 1):
                    say(f"[{count}/{len(left)}] {line(future.result())}")
                    sys.stdout.flush()
            except BaseException:
                self.stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _one(self, name: str) -> Seen:
        print_ = self.fingerprints[name]
        if name == CLEAN:
            seen = ask_clean(self.backend, print_, self.report)
        else:
            entry = next(entry for entry in self.chosen if entry.id == name)
            mutant = Mutant(entry, entry.backend or self.backend, print_)
            seen = ask_symptoms(mutant, self.setup, self.report, self.limit)
        write_whole(self.path(name), json.dumps(asdict(seen), allow_nan=False).encode())
        return seen

    def _holds(self, name: str) -> bool:
        seen = read(self.path(name))
        if seen is None or seen.fingerprint != self.fingerprints[name] or seen.problem:
            return False
        return not seen.cut or seen.seconds >= self.limit


def read(path: Path) -> Seen | None:
    """What stands in a file; None where there is none. Raises SeenError."""
    if not path.exists():
        return None
    found = json_file(path, SeenError, _NEEDED, "file of what a wrong kernel showed")
    return Seen(**{**found, "asked": tuple(found["asked"]), "rows": tuple(found["rows"])})


def spread(entries: Sequence[Defect]) -> list[Defect]:
    """Those of the catalogue first, and of each field one after the other: a run that is cut has some of each."""
    before: Counter[tuple[str, str]] = Counter()

    def places() -> Iterator[tuple[bool, int, Defect]]:
        for entry in entries:
            before[entry.kind, entry.field] += 1
            yield entry.kind == SYSTEMATIC, before[entry.kind, entry.field], entry

    return [entry for _, _, entry in sorted(places(), key=lambda place: place[:2])]


def line(seen: Seen) -> str:
    """One of them, as the terminal has it."""
    state = f"{seen.problem}; " if seen.problem else "cut; " if seen.cut else ""
    taken = f"{seen.seconds:.1f} s, {seen.cpu_seconds:.1f} s of CPU"
    return f"{seen.id}: {state}{len(seen.rows)} of {len(seen.asked)} cases fail, {taken}"
