"""Is the native class selected exactly where it is supported?"""

from __future__ import annotations

import pytest


@pytest.mark.family("selection")
def test_selection(case, subject, backend, vector, judge):
    p = case.params
    chosen = subject.stages["select"](p["H"], p["I"], arch=p["arch"])
    mine, needs = subject.stages["experts"], p["selects"]
    judge.claim(
        "selection",
        (chosen is mine) == (needs == subject.pipeline),
        f"{chosen.__name__} for arch {p['arch']}, H {p['H']}, I {p['I']}, needs the {needs} class",
    )
