"""Does the explanation of a wrong kernel name the step in which the defect sits?"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.explain.account import Account
from conformance.explain.conclusion import conclude
from reports.model import Cause, Finding
from vectors.registry import all_cases

ROOT = Path(__file__).resolve().parents[3]
WHERE = "Where it departs"


@pytest.mark.parametrize(
    ("defect", "case", "subject", "says"),
    [
        ("sentinel-as-raw-index", "moe/ids-without-weight-rows", "native", "the align step, num_tokens_post_padded"),
        ("nan-logits-duplicate-ids", "moe/same-expert-twice", "native", "the align step, route 1: stands 0 times"),
        ("scale-one-step-high", "stages/gaussian-small", "native", "the quantize step, row 0, block 0: byte"),
        ("block-k-exceeds-scale-group", "stages/exact-half-sigmoid", "native", "the gemm1 step, row 0, column 0"),
        ("limit-zero-treated-as-none", "moe/activation-limit-0", "native", "the activation step, row 0, block 0: byte"),
        ("bf16-before-quantize", "moe/gaussian-small", "native", "the activation step, row 7, block 1: byte 123"),
        ("weight-missing", "stages/gaussian-small", "native", "the gemm2 step, row 0, column 0: output"),
        ("bf16-running-sum", "moe/cancelling-routes", "native", "the sum step, row 0, column 0: sum"),
        ("bf16-store-truncates", "moe/gaussian-small", "emulation", "the gemm1 step"),
    ],
)  # fmt: skip
def test_the_step_is_named(explain, defect, case, subject, says):
    told = explain(defect, case, subject)
    assert f"first departs at {says}" in told.section(WHERE), told.out + told.err
    assert told.code == (0 if told.out.startswith(f"{case}: pass") else 1)


@pytest.mark.parametrize(
    ("defect", "case", "step", "note"),
    [
        ("noncontig-read-linear", "moe/tokens-in-wider-buffers", "quantize", "rows per token in buffers 8 elements"),
        ("scale-row-stride-padding", "moe/interaction/one-token-in-poisoned-buffers", "gemm1", "weights laid out"),
    ],
)  # fmt: skip
def test_a_step_that_is_wrong_in_the_memory_of_the_case_is_named(explain, defect, case, step, note):
    told = explain(defect, case)
    says = f"first departs at the {step} step, its arguments in memory as the case has them (on contiguous ones"
    assert says in told.section(WHERE), told.out + told.err
    assert note in told.section("Step by step")


def test_right_steps_are_right_in_every_memory(explain):
    assert explain(None, "moe/interaction/one-token-in-poisoned-buffers").section(WHERE).strip() == ("nothing departs")


def test_what_follows_from_the_first_departure_is_told_from_what_does_not(explain):
    follows = explain("weight-missing", "stages/gaussian-small").section(WHERE)
    assert "every step after it is right for what it was given" in follows
    own = explain("block-k-exceeds-scale-group", "stages/exact-half-sigmoid").section(WHERE)
    assert "gemm2 departs on its own too" in own


@pytest.mark.parametrize(
    ("defect", "case", "suspect"),
    [
        ("class-limit-not-forwarded", "experts-class/given-parameters", "no limit"),
        ("global-id-local-weights", "expert-map/contiguous-halves", "no expert map"),
        ("mask-read-as-map", "expert-map/round-robin-over-3", "a mask of 0 and 1 in place of the expert map"),
        ("shared-expert-id-dropped", "moe/shared-expert-rows", "ids from global_num_experts on left out"),
    ],
)
def test_a_defect_between_right_steps_is_told_as_such(explain, defect, case, suspect):
    told = explain(defect, case)
    assert "every step is right" in told.section(WHERE)
    assert f"the output is right for: {suspect}" in told.section(WHERE)
    assert told.code == 1


@pytest.mark.parametrize(
    ("defect", "case", "words"),
    [
        ("scale-one-step-high", "stages/gaussian-small", ["each is 1 too high", "least e with amax <= 448 * 2^e"]),
        ("block-k-exceeds-scale-group", "stages/exact-half-sigmoid", ["observed is what comes out with block", "k = "]),
        ("weight-missing", "stages/gaussian-small", ["observed is what comes out with no router weight"]),
        ("last-columns-dropped", "gemm-mx/n-72-off-the-tile", ["in the last 8 columns", "all wrong ones are zero"]),
        ("e4m3-ties-away", "quantize/ties-and-neighbours-bf16", ["one code too far from zero, each", "a tie: to even"]),
        ("interleaved-read-as-split", "activation/alpha-1-702-beta-1-fp32", ["exact g * sigmoid * (u + beta)"]),
        ("decomposed-dot-scaled-rtz", "dequantize/every-code-under-every-byte", ["one ulp too near to zero, each"]),
        ("sign-of-zero-lost", "quantize/zero-blocks-and-signed-zeros-bf16", ["the sign bit: each code is right with"]),
    ],
)  # fmt: skip
def test_the_structure_and_the_derivation_are_told(explain, defect, case, words):
    told = explain(defect, case, "emulation" if case.startswith("dequantize") else "native")
    for word in words:
        assert word in told.out + told.err, told.out + told.err


def test_a_case_that_passes_says_how_near_it_is(explain):
    told = explain(None, "moe/gaussian-small")
    assert told.code == 0
    assert told.section(WHERE).strip() == "nothing departs"
    assert "of its bound" in told.section("The case's own check")
    assert "\x1b" not in told.out


EVERY_FAMILY = """
from conformance.explain.command import explain_case
from conformance.subjects.base import FAMILIES_OF_PIPELINE
from reports.model import UNASKED
from vectors.registry import all_cases

