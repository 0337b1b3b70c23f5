"""What does the process that watches a run know of it? Data alone, found out by the first process that judges."""

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.asking.expectations import Expectations
from conformance.asking.selection import Asked, RunOptions
from reports.model import RunInfo


@dataclass(frozen=True)
class Plan:
    """info: what the run rests on. subjects: names of those that are asked anything, over all shards.

    asked: of this shard, without arrays and subjects. workers: processes, 0 where none were asked for.
    devices: name -> what a process gets that is to use this one alone; none where nobody has to share.
    why_nothing: why no case is selected, where none is.
    """

    info: RunInfo
    options: RunOptions
    subjects: tuple[str, ...]
    asked: list[Asked]
    expectations: Expectations
    workers: int
    devices: Mapping[str, Mapping[str, str]]
    why_nothing: str
