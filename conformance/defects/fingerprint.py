"""Does a verdict still hold? Only on the entry, the sources and the versions that it rests on."""

import hashlib
from importlib import metadata
from pathlib import Path

from conformance.defects import mutant, norm
from conformance.running import sources as code

_VERSIONS = ("torch", "triton", "numpy", "ml_dtypes")


def sources(root: Path = mutant.ROOT) -> str:
    """Of all that a verdict rests on but the entry: the packages without the defects themselves and what is made of
    their verdicts, and the versions."""
    own = [root / "conformance" / name for name in ("defects", "likeness")]
    files = code.digest(root, (path for path in code.files(root) if not any(map(path.is_relative_to, own))))
    versions = [(name, _version(name)) for name in _VERSIONS]
    return hashlib.sha256(repr((norm.SHAPES, files, versions)).encode()).hexdigest()


def fingerprint(entry: object, backend: str, of_sources: str) -> str:
    """Of an entry (any value whose repr says what it is) judged on a backend, on these sources; 16 hex digits."""
    return hashlib.sha256(repr((entry, backend, of_sources)).encode()).hexdigest()[:16]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"
