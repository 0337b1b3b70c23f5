"""Do modules of ours and everybody else's get the package each means, of one name?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.forking import CONFORMANCE, with_libraries

ANOTHER = "WHO = 'another'\ndef get_kernel(): return WHO\n"
SUBJECT = """
import kernels
import kernels.hub
from conformance.subjects.base import Subject
from mxfp8_conformance.kernels import quantize as ours  # of the checkout, while the other one is loaded

assert kernels.get_kernel() == kernels.hub.WHO == "another"

assert ours.mxfp8_quantize.__module__ == "mxfp8_conformance.kernels.quantize"
subject = Subject("mine", "native", {"quantize": ours.mxfp8_quantize})
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the path with PyPI's ``kernels``, or what is as good, and a subject that needs both."""
    folder = tmp_path_factory.mktemp("path")
    (folder / "kernels").mkdir()
    (folder / "kernels" / "__init__.py").write_text(ANOTHER)
    (folder / "kernels" / "hub.py").write_text("from kernels import WHO\n")
    (folder / "both.py").write_text(SUBJECT)
    return folder


def _said(program: str, folder: Path | None = None, before: str = "") -> object:
    path = f"import json, sys\nsys.path += {[str(folder)] if folder else []}\n{before}\n"
    done = with_libraries().run(path + f"print(json.dumps({program}))")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_run_of_a_checkout_loads_kernels_beside_another_kernels(place: Path) -> None:
    before = f"import sys\nsys.path.append({str(place)!r})\n"
    words = ["--list-cases", "--backend", "interpreter", "--subject", "native", "both:subject"]
    done = with_libraries().run(before + CONFORMANCE, *words, "-k", "quantize/ties-and-neighbours-bf16")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "  native,mine  " in done.stdout


def test_another_is_nobodys_but_who_does_not_lie_inside(place: Path) -> None:
    both = "import conformance, kernels, mxfp8_conformance.kernels.arch as arch"
    assert _said("[kernels.WHO, arch.__name__]", place, both) == ["another", "mxfp8_conformance.kernels.arch"]


def test_in_a_checkout_without_another_there_is_one_of_each() -> None:
    both = "import conformance, mxfp8_conformance.kernels.arch as long, kernels.arch\n"
    both += "import mxfp8_conformance.vectors.case as case, vectors.case"
    assert _said("[long is kernels.arch, case is vectors.case, long.__name__]", None, both) == [
        True,
        True,
        "kernels.arch",
    ]


def test_who_does_not_run_a_checkout_gets_no_plain_name_from_it() -> None:
    imports = "import mxfp8_conformance.vectors.registry as r, pickle\nfrom mxfp8_conformance.vectors.case import Case"
    plain = (
        "[n for n in sys.modules if n.split('.')[0] in ('reference', 'vectors', 'reports', 'kernels', 'conformance')]"
    )
    same = "pickle.loads(pickle.dumps(Case)) is Case is type(r.all_cases()[0])"
    assert _said(f"[{plain}, {same}]", None, imports) == [[], True]


def test_a_subject_that_names_a_checkout_plainly_gets_what_is_loaded_of_it(place: Path) -> None:
    imports = "import mxfp8_conformance.conformance.root as long\nimport conformance.root as plain, kernels"
    assert _said("[long is plain, plain.PREFIX, kernels.WHO]", place, imports) == [
        True,
        "mxfp8_conformance.",
        "another",
    ]


def test_what_is_loaded_by_its_place_means_ours_too() -> None:
    """As pytest loads the checks, by a name of its own."""
    imports = """
import importlib.machinery, importlib.util, mxfp8_conformance.conformance.root as root
finder = next(found for found in sys.meta_path if type(found).__name__ == "Finder")
spec = finder.find_spec("checkout.conformance.checks.repeated", [str(root.ROOT / "conformance" / "checks")])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
"""
    plain = "[n for n in sys.modules if n.split('.')[0] in sys.modules['mxfp8_conformance.names'].PACKAGES]"
    assert _said(plain, None, imports) == []


def test_what_is_run_as_a_module_means_ours_too(place: Path) -> None:
    program = f"import runpy, sys\nsys.path.append({str(place)!r})\nsys.argv[1:] = ['--help']\n"
    done = with_libraries().run(program + "runpy.run_module('mxfp8_conformance.reports', run_name='__main__')")
    assert done.returncode == 0, done.stderr
    assert "merge" in done.stdout
