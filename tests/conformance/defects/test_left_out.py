"""Is each known defect asked of the others alone, and counted right only where they have its cause?"""

from __future__ import annotations

from conformance.defects.left_out import left_out, tables
from conformance.likeness.record import Known, KnownDefects
from conformance.likeness.symptoms import Symptom
from tests.conformance.defects.fakes import defect

# Of one cause in causes.toml, the first two; the last one has none beside it.
SHOWS = {"cast-rtz": "ab", "e4m3-ties-away": "ab", "scale-frexp-doubles": "b", "batch-size-changes-bits": "c"}


def test_it_finds_the_cause_in_the_others():
    shown = frozenset({Symptom("codes", "values")})
    known = [
        Known(name, "It.", "own", "", "0" * 16, frozenset(), {f"quantize/{case}": shown for case in cases})
        for name, cases in SHOWS.items()
    ]
    found = KnownDefects({}, "fake", frozenset(f"quantize/{case}" for case in "abc"), known)
    rows = list(left_out(found, {name: defect(name) for name in SHOWS}))
    assert [one.others for one in rows] == [1, 1, 0, 0]
    assert [one.has(1) for one in rows] == [True, True, False, False]
    assert all(near.known.id != one.entry.id for one in rows for near in one.near)
    assert not rows[0].has(3, least=1.1)
    assert tables(rows)[-1].split(" | ")[1:4] == ["4", "2", "2 (100 %)"]
