"""Is every bad file and word of a command line one line and exit code 2: no traceback, no hang, nothing done?"""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from conformance import cli
from conformance.asking import expectations
from conformance.defects import __main__ as defects
from conformance.defects import catalogue, document, killing_record, legal
from conformance.distributed import __main__ as distributed
from reports import __main__ as reports
from reports.foreign.reading import MOST_LEVELS, content, parsed_json, parsed_toml
from tests.reports.foreign.hostile import JSON, NAMES, TOML, texts, things
from tests.reports.keeping.test_reading import GOOD
from tests.reports.recounted import recounted
from vectors import export
from vectors.coverage import pairwise
from vectors.examples import example
from vectors.store.store import Store, StoreError

NOT_FILES = (
    "fifo",
    "folder",
    "loop",
    "nowhere",
    "huge",
    "socket",
    "missing",
    "below a file",
    "endless",
    "empty device",
)
PROGRAMS = {
    "conformance": cli.main, "reports": reports.main, "vectors": export.main, "defects": defects.main,
    "distributed": distributed.main, "pairwise": pairwise.main,
}  # fmt: skip


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    return things(tmp_path_factory.mktemp("things") / "there")


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    (folder / "report.json").write_text(json.dumps(GOOD))
    return str(folder)


@pytest.fixture
def refused(capfd):
    """Ask a program; the one line with which it refuses."""

    def asked(program: str, *words: str, code: int = 2) -> str:
        try:
            found = PROGRAMS[program](list(words))
        except SystemExit as end:  # of a parser
            found = end.code
        said = capfd.readouterr()
        assert (found, said.out) == (code, ""), said
        assert_one_line(said.err)
        return said.err

    return asked


def assert_one_line(said: str) -> None:
    assert said.endswith("\n") and said.count("\n") == 1, said
    assert said[:-1].isprintable(), said
    assert len(said) < 2000


