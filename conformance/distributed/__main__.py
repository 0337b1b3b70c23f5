"""What does a rank under torchrun do? It judges one case that a person asks for, or serves a run that has many.

``torchrun --standalone --nproc-per-node W -m conformance.distributed --subject native`` asks one case of W processes.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.watching import processes
from reports.foreign.arguments import Parser, count, name, path
from reports.foreign.showing import say

if TYPE_CHECKING:
    from conformance.backends import Backend
    from conformance.distributed.messages import Job

POLL = 0.01  # seconds between looks for the next job


def main(argv: Sequence[str] | None = None) -> int:
    """Be one rank; its exit code: 0 where it found nothing wrong, 1 where it did or could not go on."""
    options = _parser().parse_args(argv)
    if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ:
        _parser().error(
            "has no rank, needs torchrun: torchrun --standalone --nproc-per-node W -m conformance.distributed"
        )
    if not all(os.environ[fact].isdecimal() for fact in ("RANK", "WORLD_SIZE")):
        _parser().error("has a RANK or WORLD_SIZE that is no number, needs those of torchrun")
    processes.die_with_parent()
    return _serve(options.serve, options.backend) if options.serve else _judge(options)


def _serve(folder: Path, backend_name: str) -> int:
    """Do the jobs that are put into the folder, until the folder is gone; 1 after the first that goes wrong."""
    from conformance.calls.explanation import explain
    from conformance.distributed import messages
    from reports.line import what

    rank, number, stage = int(os.environ["RANK"]), -1, messages.START

    def says(now: str) -> None:
        nonlocal stage
        stage = now
        messages.say(folder, rank, stage, number)

    try:
        says(stage)
        from conformance import backends
        from conformance.distributed import part

        backend = backends.pick(backend_name)
        backend.activate()
        part.join(backend)
        says(messages.READY)
        while folder.is_dir():
            job = messages.asked(folder, number + 1)
            if job is None:
                time.sleep(POLL)
                continue
            number += 1
            _do(folder, number, job, backend, says)
        part.leave()
        return 0
    except BaseException as error:
        messages.say(folder, rank, stage, number, what(explain(error)))
        return 1


def _do(folder: Path, number: int, job: Job, backend: Backend, says: Callable[[str], None]) -> None:
    import torch

    from conformance.distributed import messages, part
    from conformance.subjects import registry

    says("loading the subject")
    subject, case = registry.load(job.subject), job.as_case()
    says("making the inputs")
    found = part.run(case, case.inputs(), subject, backend, says)
    torch.save(found, messages.answer_path(folder, int(os.environ["RANK"]), number))
    says(messages.DONE)


def _judge(options: argparse.Namespace) -> int:
    """Ask one case; every rank judges what it has, and the first one the whole run too."""
    from conformance import backends
    from conformance.calls import tensors
    from conformance.distributed import part, verdict
    from conformance.judging.judge import Judge
    from conformance.subjects import registry
    from reports.line import line
    from vectors.families.expert_parallel import case_over

    rank, world = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    backend = _found(backends.pick, options.backend)
    backend.activate()
    carrier = part.join(backend)
    subject = _found(registry.load, options.subject)
    case = case_over(world, options.map, options.experts or max(world, 2))
    inputs = case.inputs()
    expected = case.expected(inputs)
    judge = Judge(case, subject.name, backend.name)
    output, total = part.run(case, inputs, subject, backend)
    found, sum_of_all = tensors.array(output), tensors.array(total)
    verdict.judge_rank(judge, subject.pipeline, expected, rank, found, sum_of_all)
    if rank == 0:
        verdict.judge_whole(judge, case, subject, backend, inputs, expected, sum_of_all)
    names = (case.id, subject.name, backend.name)
    wrong = [line(finding, *names) for finding in judge.findings if finding.verdict != "pass"]
    # In one write: the ranks share a stream.
    say(f"rank {rank} of {world} on {backend.device}, {carrier}: {'; '.join(wrong) or 'pass'}")
    sys.stdout.flush()
    part.leave()
    return 1 if wrong else 0


def _found(named: Callable[[Any], Any], wanted: str | None) -> Any:
    """What has that name, or the end of the process in one line."""
    from conformance.calls.explanation import explain
    from reports.line import what

    try:
        return named(wanted)
    except Exception as error:  # a subject's module may raise anything
        _parser().error(what(explain(error)))


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m conformance.distributed", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--subject", default="native", type=name, metavar="NAME", help="as for python -m conformance (default: native)")
    add("--backend", metavar="NAME", help="as for python -m conformance")
    add("--map", default="contiguous", choices=("contiguous", "round-robin", "random-partition"))
    add("--experts", type=count(1, 4096), metavar="E", help="how many (default: one for each rank, two at least)")
    add("--serve", type=path, metavar="DIR", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
