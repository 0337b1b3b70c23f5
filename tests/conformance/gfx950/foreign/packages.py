"""How is a kernel file imported without the server around it? Its package's folders as packages that hold nothing."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any


def emptied(package: str, *modules: str) -> None:
    """From now on what the package's modules lie in runs no code of its own. modules: their names in the package."""
    found = importlib.util.find_spec(package)
    folder = Path(next(iter(found.submodule_search_locations)))
    outer = [parent for module in modules for parent in Path(*module.split(".")).parents]
    for inner in sorted(set(outer), key=lambda path: len(path.parts)):
        module = ModuleType(".".join((package, *inner.parts)))
        module.__path__ = [str(folder / inner)]
        sys.modules[module.__name__] = module


def stand_in(name: str, **given: Any) -> None:
    """A module of which nothing but these names is needed."""
    module = sys.modules[name] = ModuleType(name)
    vars(module).update(given)
    package, _, last = name.rpartition(".")
    setattr(sys.modules[package], last, module)
