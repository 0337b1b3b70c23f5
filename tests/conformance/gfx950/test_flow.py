"""Are the loops of a kernel found, wherever the compiler has put their blocks?"""

from __future__ import annotations

import pytest

from conformance.gfx950.assembly import Instruction, Kernel, Name, Operand
from conformance.gfx950.lowering.flow import Flow, innermost


def kernel(text: str) -> Kernel:
    """A kernel of words: ``name:`` is a label, ``op`` an instruction, ``op>name`` a branch."""
    instructions: list[Instruction] = []
    labels = {}
    for word in text.split():
        if word.endswith(":"):
            labels[word[:-1]] = len(instructions)
            continue
        mnemonic, _, target = word.partition(">")
        operands = (Operand(Name(target)),) if target else ()
        instructions.append(Instruction(mnemonic, "", operands, {}, len(instructions) + 1, word))
    return Kernel("k", "gfx950", tuple(instructions), labels, {})


def names(k: Kernel, loop: frozenset[int]) -> str:
    return " ".join(k.instructions[i].mnemonic for i in sorted(loop))


def loops(text: str) -> list[str]:
    k = kernel(text)
    return [names(k, loop) for loop in Flow(k).loops()]


def test_a_straight_kernel_has_no_loop():
    assert loops("a b s_endpgm") == []
    assert loops("a s_cbranch_scc1>end b end: s_endpgm") == []


def test_a_loop_of_one_block():
    assert loops("a top: b c s_cbranch_scc1>top s_endpgm") == ["b c s_cbranch_scc1"]


def test_inner_loops_come_first():
    text = "a outer: b inner: c s_cbranch_scc1>inner d s_cbranch_scc1>outer s_endpgm"
    assert loops(text) == ["c s_cbranch_scc1", "b c s_cbranch_scc1 d s_cbranch_scc1"]


def test_a_condition_inside_belongs_to_the_loop():
    assert loops("top: a s_cbranch_vccz>skip b skip: c s_cbranch_scc1>top s_endpgm") == [
        "a s_cbranch_vccz b c s_cbranch_scc1"
    ]


def test_a_block_of_the_loop_that_lies_behind_its_end():
    text = "top: a s_cbranch_vccz>cold back: b s_cbranch_scc1>top s_endpgm cold: c s_branch>back"
    assert loops(text) == ["a s_cbranch_vccz b s_cbranch_scc1 c s_branch"]


def test_a_loop_that_is_entered_at_its_end():
    # The test stands last in the text and first in time: no branch backwards closes the loop's text from its top.
    text = "s_branch>test body: a b test: c s_cbranch_scc1>body s_endpgm"
    assert loops(text) == ["a b c s_cbranch_scc1"]


def test_a_branch_backwards_that_closes_no_loop():
    text = "s_branch>late early: a s_endpgm late: b s_branch>early"
    assert loops(text) == []


def test_the_innermost_loop_around_some_instructions():
    k = kernel("a outer: b inner: m s_cbranch_scc1>inner s_cbranch_scc1>outer m s_endpgm")
    assert names(k, innermost(k, [2])) == "m s_cbranch_scc1"
    assert names(k, innermost(k, [1])) == "b m s_cbranch_scc1 s_cbranch_scc1"
    assert innermost(k, [5]) == frozenset()
    assert innermost(k, []) == frozenset()


def test_a_branch_to_no_label_is_refused():
    with pytest.raises(ValueError, match=r"line 1 .*branches to no label"):
        Flow(kernel("s_branch>nowhere s_endpgm"))
