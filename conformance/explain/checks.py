"""Which function judges a family? The one in the checks' folder that is marked with it."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

Check = Callable[..., Any]


def check_of(family: str, folder: Path) -> Check:
    """The check of a family; the backend must be active, for checks import kernels. Raises LookupError."""
    # Only modules that name the family are imported: one that is broken need not stop the others.
    for path in sorted(folder.glob("*.py")):
        if f'"{family}"' not in path.read_text(encoding="utf-8"):
            continue
        for value in vars(_module(path)).values():
            marks = getattr(value, "pytestmark", [])
            if any(mark.name == "family" and family in mark.args for mark in marks):
                return value
    raise LookupError(f"family: has {family!r}, needs one that a check in {folder} is marked with")


def _module(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"explained_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise LookupError(f"{path}: cannot be imported")
    module = importlib.util.module_from_spec(spec)
    vars(module)["__builtins__"] = globals()["__builtins__"]  # by which it means our packages, as this module does
    spec.loader.exec_module(module)
    return module
