"""How does a kernel that no Triton compiled become part of a stage? HIP, assembly, a code object, launched by name."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.gfx950.errors import NotEmulated
from conformance.gfx950.launching.assembled import Assembled, Size
from conformance.gfx950.launching.launch import in_use
from conformance.subjects import disassembly, hip

WHY_NOT_HERE = "is machine code, which the suite launches on the emulated gfx950 (gfx950-emulated) and nowhere else"


def unable_here() -> str | None:
    """Why no ``MachineCode`` can be launched on the backend that is active; None where it can."""
    return None if in_use() else WHY_NOT_HERE


class MachineCode:
    """One kernel of a file: HIP (.hip), which is compiled for gfx950, assembly (.s), or a code object (.co, .hsaco)."""

    def __init__(self, path: str | Path, kernel: str = "", flags: Sequence[str] = ()) -> None:
        """kernel: its name, '' for the file's only one. flags: more words for HIP's compiler.

        Raises ValueError, in one line, for a file that cannot be read, compiled or understood. Where ``unable_here``
        says so, nothing is read.
        """
        self._assembled: Assembled | None = None
        if in_use():
            try:
                self._assembled = Assembled(_text(Path(path).absolute(), kernel, flags), kernel)
            except (OSError, ValueError, NotEmulated) as error:
                raise ValueError(f"{path}: {error}") from error

    def __call__(self, arguments: Mapping[str, Any], *, grid: Size, threads: Size, lds: int = 0) -> None:
        """Launch it: see ``Assembled.launch``. Raises RuntimeError where ``unable_here`` says why."""
        device = in_use()
        if device is None or self._assembled is None:
            raise RuntimeError(f"this kernel {WHY_NOT_HERE}")
        self._assembled.launch(device, arguments, grid=grid, threads=threads, lds=lds)


def _text(path: Path, kernel: str, flags: Sequence[str]) -> str:
    if path.suffix == ".hip":
        return hip.assembly(path, flags)
    return disassembly.assembly(path, kernel) if path.suffix in (".co", ".hsaco") else path.read_text()
