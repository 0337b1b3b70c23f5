"""Does GitHub's runner read from the annotations what the report says, and no command that stands in its text?"""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.__main__ import main
from reports.forms.annotations import MOST, Annotation, annotate
from reports.views.report import Report
from tests.reports.full_report import write_full

REGISTERED = {
    "error",
    "warning",
    "notice",
    "debug",
    "set-output",
    "save-state",
    "add-path",
    "add-mask",
    "stop-commands",
}
UNESCAPED = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}
INJECTIONS = (
    "\n::error::x",
    "\r::set-output name=a::b",
    "\r\n  ::stop-commands::t",
    "::add-mask::a",
    "##[add-path]/tmp",
    "%0A::error::x",
    "x,file=/etc/passwd,line=1",
    "a::b:c",
    "\u2028::error::\u0085::error::\x0b\x0c\x1c::warning::",
    "\udcff\x00\x1b[31m",
)
TEXTS = st.one_of(st.sampled_from(INJECTIONS), st.text(st.characters(exclude_categories=()), max_size=40))


def as_the_runner_reads(out: str) -> list[tuple[str, dict[str, str], str]]:
    """Kind, properties and message of each line that is a command, by the rules of the runner's two parsers.

    The newer one wants '::' at the start, spaces before it aside; the older one takes '##[' anywhere in a line that
    the newer one does not.
    """
    found = []
    for line in out.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        info, ends, data = line.lstrip()[2:].partition("::")
        name, _, rest = info.partition(" ")
        if line.lstrip().startswith("::") and ends and name in REGISTERED:
            pairs = (pair.partition("=") for pair in rest.strip().split(",") if pair)
            found.append((name, {key: _plain(value, 5) for key, _, value in pairs}, _plain(data, 2)))
        else:
            assert "##[" not in line
            assert not line.strip(), f"no line of an annotation: {line!r}"
    return found


def _plain(value: str, escapes: int) -> str:
    signs = list(UNESCAPED.items())
    for escape, sign in [*signs[:2], *(signs[2:4] if escapes == 5 else []), signs[4]]:
        value = value.replace(escape, sign)
    return value


def _shown(document) -> str:
    return "".join(f"{annotation.command()}\n" for annotation in annotate(Report(document)))


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    return write_full(tmp_path_factory.mktemp("full"))


def test_each_group_is_one_with_its_place_and_its_command(tmp_path, capsys):
    write_full(tmp_path)
    assert main(["annotations", str(tmp_path)]) == 0
    found = as_the_runner_reads(capsys.readouterr().out)
    assert [kind for kind, *_ in found] == ["error"] * 4 + ["warning"] * 2 + ["notice"] * 2
    _, properties, message = found[0]
    assert properties == {"file": "kernels/gemm.py", "line": "9", "title": "emulation fails in 2 cases: A-01"}
    assert message == "a/case-08\nraised ValueError: no at kernels/gemm.py:9 in launch\nnox -k a/case-08"
    assert found[1][2] == "a/lost was not judged, a torn file"
    assert found[2][1]["title"].startswith("Not as expected: no fail, 5 times")
    assert found[3][1] == {"file": "kernels/gemm.py", "line": "2", "title": "native fails in 2 cases: A-01"}
    assert found[4][1]["title"] == "emulation deviates in 1 case: A-02"
    assert found[-2][1]["title"] == "Platform finding, not the kernels': PLT-2"
    assert found[-1][2].startswith("FAIL: emulation and native on interpreter, tier gate")


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=6), st.integers(1, 60))
def test_no_text_makes_a_command_or_a_property(document, texts, times):
    changed = copy.deepcopy(document)

    def words(place):
        return texts[place % len(texts)] * times

    for number, row in enumerate(changed["cases"]):
        row |= {"id": words(number), "subject": words(number + 1)}
        for finding in row["findings"]:
            place = {"file": words(number), "line": 7, "function": words(number + 1)}
            cause = {"kind": "raised", "raised": "E", "words": words(number + 3), "place": place}
            finding |= {"cause": cause, "rerun": words(number + 2), "requirement": words(number)}
        for item in row.get("expected", ()):
            item |= {"reason": words(number), "evidence": words(number + 1)}
    changed["platform_checks"] = [{"id": words(n), "verdict": "fail", "detail": words(n + 1)} for n in range(30)]
    changed["problems"] = [{"text": words(n), "cases": [words(n)]} for n in range(30)]
    changed["environment"]["backend"] = words(0)
    found = as_the_runner_reads(_shown(changed))
    kinds = [kind for kind, *_ in found]
    assert len(found) == len(annotate(Report(changed)))
    assert set(kinds) <= {"error", "warning", "notice"} and all(kinds.count(kind) <= MOST for kind in set(kinds))
    assert all(set(properties) <= {"file", "line", "title"} for _, properties, _ in found)
    assert kinds[-1] == "notice" and found[-1][1] == {"title": "MXFP8 MoE conformance"}


@given(st.sampled_from(["error", "warning"]), TEXTS, TEXTS)
def test_what_is_said_comes_back(kind, title, message):
    shown = Annotation(kind, f"t {title}", (f"m {message}", "second")).command()
    ((found, properties, data),) = as_the_runner_reads(shown)
    assert found == kind and data.endswith("\nsecond") and data.count("\n") == 1
    assert properties["title"].startswith("t") and len(properties) == 1
    for sign in ",:%":
        assert properties["title"].count(sign) == title.count(sign)


def test_of_many_the_most_telling_are_shown_and_the_rest_is_counted(document):
    changed = copy.deepcopy(document)
    base = next(row for row in document["cases"] if row["verdict"] == "fail" and "expected" not in row)
    cause = base["findings"][0]["cause"]
    changed["cases"] = [
        {
            **base,
            "id": f"family-{number}/{place}",
            "subject": f"s-{number % 3}",
            "requirements": [f"R{number:02}-01"],
            "findings": [
                {
                    **base["findings"][0],
                    "requirement": f"R{number:02}-01",
                    "cause": {**cause, "place": {**cause["place"], "line": number + 1}},
                }
            ],
        }
        for number in range(30)
        for place in range(number + 1)
    ]
    changed["problems"] = []
    found = annotate(Report(changed))
    errors = [item for item in found if item.kind == "error"]
    assert len(errors) == MOST
    assert [item.title for item in errors[:3]] == [
        "s-2 fails in 30 cases: R29-01",
        "s-1 fails in 29 cases: R28-01",
        "s-0 fails in 28 cases: R27-01",
    ]
    assert found[-1].lines[1:] == ("20 more errors: see report.md and report.html.",)


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("kernels/a.py", ("kernels/a.py", "3")),
        ("/tmp/a.py", ("", "")),
        ("../a.py", ("", "")),
        ("C:\\a.py", ("", "")),
        (None, ("", "")),
    ],
)
@pytest.mark.parametrize("kind", [{"kind": "raised", "raised": "E"}, {"kind": "time limit", "limit": 1.0}])
def test_a_place_is_named_where_the_cause_has_one_in_the_checkout(document, kind, file, place):
    changed = copy.deepcopy(document)
    changed["cases"] = [copy.deepcopy(document["cases"][1])]
    where = {"place": {"file": file, "line": 3, "function": "f"}} if file else {}
    changed["cases"][0]["findings"][0]["cause"] = {**kind, "words": "m at kernels/b.py:4 in g", **where}
    first = next(item for item in annotate(Report(changed)) if "fails in" in item.title)
    assert (first.file, first.number) == place


def test_what_is_no_report_is_refused(tmp_path, capsys):
    assert main(["annotations", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1
