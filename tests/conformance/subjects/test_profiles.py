"""Are a package's own kernel files run from an unpacked wheel, with stand-ins for the rest and nothing by accident?"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from conformance.running import sources
from conformance.subjects import profiles
from conformance.subjects.profiles.alignment import write_blocks
from conformance.subjects.profiles.stand_ins import ProfileError, StandIns
from conformance.subjects.registry import load

ROOT = Path(__file__).parents[3]
_MOE = "vllm/model_executor/layers/fused_moe"
_QUANTIZE = "vllm/model_executor/layers/quantization/utils/mxfp8_utils.py"
_ACTIVATION = "vllm/models/minimax_m3/amd/ops/swiglu_oai.py"

# A vLLM in which everything is asked for that the real files ask for, and whose kernels are this repository's.
DECLARED = {"activation_layouts": ["split"], "defaults": False}  # by vLLM's profile
VLLM = {
    f"{_MOE}/moe_align_block_size.py": """
import torch
from vllm import _custom_ops as ops
from vllm.utils.math_utils import round_up

def moe_align_block_size(ids, block, experts, expert_map=None, ignore_invalid_experts=False):
    size = round_up(ids.numel() + experts * (block - 1), block)
    made = [torch.empty(n, dtype=torch.int32) for n in (size, size // block, 1)]
    ops.moe_align_block_size(ids, experts, block, *made, expert_map if ignore_invalid_experts else None)
    return made
""",
    f"{_MOE}/experts/mxfp8_native_moe.py": """
import vllm.model_executor.layers.fused_moe.modular_kernel as mk
from vllm.logger import init_logger
from vllm.model_executor.layers.fused_moe.experts.mxfp8_emulation_moe import Mxfp8TritonExpertsBase
from vllm.model_executor.layers.fused_moe.moe_align_block_size import moe_align_block_size
from vllm.model_executor.layers.quantization.utils.mxfp8_utils import mxfp8_e4m3_quantize
from vllm.platforms import current_platform
from vllm.triton_utils import tl, triton
from kernels.gemm import grouped_gemm_mxfp8
from kernels.reduce import moe_sum

logger = init_logger(__name__)

def _grouped_gemm_mxfp8(a, a_s, w, w_s, ids, experts, post, routes, top_k, block_m, out_dtype, a_div,
                        mul_weight_by=None, expert_map=None):
    assert top_k in (a_div, 2)
    return grouped_gemm_mxfp8(a, a_s, w, w_s, ids, experts, post, num_routes=routes, top_k=a_div, block_m=block_m,
                              out_dtype=out_dtype, topk_weights=mul_weight_by)

def fused_moe_mxfp8_native(x, w13, w13_s, w2, w2_s, weights, ids, *, alpha, beta, limit, global_num_experts,
                           expert_map):
    assert current_platform.is_rocm()
    rows = w13.shape[0] if expert_map is None else global_num_experts
    found = moe_align_block_size(ids, 16, rows, expert_map, ignore_invalid_experts=expert_map is not None)
    k = ids.shape[1]
    first = _grouped_gemm_mxfp8(*mxfp8_e4m3_quantize(x), w13, w13_s, *found, ids.numel(), k, 16, x.dtype, a_div=k)
    from vllm.models.minimax_m3.amd.ops import swiglu_oai_quantize_mxfp8
    second = swiglu_oai_quantize_mxfp8(first, alpha=alpha, beta=beta, limit=limit)
    out = _grouped_gemm_mxfp8(*second, w2, w2_s, *found, ids.numel(), k, 16, __import__("torch").float32, a_div=1,
                              mul_weight_by=weights.reshape(-1).float().contiguous())
    return moe_sum(out, k, x.dtype)

class Mxfp8NativeTritonExperts(Mxfp8TritonExpertsBase):
    pass
""",
    _QUANTIZE: """
import torch
from vllm.utils.torch_utils import direct_register_custom_op
from kernels.quantize import mxfp8_quantize

def _quantize(
    x: torch.Tensor, is_sf_swizzled_layout: bool = False, alignment: int = 0
) -> tuple[torch.Tensor, torch.Tensor]:
    from vllm.platforms import current_platform
    assert current_platform.is_rocm() and not current_platform.has_device_capability(100)
    return mxfp8_quantize(x)

def _mxfp8_quant_triton_kernel():
    FP8_MAX = 448.0

direct_register_custom_op(op_name="mxfp8_quantize", op_func=_quantize, fake_impl=None)

def mxfp8_e4m3_quantize(x, is_sf_swizzled_layout=False, alignment=0):
    return torch.ops.vllm.mxfp8_quantize(x, is_sf_swizzled_layout, alignment)
""",
    _ACTIVATION: """
from vllm.triton_utils import tl, triton
from kernels import activation

@triton.jit
def _swiglu_oai_quant_kernel(x, FP8_MAX: tl.constexpr):
    pass

def swiglu_oai_split(gate_up, alpha, beta, limit, out_dtype=None):
    return activation.swiglu_oai(gate_up, alpha=alpha, beta=beta, limit=limit)

def swiglu_oai_quantize_mxfp8(gate_up, alpha, beta, limit, block_m=64):
    return activation.swiglu_oai_quantize_mxfp8(gate_up, alpha=alpha, beta=beta, limit=limit)
""",
    "vllm-9.8.7.dist-info/METADATA": "Metadata-Version: 2.1\nName: vllm\nVersion: 9.8.7\n",
    "vllm/__init__.py": "raise ImportError('half a server')\n",
}

_OPS = "sglang/kernels/ops"
SGLANG = {
    f"{_OPS}/moe/mxfp8_moe_amd_gfx95.py": """
from sglang.kernels.ops.quantization.mxfp8_amd_gfx95 import mxfp8_e4m3_quantize
from sglang.srt.environ import envs
from sglang.srt.layers.moe.moe_runner.triton_utils.moe_align_block_size import moe_align_block_size

def _grouped_gemm_mxfp8(*operands, a_div, mul_weight_by):
    return "gemm", len(operands), a_div

def _combine_topk_routes(routes, tokens, top_k, width, dtype):
    return tokens, top_k, width

def fused_moe_mxfp8_native(*tensors, alpha, beta, limit, expert_map=None):
    return mxfp8_e4m3_quantize, envs.SGLANG_MINIMAX_M3_FUSED_SWIGLU_MXFP8.get()
""",
    f"{_OPS}/quantization/mxfp8_amd_gfx95.py": """
import msgspec
from sglang.kernels.ops.quantization.mxfp8_quant import launched

MXFP8_BLOCK_SIZE = 32

class Activation(msgspec.Struct, frozen=True):
    pass

def _mxfp8_e4m3_quantize_triton(x):
    return launched(x)

def mxfp8_e4m3_quantize(x):
    return "not launched"
""",
    f"{_OPS}/quantization/mxfp8_quant.py": "def launched(x):\n    return 'launched'\n",
    f"{_OPS}/activation/minimax_m3_swiglu.py": """
def swiglu_oai_split(gate_up, alpha, beta, limit, out_dtype=None, out=None):
    return gate_up

def swiglu_oai_mxfp8_quant(gate_up, alpha, beta, limit):
    return "fused"
""",
    "sglang/srt/layers/moe/moe_runner/triton_utils/moe_align_block_size.py": """
from sglang.srt.utils import is_hip
if is_hip():
    from sglang.kernels.ops.moe import moe_align_block_size as operator

def moe_align_block_size(topk_ids, block_size, num_experts):
    return operator
""",
    "sglang-5.6.7.dist-info/METADATA": "Metadata-Version: 2.1\nName: sglang\nVersion: 5.6.7\n",
}


def _unpack(files: dict[str, str], folder: Path) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """No package of one test is there in the next."""
    yield
    for finder in [finder for finder in sys.meta_path if isinstance(finder, StandIns)]:
        finder.remove()


@pytest.mark.parametrize("installed", [False, True])
def test_vllm_runs_from_its_files_alone(tmp_path: Path, installed: bool) -> None:
    folder, report = _unpack(VLLM, tmp_path / "wheel"), tmp_path / "report"
    subject = "vllm" if installed else f"vllm:{folder}"
    words = ["--tier", "quick", "--backend", "interpreter", "--subject", subject]
    words += ["-k", "moe/gaussian-small or moe/exact-half-sigmoid or stages/gaussian-small or expert-map/identity "
              "or quantize/gaussian-bf16 or activation/alpha-1-beta-0-bf16 or activation-quantize/interleaved "
              "or activation-quantize/alpha-1-beta-0 or gemm-mx/routes-to-other-ranks"]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "conformance", *words, "--report-dir", str(report)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}" if installed else str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    document = json.loads((report / "report.json").read_text())
    found = {row["id"]: row for row in document["cases"]}
    assert {row["subject"] for row in found.values()} == {"vllm-9.8.7"}
    unsupported = {f["requirement"]: f["cause"]["words"] for row in found.values() for f in row["findings"]
                   if f["verdict"] != "pass"}  # fmt: skip
    assert set(unsupported) == {"STG-04", "FSQ-07"}
    assert "no stage moe_sum" in unsupported["STG-04"] and "interleaved" in unsupported["FSQ-07"]
    assert list(document["environment"]["code_of_subjects"]) == [subject]
    assert document["environment"]["declared"] == {"vllm-9.8.7": DECLARED}


def test_the_digest_is_of_the_files_that_run(tmp_path: Path) -> None:
    folder = _unpack(VLLM, tmp_path)
    spec = f"vllm:{folder}"
    assert load(spec).name == "vllm-9.8.7"
    before = sources.code_of_subjects([spec])
    (folder / "vllm/__init__.py").write_text("# not run\n")
    assert sources.code_of_subjects([spec]) == before
    (folder / _QUANTIZE).write_text(VLLM[_QUANTIZE] + "\n")
    assert sources.code_of_subjects([spec]).keys() == before.keys()
    assert sources.code_of_subjects([spec]) != before


def test_no_release_declares_an_arithmetic_that_its_function_in_pytorch_has_not(tmp_path: Path) -> None:
    older = {name: text.replace("FP8_MAX", "OTHER") for name, text in VLLM.items()}
    assert load(f"vllm:{_unpack(older, tmp_path)}").declared == DECLARED


@pytest.mark.parametrize(("project", "files"), [("vllm", VLLM), ("sglang", SGLANG)])
def test_the_path_in_pytorch_is_a_subject_of_its_own(tmp_path: Path, project: str, files: dict[str, str]) -> None:
    """Beside the MoE's, of one folder: of 0.27.1 the one was right and the other wrong."""
    name = _QUANTIZE if project == "vllm" else f"{_OPS}/quantization/mxfp8_amd_gfx95.py"
    theirs = "\n\ndef _mxfp8_e4m3_quantize_torch(x, is_sf_swizzled_layout=False):\n    return 'in PyTorch'\n"
    folder = _unpack(files | {name: files[name] + theirs}, tmp_path)
    whole, alone = load(f"{project}:{folder}"), load(f"{project}-torch:{folder}")
    assert (alone.stages.keys(), alone.stages["quantize"](torch.zeros(2, 32))) == ({"quantize"}, "in PyTorch")
    assert alone.name == whole.name.replace(project, f"{project}-torch")
    assert alone.declared == {"launches_triton": False}


# Where SGLang's files lay before, and what a file of that time imports.
_BEFORE = {
    f"{_OPS}/moe/mxfp8_moe_amd_gfx95.py": "sglang/srt/layers/moe/moe_runner/triton_utils/mxfp8_moe_amd_gfx95.py",
    f"{_OPS}/quantization/mxfp8_amd_gfx95.py": "sglang/srt/layers/quantization/mxfp8_amd_gfx95.py",
    f"{_OPS}/activation/minimax_m3_swiglu.py": "sglang/jit_kernel/minimax_m3/swiglu.py",
}


def test_sglangs_files_are_found_where_an_older_release_has_them(tmp_path: Path) -> None:
    files = {_BEFORE.get(name, name): text for name, text in SGLANG.items() if not name.endswith("mxfp8_quant.py")}
    moe, rows = (_BEFORE[name] for name in list(_BEFORE)[:2])
    files[moe] = files[moe].replace("sglang.kernels.ops.quant", "sglang.srt.layers.quant") + "import sgl_kernel\n"
    files[rows] = files[rows].replace(
        "from sglang.kernels.ops.quantization.mxfp8_quant import launched", "launched = str"
    )
    spec = f"sglang:{_unpack(files, tmp_path)}"
    assert load(spec).name == "sglang-5.6.7"
    found = importlib.import_module("sglang.jit_kernel.minimax_m3")
    assert found.swiglu_oai_split(7, 1, 0, None) == 7
    assert {str(path.relative_to(tmp_path)) for path in profiles.files(spec).values()} == set(files) - {
        "sglang-5.6.7.dist-info/METADATA"
    }


_TORCHAO = {
    "torchao/utils.py": "",
    "torchao/prototype/mx_formats/constants.py": "",
    "torchao/prototype/mx_formats/mx_tensor.py": """
from torchao.prototype.mx_formats.config import ScaleCalculationMode
from torchao.prototype.mx_formats.kernels import pack_uint4

def to_mx(x, elem_dtype, block_size, scaling_mode=ScaleCalculationMode.FLOOR):
    assert x.is_contiguous() and block_size == 32
    if scaling_mode is ScaleCalculationMode.EVEN:
        pack_uint4(x)
    return x[..., :1].view(x.dtype), scaling_mode.name
""",
}
_DOWNCAST = """
def downcast_to_mxfp(src_tensor, out_quant_type, axis):
    return out_quant_type, axis
"""


def test_the_quantizers_of_others_are_called_as_they_are(tmp_path: Path) -> None:
    folder = _unpack(_TORCHAO, tmp_path)
    for name, rule, mode in (("torchao", "rceil", "RCEIL"), ("torchao-floor", "ocp_floor", "FLOOR")):
        subject = load(f"{name}:{folder}")
        assert subject.abilities.scale_rule == rule
        assert subject.stages["quantize"](torch.zeros(2, 64, dtype=torch.uint8).mT)[0] == mode
    with pytest.raises(NotImplementedError, match="torchao's pack_uint4"):
        importlib.import_module("torchao.prototype.mx_formats.kernels").pack_uint4(7)
    places = {
        "triton_kernels": ("triton_kernels/numerics_details/mxfp.py", "mxfp_details/_downcast_to_mxfp.py"),
        "aiter-triton": ("aiter/ops/triton/quant_moe.py", "_triton_kernels/quant_moe.py"),
    }
    for name, (first, second) in places.items():
        others = ("mxfp_details/_upcast_from_mxfp.py",) if name == "triton_kernels" else ()
        beside = {str(Path(first).parent / other): "" for other in (second, *others)}
        subject = load(f"{name}:{_unpack({first: _DOWNCAST, **beside}, tmp_path / name)}")
        assert subject.stages["quantize"](torch.zeros(1, 32)) == (torch.float8_e4m3fn, -1)
        assert subject.declared.get("quantize_dtypes", ["fp32"])[-1] == ("fp32" if others else "fp16")


@pytest.mark.parametrize(("version", "brings"), [("0.33.0", True), ("0.33.1", False), ("0.33.0+rocm", False)])
def test_only_the_release_that_was_looked_at_brings_expectations(tmp_path: Path, version: str, brings: bool) -> None:
    metadata = {"vllm-9.8.7.dist-info/METADATA": f"Metadata-Version: 2.1\nName: vllm\nVersion: {version}\n"}
    subject = load(f"vllm:{_unpack(VLLM | metadata, tmp_path)}")
    assert subject.name == f"vllm-{version}"
    assert [path.name for path in subject.expectations] == (["vllm-0.33.0.toml"] if brings else [])


def test_the_installed_package_is_found_and_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(_unpack(VLLM, tmp_path)))
    assert load("vllm").name == "vllm-9.8.7"  # its __init__ would have raised
    assert load("vllm").name == "vllm-9.8.7"  # as each process of a run does, by then beside the stand-ins


@pytest.mark.parametrize("name", profiles.PROFILES)
def test_a_package_that_is_not_installed_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=f"{profiles.PROFILES[name][0]}: is not installed") as caught:
        load(name)
    assert f"{name}:PATH" in str(caught.value)


