"""How fast does the emulated gfx950 run machine code, and a whole MoE against Triton's interpreter?

Each backend runs in a process of its own (Triton decides between them at its import); the two processes take turns, one
call each, so that what else the machine does meanwhile weighs on both.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RATE_NEEDED = 1_000_000  # wave-instructions a second, grouped GEMM of 256 waves or more
RATIO_NEEDED = 2.0  # the interpreter's time over the emulator's
MOE = {"tokens": 8, "hidden": 256, "inter": 512, "experts": 8, "top_k": 2}
WIDE = {"tokens": 64, "hidden": 1024, "inter": 512, "experts": 8, "top_k": 2}


class Worker:
    """A process that times one call of the native MoE whenever it is asked."""

    def __init__(self, backend: str) -> None:
        environment = {k: v for k, v in os.environ.items() if k != "TRITON_INTERPRET"}
        command = [sys.executable, "-m", "tests.bench.emulator_bench", "--serve", backend]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, sizes: dict[str, int]) -> dict[str, Any]:
        """{"seconds", "kernels": [[name, waves, wave-instructions, seconds], ...]} of one call, compiled before."""
        pipe = self._process
        assert pipe.stdin is not None
        assert pipe.stdout is not None
        pipe.stdin.write(json.dumps(sizes) + "\n")
        pipe.stdin.flush()
        line = pipe.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {self._process.args!r} ended")
        return dict(json.loads(line))

    def close(self) -> None:
        self._process.communicate()


def serve(backend: str) -> None:
    """Answer each line of sizes on standard input with the time of a call."""
    from conformance.backends import pick

    pick(backend).activate()
    from kernels.native import fused_moe_mxfp8_native
    from tests.bench.small_moe import small_moe

    launches = _watched() if backend != "interpreter" else []
    compiled = set()
    for line in sys.stdin:
        arguments = small_moe(**json.loads(line))
        if line not in compiled:
            fused_moe_mxfp8_native(**arguments)
            compiled.add(line)
        launches.clear()
        start = time.perf_counter()
        fused_moe_mxfp8_native(**arguments)
        seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, "kernels": launches}), flush=True)


def _watched() -> list[list[Any]]:
    """The list that each launch from now on is added to."""
    from conformance.gfx950.launching import launch

    launches: list[list[Any]] = []
    execute = launch.execute

    def timed(*arguments: Any) -> Any:
        start = time.perf_counter()
        counts = execute(*arguments)
        seconds = time.perf_counter() - start
        launches.append([counts.kernel, counts.waves, sum(counts.instructions.values()), seconds])
        return counts

    launch.execute = timed
    return launches


def measure(repetitions: int) -> dict[str, Any]:
    """The rate on the widest launch of a grouped GEMM, and the interpreter's time over the emulator's."""
    emulated, interpreted = Worker("gfx950-emulated"), Worker("interpreter")
    rates, ratios = [], []
    for _ in range(repetitions):
        gemm = max(
            (kernel for kernel in emulated.ask(WIDE)["kernels"] if "mxfp8_kernel" in kernel[0]),
            key=lambda kernel: kernel[1] * kernel[2],
        )
        rates.append(gemm[2] / gemm[3])
        ratios.append(interpreted.ask(MOE)["seconds"] / emulated.ask(MOE)["seconds"])
    for worker in (emulated, interpreted):
        worker.close()
    return {
        "cores": os.cpu_count(),
        "gemm": {"sizes": WIDE, "waves": gemm[1], "wave_instructions": gemm[2]},
        "rate": {"median": statistics.median(rates), "least": min(rates), "needs": RATE_NEEDED},
        "moe": {"sizes": MOE},
        "ratio": {"median": statistics.median(ratios), "least": min(ratios), "needs": RATIO_NEEDED},
    }


def _met(found: dict[str, float]) -> str:
    return "met" if found["median"] >= found["needs"] else "missed"


def main() -> None:
    parser = argparse.ArgumentParser(prog="nox -s bench -- emulator", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--out", type=Path, help="write the numbers as JSON")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    found = measure(options.repetitions)
    rate, ratio, gemm = found["rate"], found["ratio"], found["gemm"]
    print(
        f"grouped GEMM, {gemm['waves']} waves, {gemm['wave_instructions']} wave-instructions:"
        f" {rate['median'] / 1e6:.2f} M/s"
        f" (least {rate['least'] / 1e6:.2f}), needs {rate['needs'] / 1e6:.0f}: {_met(rate)}"
    )
    print(
        f"MoE {MOE}: interpreter's time over the emulator's {ratio['median']:.1f} (least {ratio['least']:.1f}),"
        f" needs {ratio['needs']:.0f}: {_met(ratio)}"
    )
    if options.out:
        options.out.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
