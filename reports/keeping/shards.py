"""Are these the shards of one run, every one of them, once?"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from reports.keeping.reading import ReportError, load
from reports.keeping.same_run import differences, facts
from reports.model import Document

MOST_NAMED = 8  # of what is missing or double, in a message


Shards = Sequence[tuple[str, Document]]  # path, report


class MergeError(ReportError):
    """The reports are not all shards of one run, each once; the message names what is missing, double or different."""


def shards_of_one_run(paths: Iterable[Path]) -> list[Document]:
    """The reports in `paths`, in the order of their shards. Raises ReportError."""
    shards = [(str(path), load(path)) for path in paths]
    _check_parts(shards)
    _check_same(shards)
    _check_rows(shards)
    return sorted((document for _, document in shards), key=shard_of)


def shard_of(document: Document) -> tuple[int, int]:
    """i and n of a shard's report."""
    index, _, of = document["selection"]["shard"].partition("/")
    return int(index), int(of)


def _check_parts(shards: Shards) -> None:
    """Each shard of one number of shards, once."""
    by_index: dict[int, str] = {}
    count = 0
    for path, document in shards:
        if "shard" not in document.get("selection", {}):
            raise MergeError(f"{path}: is no shard's report, needs one of a run with --shard")
        index, of = shard_of(document)
        if count not in (0, of):
            raise MergeError(f"{path}: is shard {index}/{of}, the others are of {count}")
        if index in by_index:
            raise MergeError(f"double: shard {index}/{of} is in {by_index[index]} and in {path}")
        by_index[index], count = path, of
    missing = [f"{index}/{count}" for index in range(1, count + 1) if index not in by_index]
    if missing:
        raise MergeError(f"missing: the reports of shards {_named(missing)}")


def _check_same(shards: Shards) -> None:
    """All of one selection, on one backend, by one version of the suite."""
    (one, first), *others = [(path, _facts(document)) for path, document in shards]
    for path, found in others:
        if changed := differences(first, found):
            raise MergeError(f"{one} and {path} are of different runs; {'; '.join(changed)}")


def _facts(document: Document) -> dict[str, Any]:
    return facts(document["tier"], document["environment"], document["selection"])


def _check_rows(shards: Shards) -> None:
    """Each shard has what it asked, and no row is in two."""
    owners: dict[str, str] = {}
    for path, document in shards:
        asked, found = document["selection"]["asked"], len(document["cases"])
        if not document["complete"] and not document.get("problems"):
            raise MergeError(f"{path}: did not finish, {found} of {asked} rows are there; go on with --resume {path}")
        if document["complete"] and found != asked:
            raise MergeError(f"{path}: has {found} rows, needs the {asked} that it asked for")
        names = [f"{row['id']} {row['subject']}" for row in document["cases"]]
        double = [name for name in names if name in owners]
        if double:
            raise MergeError(f"double: {_named(double)}, in {owners[double[0]]} and in {path}")
        owners |= dict.fromkeys(names, path)
    items, asked = _sums(document for _, document in shards)
    if items != asked:
        raise MergeError(f"the shards asked for {asked} rows together, needs the {items} of the whole run")


def _sums(documents: Iterable[Document]) -> tuple[int, int]:
    """Rows of the whole run, and those that the shards asked for."""
    selections = [document["selection"] for document in documents]
    return selections[0]["items"], sum(selection["asked"] for selection in selections)


def _named(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
