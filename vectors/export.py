"""How is a golden store written, checked or compared from the command line?"""

import platform
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from reports.foreign.arguments import WRONG_USE, Parser, path
from reports.foreign.showing import complain, say
from vectors.case import TIERS, Case
from vectors.registry import GOLDEN, select
from vectors.store.compare import HAS_NEEDS, WAS_IS, differences
from vectors.store.drift import age, unannounced
from vectors.store.formats import StoreError
from vectors.store.notes import Tables
from vectors.store.store import Store
from vectors.store.writing import write

_SHOWN = 200
_LIBRARIES = ("numpy", "ml_dtypes", "safetensors")


def main(arguments: Sequence[str] | None = None) -> int:
    """``python -m vectors``: 0 when written or identical, 1 for a difference or a damaged store, 2 for wrong use."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given[:1] == ["diff"]:
            options = _diff_parser().parse_args(given[1:])
            return diff(options.old, options.new)
        if given[:1] == ["release"]:
            return _release(_release_parser().parse_args(given[1:]).folder)
        options = _parser().parse_args(given)
        from vectors.flags import FLAGS

        cases = tuple(case for case in select(options.tier) if case.in_stores)
        if options.out is None:
            cases = tuple(case for case in cases if case.golden)
        return run(cases, FLAGS, options.out or GOLDEN, check=options.check)
    except StoreError as error:
        complain(f"error: {error}")
        return 1
    except OSError as error:
        complain(f"error: {error.filename}: {error.strerror}")
        return WRONG_USE


def run(cases: Sequence[Case], flags: Mapping[str, str], out: Path, *, check: bool, notes: Tables | None = None) -> int:
    """Writes the store of ``cases`` at ``out``, or compares what is there with a fresh one; exit status."""
    if not check:
        written = write(cases, out, flags=flags, notes=notes)
        say(f"{out}: {_size(written)}")
        return 0
    with tempfile.TemporaryDirectory(prefix="vectors-check-") as fresh:
        written = write(cases, fresh, flags=flags, notes=notes)
        store = Store(out)
        status = _report([*filter(None, [age(store)]), *differences(store, Store(fresh), HAS_NEEDS)])
    say(f"{out}: {status} differences from {_size(written)}, generated now with {_versions()}")
    return 1 if status else 0


def diff(old: Path, new: Path) -> int:
    """Prints what changed from one store to another, last whether the generator version says so; exit status."""
    stores = Store(old), Store(new)
    count = _report([*differences(*stores, WAS_IS), *filter(None, [unannounced(*stores)])])
    say(f"{old} -> {new}: {count} differences")
    return 1 if count else 0


def _release(folder: Path) -> int:
    """Packs the golden store; exit status."""
    from vectors.release import release  # only here: it loads what says the version

    path, digest = release(folder)
    store = Store(GOLDEN)
    say(f"{path}: {len(store.ids)} cases, {path.stat().st_size / 2**20:.2f} MiB, SHA-256 {digest}")
    return 0


def _report(lines: Sequence[str]) -> int:
    for line in lines[:_SHOWN]:
        say(line)
    if len(lines) > _SHOWN:
        say(f"... and {len(lines) - _SHOWN} more")
    return len(lines)


def _size(written: Mapping[str, Any]) -> str:
    total = sum(file["bytes"] for file in written["files"].values())
    count = sum(len(group["cases"]) for group in written["groups"])
    return f"{count} cases, {total / 2**20:.2f} MiB"


def _versions() -> str:
    libraries = (f"{name} {metadata.version(name)}" for name in _LIBRARIES)
    return ", ".join([f"Python {platform.python_version()}", *libraries, platform.machine()])


def _parser() -> Parser:
    parser = Parser(
        prog="python -m vectors",
        description="Write or check the golden vectors; `diff OLD NEW` says what changed between two stores, "
        "`release DIR` packs the golden ones for others.",
    )
    add = parser.add_argument
    everything = f"export every case of the tier there (default: the golden ones at {GOLDEN})"
    add("--out", type=path, metavar="DIR", help=everything)
    add("--tier", choices=TIERS, default="quick", help="which cases (default: %(default)s)")
    add("--check", action="store_true", help="write nothing; say what differs and exit 1 if anything does")
    return parser


def _release_parser() -> Parser:
    parser = Parser(prog="python -m vectors release", description="Pack the golden store for others to take.")
    parser.add_argument("folder", type=path, metavar="DIR", help="where the archive and its digest go")
    return parser


def _diff_parser() -> Parser:
    parser = Parser(
        prog="python -m vectors diff",
        description="Say case by case what changed from one store to another; exit 1 if anything did.",
    )
    for name in ("old", "new"):
        parser.add_argument(name, type=path, metavar=name.upper(), help="folder with a manifest.json")
    return parser
