"""How is a kernel file of a large package run without the package? Its files as they are, the rest by stand-ins.

A kernel file imports loggers, base classes and platform objects of its package, which pull in half a server. Here an
importer serves the package: the files that are judged come from the unpacked wheel, unchanged; every other module is a
stand-in with exactly the names that the profile gives it. A name that a profile does not give is an error that says
which one is wanted: nothing is satisfied by accident.
"""

import importlib.metadata
import importlib.util
import sys
from collections.abc import Callable, Collection, Mapping
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

Names = Callable[[], Mapping[str, Any]]


class ProfileError(ValueError):
    """The folder holds no such package, or one that the profile does not fit; the message names what is missing."""


class _StandIn(ModuleType):
    """A module that has what the profile gives it, and says what it lacks."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{self.__name__}.{name}: no stand-in gives it, needs one in the profile")


class _StandInLoader(Loader):
    def __init__(self, names: Names | None) -> None:
        self._names = names

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        if self._names is not None:
            vars(module).update(self._names())


class StandIns(MetaPathFinder):
    """Serves one package from a folder.

    package: its name. folder: what holds it, as site-packages does. real: full names of the modules whose files are
    executed. given: module -> what it has; a module of another package is given only where that one is not installed.
    Parents of either are empty. Raises ProfileError where a file is missing.
    """

    def __init__(self, package: str, folder: Path, real: Collection[str], given: Mapping[str, Names]) -> None:
        self.package, self.folder, self.real, self.given = package, folder, frozenset(real), dict(given)
        names = [name.split(".") for name in (*self.real, *self.given)]
        parents = {".".join(parts[:length]) for parts in names for length in range(1, len(parts))}
        self._parents = parents - self.real - self.given.keys()
        for name in sorted(self.real):
            self.file(name)

    @property
    def version(self) -> str:
        """The package's version by the metadata beside it; 'source' where it has none."""
        for found in importlib.metadata.distributions(name=self.package, path=[str(self.folder)]):
            return found.version
        return "source"

    def file(self, name: str) -> Path:
        """The file of a module. Raises ProfileError where there is none."""
        path = self.folder.joinpath(*name.split(".")).with_suffix(".py")
        if not path.is_file():
            raise ProfileError(
                f"{self.folder}: has no {path.relative_to(self.folder)}, needs the folder that holds a {self.package} "
                "with it"
            )
        return path

    def install(self) -> None:
        """Serve the package from now on. Raises ProfileError where another one was imported before."""
        others = [f for f in sys.meta_path if isinstance(f, StandIns) and f.package == self.package]
        if any(other.folder == self.folder for other in others):
            return
        if others or self.package in sys.modules:
            loaded = sys.modules.get(self.package)
            where = others[0].folder if others else getattr(loaded, "__file__", None) or "elsewhere"
            raise ProfileError(
                f"{self.package}: is imported from {where} already, needs a run of its own for {self.folder}"
            )
        sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Forget the package and what was imported of it (for tests: compiled kernels and operators stay)."""
        sys.meta_path[:] = [f for f in sys.meta_path if not (isinstance(f, StandIns) and f.package == self.package)]
        for name in [n for n in sys.modules if n.partition(".")[0] == self.package]:
            del sys.modules[name]

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname in self.real:
            return importlib.util.spec_from_file_location(fullname, self.file(fullname))
        ours = fullname.partition(".")[0] == self.package
        if fullname in self.given or fullname in self._parents:
            if not ours and PathFinder.find_spec(fullname, path) is not None:
                return None
            return ModuleSpec(fullname, _StandInLoader(self.given.get(fullname)), is_package=True)
        if ours:
            raise ModuleNotFoundError(f"{fullname}: no stand-in is it, needs one in the profile", name=fullname)
        return None
