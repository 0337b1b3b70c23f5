"""How fast does the emulated gfx950 run machine code, compiled and in NumPy, and a MoE against Triton's interpreter?

Each core, and the interpreter, has a process of its own; they take turns, one call each, so that what else the machine
does meanwhile weighs on all. Ratios are of neighbouring calls. What is compiled for a launch is compiled before.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CORES = ("numpy", "compiled")
RATIO_NEEDED = 2.0  # the interpreter's time over the NumPy core's
_STATUS, _FORGET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Worker:
    """A process that times one call of a scene whenever it is asked."""

    def __init__(self, core: str) -> None:
        environment = {k: v for k, v in os.environ.items() if k != "TRITON_INTERPRET"}
        command = [sys.executable, "-m", "tests.bench.emulator_bench", "--serve", core]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, scene: str) -> dict[str, Any]:
        """{"seconds", "waves", "instructions", "peak"} of one call; seconds: in its launches, peak: in MiB."""
        pipe = self._process
        assert pipe.stdin is not None
        assert pipe.stdout is not None
        pipe.stdin.write(scene + "\n")
        pipe.stdin.flush()
        line = pipe.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {self._process.args!r} ended")
        return dict(json.loads(line))

    def close(self) -> None:
        self._process.communicate()


def serve(core: str) -> None:
    """Answer each scene named on standard input with what a call of it took."""
    from conformance.backends import pick

    backend = pick("interpreter" if core == "interpreter" else "gfx950-emulated")
    backend.activate()
    from tests.bench.emulator_scenes import SCENES

    launches = [] if core == "interpreter" else _watched()
    calls: dict[str, Any] = {}
    for line in sys.stdin:
        name = line.rstrip("\n")
        scene = SCENES[name]
        with nullcontext() if core == "interpreter" else backend.using(core=core, **scene.settings):
            if name not in calls:
                calls[name] = scene.prepare()
                calls[name]()
            launches.clear()
            _forget_peak()
            start = time.perf_counter()
            calls[name]()
            seconds = time.perf_counter() - start
        print(json.dumps(_taken(launches, seconds)), flush=True)


def _taken(launches: list[tuple[int, int, float]], seconds: float) -> dict[str, Any]:
    widest = max((waves for waves, _, _ in launches), default=0)
    instructions = sum(count for _, count, _ in launches)
    inside = sum(spent for _, _, spent in launches)
    return {
        "seconds": inside or seconds,
        "call": seconds,
        "waves": widest,
        "instructions": instructions,
        "peak": _peak(),
    }


def _watched() -> list[tuple[int, int, float]]:
    """The list that each launch from now on is added to: waves, wave-instructions, seconds."""
    from conformance.gfx950.launching import launch

    launches: list[tuple[int, int, float]] = []
    execute = launch.execute

    def timed(*arguments: Any) -> Any:
        start = time.perf_counter()
        counts = execute(*arguments)
        launches.append((counts.waves, sum(counts.instructions.values()), time.perf_counter() - start))
        return counts

    launch.execute = timed
    return launches


def _forget_peak() -> None:
    """From here on the peak counts anew, where the kernel lets it."""
    try:
        _FORGET.write_text("5")
    except OSError:
        return


def _peak() -> int | None:
    found = re.search(r"VmHWM:\s*(\d+) kB", _STATUS.read_text()) if _STATUS.exists() else None
    return int(found[1]) >> 10 if found else None


def measure(repetitions: int, chosen: str) -> dict[str, Any]:
    """By scene: the last answer of each worker, its median seconds, and the ratios of neighbouring calls."""
    from tests.bench.emulator_scenes import SCENES

    workers = {name: Worker(name) for name in (*CORES, "interpreter")}
    found: dict[str, Any] = {}
    for name, scene in SCENES.items():
        if not re.search(chosen, name):
            continue
        asked = [worker for worker in workers if worker != "interpreter" or scene.interpreted]
        answers = [{worker: workers[worker].ask(name) for worker in asked} for _ in range(repetitions)]
        found[name] = {
            "needs": scene.needs,
            "rate": scene.rate,
            **{worker: _median([answer[worker] for answer in answers]) for worker in asked},
            "ratio": statistics.median(a["numpy"]["seconds"] / a["compiled"]["seconds"] for a in answers),
        }
        if scene.interpreted:
            found[name]["interpreter_ratio"] = {
                core: statistics.median(a["interpreter"]["call"] / a[core]["call"] for a in answers) for core in CORES
            }
    for worker in workers.values():
        worker.close()
    return found


def _median(answers: list[dict[str, Any]]) -> dict[str, Any]:
    return {**answers[-1], **{key: statistics.median(a[key] for a in answers) for key in ("seconds", "call")}}


def shown(name: str, found: dict[str, Any]) -> str:
    """A scene's line."""
    numpy, compiled = found["numpy"], found["compiled"]
    rates = [core["instructions"] / core["seconds"] / 1e6 for core in (numpy, compiled)]
    asked = [f"needs {found['needs']:g}: {_met(found['ratio'], found['needs'])}"] if found["needs"] else []
    asked += [f"NumPy needs {found['rate']:g} M/s: {_met(rates[0], found['rate'])}"] if found["rate"] else []
    return (
        f"{name:36} {numpy['waves']:5} {numpy['instructions']:9} {numpy['seconds']:8.3f} {compiled['seconds']:8.3f}"
        f" {rates[0]:6.2f} {rates[1]:6.2f} {numpy['peak']!s:>5} {compiled['peak']!s:>5} {found['ratio']:6.1f}"
        f" {', '.join(asked)}"
    ).rstrip()


def beside_the_interpreter(found: dict[str, Any]) -> str:
    """Whole calls of a scene that Triton's interpreter runs too."""
    ratios = found["interpreter_ratio"]
    times = ", ".join(f"{found[name]['call']:.3f} s {name}" for name in ("interpreter", *CORES))
    over = ", ".join(f"{ratios[core]:.1f} {core}" for core in CORES)
    met = _met(ratios["numpy"], RATIO_NEEDED)
    return f"  a call: {times}; the interpreter's over ours: {over}; NumPy needs {RATIO_NEEDED:g}: {met}"


def _met(has: float, needs: float) -> str:
    return "met" if has >= needs else "missed"


def main() -> None:
    parser = argparse.ArgumentParser(prog="nox -s bench -- emulator", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--only", default="", metavar="REGEX", help="scenes whose name has it")
    parser.add_argument("--out", type=Path, help="write the numbers as JSON")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    scenes = measure(options.repetitions, options.only)
    print(f"{os.cpu_count()} cores; of NumPy and compiled: seconds, million wave-instructions/s, peak MiB; their ratio")
    print(f"{'scene':36} waves  wave-ins.  seconds           M/s          MiB         ratio")
    for name, found in scenes.items():
        print(shown(name, found))
        if "interpreter" in found:
            print(beside_the_interpreter(found))
    if options.out:
        options.out.write_text(json.dumps({"cores": os.cpu_count(), "scenes": scenes}, indent=2) + "\n")


if __name__ == "__main__":
    main()
