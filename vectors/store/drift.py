"""Did golden vectors change unannounced? One id has the same arrays for good, or the generator version is raised."""

from vectors.case import Arrays
from vectors.data import GENERATOR_VERSION
from vectors.store.formats import StoreError
from vectors.store.store import Store

WHERE = "GENERATOR_VERSION in vectors/data/__init__.py"


def age(store: Store) -> str | None:
    """A sentence where other generators than this checkout's wrote the store, else None."""
    version = store.generator_version
    if version == GENERATOR_VERSION:
        return None
    older = version < GENERATOR_VERSION
    advice = (
        "`python -m vectors [--out DIR --tier T]` writes it anew"
        if older
        else "take the checkout that wrote it, or a newer one"
    )
    return (
        f"{store.path}: has generator_version {version}, {'older' if older else 'newer'} than this checkout's"
        f" {GENERATOR_VERSION}, so its arrays may differ; {advice}"
    )


def changed_cases(old: Store, new: Store) -> list[str]:
    """Ids that both stores have with different arrays. Titles, notes, added and removed cases are no such change."""
    return [
        case_id
        for case_id in old.ids
        if case_id in new and old.digest(case_id) != new.digest(case_id) and not _same_arrays(old, new, case_id)
    ]


def _same_arrays(old: Store, new: Store, case_id: str) -> bool:
    """Whether two files that differ hold the same bits: what a file says beside its arrays is none of them."""
    try:
        vectors = [store.load(case_id) for store in (old, new)]
    except StoreError:
        return False
    before, after = ({**_named("input", v.inputs), **_named("expected", v.expected)} for v in vectors)
    return before == after


def _named(side: str, arrays: Arrays) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
    return {f"{side}.{name}": (str(array.dtype), array.shape, array.tobytes()) for name, array in arrays.items()}


def unannounced(old: Store, new: Store) -> str | None:
    """A sentence where cases have other arrays under a generator version that is not higher, else None."""
    changed = changed_cases(old, new)
    if not changed or new.generator_version > old.generator_version:
        return None
    shown = ", ".join(changed[:5]) + (f" and {len(changed) - 5} more" if len(changed) > 5 else "")
    return (
        f"has generator_version {old.generator_version}, and the arrays of {shown} changed under"
        f" {new.generator_version}: needs a higher one ({WHERE}), since readers know a vector by its id and that"
        " number; or restore the store there, where only the last change is to be repeated"
    )