def test_a_folder_without_the_file_is_refused(tmp_path: Path) -> None:
    missing = f"{_MOE}/experts/mxfp8_native_moe.py"
    folder = _unpack({name: text for name, text in VLLM.items() if name != missing}, tmp_path)
    with pytest.raises(ProfileError, match="has no vllm/model_executor") as caught:
        load(f"vllm:{folder}")
    assert "mxfp8_native_moe.py" in str(caught.value) and str(folder) in str(caught.value)


def test_two_releases_need_two_runs(tmp_path: Path) -> None:
    first, second = (_unpack(VLLM, tmp_path / name) for name in "ab")
    load(f"vllm:{first}")
    load(f"vllm:{first}")  # as each process of a run does
    with pytest.raises(ProfileError, match="already"):
        load(f"vllm:{second}")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("from vllm.platforms import other", "other"),
        ("import vllm.platforms; vllm.platforms.other()", "vllm.platforms.other: no stand-in gives it"),
        ("import vllm.engine", "vllm.engine: no stand-in is it"),
        ("from vllm.engine import x", "vllm.engine: no stand-in is it"),
    ],
)
def test_what_no_stand_in_gives_is_an_error_that_names_it(tmp_path: Path, line: str, says: str) -> None:
    spec = f"vllm:{_unpack(VLLM | {_QUANTIZE: line}, tmp_path)}"
    with pytest.raises((ImportError, AttributeError), match=says):
        load(spec)


