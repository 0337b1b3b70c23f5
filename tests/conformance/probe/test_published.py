"""Does what was found on a Hopper equal the model of it that others published? mmasim's, where that is installed."""

import importlib

import numpy as np
import pytest

from conformance.probe.finding import predicted
from conformance.probe.operands import FORMATS, KINDS, random_operands
from conformance.silicon import profile

SUMS = 10_000
PUBLISHED = {"e4m3": "m64n8k32.f32.e4m3.e4m3", "bf16": "m64n8k16.f32.bf16.bf16", "fp16": "m64n8k16.f32.f16.f16"}
HOPPERS = sorted(path for path in profile.FOLDER.glob("*.json") if profile.load(path)["device"].get("arch") == "sm_90")


@pytest.mark.parametrize("kind", PUBLISHED)
@pytest.mark.parametrize("path", HOPPERS, ids=lambda path: path.stem)
def test_a_hopper_adds_as_was_published(path, kind) -> None:
    simulated = pytest.importorskip("mmasim.nv_ptx", reason="mmasim is not installed: nothing to compare with")
    torch = importlib.import_module("torch")
    found = profile.load(path)["sums"][kind]
    asked = random_operands(KINDS[kind], SUMS, seed=23)
    depth = KINDS[kind].depth
    groups = tuple(tuple(range(i, i + found["model"]["group"])) for i in range(0, depth, found["model"]["group"]))
    ours = predicted(asked, groups, profile.model_of(found["model"]))
    published = simulated.WGMMA("Hopper", PUBLISHED[kind])
    a, b = (torch.from_numpy(x.view(FORMATS[KINDS[kind].format].dtype).astype(np.float32)) for x in (asked.a, asked.b))
    theirs = published.dpa(a.to(published.a_type), b.to(published.b_type), torch.from_numpy(asked.c)).numpy()
    assert (ours != theirs).sum() == 0
