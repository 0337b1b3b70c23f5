"""Is the environment fixed before Triton reads it, and is a process that came too late refused?"""

from __future__ import annotations

import json
import pickle
import pickletools

import pytest


def outcome(python, program, **environment):
    done = python(program, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_choosing_a_backend_does_not_import_triton(python):
    program = (
        "import json, sys\n"
        "from conformance.backends import pick\n"
        "from conformance.backends import platform_checks\n"
        "pick('interpreter')\n"
        "print(json.dumps('triton' in sys.modules))\n"
    )
    assert outcome(python, program) is False


ACTIVATE = (
    "import json, os\n"
    "from conformance.backends import pick\n"
    "backend = pick('interpreter')\n"
    "backend.activate()\n"
    "names = ('TRITON_INTERPRET', 'TRITON_DEFAULT_FP_FUSION')\n"
    "print(json.dumps([*(os.environ[name] for name in names), backend.describe()['fp_fusion']]))\n"
)


@pytest.mark.parametrize(
    ("given", "pinned"),
    [
        ({}, ["1", "1", "1"]),
        ({"TRITON_DEFAULT_FP_FUSION": "0"}, ["1", "0", "0"]),
        ({"TRITON_INTERPRET": "0"}, ["1", "1", "1"]),
    ],
)
def test_the_mode_is_set_and_fp_fusion_is_pinned_unless_chosen(python, given, pinned):
    assert outcome(python, ACTIVATE, **given) == pinned


def test_triton_imported_for_the_compiler_is_refused(python):
    program = (
        "import json, triton.language\n"
        "from conformance.backends import BackendUnavailable, pick\n"
        "try:\n"
        "    pick('interpreter').activate()\n"
        "except BackendUnavailable as error:\n"
        "    print(json.dumps(str(error)))\n"
    )
    assert "before importing triton" in outcome(python, program)


def test_an_interpreter_built_otherwise_is_refused_with_tritons_version(python):
    program = (
        "import json, os\n"
        "os.environ['TRITON_INTERPRET'] = '1'\n"
        "import triton\n"
        "from triton.runtime import interpreter\n"
        "del interpreter.InterpreterBuilder.create_fma, interpreter._patch_lang\n"
        "from conformance.backends import BackendUnavailable, pick\n"
        "try:\n"
        "    pick('interpreter').activate()\n"
        "except BackendUnavailable as error:\n"
        "    print(json.dumps([triton.__version__, str(error)]))\n"
    )
    version, message = outcome(python, program)
    assert version in message
    assert "InterpreterBuilder.create_fma" in message
    assert "_patch_lang" in message


def test_what_it_says_of_itself_is_read_without_torch(interpreter):
    """Or the process that watches would import torch to be told."""
    told = pickletools.genops(pickle.dumps(interpreter.describe()))
    assert not [operation.name for operation, _, _ in told if operation.name.endswith("GLOBAL")]
