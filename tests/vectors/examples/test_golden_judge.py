"""Does the judge of one file say of every group what the suite says, of right answers and of wrong ones?"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from conformance.judging.blocks import Blocks
from reference.alignment import align_block_size
from reference.fused import AcceptedBlocks
from reference.interval import RealInterval
from vectors import golden_judge as judge
from vectors.registry import GOLDEN

FOLDERS = sorted(path.parent for path in GOLDEN.glob("*/*/group.json"))
ALONE = (
    "import sys; sys.modules.update(dict.fromkeys(('safetensors', 'ml_dtypes', 'torch', 'jsonschema', 'reference')))\n"
)


def _blocks(case: judge.GoldenCase, dot: str) -> tuple[np.ndarray, np.ndarray]:
    """A right answer: the lower ends, quantized."""
    lo = case.expected[f"{dot}lo"].astype(np.float32)
    scales = judge.scale_byte(abs(lo).reshape(*lo.shape[:-1], -1, 32).max(-1))
    codes = judge.e4m3(np.ldexp(lo.astype(np.float64), 127 - scales.astype(int).repeat(32, -1)))
    nan = case.expected.get(f"{dot}nan", np.zeros(lo.shape)) == 1
    return np.where(nan, np.uint8(0x7F), codes), scales


def right(case: judge.GoldenCase, end: str = "lo") -> dict[str, np.ndarray]:
    """Answers that the golden arrays give. end: of the sets."""
    if case.id.startswith("align/"):
        p, ids = case.params, case.inputs["topk_ids"]
        facts = align_block_size(ids, p["block_size"], p["num_weight_rows"], case.inputs.get("expert_map"))
        order, counts = np.argsort(facts["route_expert"], kind="stable"), facts["counts"]
        ends = np.cumsum(counts) + np.count_nonzero(facts["route_expert"] < 0)
        groups = [order[end - count : end][::-1] for end, count in zip(ends, counts, strict=True)]
        padded = [np.append(group, np.full(-len(group) % p["block_size"], ids.size)) for group in groups]
        experts = np.repeat(np.arange(len(counts)), facts["padded_counts"] // p["block_size"])
        found = (np.concatenate(padded), experts, np.asarray([facts["num_tokens_post_padded"]]))
        return {name: array.astype(np.int32) for name, array in zip(judge.asked(case), found, strict=True)}
    answers: dict[str, np.ndarray] = {}
    for name in judge.asked(case):
        stem, last = name.rpartition(".")[0], name.rpartition(".")[2]
        dot = f"{stem}." if stem else ""
        if name in case.expected:
            answers[name] = case.expected[name]
        elif last in ("codes", "scales"):
            answers[name] = _blocks(case, dot)[last == "scales"]
        else:
            full = "" if name == "output" else f"{name}."
            full += "likely." if f"{full}likely.lo" in case.expected else ""
            lo = case.expected[f"{full}lo"]
            value = case.expected.get(f"{full}{end}", lo).copy()
            must = case.expected.get(f"{full}nan", np.zeros(lo.shape)) == 1
            value.view(f"u{value.dtype.itemsize}")[must] = 0x7FC0 if value.dtype.itemsize == 2 else 0x7FC00000
            answers[name] = value
    return answers


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_right_answers_pass_and_each_array_can_fail(folder):
    count = 0
    for case in judge.cases(folder):
        for end in ("lo", "hi"):
            assert judge.problems(case, right(case, end)) == [], case.id
        answers = right(case)
        for name, array in answers.items():
            if name not in judge.PIPELINES or len(answers) == 1:  # one of these is enough
                assert judge.problems(case, {n: a for n, a in answers.items() if n != name}) != []
            wrong = {**answers, name: array.copy()}
            bits = wrong[name].view(f"u{array.dtype.itemsize}").reshape(-1)
            bits ^= np.asarray(1 << (8 * array.dtype.itemsize - 2), bits.dtype)
            assert array.size == 0 or judge.problems(case, wrong) != [], f"{case.id}: {name}"
            count += 1
    assert count


def test_sets_of_blocks_are_the_suites():
    """On answers of all kinds: right ones, each of their bits turned, and bytes one off with codes that fit."""
    rng, seen = np.random.default_rng(1), set()
    for folder in FOLDERS:
        for case in judge.cases(folder) if folder.parent.name == "activation-quantize" else ():
            lo = case.expected["lo"]
            masks = [case.expected.get(name, np.zeros(lo.shape)) == 1 for name in ("nan", "free")]
            accepted = AcceptedBlocks(RealInterval(lo, case.expected.get("hi", lo), *masks))
            codes, scales = _blocks(case, "")
            turned = codes ^ (1 << rng.integers(0, 8, codes.shape)).astype(np.uint8)
            for c, s in ((codes, scales), (turned, scales), (codes, scales + 1), (codes & 0x80, scales + 1)):
                byte_ok, code_ok = Blocks(c, s, accepted).members
                found = judge.problems(case, {"codes": c, "scales": s})
                said = {line.partition(":")[0] for line in found if not line.startswith("deviation")}
                wrong = {"scales": not byte_ok.all(), "codes": not code_ok.all()}
                assert said == {name for name, is_wrong in wrong.items() if is_wrong}
                seen |= {frozenset(said)}
    assert len(seen) == 3


def test_it_runs_with_numpy_alone_and_reads_answers_from_a_file(tmp_path):
    folder = GOLDEN / "moe" / "gaussian"
    answers = {f"{case.id}:native": case.expected["native.likely.lo"] for case in judge.cases(folder)}
    np.savez(tmp_path / "answers.npz", **answers)
    code = ALONE + (GOLDEN.parent / "golden_judge.py").read_text()
    command = [sys.executable, "-I", "-c", code, str(folder)]
    asked = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "moe/gaussian-small emulation bfloat16[5, 128], native bfloat16[5, 128]" in asked
    done = subprocess.run([*command, str(tmp_path / "answers.npz")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "moe/gaussian-small right")


def test_short_answers_and_other_dtypes_of_an_alignment_are_wrong_and_no_error():
    case = next(iter(judge.cases(GOLDEN / "align" / "ids")))
    order, experts, _ = judge.asked(case)
    answers = right(case)
    assert "needs int32" in judge.problems(case, answers | {order: answers[order].astype(np.float32)})[0]
    for name in (order, experts):
        assert "or more" in judge.problems(case, answers | {name: answers[name][:0]})[0]


def test_what_cannot_be_judged_is_no_wrong_answer():
    code = (GOLDEN.parent / "golden_judge.py").read_text()
    for words in ([], ["no/such/folder"]):
        done = subprocess.run([sys.executable, "-I", "-c", code, *words], capture_output=True, text=True, check=False)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
