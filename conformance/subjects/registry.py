"""Which subjects are there? The kernels of this repository and shipped ones by name, anyone's by ``module:object``."""

import importlib
from collections.abc import Callable
from functools import partial

from conformance.calls import aspects, surroundings
from conformance.calls.surroundings import ImportChangesError
from conformance.subjects import profiles
from conformance.subjects.base import Subject


def _ours(name: str) -> Subject:
    from conformance.subjects import ours

    return getattr(ours, name)()


# Loaded on demand: at import a kernel is compiled or interpreted for good, so the backend has to be active before.
SUBJECTS: dict[str, Callable[[], Subject]] = {name: partial(_ours, name) for name in ("native", "emulation")}


def load(name: str) -> Subject:
    """The subject of that name, as ``named`` takes it, with the process as it was before the import.

    Raises ImportChangesError where the import changes what every verdict rests on: put back, the subject would be asked
    in other surroundings than it asks for; left, right answers would be made in them.
    """
    before = surroundings.look(aspects.ARITHMETIC)
    try:
        found = named(name)
    finally:
        changes = surroundings.put_back(aspects.ARITHMETIC, before)
    if changes.told:
        what = ", ".join(changes.told)
        raise ImportChangesError(f"subject: {name} changes {what} when it is imported, and needs to leave it as it is")
    return found


def named(name: str) -> Subject:
    """The subject of that name, ``PROJECT`` or ``PROJECT:PATH`` of a profile, or ``package.module:object``.

    The object is a ``Subject``, or a callable with the signature of ``fused_moe_mxfp8_native``, which is then held to
    the native pipeline as a whole (its stages are reported as declared). Raises ValueError that names what is wrong.
    """
    if name in SUBJECTS:
        return SUBJECTS[name]()
    if profiles.is_profile(name):
        return profiles.load(name)
    module_name, colon, attribute = name.partition(":")
    if not colon:
        raise ValueError(
            f"subject: has {name!r}, needs one of {', '.join((*SUBJECTS, *profiles.PROFILES))}, "
            f"'PROFILE:PATH' of one of the last {len(profiles.PROFILES)}, or 'package.module:object'"
        )
    try:
        found = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"subject: has {name!r}, needs an importable object: {error}") from error
    if isinstance(found, Subject):
        return found
    if not callable(found):
        raise ValueError(f"subject {name!r}: has a {type(found).__name__}, needs a Subject or a callable")
    return Subject(name=name, pipeline="native", stages={"fused_moe": found})
