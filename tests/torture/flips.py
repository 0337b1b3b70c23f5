"""What if one bit of a file is another one? Golden stores, reports, expectation files and records of mutants.

A changed file is refused in one line, or it says what it said: the same arrays, verdicts and exit code. Of an
expectation file, in which people write whatever they expect, only the first half can be asked: no digest covers it.
"""

import hashlib
import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from conformance.asking import expectations
from conformance.defects import document as mutants
from reports.forms.markdown import to_markdown
from reports.keeping.reading import ReportError, load
from reports.views.report import Report
from tests.reports.full_report import write_full
from tests.torture.trial import Trial
from vectors.registry import GOLDEN
from vectors.store.formats import StoreError
from vectors.store.store import Store

Says = Callable[[Path], str]  # what a file says, in whichever words; raises one of the refusals
REFUSALS = (StoreError, ReportError, expectations.ExpectationError, mutants.RecordError)
EXPECTED = '[[expect]]\ncase = "a/*"\nrequirement = "A-01"\nverdict = "fail"\nreason = "V1: known."\nevidence = "e"\n'


def trials(generator: random.Random, count: int, folder: Path) -> Iterator[Trial]:
    """``count`` flips of one bit each, half of them in the golden store."""
    golden = folder / "golden"
    shutil.copytree(GOLDEN, golden)
    write_full(folder / "report")
    known = folder / "known.toml"
    known.write_text(EXPECTED)
    stored = sorted(path for path in golden.rglob("*") if path.is_file() and path.name != "README.md")
    others = ((folder / "report" / "report.json", _report), (known, _expectations))
    for number in range(count):
        if number % 2:
            path, says = others[number // 2 % len(others)]
        else:
            path = generator.choice(stored)
            says = _stored(golden, path)
        yield _flipped(path, says, generator)


def _flipped(path: Path, says: Says, generator: random.Random) -> Trial:
    whole, before = path.read_bytes(), says(path)
    place, bit = generator.randrange(len(whole)), generator.randrange(8)
    name = f"bit {bit} of byte {place} of {path.name}"
    try:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
        after = says(path)
    except REFUSALS as error:
        return Trial(name, "" if len(str(error).splitlines()) == 1 else f"refused in several lines: {error}")
    except Exception as error:
        return Trial(name, f"raised {type(error).__name__}: {error}")
    finally:
        path.write_bytes(whole)
    return Trial(name, "" if after == before else f"says {after}, said {before}")


def _stored(golden: Path, path: Path) -> Says:
    """The arrays of every case in the folder of a file; of all, where it is the store's own."""
    family = path.relative_to(golden).parts[0]

    def says(_: Path) -> str:
        store, found = Store(golden), hashlib.sha256()
        for case in store.ids:
            if case.partition("/")[0] == family or path.parent == golden:
                vector = store.load(case)
                for name, array in sorted([*vector.inputs.items(), *vector.expected.items()], key=lambda item: item[0]):
                    found.update(f"{case} {name} {array.dtype} {array.shape}".encode() + array.tobytes())
        return found.hexdigest()

    return says


def _report(path: Path) -> str:
    """Verdicts and exit code; what people read is made, too."""
    report = Report(load(path))
    to_markdown(report)
    rows = [[f["verdict"] for f in row["findings"]] for row in report.document["cases"]]
    return json.dumps([report.exit_code, report.document["complete"], report.document["totals"], rows])


def _expectations(path: Path) -> str:
    expectations.load([path], {})
    return "accepted"
