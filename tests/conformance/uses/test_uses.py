"""Do the shipped uses say where they have what from, and is what is no use refused in one line?"""

from __future__ import annotations

import json

import jsonschema
import pytest

from conformance.uses import reach
from conformance.uses.use import SCHEMA_FILE, SERVED, UseError, named, served
from reports.foreign.reading import toml_file

FILES = sorted(SERVED.glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_use_has_the_schemas_shape_and_a_source_for_each_fact(path):
    found = toml_file(path, UseError)
    jsonschema.validate(found, json.loads(SCHEMA_FILE.read_text()))
    assert found["name"] == path.stem
    assert all(len(table["source"]) > 10 for table in found.values() if isinstance(table, dict))


def test_both_pipelines_have_one_and_what_is_like_another_has_its_facts():
    uses = {use.name: use for use in served()}
    assert {use.pipeline for use in uses.values()} == {"native", "emulation"}
    one, other = uses["minimax-m3-vllm-tp"], uses["minimax-m3-vllm-ep"]
    assert other.facts["alpha"] == one.facts["alpha"] and other.facts["map"] != one.facts["map"]


WHOLE = 'name = "mine"\nabout = "a model"\npipeline = "native"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = [", "has no valid TOML"),
        ('name = "mine"\n', "'about' is a required property"),
        (f"{WHOLE}[alpha]\nvalues = [1.0]\n", "'source' is a required property"),
        (f'{WHOLE}[alhpa]\nvalues = [1.0]\nsource = "x"\n', "'alhpa'"),
        (f'{WHOLE}[tokens]\nleast = "few"\nsource = "x"\n', "'few' is not of type 'number'"),
        (f'{WHOLE}like = "nobody"\n', "has 'nobody', needs one of gpt-oss-fallback"),
        (f'{WHOLE}like = "../served/gpt-oss-fallback"\n', "needs one of gpt-oss-fallback"),
    ],
)
def test_what_is_no_use_is_refused_in_one_line(tmp_path, text, words):
    path = tmp_path / "use.toml"
    path.write_text(text)
    with pytest.raises(UseError) as refused:
        named((path,))
    assert words in str(refused.value) and str(path) in str(refused.value) and "\n" not in str(refused.value)


def test_files_take_the_place_of_the_projects_and_stand_in_the_report(tmp_path):
    path = tmp_path / "use.toml"
    path.write_text(WHOLE + '[limit]\nvalues = [9.0]\nsource = "x"\n')
    uses = reach.of([str(path)])
    assert [use.name for use in uses.found] == ["mine"]
    assert [entry["file"] for entry in uses.to_json()] == [str(path)]
    assert reach.of(()).to_json() == [] and len(reach.of(()).found) == len(FILES)
    with pytest.raises(UseError, match="two uses named mine"):
        reach.of([str(path), str(path)])
