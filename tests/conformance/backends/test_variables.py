"""Is an environment refused in which other code would be judged than the kernels', and the rest recorded?"""

from __future__ import annotations

import pytest
from triton import knobs

from conformance.asking.unaskable import CannotAskError
from conformance.backends import BackendUnavailable, variables
from conformance.backends.base import look_after_cache
from conformance.gfx950.launching.cache import SealedCache
from conformance.running.prepare import activated
from conformance.running.refusals import UsageError

SUITE = "conformance.parts:SUITE"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*variables.REFUSED, "AMDGCN_USE_BUFFER_OPS", "TRITON_F32_DEFAULT"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", variables.REFUSED)
def test_what_changes_the_code_that_is_judged_is_named_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("0", "", "False"):
        monkeypatch.setenv(name, value)
        variables.refuse()
    monkeypatch.setenv(name, "1")
    with pytest.raises(UsageError, match=rf"^environment: {name}=1 .*; needs it unset$"):
        activated(SUITE, "gfx950-emulated")


def test_all_of_them_are_named_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRITON_DEBUG", "1")
    monkeypatch.setenv("TRITON_SWAP_MIR", "folder")
    with pytest.raises(
        ValueError, match=r"^environment: TRITON_DEBUG=1 .*; TRITON_SWAP_MIR=folder .*; needs them unset$"
    ):
        variables.refuse()


def test_every_variable_of_tritons_that_decides_code_is_refused_recorded_or_known_to_be_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    groups = [group for group in vars(knobs).values() if isinstance(group, knobs.base_knobs)]
    keys = {knob.key for group in groups for knob in group.knob_descriptors.values()}
    for key in keys - {"TRITON_CACHE_DIR", "TRITON_HOME"}:
        monkeypatch.setenv(key, "1")
    recorded = {word.partition("=")[0] for word in variables.chosen().split()}
    assert {"AMDGCN_USE_BUFFER_OPS", "TRITON_F32_DEFAULT", "TRITON_HIP_USE_ASYNC_COPY"} <= recorded
    left = keys - recorded - set(variables.REFUSED) - {variables.FP_FUSION}
    of_amd = {knob.key for knob in knobs.amd.knob_descriptors.values()}
    # What only prints, dumps, names a library of the device, or says how a refused one goes about it.
    free = {"AMDGCN_ENABLE_DUMP", "TRITON_DUMP_MIR", "TRITON_LIBHIP_PATH", "TRITON_SWAP_MIR_ENABLE_MISCHED"}
    assert left & of_amd <= free


def test_only_what_decides_code_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variables.FP_FUSION, "1")
    monkeypatch.setenv("MLIR_ENABLE_DUMP", "1")
    assert variables.chosen() == ""
    monkeypatch.setenv("AMDGCN_USE_BUFFER_OPS", "0")
    assert variables.chosen() == "AMDGCN_USE_BUFFER_OPS=false"


def test_a_cache_that_takes_nothing_is_the_platforms_at_first_and_a_case_not_asked_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SealedCache, "unwritable", OSError)
    monkeypatch.setitem(vars(knobs.cache), "manager_class", None)
    monkeypatch.setenv("TRITON_CACHE_DIR", "/dev/null/below")
    with pytest.raises(BackendUnavailable, match=r"^Triton's cache folder '/dev/null/below' cannot be written"):
        look_after_cache()
    with pytest.raises(CannotAskError, match=r"^Triton's cache folder '/dev/null/below' cannot be written"):
        knobs.cache.manager_class("KEY")
