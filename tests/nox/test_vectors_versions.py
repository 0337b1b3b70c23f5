"""Does the vectors session take other versions of Python and libraries without touching the shared environment?"""

from __future__ import annotations

import pytest

CORE = ["numpy>=2.1", "ml_dtypes>=0.5", "safetensors>=0.5", "jsonschema>=4.23", "rich>=13.9", "pytest>=8.3"]


def test_only_the_choice_of_versions_is_taken_from_the_arguments(noxfile):
    given = ["--check", "--with", "numpy==2.2.6", "--tier", "gate", "--with=ml-dtypes==0.5.0", "--python", "p"]
    options, rest = noxfile.vectors_options(given)
    assert options.versions == ["numpy==2.2.6", "ml-dtypes==0.5.0"]
    assert options.python == "p"
    assert rest == ["--check", "--tier", "gate"]
    options, rest = noxfile.vectors_options(["diff", "a", "b"])
    assert (options.versions, options.python, rest) == ([], None, ["diff", "a", "b"])


@pytest.mark.parametrize(
    ("versions", "alone", "installed"),
    [
        ([], False, []),
        (["numpy==2.2.6"], False, ["numpy==2.2.6"]),
        ([], True, ["numpy>=2.1", "ml_dtypes>=0.5", "safetensors>=0.5", "jsonschema>=4.23"]),
        (
            ["ml-dtypes==0.5.0", "numpy==2.0.2"],
            True,
            ["ml-dtypes==0.5.0", "numpy==2.0.2", "safetensors>=0.5", "jsonschema>=4.23"],
        ),
    ],
)
def test_what_is_installed_beside_the_interpreter(noxfile, versions, alone, installed):
    assert noxfile.vectors_stack(versions, CORE, alone=alone) == installed


def test_the_libraries_that_vectors_need_are_core_dependencies(noxfile):
    declared = noxfile.declared_groups()["core"]
    assert len(noxfile.vectors_stack([], declared, alone=True)) == len(noxfile.VECTORS_NEED)
