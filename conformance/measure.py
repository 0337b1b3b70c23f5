"""Measure a device's own arithmetic and write its profile. ``nox -s probe [-- --backend B] [--out FILE]``

Runs small Triton kernels on any backend and says, of its matrix sums, what is added together, in which order, how many
bits are kept and how sums are rounded; how far from the nearest results its approximate functions are; how it converts;
and what happens at the ends of the formats. The file has each fact with the inputs that showed it; beside it stands a
page (.md) for people. Nothing leaves this machine but these two files, and they only if you send them.
"""

import os
import sys
from collections.abc import Sequence

from conformance.backends import probe_data
from conformance.backends.base import BackendUnavailable
from conformance.backends.registry import pick
from conformance.root import reports
from conformance.silicon import page
from reports.foreign.arguments import WRONG_USE, count, name, path, with_exit_codes
from reports.foreign.showing import complain, say

CODES = """\
exit codes:
  0  the profile is written, whatever it says
  2  wrong use, or the backend cannot run here
"""
RANDOM = 100_000
DECISIVE = {"bf16": probe_data.for_bf16, "fp16": probe_data.for_fp16, "e4m3": probe_data.for_e4m3}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    parser = with_exit_codes("python -m conformance.measure", __doc__, CODES)
    out = reports() / "profile.json"
    parser.add_argument("--backend", type=name, help="as of a run; by default a gfx950, else the emulated one")
    parser.add_argument("--out", metavar="FILE", type=path, default=out, help=f"default {os.path.relpath(out)}")
    parser.add_argument("--random", type=count(1, 10**7), default=RANDOM, help="random results of each kind of sum")
    parser.add_argument("--only", nargs="+", default=[], metavar="PART", help="parts whose names begin so, as in sums/")
    options = parser.parse_args(argv)
    if options.out.suffix == ".md" or options.out.is_dir():
        parser.error(f"argument --out: has {str(options.out)!r}, needs a file, and not the page's, which ends in .md")
    if not options.out.parent.is_dir() and options.out != out:
        parser.error(f"argument --out: has {str(options.out)!r}, needs a file in a folder that is there")
    try:
        backend = pick(options.backend)
        backend.activate()
    except (ValueError, BackendUnavailable) as error:
        complain(f"python -m conformance.measure: error: {error}")
        return WRONG_USE
    from conformance.probe import measuring, writing  # loads Triton, which asks whether a backend is active

    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        found = measuring.measure(backend, DECISIVE, options.random, options.only, options.out)
    except ValueError as error:
        complain(f"python -m conformance.measure: error: {error}")
        return WRONG_USE
    text = options.out.with_suffix(".md")
    writing.replaced(text, page.page({options.out.stem: found}))
    say(f"profile: {os.path.relpath(options.out)}; for people: {os.path.relpath(text)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
