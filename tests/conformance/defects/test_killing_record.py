"""Does the record of last kills keep what was, and drop what is no more?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.defects import killing_record
from conformance.defects.killing_record import Kill, KillsError
from tests.conformance.defects.fakes import kill
from tests.conformance.defects.test_records import ELSEWHERE, KILLED, SURVIVOR


def test_the_committed_record_reads():
    killing_record.read()


def test_a_record_is_written_and_read(tmp_path):
    path = tmp_path / "record.json"
    assert killing_record.read(path) == {}
    kills = {"b": kill(), "a": kill("moe/large", tier="gate", well=False)}
    killing_record.write(kills, path)
    assert killing_record.read(path) == kills
    assert path.read_text().splitlines()[3].startswith('  "a": ')  # a line each, sorted: small differences


def test_it_follows_what_was_judged():
    before = {name: kill() for name in ("a-defect", "a-survivor", "not-asked", "unknown")}
    known = ["a-defect", "a-survivor", "not-asked", "elsewhere"]
    after = killing_record.updated(before, [KILLED, SURVIVOR, ELSEWHERE], known)
    assert after == {
        "a-defect": Kill("quantize/ties", "native", "quick", "QNT-01", True, KILLED.fingerprint),
        "not-asked": kill(),
        "elsewhere": Kill("quantize/ties", "native", "gate", "QNT-01", False, KILLED.fingerprint),
    }


def test_cases_are_counted():
    kills = [kill("a/b"), kill("a/b"), kill("a/c")]
    assert killing_record.counts(kills) == {"a/b": 2, "a/c": 1}


@pytest.mark.parametrize(
    "text", ["[", "[]", '{"schema": 2}', '{"schema": 1, "kills": {"a": {}}}', '{"schema": 1, "kills": []}']
)
def test_another_file_under_its_name_is_refused(tmp_path, text):
    path = tmp_path / "record.json"
    path.write_text(text)
    with pytest.raises(KillsError, match=r"record\.json"):
        killing_record.read(path)


def test_an_unknown_tier_is_refused(tmp_path):
    path = tmp_path / "record.json"
    killing_record.write({"a": replace(kill(), tier="huge")}, path)
    with pytest.raises(KillsError, match="huge"):
        killing_record.read(path)