PATH_OPTIONS = {
    "conformance": (["--report-dir"], ["--resume"], ["--expect"], ["--expect", "x"], ["--replay"]),
    "reports": (
        ["render"], ["annotations"], ["merge", "--out", "x"], ["merge", "x", "--out"], ["compare", "x"],
        ["compare", "x", "y", "--html"], ["compare", "x", "y", "--markdown"], ["gate", "x"], ["lowering-diff", "x"],
        ["gate", "x", "y", "--html"], ["gate", "x", "y", "--summary"],
    ),
    "vectors": (["--out"], ["diff", "x"]),
    "defects": (["--out"], ["--catalogue"], ["--record"]),
    "distributed": (["--serve"],),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("program", PATH_OPTIONS)
def test_a_name_that_no_file_can_have_is_refused_by_every_option(refused, program, name):
    for option in PATH_OPTIONS[program]:
        assert "needs a path" in refused(program, *option, NAMES[name])


WORDS = {
    "conformance": (
        ["-k", ""], ["-k", "  "], ["-n", "9" * 30], ["-n", "9" * 5000], ["-n", "-1"], ["-n", "1.5"], ["-n", "²"],
        ["-n", ""], ["-n", "\x1b[31m"], ["--case-timeout", "nan"], ["--case-timeout", "inf"],
        ["--case-timeout", "-1"], ["--case-timeout", "1e999"], ["--case-timeout", ""], ["--shard", "0/0"],
        ["--shard", "0/1"], ["--shard", "2/1"], ["--shard", "1/" + "9" * 5000], ["--shard", "1/2/3"], ["--shard", "/"],
        ["--shard", "-1/2"], ["--shard", "²/3"], ["--shard", ""], ["--subject", ""], ["--subject", "a\x1b[31m:b"],
        ["--subject", "a\nb"], ["--subject", "\u202ea"], ["--subject", "a\u200b"], ["--subject", "::error::"],
        ["--subject", "\udcff"], ["--subject"], ["--tier", "\x1b"], ["--tier", ""], ["\x1b[31m\u202e"],
        ["--\udcff"], ["::error::x"], ["--explain", ""], ["--explain", "a", "-k", "b"], ["--expect"], ["--re", "x"],
        ["--resume", "a", "--report-dir", "b"],
    ),
    "reports": (
        [], [""], ["\x1b[31m"], ["render"], ["merge", "x"], ["compare", "x"], ["gate", "x", "y", "z\x1b"],
        ["compare", "a", "b", "--pair"],
    ),
    "vectors": (["--tier", "x\x1b"], ["diff", "x"], ["\udcff"], ["--check=\x1b"]),
    "defects": (["-n", "9" * 30], ["-n", "0"], ["-n", "-1"], ["-n", ""], ["--kind", "\x1b"], ["--only"], ["\x1b[31m"]),
    "distributed": (
        ["--experts", "9" * 30], ["--experts", "0"], ["--experts", ""], ["--map", "\x1b"], ["--subject", "\x1b"], [],
    ),
    "pairwise": (["\x1b[31m"], ["--\u202e"]),
}  # fmt: skip


@pytest.mark.parametrize("program", WORDS)
def test_words_without_a_meaning_are_refused(refused, program, monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    for words in WORDS[program]:
        refused(program, *words)


@pytest.mark.parametrize("thing", NOT_FILES)
def test_what_is_no_file_is_refused_by_every_reader_of_a_report(refused, there, sound, thing, tmp_path):
    for words in (
        ["render"], ["annotations"], ["merge", "--out", str(tmp_path / "out")], ["compare", sound], ["gate", sound],
        ["lowering-diff", sound],
    ):  # fmt: skip
        refused("reports", *words, there[thing])
    refused("conformance", "--resume", there[thing])


@pytest.mark.parametrize("thing", ["fifo", "folder", "socket", "below a file", "endless", "empty device", "loop"])
def test_what_is_no_file_is_not_written_over(refused, there, sound, thing):
    before = Path(there[thing]).lstat().st_ino if thing != "below a file" else 0
    for option in ("--html", "--markdown"):
        refused("reports", "compare", sound, sound, option, there[thing])
    refused("reports", "gate", sound, sound, "--summary", there[thing])
    assert thing == "below a file" or Path(there[thing]).lstat().st_ino == before


@pytest.fixture(scope="module")
def readers():
    """Whatever reads a file: its error, how it reads, and the texts that it does not take."""
    return {
        "expectations": (lambda path: expectations.load([path], {}), expectations.ExpectationError, TOML),
        "example": (example.read, example.ExampleError, JSON),
        "catalogue": (catalogue.load, catalogue.CatalogueError, TOML),
        "legal variants": (legal.variants, catalogue.CatalogueError, TOML),
        "record of kills": (killing_record.read, killing_record.KillsError, JSON),
        "outcomes": (document.read, document.RecordError, JSON),
        "manifest": (lambda path: Store(path.parent), StoreError, JSON),
    }


@pytest.mark.parametrize(
    "reader", ["expectations", "example", "catalogue", "legal variants", "record of kills", "outcomes", "manifest"]
)
def test_every_reader_refuses_hostile_texts_and_what_is_no_file(readers, there, tmp_path, reader):
    read, error, kinds = readers[reader]
    for folder in texts(tmp_path / "texts", kinds, "manifest.json").values():
        _refuses(read, error, folder / "manifest.json")
    for thing in ("fifo", "huge", "socket", "endless", "empty device"):
        path = Path(there[thing])
        if reader == "manifest":
            path = tmp_path / thing.replace(" ", "-") / "manifest.json"
            path.parent.mkdir()
            path.symlink_to(there[thing])
        _refuses(read, error, path)


def _refuses(read, error, path):
    with pytest.raises(error) as caught:
        read(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 2000 and str(path) in str(caught.value)


@pytest.mark.parametrize("kind", JSON)
def test_a_report_of_hostile_text_is_refused(refused, tmp_path, sound, kind):
    folder = texts(tmp_path, {kind: JSON[kind]}, "report.json")[kind]
    for words in (["render"], ["annotations"], ["compare", sound], ["gate", sound]):
        refused("reports", *words, str(folder))
    refused("conformance", "--resume", str(folder))


IMPOSSIBLE = {
    "a shard beyond its number": lambda d: d["selection"].update(shard="3/2"),
    "a shard with a newline": lambda d: d["selection"].update(shard="1/2\n"),
    "more shards than there may be": lambda d: d["selection"].update(shard="1/999999"),
    "a NUL in a file's name": lambda d: d["selection"].update(replay="a\0b"),
    "an expectation without a name": lambda d: d["selection"].update(
        expectations=[{"file": "a\0b", "digest": "x", "entries": 1}]
    ),
    "a subject with controls": lambda d: d["selection"].update(subjects=["\x1b[31m"]),
    "a row twice": lambda d: d["cases"].append(dict(d["cases"][0])),
    "peaks that are no numbers": lambda d: d["environment"].update(peak_memory_mib={"gw0": "x"}),
    "peaks below nothing": lambda d: d["environment"].update(peak_memory_mib={"gw0": -1}),
    "a list of times that is none": lambda d: d["environment"].update(resumed=3),
    "a count that is none": lambda d: d["selection"].update(asked=-1),
    "a count beyond all": lambda d: d["selection"].update(items=10**40),
}


@pytest.mark.parametrize("what", IMPOSSIBLE)
def test_no_run_goes_on_from_an_impossible_report(refused, tmp_path, what):
    report = copy.deepcopy(GOOD)
    report["selection"] = {"subjects": ["right"], "expression": "", "items": 5, "asked": 5}
    IMPOSSIBLE[what](report)
    (tmp_path / "report.json").write_text(json.dumps(recounted(report)))
    assert "--resume" in refused("conformance", "--resume", str(tmp_path))


@pytest.mark.parametrize(("parsed", "start", "around"), [(parsed_json, b"", 0), (parsed_toml, b"a = ", 1)])
def test_a_level_too_many_is_refused_for_being_that_and_the_last_one_is_read(parsed, start, around):
    def nested(levels):
        return start + b"[" * (levels - around) + b"]" * (levels - around)

    assert parsed(nested(MOST_LEVELS), Path("x"), StoreError)
    with pytest.raises(StoreError, match=f"^x: .* more than {MOST_LEVELS} levels"):
        parsed(nested(MOST_LEVELS + 1), Path("x"), StoreError)


@pytest.mark.parametrize("thing", ["fifo", "folder", "endless", "empty device"])
def test_what_is_no_regular_file_is_refused_for_being_none(there, thing):
    with pytest.raises(StoreError, match="needs to be a regular file"):
        content(Path(there[thing]), StoreError)


def test_what_may_be_read_is_read_to_its_last_byte(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 10)
    assert content(path, ValueError, 10) == b"x" * 10
    with pytest.raises(ValueError, match="has more than the 9 bytes"):
        content(path, ValueError, 9)
    assert content(Path("/proc/self/status"), ValueError).startswith(b"Name:")
