"""Does a record come back from its file, and is another file refused in one line?"""

from __future__ import annotations

import json

import pytest

from conformance.likeness.record import Known, KnownDefects, LikenessError, read, write
from conformance.likeness.symptoms import Symptom

ONE, OTHER = Symptom("scales", "values", "<=1", "one", "row, column"), Symptom("", "raised TypeError")
KNOWN = Known("a", "It is wrong.", "own", "a-cause", "0" * 16, frozenset({"moe/b"}), {"quantize/a": frozenset({ONE})})
RECORD = KnownDefects({"torch": "2"}, "fake", frozenset({"quantize/a", "moe/b", "moe/c"}), [KNOWN])


def test_a_record_comes_back(tmp_path):
    other = Known("b", "So is it.", "own", "b-cause", "1" * 16, frozenset(), {"moe/c": frozenset({ONE, OTHER})})
    found = KnownDefects(RECORD.versions, RECORD.backend, RECORD.cases, [KNOWN, other])
    write(found, tmp_path / "record.json")
    assert read(tmp_path / "record.json") == found


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"schema": 0}, "$.schema"),
        ({"cases": ["moe/b"]}, "names a case or a symptom"),
        ({"symptoms": []}, "names a case or a symptom"),
        ({"more": 1}, "more"),
    ],
)
def test_another_file_is_refused(tmp_path, change, named):
    path = tmp_path / "record.json"
    write(RECORD, path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(LikenessError, match="record") as refused:
        read(path)
    assert named in str(refused.value)
