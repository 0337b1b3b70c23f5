"""Does the emulator compute what AMD's published pseudocode of each instruction says? Bit for bit, or explained.

pseudocode_differences.toml explains what differs and what is not compared.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from conformance.gfx950.instructions.scalar import SCALAR
from conformance.gfx950.instructions.vector import VECTOR
from tests.conformance.gfx950.pseudocode_forms import TABLES, Difference, differences, texts
from tests.conformance.gfx950.pseudocode_values import FORMATS, type_of
from tests.conformance.gfx950.scalar_floats import F16

EXPLAINED = Path(__file__).parent / "pseudocode_differences.toml"
COMPARED = 498  # of the instructions in our tables
# Parts of the tables, so that a failure says which and workers share them.
GROUPS: dict[str, Callable[[str], bool]] = {
    "scalar": lambda name: name in SCALAR,
    "comparisons": lambda name: name.startswith("v_cmp"),
    "conversions": lambda name: name.startswith("v_cvt"),
    "packed": lambda name: name.startswith("v_pk_"),
    "other": lambda name: name in VECTOR and not name.startswith(("v_cmp", "v_cvt", "v_pk_")),
}


def first(d: Difference) -> tuple[int, Any]:
    """The bits of the first operand, and its format or None."""
    word, bits = d.operands[0]
    kind, width = type_of(word.removeprefix("pk_"))
    return bits, FORMATS.get((kind, width))


def subnormal(d: Difference) -> bool:
    bits, f = first(d)
    return f.is_subnormal(bits) or f.is_zero(bits)


def adjacent(d: Difference) -> bool:
    _, f = first(d)
    return not f.is_nan(d.expected) and abs(d.expected - d.observed) == 1


def in_its_half(d: Difference) -> bool:
    """Whether the half that OPSEL[3] names holds what the text writes."""
    half, wanted = d.observed >> 16 * (d.form.fixed["OPSEL"] >> 3) & 0xFFFF, d.expected & 0xFFFF
    return half == wanted or (F16.is_nan(half) and F16.is_nan(wanted))


KINDS: dict[str, Callable[[Difference], bool]] = {
    "quotient scaled back": lambda d: d.operands[3] == ("vcc", 1),
    "quotient not finite": lambda d: not first(d)[1].is_finite(first(d)[0]),
    "sign of zero": lambda d: first(d)[1].is_zero(d.expected) and first(d)[1].is_zero(d.observed),
    "below one": lambda d: d.observed == d.expected - 1 and d.expected == first(d)[1].bias << first(d)[1].fraction_bits,
    "signaling": lambda d: first(d)[1].is_signaling(first(d)[0]) and d.observed == first(d)[1].quieted(d.expected),
    "zero or subnormal operand": subnormal,
    "infinity or zero operand": lambda d: first(d)[1].magnitude(first(d)[0]) in (0, first(d)[1].inf),
    "flushed": lambda d: subnormal(d) or first(d)[1].is_subnormal(d.expected),
    "last place": adjacent,
    "condition of two registers": lambda d: d.into == "scc",
    "other half": in_its_half,
}


@functools.cache
def explanations() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(EXPLAINED.read_text())


def uncompared(mnemonic: str) -> bool:
    return any(fnmatchcase(mnemonic, form) for row in explanations()["uncompared"] for form in row["instructions"])


@pytest.mark.parametrize("group", GROUPS)
def test_the_emulator_computes_what_the_text_says_or_the_difference_is_explained(group: str) -> None:
    for mnemonic in (name for name in TABLES if GROUPS[group](name) and not uncompared(name)):
        allowed = [row["kind"] for row in explanations()["difference"] if mnemonic in row["instructions"]]
        found = differences(mnemonic)
        unexplained = [d for d in found if not any(KINDS[kind](d) for kind in allowed)]
        assert not unexplained, f"{len(unexplained)} of {mnemonic}: {unexplained[0]}"
        for kind in allowed:
            assert any(KINDS[kind](d) for d in found), f"{mnemonic}: no difference is '{kind}' any more"


def test_each_instruction_is_compared_or_has_a_reason() -> None:
    without = {name for name in TABLES if name not in texts()}
    assert not {name for name in without if not uncompared(name)}
    for row in explanations()["uncompared"]:
        for form in row["instructions"]:
            named = [name for name in TABLES if fnmatchcase(name, form)]
            assert named, f"{form} is no instruction of ours"
            assert row["why"] != "no text in the tables" or without.issuperset(named), f"{form} has a text"
    assert {name for row in explanations()["difference"] for name in row["instructions"]} <= set(TABLES)
    compared = sum(not uncompared(name) for name in TABLES)
    assert compared == COMPARED, f"{compared} of {len(TABLES)} are compared: say so in conformance/gfx950/README.md"
