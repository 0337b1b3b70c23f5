"""Is every legal variant another kernel, and every configuration another run?"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.defects import legal
from conformance.defects.catalogue import CatalogueError
from conformance.defects.mutant import MutantError, edited, tree

COMPILED = Path(__file__).with_name("compiled.py")
VARIANTS = legal.variants()


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.id)
def test_every_edit_matches_and_changes_kernels_only(variant):
    assert {name.partition("/")[0] for name in edited(variant.as_defect())} == {"kernels"}


def compiled(*trees, fusion="1"):
    environment = {**os.environ, "TRITON_DEFAULT_FP_FUSION": fusion, "OMP_NUM_THREADS": "1"}
    words = [sys.executable, str(COMPILED), *map(str, trees)]
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=True)
    return json.loads(done.stdout)


def test_every_variant_gives_other_machine_code_or_routing():
    """A variant that the compiler turns into our kernel would prove nothing."""
    with contextlib.ExitStack() as trees:
        places = [trees.enter_context(tree(row)) for row in [None, *(row.as_defect() for row in VARIANTS)]]
        right, *others = compiled(*places)
        [unfused] = compiled(places[0], fusion="0")
    same = [
        variant.id
        for variant, found in zip(VARIANTS, others, strict=True)
        if (found["code"], found["routing"]) == (right["code"], right["routing"])
    ]
    assert same == []
    assert unfused["code"] != right["code"]  # also not taken from what was compiled with fusion
    assert unfused["routing"] == right["routing"]


def test_configurations_are_all_backends_and_models_with_and_without_fusion():
    found = legal.configurations("gfx950-emulated")
    runs = {(row.backend, row.fused) for row in found}
    models = ("", ":sum=cdna3", ":sum=sequential", ":ulp=-1", ":ulp=1", ":sanitize")
    wanted = {(f"gfx950-emulated{model}", fused) for model in models for fused in (True, False)}
    assert runs == wanted - {("gfx950-emulated", True)} | {("gfx950-emulated", None), ("interpreter", None)}
    assert len({row.id for row in found}) == len(found)
    # on another default the emulated device is one more, and the clean kernels run there
    assert ("rocm", None) in {(row.backend, row.fused) for row in legal.configurations("rocm")}
    assert ("gfx950-emulated", True) in {(row.backend, row.fused) for row in legal.configurations("rocm")}


def test_fusion_is_set_in_the_environment():
    assert {row.environment for row in legal.configurations("gfx950-emulated")} == {
        (), (("TRITON_DEFAULT_FP_FUSION", "0"),), (("TRITON_DEFAULT_FP_FUSION", "1"),),
    }  # fmt: skip


EDIT = '[[variant.edits]]\nfile = "kernels/gemm.py"\nanchor = "no such text"\nreplacement = "b"\n'
HEAD = '[[variant]]\nid = "a"\nwhat = "W."\nallowed_by = "A."\n'


def test_an_anchor_that_does_not_match_is_loud(tmp_path):
    path = tmp_path / "legal.toml"
    path.write_text(HEAD + EDIT)
    [variant] = legal.variants(path)
    with pytest.raises(MutantError, match="no such text"):
        edited(variant.as_defect())


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "variant"),
        ("[[", "legal.toml"),
        (HEAD, "edits"),
        (HEAD.replace("W.", " ") + EDIT, "what"),
        (HEAD + 'subjects = ["other"]\n' + EDIT, "subjects"),
        (HEAD + "fused = true\n" + EDIT, "fused"),
        (HEAD + EDIT.replace("anchor", "text"), "anchor"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path, text, named):
    path = tmp_path / "legal.toml"
    path.write_text(text)
    with pytest.raises(CatalogueError, match=named):
        legal.variants(path)
