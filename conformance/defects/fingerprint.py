"""Does a verdict still hold? Only on the entry, the sources and the versions that it rests on."""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path

from conformance.defects import mutant, norm

_SUFFIXES = (".py", ".json", ".toml", ".csv")  # golden arrays are in their manifest, by their digests
_VERSIONS = ("torch", "triton", "numpy", "ml_dtypes")


def sources(root: Path = mutant.ROOT) -> str:
    """Of all that a verdict rests on but the entry: the packages without the defects themselves, and the versions."""
    digest = hashlib.sha256(repr(norm.SHAPES).encode())
    for package in mutant.PACKAGES:
        for path in sorted((root / package).rglob("*")):
            place = path.relative_to(root)
            if path.suffix in _SUFFIXES and not {"defects", "out"} & {*place.parts}:
                digest.update(f"{place}\0".encode() + path.read_bytes())
    for name in _VERSIONS:
        digest.update(f"{name} {_version(name)}\0".encode())
    return digest.hexdigest()


def fingerprint(entry: object, backend: str, of_sources: str) -> str:
    """Of an entry (any value whose repr says what it is) judged on a backend, on these sources; 16 hex digits."""
    return hashlib.sha256(repr((entry, backend, of_sources)).encode()).hexdigest()[:16]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"