seen = set()
for case in all_cases():
    for subject, families in FAMILIES_OF_PIPELINE.items():
        new = (case.family, subject) not in seen and case.tier == "quick"
        if new and case.family in families and case.family != "lowering":
            seen.add((case.family, subject))
            found = explain_case(case.id, subject, "interpreter")
            assert found.verdict in ("pass", *UNASKED), (case.id, subject, found.conclusion)
            nothing = found.verdict if found.verdict in UNASKED else "nothing departs"
            assert found.conclusion.startswith(nothing), (case.id, subject, found.conclusion)
print(len(seen))
"""


def test_every_family_can_be_explained():
    done = subprocess.run([sys.executable, "-c", EVERY_FAMILY], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 15


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["moe/gaussian", "native"], "has 'moe/gaussian', needs the id of one case, such as moe/gaussian-small"),
        (["dequantize/every-code-under-every-byte", "native"], "is not asked of native"),
        (["moe/gaussian-small", "native", "--subject", "emulation"], "has 2 subjects, needs one"),
        (["moe/gaussian-small", "nobody"], "subject: has 'nobody'"),
    ],
)
def test_wrong_use_exits_2(explain, words, says):
    told = explain(None, *words)
    assert (told.code, says in told.err) == (2, True), told.err


def test_an_inability_is_no_departure(explain):
    told = explain(None, "moe/fallback-hidden-96-intermediate-32")
    assert told.code == 4
    said = told.section(WHERE).strip()
    assert said.startswith("declared, nothing was asked: native needs H % 128 == 0")


def test_what_could_not_be_asked_is_told_beside_what_was():
    unasked, asked = (
        Finding("MEM-01", "unsupported", Cause("inability", "checks no addresses")),
        Finding("MOE-01", "pass"),
    )
    both = Account(all_cases()[0], None, (unasked, asked))
    assert conclude(both, None) == ("", "nothing departs; unsupported is MEM-01: checks no addresses")
    assert conclude(replace(both, findings=(unasked,)), None)[1] == "unsupported: MEM-01: checks no addresses"


DAMAGED = """
import sys
from conformance.cli import main
from vectors import registry
from vectors.store.formats import StoreError

def vector(case):
    raise StoreError("stages.safetensors: has other bytes")

registry.vector = vector
sys.exit(main(["--explain", "stages/gaussian-small", "--backend", "interpreter"]))
"""


def test_arrays_that_cannot_be_had_are_told_as_a_run_tells_them():
    done = subprocess.run([sys.executable, "-c", DAMAGED], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 5, done.stdout + done.stderr
    assert "stages/gaussian-small was not explained: raised StoreError: stages.safetensors" in done.stderr
    assert "restore vectors/golden as it was committed" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        ("os.kill(os.getpid(), 11)", 1, "its process died: signal SIGSEGV"),
        ("raise IndexError('inside the kernel')", 1, "raised IndexError: inside the kernel at {file}:5 in fused_moe"),
        ("hidden_states.zero_(); return hidden_states * 0", 1, "changed its inputs: hidden_states"),
        ("return hidden_states * 0", 1, "the stages align, quantize, grouped_gemm, activation_quantize, moe_sum"),
    ],
)
def test_a_subject_that_shows_only_the_whole(tmp_path, body, code, says):
    source = f"import os\n\n\ndef fused_moe(hidden_states, *others, **options):\n    {body}\n"
    (tmp_path / "theirs.py").write_text(source)
    words = ["--explain", "moe/gaussian-small", "--subject", "theirs:fused_moe", "--backend", "interpreter"]
    done = subprocess.run(
        [sys.executable, "-m", "conformance", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    found = done.stdout.partition(f"\n{WHERE}")[2].partition("\n\n")[0] or done.stdout
    says = says.format(file=tmp_path / "theirs.py")
    assert (done.returncode, says in found) == (code, True), done.stdout + done.stderr
