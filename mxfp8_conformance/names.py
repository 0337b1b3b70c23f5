"""What does ``kernels`` mean, to whom? To a module of ours the package beside it, to all others whatever they have.

The sources import each other by plain names, of which others have packages: PyPI's ``kernels`` is one, which
transformers imports. So ours are loaded as ``mxfp8_conformance.kernels`` and the like, which is also their ``__name__``
(for pickles, ``python -m`` and logging), and a module inside gets an ``__import__`` of its own that means these by the
plain names. Nothing of the sources or of their bytecode is another than in a checkout.

A run of a checkout (``python -m conformance``) has the packages by their plain names, and there the long name of a
module is another name of the same one. But for ``kernels``, where the path has another: that gets the plain name.
"""

import builtins
import importlib
import os
import sys
from collections.abc import Sequence
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

PACKAGES = ("conformance", "kernels", "reference", "reports", "vectors")
_CONTESTED = ("kernels",)  # also in a run of a checkout, which imports the others by their plain names first
_PREFIX = f"{__package__}."


def _import(
    name: str, globals_: Any = None, locals_: Any = None, fromlist: Sequence[str] | None = (), level: int = 0
) -> ModuleType:
    """``__import__`` of the modules inside."""
    head = name.partition(".")[0]
    if level or head not in PACKAGES:
        return builtins.__import__(name, globals_, locals_, fromlist or (), level)
    if fromlist:
        return builtins.__import__(_PREFIX + name, globals_, locals_, fromlist, 0)
    importlib.import_module(_PREFIX + name)
    return sys.modules[_PREFIX + head]


INSIDE = {**vars(builtins), "__import__": _import}  # the built-in names of the modules inside


class _Inside(SourceFileLoader):
    """Executes a module in whose eyes the plain names are ours."""

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__builtins__"] = INSIDE
        exec(source_of(module.__spec__), vars(module))

    def get_code(self, fullname: str) -> CodeType:
        """What ``python -m`` executes, in a namespace that it makes itself."""
        words = f"from {__name__} import INSIDE as __builtins__, source_of\nexec(source_of(__spec__), globals())"
        return compile(words, self.path, "exec")


def source_of(spec: ModuleSpec | None) -> Any:
    """A module's own code."""
    return None if spec is None else SourceFileLoader(spec.name, str(spec.origin)).get_code(spec.name)


class _Alias(Loader):
    """Another name of a module."""

    def __init__(self, own: str) -> None:
        self._own = own

    def exec_module(self, module: ModuleType) -> None:
        del sys.modules[module.__name__]  # nobody is to take it for the module
        sys.modules[module.__name__] = importlib.import_module(self._own)


class Finder:
    """The first of sys.meta_path. root: where the packages lie."""

    def __init__(self, root: str) -> None:
        self._root = _real(root)
        self._places = tuple(f"{self._root}{os.sep}{name}{os.sep}" for name in PACKAGES)

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        """None where Python's own finders know better."""
        plain = name.removeprefix(_PREFIX)
        package = plain.partition(".")[0]
        if package in PACKAGES and plain == name:
            return self._by_plain_name(name, package)
        if package in PACKAGES and self._has_plain_name(package):
            return ModuleSpec(name, _Alias(plain))
        # pytest gives modules names of its own, but tells where they lie.
        if package in PACKAGES or (_is_loaded(_PREFIX + "conformance") and any(map(self._holds, path or ()))):
            spec = PathFinder.find_spec(name, path)
            if spec is not None and isinstance(spec.loader, SourceFileLoader):
                spec.loader = _Inside(name, spec.loader.path)
            return spec
        return None

    def _by_plain_name(self, name: str, package: str) -> ModuleSpec | None:
        """Another's where there is one; who else finds a checkout's on the path gets what is loaded of it already."""
        another = self._another(package) if name in _CONTESTED or _is_loaded(_PREFIX + package) else None
        if another is None and _is_loaded(_PREFIX + package) and self._root in map(_real, sys.path):
            return ModuleSpec(name, _Alias(_PREFIX + name))
        return another if name == package else None

    def _has_plain_name(self, package: str) -> bool:
        """Whether this process has the package by its plain name, or would in a run of the checkout."""
        if package in sys.modules:
            return self._is_ours(package)
        return self._is_ours("conformance") and self._another(package) is None

    def _is_ours(self, package: str) -> bool:
        """Whether ours is loaded by its plain name."""
        file = getattr(sys.modules.get(package), "__file__", None)
        return _is_loaded(package) and file is not None and self._holds(str(Path(file).parent))

    def _holds(self, place: str) -> bool:
        """Whether a folder is one of the packages', or inside of one."""
        return f"{_real(place)}{os.sep}".startswith(self._places)

    def _another(self, package: str) -> ModuleSpec | None:
        """Somebody else's package of this name; a mere folder is none."""
        found = PathFinder.find_spec(package, [place for place in sys.path if _real(place) != self._root])
        return found if found is not None and found.origin else None


def _is_loaded(name: str) -> bool:
    """Whether there is a module that has this as its own name."""
    return getattr(sys.modules.get(name), "__name__", "") == name


def _real(place: str) -> str:
    return os.path.realpath(place)
