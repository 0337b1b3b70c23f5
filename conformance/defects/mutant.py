"""How is a defect put into the source? In a temporary tree that looks like the checkout, but for the edited package."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.defects.catalogue import Defect
from conformance.running.sources import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
# The runner finds its checks, and pytest its path, from the place of `conformance`: it has to lie in the tree.
_ALWAYS_COPIED = frozenset({"conformance"})
_IGNORED = shutil.ignore_patterns("__pycache__", "out", ".*")


class MutantError(RuntimeError):
    """An edit does not apply; the message names entry, file, anchor and how often the anchor occurs."""


def edited(defect: Defect, root: Path = ROOT) -> dict[str, str]:
    """File (relative to root) -> its text with the entry's edits, in order. Raises MutantError."""
    texts: dict[str, str] = {}
    for edit in defect.edits:
        source = root / edit.file
        if edit.file not in texts:
            if not source.is_file():
                raise MutantError(f"{defect.id}: {edit.file} is no file of {root}")
            texts[edit.file] = source.read_text(encoding="utf-8")
        count = texts[edit.file].count(edit.anchor)
        if count != 1:
            raise MutantError(
                f"{defect.id}: in {edit.file} the anchor {edit.anchor!r} occurs {count} times, needs exactly 1"
            )
        texts[edit.file] = texts[edit.file].replace(edit.anchor, edit.replacement)
    return texts


@contextmanager
def tree(defect: Defect | None, root: Path = ROOT) -> Iterator[Path]:
    """A folder to run in, in which ``import kernels`` finds the edited copy; None makes one without edits.

    Packages that the entry leaves alone are symbolic links to the checkout's. The folder is gone afterwards and the
    checkout is never written to. Raises MutantError before anything is made where an edit does not apply.
    """
    texts = {} if defect is None else edited(defect, root)
    copied = _ALWAYS_COPIED | ({*defect.packages} if defect else set())
    unknown = copied - {*PACKAGES}
    if defect is not None and unknown:
        raise MutantError(f"{defect.id}: edits {', '.join(sorted(unknown))}, needs one of {', '.join(PACKAGES)}")
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        place = Path(folder)
        for package in PACKAGES:
            if package in copied:
                shutil.copytree(root / package, place / package, ignore=_IGNORED)
            else:
                (place / package).symlink_to(root / package, target_is_directory=True)
        for other in ("pyproject.toml", "mxfp8_conformance"):
            (place / other).symlink_to(root / other)
        for file, text in texts.items():
            (place / file).write_text(text, encoding="utf-8")
        yield place
