"""Which of a kernel's compiled forms is this? A short text that stays the same while the kernel's code changes."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any


def variant(source: Any, metadata: Any) -> str:
    """Declared constants and warps | pointer types | arguments compiled in | ``odd`` ... | ``wide`` ... | ``far`` ...

    source: Triton's ASTSource, metadata: the compiled kernel's. An argument is *compiled in* where the launch
    specialised on its value (1, None); *odd* are integers and pointers not known to be multiples of 16, *wide* 64-bit
    integers, *far* pointers that 32-bit offsets do not reach all of.
    """
    options = f"warps={metadata.num_warps} stages={metadata.num_stages}"
    names = list(source.signature)
    if not hasattr(source, "constants"):
        return options
    declared = {p.name for p in source.fn.params if p.is_constexpr}
    constants = {_path(names, path): value for path, value in source.constants.items()}
    chosen = [f"{name}={_value(value)}" for name, value in constants.items() if name in declared]
    special = [f"{name}={_value(value)}" for name, value in constants.items() if name not in declared]
    types = dict(_leaves(list(source.signature.values())))
    attributes = {path: {name for name, _ in found} for path, found in source.attrs.items()}
    pointers = [kind[1:] for kind in types.values() if kind.startswith("*")]
    runs = [f"{len(list(group))}*{kind}" for kind, group in groupby(pointers)]
    odd = [
        _path(names, path)
        for path, kind in types.items()
        if kind.startswith(("*", "i", "u"))
        and kind not in ("i1", "u1")
        and "tt.divisibility" not in attributes.get(path, ())
    ]
    far = [
        _path(names, path)
        for path, kind in types.items()
        if kind.startswith("*") and "tt.pointer_range" not in attributes.get(path, ())
    ]
    wide = [_path(names, path) for path, kind in types.items() if kind in ("i64", "u64")]
    listed = [[word, *found] for word, found in (("odd", odd), ("wide", wide), ("far", far)) if found]
    return " | ".join(" ".join(part) for part in ([*chosen, options], runs, special, *listed) if part)


def _leaves(kinds: list[Any], path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], str]]:
    """(path, type) of each argument that is no constant; tuples are gone through."""
    for index, kind in enumerate(kinds):
        if isinstance(kind, tuple):
            yield from _leaves(list(kind), (*path, index))
        elif kind != "constexpr":
            yield (*path, index), kind


def _path(names: list[str], path: tuple[int, ...]) -> str:
    return names[path[0]] + "".join(f"[{index}]" for index in path[1:])


def _value(value: Any) -> str:
    """A constant as text; functions and types by their name, for an address would differ from run to run."""
    return str(getattr(value, "__name__", value))
