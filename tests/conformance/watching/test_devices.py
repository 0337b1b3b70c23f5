"""What if a kernel hangs, a device breaks or memory runs out? That case fails, saying so, and the others are judged."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from conformance.sharing.devices import Devices, threads
from reference import cores
from reports.line import lines

WORKERS = pytest.mark.parametrize("workers", ["0", "2"])
CASES = 16


@pytest.fixture
def on_devices(run, tmp_path):
    """Run the suite with imagined GPUs."""

    def finished(*words, **environment):
        return run(*words, suite="device_suite:SUITE", FAKE_STATE=str(tmp_path), **environment)

    return finished


def _seen(folder: Path) -> list[list[str]]:
    """case, device and process of each case that was judged."""
    return [line.split() for line in (folder / "seen").read_text().splitlines()]


def _only_failure(done, subject, number=2):
    """The detail of the one row that failed; every case has its row."""
    failed = [name for name, verdict in done.verdicts.items() if verdict == "fail"]
    assert failed == [f"beta/number-{number} {subject}"], done.out + done.err
    assert (done.code, len(done.verdicts), done.report["complete"]) == (1, CASES, True), done.out + done.err
    return done.said(f"beta/number-{number}", subject)


@pytest.mark.parametrize(("workers", "count", "each"), [("2", 2, 1), ("gpus", 2, 1), ("5", 5, 3)])
def test_workers_spread_over_the_devices(on_devices, tmp_path, workers, count, each):
    assert on_devices("-n", workers, FAKE_WORKERS=str(count)).code == 0
    processes = {(device, pid) for _, device, pid in _seen(tmp_path)}
    of = Counter(device for device, _ in processes)
    assert of.keys() == {"0", "1"}
    assert max(of.values()) == each


def test_one_process_uses_the_first(on_devices, tmp_path):
    assert on_devices().code == 0
    assert {device for _, device, _ in _seen(tmp_path)} == {"-"}


def test_gpus_are_asked_for_where_there_are_none(run):
    done = run("--subject", "right", "-n", "gpus")
    assert done.code == 2
    assert "-n: has gpus, needs a number or auto on good, which runs on no GPU" in done.err


@WORKERS
def test_a_case_that_hangs_is_ended_with_all_that_it_started(on_devices, tmp_path, workers):
    done = on_devices("--subject", "hanging", "-n", workers, "--case-timeout", "0.3")
    detail = _only_failure(done, "hanging")
    assert "took longer than 0.3 s in _hang at tests/conformance/parts/device_suite.py:" in detail
    assert ", so its process was ended; rerun: " in detail
    child = Path("/proc") / (tmp_path / "child").read_text()
    deadline = time.monotonic() + 5
    while child.exists() and "Z" not in (child / "stat").read_text().rpartition(")")[2]:
        assert time.monotonic() < deadline, "an orphan is left"


def test_threads_fit_the_cores_and_sleep_without_work_unless_told_otherwise(monkeypatch):
    for name in threads(1):
        monkeypatch.delenv(name, raising=False)
    assert threads(0) == {"OMP_WAIT_POLICY": "PASSIVE", "OPENBLAS_THREAD_TIMEOUT": "4"}
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    monkeypatch.setattr(cores, "usable", lambda: 6)
    assert threads(4).items() >= {("OMP_NUM_THREADS", "1"), ("OPENBLAS_THREAD_TIMEOUT", "4")}
    assert "OMP_WAIT_POLICY" not in threads(4)


def test_a_worker_in_place_of_another_gets_its_device():
    a, b = {"SEES": "a"}, {"SEES": "b"}
    devices = Devices({"a": a, "b": b})
    assert [devices.take(f"gw{n}") for n in range(4)] == [a, b, a, b]
    assert devices.give_back("gw1") == "b"
    assert devices.take("gw4") == b, "though its number would say a"
    devices.lose("b", "gone")
    assert (devices.take("gw5"), devices.none_left) == (a, False)
    assert devices.give_back("gw3") is None, "it had what is lost"
    devices.lose("a", "gone too")
    assert (devices.none_left, devices.why_gone) == (True, "device b: gone; device a: gone too")


def test_without_devices_to_share_there_is_one_without_a_name():
    devices = Devices({})
    assert (devices.take("gw0"), devices.take("gw1"), devices.none_left) == ({}, {}, False)
    assert devices.give_back("gw0") == ""
    devices.lose("", "gone")
    assert (devices.none_left, devices.why_gone, devices.give_back("gw1")) == (True, "gone", None)


@WORKERS
def test_behind_so_many_cases_that_hang_nothing_is_asked_any_more(on_devices, workers):
    done = on_devices("--subject", "hanging-always", "-n", workers, "--case-timeout", "0.1")
    assert (done.code, len(done.verdicts), done.report["complete"]) == (1, 10, False)
    assert all("took longer than 0.1 s" in line for row in done.report["cases"] for line in lines(row))
    (problem,) = done.report["problems"]
    assert (problem["text"], len(problem["cases"])) == ("10 cases had taken too long by then", CASES - 10)


def test_no_limit_is_no_limit(on_devices):
    assert on_devices("--case-timeout", "0", "-k", "beta/number-1").code == 0


@WORKERS
@pytest.mark.parametrize(
    ("subject", "says"),
    [("breaking", "an illegal memory access was encountered"), ("breaking-late", "unspecified launch failure")],
)
def test_an_error_that_sticks_costs_one_case_and_its_process(on_devices, tmp_path, subject, says, workers):
    done = on_devices("--subject", subject, "-n", workers)
    detail = _only_failure(done, subject)
    assert f"raised RuntimeError: CUDA error: {says}" in detail
    assert "behind it the device was of no use to this process" in detail
    assert "problems" not in done.report or not done.report["problems"]
    judged = [(case, pid) for case, _, pid in _seen(tmp_path)]
    broken = next(pid for case, pid in judged if case == "beta/number-2")
    assert [case for case, pid in judged if pid == broken][-1] == "beta/number-2", "nothing behind it"


@pytest.mark.parametrize("subject", ["losing", "losing-and-hanging"])
def test_a_device_that_is_gone_ends_the_run_with_3_and_rows_for_what_was_judged(on_devices, subject):
    done = on_devices("--subject", subject, "--case-timeout", "0.3")
    assert (done.code, done.report["complete"]) == (3, False), done.out + done.err
    assert done.row("beta/number-2", subject)["verdict"] == "fail"
    assert len(done.verdicts) == 3, "what is left says nothing of the kernel"
    check = done.report["platform_checks"][-1]
    assert (check["id"], check["verdict"]) == ("PLT-DEVICE", "fail")
    assert "fallen off the bus" in check["detail"]
    assert f"{CASES - 3} cases were not judged" in done.out
    assert done.report["selection"]["asked"] == CASES


@pytest.mark.parametrize("subject", ["losing", "losing-and-hanging"])
def test_a_run_whose_device_is_gone_keeps_to_what_was_expected(on_devices, tmp_path, subject):
    (tmp_path / "expected.toml").write_text(
        'about = "x"\n[[expect]]\ncase = "beta/number-2"\nverdict = "fail"\nreason = "It is known."\nevidence = "x"\n'
    )
    expect = ("--expect", str(tmp_path / "expected.toml"))
    done = on_devices("--subject", subject, "--case-timeout", "0.3", *expect)
    assert done.code == 3, done.out + done.err
    (expected,) = done.row("beta/number-2", subject)["expected"]
    assert (expected["reason"], expected["unmet"]) == ("It is known.", {})
    assert expected["met"]


def test_a_run_that_lost_its_device_can_be_resumed(on_devices, tmp_path):
    assert on_devices("--subject", "losing").code == 3
    (tmp_path / "gone-0").unlink()
    done = on_devices("--resume")
    assert (done.code, len(done.verdicts)) == (1, CASES), done.out + done.err


def test_workers_go_on_with_the_devices_that_are_left(on_devices, tmp_path):
    done = on_devices("--subject", "losing", "-n", "2", FAKE_WORKERS="2")
    assert done.code == 1, done.out + done.err
    assert len(done.verdicts) == CASES
    assert done.row("beta/number-2", "losing")["verdict"] == "fail"
    assert "cannot be used any more: CUDA error: GPU has fallen off the bus" in done.out


def test_workers_without_a_device_end_the_run_with_3(on_devices, tmp_path):
    for number in "01":
        (tmp_path / f"gone-{number}").touch()
    done = on_devices("-n", "2")
    assert (done.code, done.report["complete"], done.report["cases"]) == (3, False, []), done.out + done.err
    assert done.report["platform_checks"][-1]["id"] == "PLT-DEVICE"
    assert done.out.count("fallen off the bus") >= 1


def test_a_backend_that_does_not_start_in_workers_ends_the_run_with_3(on_devices):
    done = on_devices("-n", "2", FAKE_UNWILLING="yes")
    assert done.code == 3, done.out + done.err
    assert "no driver for this one" in done.out


@WORKERS
def test_memory_that_ran_out_is_told_and_let_go(on_devices, workers):
    done = on_devices("--subject", "running-out", "-n", workers, "-k", "beta/number-2 or beta/number-3")
    assert done.row("beta/number-3", "running-out")["verdict"] == "pass" or workers == "2"
    detail = done.said("beta/number-2", "running-out")
    assert "ran out of device memory: raised OutOfMemoryError: CUDA out of memory. Tried to allocate" in detail


@WORKERS
def test_host_memory_that_ran_out_is_told(on_devices, workers):
    detail = _only_failure(on_devices("--subject", "starving", "-n", workers), "starving")
    assert "ran out of host memory: raised MemoryError" in detail
