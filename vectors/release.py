"""How do the vectors leave this repository? One archive: the store, its judge, a guide, the licence, the version."""

import gzip
import hashlib
import io
import tarfile
from pathlib import Path

from mxfp8_conformance import __version__
from vectors.registry import GOLDEN
from vectors.store import manifest
from vectors.store.formats import StoreError
from vectors.store.store import Store

_BESIDE = ("README.md", "golden_judge.py", "check_a_quantizer.py")
_LICENCE = GOLDEN.parents[1] / "LICENSE"


def release(folder: Path) -> tuple[Path, str]:
    """Write the archive and its digest beside it; the archive's path and SHA-256. The same bytes from the same sources.

    Raises StoreError where a file of the store is not what its manifest says, or there is no licence to go with it.
    """
    if not _LICENCE.is_file():
        raise StoreError(f"{_LICENCE}: is not there, needs to be; a release is made in a checkout")
    store = Store(GOLDEN)
    files = {name: store.verified_bytes(name) for name in store.manifest["files"]}
    held = {f"golden/{name}": raw for name, raw in files.items()}
    held[f"golden/{manifest.NAME}"] = (GOLDEN / manifest.NAME).read_bytes()
    held |= {name: (GOLDEN.parent / name).read_bytes() for name in _BESIDE}
    held |= {"LICENSE": _LICENCE.read_bytes(), "VERSION": f"{__version__}\n".encode()}
    top = f"mxfp8-moe-vectors-{__version__}"
    raw = _archive({f"{top}/{name}": held[name] for name in sorted(held)})
    digest = hashlib.sha256(raw).hexdigest()
    path = folder / f"{top}.tar.gz"
    folder.mkdir(parents=True, exist_ok=True)
    for target, content in ((path, raw), (path.with_name(f"{path.name}.sha256"), f"{digest}  {path.name}\n".encode())):
        part = target.with_name(f"{target.name}.part")
        part.write_bytes(content)
        part.replace(target)
    return path, digest


def _archive(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
        for name, raw in files.items():
            member = tarfile.TarInfo(name)  # owner 0, time 0, mode 0644
            member.size = len(raw)
            tar.addfile(member, io.BytesIO(raw))
    return packed.getvalue()
