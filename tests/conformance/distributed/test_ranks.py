"""Are ranks asked as they should be, and is the one that goes wrong named, with no process left behind?"""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from conformance.distributed import ranks
from conformance.distributed.messages import DONE, READY, Job, Word
from conformance.distributed.part import CALL, REDUCE
from conformance.distributed.ranks import NoRanksError, RankError, Ranks, blame, overdue
from conformance.watching import budget
from conformance.watching.processes import descendants
from vectors.families.expert_parallel import case_over

BACKEND = SimpleNamespace(name="gfx950-emulated")
CASE = case_over(2, "contiguous", 3)


def _job(subject: str) -> Job:
    return Job(CASE.id, f"tests.conformance.distributed.subjects:{subject}", dict(CASE.params))


def _none_left() -> bool:
    deadline = time.monotonic() + 5
    while left := [pid for pid in descendants(os.getpid()) if _is_a_rank(pid)]:
        if time.monotonic() > deadline:
            return not left
        time.sleep(0.05)
    return True


def _is_a_rank(pid: int) -> bool:
    try:
        return b"conformance.distributed" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


@pytest.mark.parametrize(
    ("subject", "says"),
    [
        (
            "raises",
            "rank 1 of 2 raised ZeroDivisionError: inside the kernel at tests/conformance/distributed/subjects.py:",
        ),
        ("dies", "rank 1 of 2 died in fused_moe: signal SIGSEGV"),
        ("leaves", "rank 1 of 2 died in fused_moe"),
        ("hangs", "rank 1 of 2 in fused_moe took longer than 8 s"),
        ("wider", "rank 1 of 2 raised ValueError: returned torch.float32[6, 128] on cpu, needs torch.bfloat16"),
        ("nothing", "rank 1 of 2 fused_moe returned NoneType, needs a torch.Tensor"),
    ],
)
def test_the_rank_that_goes_wrong_is_named_and_none_is_left(subject, says, monkeypatch):
    monkeypatch.setattr(budget, "WAITS", 1)
    asked = Ranks(2, BACKEND)
    with pytest.raises(RankError) as error:
        asked.ask(_job(subject), 8.0)
    assert says in str(error.value)
    assert not asked.running
    assert _none_left()


def test_ranks_that_do_not_start_say_nothing_of_the_subject():
    with pytest.raises(NoRanksError, match=r"do not start here: rank . of 2 raised .*no-such-backend"):
        Ranks(2, SimpleNamespace(name="no-such-backend")).ask(_job("ones"), 60.0)
    assert _none_left()


def test_the_same_ranks_take_one_case_after_the_other_and_sum_in_bf16():
    for experts in (3, 4):
        case = case_over(2, "contiguous", experts)
        asked = ranks.ranks_of(2, BACKEND)
        found = asked.ask(Job(case.id, "tests.conformance.distributed.subjects:ones", dict(case.params)), 60.0)
        assert len(found) == 2
        for output, total in found:
            assert output.dtype == total.dtype == np.dtype("bfloat16")
            assert (output == 1).all() and (total == 2).all()
    assert ranks.ranks_of(2, BACKEND) is asked
    ranks.stop()
    assert _none_left()


def _words(*stages: tuple[str, str]) -> list[Word]:
    return [Word(100 + rank, stage, 0, error) for rank, (stage, error) in enumerate(stages)]


@pytest.mark.parametrize(
    ("stages", "gone", "says"),
    [
        (((CALL, ""), (CALL, "raised X")), (), "rank 1 of 2 raised X, in fused_moe"),
        (((REDUCE, "raised lost peer"), (CALL, "")), (1,), "rank 1 of 2 died in fused_moe: signal 9"),
        (((REDUCE, "raised lost peer"), (CALL, "raised X")), (0,), "rank 1 of 2 raised X, in fused_moe"),
        (((REDUCE, ""), (REDUCE, "")), (0,), "rank 0 of 2 died in all-reduce: signal 9"),
        (((REDUCE, ""), (CALL, "")), (0, 1), "rank 1 of 2 died in fused_moe: signal 9"),
        (((REDUCE, "raised X"), (REDUCE, "")), (), "rank 0 of 2 raised X, in all-reduce"),
    ],
)
def test_who_began_it(stages, gone, says):
    assert blame(_words(*stages), gone, lambda pid: "signal 9") == says


def test_who_is_waited_for():
    assert overdue(_words((REDUCE, ""), (CALL, "")), 0, 3) == "rank 1 of 2 in fused_moe took longer than 3 s"
    both = "rank 0 of 2 in all-reduce, rank 1 of 2 in all-reduce took longer than 3 s"
    assert overdue(_words((REDUCE, ""), (REDUCE, "")), 0, 3) == both
    assert overdue([None, *_words((DONE, ""))], 0, 3) == "rank 0 of 2 in its start took longer than 3 s"
    assert "rank 0 of 2 in waiting for work" in overdue(_words((READY, ""), (REDUCE, "")), 0, 3)