def _sglang(folder: Path) -> Any:
    return load(f"sglang:{_unpack(SGLANG, folder)}")


def test_sglang_runs_from_its_files_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.machinery.PathFinder, "find_spec", _without("msgspec"))
    subject = _sglang(tmp_path)
    assert subject.name == "sglang-5.6.7"
    assert subject.abilities.declared().keys() == {"activation_layouts", "defaults", "bf16_between", "fused_dtypes"}
    assert "moe_sum" not in subject.stages
    rows = torch.zeros(2, 64)
    assert subject.stages["quantize"](rows) == "launched"  # as on a GPU
    assert subject.stages["quantize"](rows[0]) == "not launched"
    given = {"alpha": 1.0, "beta": 0.0, "limit": None}
    assert subject.stages["activation_quantize"](rows, **given) == "launched"
    quantize, _ = subject.stages["fused_moe"](rows, **given, global_num_experts=4, expert_map=None)
    assert quantize(rows) == "launched"


def test_sglangs_own_switches_change_what_is_declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SGLANG_MINIMAX_M3_FUSED_SWIGLU_MXFP8", "SGLANG_MINIMAX_M3_FUSED_MOE_COMBINE"):
        monkeypatch.setenv(name, "1")
    subject = _sglang(tmp_path)
    given = {"alpha": 1.0, "beta": 0.0, "limit": None}
    assert not subject.abilities.bf16_between
    assert subject.stages["activation_quantize"](torch.zeros(2, 64), **given) == "fused"
    assert subject.stages["moe_sum"](torch.zeros(6, 32), 3, torch.bfloat16) == (2, 3, 32)


