"""Which code gives the verdicts? A digest of it: two reports with the same one may be put together."""

import hashlib
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from conformance.root import MODULE, ROOT
from conformance.running.refusals import UsageError
from reports.foreign.reading import content

PACKAGES = ("conformance", "kernels", "reference", "reports", "vectors")
# Golden arrays and texts of them are in the manifest, by their digests.
_SUFFIXES = (".py", ".json", ".toml", ".csv", ".hip", ".s")
_PROFILES = f"{MODULE}.subjects.profiles"  # looked up, not imported: it brings torch, which not every run needs
MOST = 8 << 30  # bytes of a file: a library of a subject may have gigabytes
_COMPILED = (".so", ".pyd")


def code() -> str:
    """Of the suite and the kernels of the checkout, whatever the commit says of changed files."""
    return digest(ROOT, files(ROOT))


def files(root: Path) -> Iterator[Path]:
    """The sources of the checkout at ``root``; what runs wrote under reports/out is none."""
    out = root / "reports" / "out"
    for folder in PACKAGES:
        for path in (root / folder).rglob("*"):
            if path.suffix in _SUFFIXES and not path.is_relative_to(out):
                yield path


def code_of_subjects(specs: Iterable[str]) -> dict[str, str]:
    """Subject -> digest of what its verdicts rest on beside the checkout, of ``module:object`` that are loaded.

    That is its module, all files of its top-level package, which may be imported later, and every module of this
    process that is neither the checkout's nor the standard library's nor installed: helpers that it imported.
    Of a profile's, the files that it runs.
    """
    found, profiles = {}, sys.modules.get(_PROFILES)
    for spec in specs:
        if profiles is not None and (run := profiles.files(spec)):
            found[spec] = _digest(run)
            continue
        name = spec.partition(":")[0]
        file = getattr(sys.modules.get(name), "__file__", None)
        if ":" in spec and file:
            package = name.partition(".")[0]
            place = _folder(package)
            files = _helpers(place or Path(file).parent) | {name: Path(file)}
            if place is not None:
                files |= {
                    f"{package}/{path.relative_to(place)}": path
                    for path in place.rglob("*")
                    if path.suffix in _SUFFIXES
                }
            found[spec] = _digest(files)
    return found


def _folder(package: str) -> Path | None:
    """Where a package lies; None of a module that is no package."""
    file = getattr(sys.modules.get(package), "__file__", None)
    return Path(file).parent if file and hasattr(sys.modules[package], "__path__") else None


def _helpers(beside: Path) -> dict[str, Path]:
    """Loaded modules from elsewhere; compiled ones only ``beside`` the subject: Triton makes others as it goes."""
    installed = (*sysconfig.get_paths().values(), *site.getsitepackages(), site.getusersitepackages())
    known = [ROOT, *map(Path, (*installed, sys.base_prefix))]
    found = {}
    for name, module in list(sys.modules.items()):
        path = Path(getattr(module, "__file__", None) or "")
        ours = path.suffix == ".py" or (path.suffix in _COMPILED and path.is_relative_to(beside))
        if ours and name != "__main__" and path.is_file() and not any(map(path.is_relative_to, known)):
            found[name] = path
    return found


def digest(root: Path, paths: Iterable[Path]) -> str:
    """Of the files' contents and of their names below `root`."""
    return _digest({str(path.relative_to(root)): path for path in paths})


def _digest(files: Mapping[str, Path]) -> str:
    total = hashlib.sha256()
    for name, path in sorted(files.items()):
        raw = content(path, UsageError, MOST)
        total.update(f"{name}\0{len(raw)}\0".encode())
        total.update(raw)
    return f"sha256:{total.hexdigest()[:16]}"
