"""Which cases are there, and what are their arrays? Each module of ``vectors.families`` has ``cases()``."""

import functools
import importlib
import pkgutil
from collections.abc import Iterable
from pathlib import Path

from vectors.arithmetic import held_in_stores
from vectors.case import TIERS, Case, Vector
from vectors.store.drift import age
from vectors.store.formats import StoreError
from vectors.store.json_text import encode
from vectors.store.store import Store, generate

GOLDEN = Path(__file__).with_name("golden")
FAMILIES = f"{__package__}.families"


@functools.cache
def all_cases() -> tuple[Case, ...]:
    """Every case of every family module, modules in alphabetical order, cases in the order of their module.

    Raises ValueError for an id that two cases share and for a module without ``cases()``.
    """
    return collect(FAMILIES)


def collect(package: str) -> tuple[Case, ...]:
    """The cases of all modules directly inside ``package``; a name that starts with ``_`` is a helper's."""
    folder = importlib.import_module(package)
    names = sorted(found.name for found in pkgutil.iter_modules(folder.__path__))
    owner: dict[str, str] = {}
    cases: list[Case] = []
    for name in names:
        if name.startswith("_"):
            continue
        module = importlib.import_module(f"{package}.{name}")
        if not hasattr(module, "cases"):
            raise ValueError(f"{module.__name__}: has no cases(), needs one that returns the family's cases")
        for case in module.cases():
            if case.id in owner:
                raise ValueError(f"{module.__name__}: has the id {case.id} of {owner[case.id]}, needs its own")
            owner[case.id] = module.__name__
            cases.append(case)
    return tuple(cases)


def select(tier: str = "gate", family: str | None = None, cases: Iterable[Case] | None = None) -> tuple[Case, ...]:
    """The cases that a run of ``tier`` includes, all families or one.

    Raises ValueError for an unknown tier and for a family that no case has.
    """
    if tier not in TIERS:
        raise ValueError(f"tier: has {tier!r}, needs one of {', '.join(TIERS)}")
    pool = all_cases() if cases is None else tuple(cases)
    if family is not None and all(case.family != family for case in pool):
        known = sorted({case.family for case in pool})
        raise ValueError(f"family: has {family!r}, needs one of {', '.join(known)}")
    return tuple(case for case in pool if case.in_tier(tier) and family in (None, case.family))


@functools.cache
def committed_store() -> Store | None:
    """The store of the checkout, opened once per process; None when the checkout has none.

    Raises StoreError for a damaged store, and for one that other generators wrote.
    """
    if not GOLDEN.is_dir():
        return None
    store = Store(GOLDEN)
    drifted = age(store)
    if drifted is not None:
        raise StoreError(drifted)
    return store


def vector(case: Case, store: Store | None = None) -> Vector:
    """The arrays of a case: from ``store`` (default: the committed one) when it lists the case, else
    generated.

    Raises StoreError when the store's file is damaged or was written for other parameters of the case.
    """
    source = committed_store() if store is None else store
    if source is None or case.id not in source or not held_in_stores(case):
        return generate(case)
    entry = source.entry(case.id)
    needs = {"params": encode(case.params, f"params of {case.id}"), "requirements": sorted(case.requirements)}
    for name, value in needs.items():
        has = sorted(entry[name]) if name == "requirements" else entry[name]
        if has != value:
            raise StoreError(
                f"{source.path}: has {case.id} with {name} {has!r}, needs {value!r};"
                " `python -m vectors` writes the store anew"
            )
    return source.load(case.id)