@pytest.mark.parametrize("switch", [None, "FUSED_SWIGLU_MXFP8", "FUSED_MOE_COMBINE"])
def test_sglangs_expectations_are_of_its_default_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, switch: str | None
) -> None:
    metadata = {"sglang-5.6.7.dist-info/METADATA": "Metadata-Version: 2.1\nName: sglang\nVersion: 0.5.23\n"}
    if switch is not None:
        monkeypatch.setenv(f"SGLANG_MINIMAX_M3_{switch}", "1")
    subject = load(f"sglang:{_unpack(SGLANG | metadata, tmp_path)}")
    assert bool(subject.expectations) == (switch is None)


def _without(package: str) -> Any:
    kept = importlib.machinery.PathFinder.find_spec
    return classmethod(lambda cls, name, path=None, target=None: None if name == package else kept(name, path, target))


@pytest.mark.parametrize("block", [1, 4, 16])
def test_the_stand_in_of_the_operator_aligns_as_the_kernels_do(block: int) -> None:
    from kernels.align import moe_align_block_size

    ids = torch.tensor([[3, 0], [2, 3], [-1, 7], [3, 3], [0, 2]])
    right = moe_align_block_size(ids, block, 5)
    made = [torch.full_like(part, -7) for part in right]
    bucket = ids.reshape(-1)
    write_blocks(torch.where((bucket >= 0) & (bucket < 5), bucket, 5), 5, block, *made)
    used = int(right[2])
    assert made[2].tolist() == right[2].tolist()
    assert made[0][:used].tolist() == right[0][:used].tolist()
    assert made[1][: used // block].tolist() == right[1][: used // block].tolist()
    assert (made[0][used:] == ids.numel()).all() and (made[1][used // block :] == -1).all()
