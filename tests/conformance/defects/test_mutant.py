"""Is a mutant's tree a world of its own, and does a stale anchor fail loudly?"""

from __future__ import annotations

import subprocess
import sys

import pytest

from conformance.defects.catalogue import Defect, Edit
from conformance.defects.mutant import PACKAGES, MutantError, edited, tree


def defect(*edits):
    return Defect("a-defect", "codec", "It is wrong.", "Any data.", "own", "native", tuple(edits))


@pytest.fixture
def checkout(tmp_path):
    """A small checkout: each package has one module that names itself."""
    root = tmp_path / "checkout"
    for package in PACKAGES:
        (root / package).mkdir(parents=True)
        (root / package / "__init__.py").write_text("")
        (root / package / "part.py").write_text(f'NAME = "{package}"\nTWICE = "x" + "x"\n')
    (root / "pyproject.toml").write_text("")
    return root


def state(root):
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def imported(place, expression):
    code = "import kernels.part as k, reference.part as r, vectors.part as v, conformance.part as c; print({})"
    words = [sys.executable, "-B", "-c", code.format(expression)]
    done = subprocess.run(words, cwd=place, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_tree_has_the_edit_and_the_checkout_has_not(checkout):
    before = state(checkout)
    with tree(defect(Edit("kernels/part.py", '"kernels"', '"wrong"')), checkout) as place:
        assert imported(place, "k.NAME, r.NAME, c.NAME") == "wrong reference conformance"
        assert not (place / "kernels").is_symlink()
        assert (place / "reference").is_symlink()
        # The runner finds its checks beside itself: in the tree, not in the checkout.
        assert imported(place, "c.__file__").startswith(str(place))
    assert not place.exists()
    assert state(checkout) == before


@pytest.mark.parametrize("package", ["reference", "conformance"])
def test_any_package_can_be_edited(checkout, package):
    with tree(defect(Edit(f"{package}/part.py", f'"{package}"', '"wrong"')), checkout) as place:
        assert imported(place, f"{package[0]}.NAME, k.NAME") == "wrong kernels"


def test_the_clean_tree_has_no_edit(checkout):
    with tree(None, checkout) as place:
        assert imported(place, "k.NAME") == "kernels"


def test_nothing_is_left_behind_where_the_run_raises(checkout):
    before = state(checkout)
    with pytest.raises(RuntimeError, match="in the run"), tree(None, checkout) as place:
        raise RuntimeError("in the run")
    assert not place.exists()
    assert state(checkout) == before


@pytest.mark.parametrize(("anchor", "count"), [("absent", 0), ('"x"', 2)])
def test_an_anchor_that_does_not_occur_once_is_loud(checkout, anchor, count):
    with pytest.raises(MutantError) as caught, tree(defect(Edit("kernels/part.py", anchor, "y")), checkout):
        pass
    for word in ("a-defect", "kernels/part.py", anchor, f"{count} times"):
        assert word in str(caught.value)


def test_a_missing_file_is_loud(checkout):
    with pytest.raises(MutantError, match=r"a-defect: kernels/gone\.py"):
        edited(defect(Edit("kernels/gone.py", "a", "b")), checkout)


def test_a_folder_that_no_run_imports_is_refused(checkout):
    (checkout / "tests").mkdir()
    (checkout / "tests" / "part.py").write_text("a\n")
    with pytest.raises(MutantError, match="tests"), tree(defect(Edit("tests/part.py", "a", "b")), checkout):
        pass


def test_edits_of_one_file_apply_in_order(checkout):
    edits = Edit("kernels/part.py", '"kernels"', '"between"'), Edit("kernels/part.py", '"between"', '"last"')
    assert '"last"' in edited(defect(*edits), checkout)["kernels/part.py"]
