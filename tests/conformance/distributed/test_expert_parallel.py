"""Do ranks under torchrun agree with the reference for other worlds than the gate's, and are wrong ones found?"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from conformance.distributed.verdict import judge_rank
from conformance.judging.judge import Judge
from conformance.root import ROOT
from vectors import arrays
from vectors.families.expert_map import rank_weights
from vectors.families.expert_parallel import case_over, expect_processes
from vectors.registry import select


@pytest.mark.parametrize(("world", "kind"), [(1, "contiguous"), (3, "round-robin")])
def test_a_person_can_ask_with_torchrun(world, kind):
    words = ["--standalone", "--nproc-per-node", str(world), "-m", "conformance.distributed"]
    words += ["--backend", "gfx950-emulated", "--subject", "native", "--map", kind]
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", *words],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(done.stdout.splitlines()) == [f"rank {r} of {world} on cpu, gloo: pass" for r in range(world)]


def test_without_torchrun_it_says_what_it_needs():
    words = [sys.executable, "-m", "conformance.distributed"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "has no rank, needs torchrun" in done.stderr


def test_every_world_from_one_to_the_experts_is_asked():
    cases = select("exhaustive", "expert-parallel")
    assert {c.params["world"] for c in cases if c.params["E"] == 8} == set(range(1, 9))
    assert {c.params["world"] for c in select("gate", "expert-parallel")} == {2}


@pytest.mark.parametrize("case", select("gate", "expert-parallel"), ids=lambda case: case.id)
def test_a_rank_holds_its_own_experts_only_and_both_have_a_part(case):
    inputs = case.inputs()
    expected = case.expected(inputs)
    shares = [len(rank_weights(inputs, m)["w13"]) for m in inputs["expert_maps"]]
    assert sum(shares) == case.params["E"] and min(shares) > 0
    for rank in range(2):
        assert (arrays.interval(expected, f"native.rank{rank}.").hi != 0).any()
    assert expected["native.as_whole"].mean() > 0.9


def _given(case, expected, change=None):
    """What right ranks give, rank by rank, with one change: (judge, findings by requirement)."""
    judge = Judge(case, "s", "b")
    total = arrays.interval(expected, "native.total.").hi
    for rank in range(case.params["world"]):
        output = arrays.interval(expected, f"native.rank{rank}.").hi
        given = (output, total) if change is None else change(rank, output, total)
        judge_rank(judge, "native", expected, rank, *given)
    return {finding.requirement: finding for finding in judge.findings}


def test_what_ranks_give_is_judged_bit_for_bit():
    case = case_over(2, "contiguous", 6)
    expected = expect_processes(case, case.inputs())
    assert {finding.verdict for finding in _given(case, expected).values()} == {"pass"}

    def one_bit(array):
        changed = array.copy()
        changed.view(np.uint16)[tuple(np.argwhere(array != 0)[0])] ^= 1
        return changed

    own = _given(case, expected, lambda rank, output, total: (one_bit(output) if rank else output, total))
    assert (own["EPM-05"].verdict, own["EPM-04"].verdict) == ("fail", "pass")
    assert own["EPM-05"].cause.given.startswith("rank 1, token")
    other = _given(case, expected, lambda rank, output, total: (output, one_bit(total) if rank else total))
    assert (other["EPM-05"].verdict, other["EPM-04"].verdict) == ("pass", "fail")
    assert other["EPM-04"].cause.given.startswith("on rank 1")


def test_data_where_three_ranks_meet_are_refused():
    case = case_over(3, "round-robin", 6)
    case.params["k"] = 3
    with pytest.raises(ValueError, match="3 ranks have a part of one element, needs two at most"):
        expect_processes(case, case.inputs())
