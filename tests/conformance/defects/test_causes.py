"""Has each entry that edits one cause, and does a change of one function make two alike?"""

from __future__ import annotations

import pytest

from conformance.defects import catalogue
from conformance.defects.catalogue import CatalogueError, Edit
from conformance.defects.causes import causes, parts, same_cause
from tests.conformance.defects.fakes import defect

RETURN = "    return tl.maximum((amax_bits >> 23) - 8 + round_up, 0)"


def in_quantize(name, anchor, replacement, **facts):
    return defect(name, edits=(Edit("kernels/quantize.py", anchor, replacement),), **facts)


def test_each_entry_that_edits_has_one():
    assert set(causes()) == {entry.id for entry in catalogue.load() if entry.edits}


def test_two_causes_of_one_entry_are_refused(tmp_path):
    path = tmp_path / "causes.toml"
    path.write_text('[cause]\none = { what = "It", ids = ["a"] }\nother = { what = "It", ids = ["a"] }\n')
    with pytest.raises(CatalogueError, match="a has one and other"):
        causes(path)


def test_the_relation_is_by_name_in_the_catalogue_and_by_part_elsewhere():
    entries = {entry.id: entry for entry in catalogue.load()}
    assert same_cause(entries["scale-frexp-doubles"], entries["oracle-rule-off-at-448"])
    assert not same_cause(entries["scale-frexp-doubles"], entries["cast-rtz"])
    made = in_quantize("made", RETURN, RETURN.replace("8", "9"), kind="systematic")
    assert parts(made) == {"kernels/quantize.py scale_byte_rceil"}
    assert same_cause(made, entries["scale-one-step-high"]) and not same_cause(made, entries["cast-rtz"])
