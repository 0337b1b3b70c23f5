"""Is the native class selected exactly where it is supported?"""

from __future__ import annotations

import pytest


@pytest.mark.family("selection")
def test_selection(case, subject, backend, vector, judge):
    select, p = subject.stages["select"], case.params
    chosen = select(p["H"], p["I"], arch=p["arch"])
    needs = p["selects"]
    pipeline = "native" if "Native" in chosen.__name__ else "emulation"
    judge.claim(
        "selection",
        pipeline == needs,
        f"{chosen.__name__} for arch {p['arch']}, H {p['H']}, I {p['I']}, needs {needs}",
    )
