"""Which code gives the verdicts? A digest of it: two reports with the same one may be put together."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

from conformance.suite import ROOT

_FOLDERS = ("reference", "kernels", "vectors", "conformance")
# Golden arrays and texts of them are in the manifest, by their digests.
_SUFFIXES = (".py", ".json", ".toml", ".csv")


def code() -> str:
    """Of the suite and the kernels of the checkout, whatever the commit says of changed files."""
    found = [path for folder in _FOLDERS for path in (ROOT / folder).rglob("*")]
    return digest(ROOT, (path for path in found if path.suffix in _SUFFIXES))


def code_of_subjects(specs: Iterable[str]) -> dict[str, str]:
    """Subject -> digest of its module and, where that is in a package, of the files beside and below it.

    Of subjects from elsewhere (``module:object``) that are loaded.
    """
    found = {}
    for spec in specs:
        module = sys.modules.get(spec.partition(":")[0])
        if ":" in spec and module is not None and module.__file__:
            place = Path(module.__file__)
            found[spec] = digest(place.parent, place.parent.rglob("*.py") if module.__package__ else [place])
    return found


def digest(root: Path, paths: Iterable[Path]) -> str:
    """Of the files' contents and of their names below `root`."""
    total = hashlib.sha256()
    for path in sorted(paths):
        content = path.read_bytes()
        total.update(f"{path.relative_to(root)}\0{len(content)}\0".encode())
        total.update(content)
    return f"sha256:{total.hexdigest()[:16]}"
