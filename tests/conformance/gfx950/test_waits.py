"""Is a register that a load has not delivered known as such, until the s_waitcnt that the hardware needs?"""

from __future__ import annotations

import numpy as np
import pytest

from conformance.gfx950.errors import Hazard
from conformance.gfx950.storage.accesses import reads_and_writes
from conformance.gfx950.storage.waits import KEYS, Issued, Pending, name_of
from tests.conformance.gfx950.memory_world import instruction


def load(registers: str, counter: str = "vm", ordered: bool = True) -> Issued:
    """registers: numbers of VGPRs."""
    text = instruction({"vm": "global_load_dword v0, v[2:3], off"}.get(counter, "ds_read_b32 v0, v1"))
    counters = ("vm", "lgkm") if counter == "flat" else (counter,)
    return Issued(counters, frozenset(int(r) for r in registers.split()), ordered, text)


def awaited(pending: Pending, registers: str) -> list[bool]:
    found = []
    for register in registers.split():
        try:
            pending.check(frozenset({int(register)}))
            found.append(False)
        except Hazard:
            found.append(True)
    return found


def test_vector_loads_retire_in_order_and_stores_count() -> None:
    pending = Pending()
    for registers in ("1", "2 3", "", "4"):  # the third is a store
        pending.issue(load(registers))
    assert pending and awaited(pending, "0 1 2 3 4") == [False, True, True, True, True]
    pending.wait(vmcnt=3)
    assert awaited(pending, "1 2 3 4") == [False, True, True, True]
    pending.wait(lgkmcnt=0)
    pending.wait(vmcnt=2)
    assert awaited(pending, "1 2 3 4") == [False, False, False, True]
    pending.wait(vmcnt=1)
    assert awaited(pending, "4") == [True]
    pending.wait(vmcnt=0)
    assert not pending and awaited(pending, "4") == [False]


def test_lds_retires_in_order_scalar_loads_only_all_at_once() -> None:
    pending = Pending()
    for registers in ("1", "2"):
        pending.issue(load(registers, "lgkm"))
    pending.wait(lgkmcnt=1)
    assert awaited(pending, "1 2") == [False, True]
    pending.issue(load("8", "lgkm", ordered=False))
    pending.issue(load("3", "lgkm"))
    pending.wait(lgkmcnt=2)  # one of three is done: perhaps the scalar load
    assert awaited(pending, "2 8 3") == [True, True, True]
    pending.wait(lgkmcnt=1)  # two are done: the first LDS read at least
    assert awaited(pending, "2 8 3") == [False, True, True]
    pending.wait(lgkmcnt=0)
    assert not pending


def test_flat_needs_both_counters() -> None:
    pending = Pending()
    pending.issue(load("1", "flat", ordered=False))
    pending.wait(vmcnt=0)
    assert awaited(pending, "1") == [True]
    pending.wait(lgkmcnt=0)
    assert not pending
    pending.issue(load("1", "flat", ordered=False))
    pending.issue(load("2"))
    pending.wait(vmcnt=1)
    assert awaited(pending, "1 2") == [True, True]
    pending.wait(0, 0)
    assert not pending


def test_no_more_is_in_flight_than_a_counter_holds() -> None:
    """The 64th issue stands still until the first has retired, which compilers rely on."""
    pending = Pending()
    for i in range(70):
        pending.issue(load(str(i)))
    assert awaited(pending, "6 7") == [False, True]
    pending.wait(vmcnt=63)
    assert awaited(pending, "6 7") == [False, True]
    pending.wait(vmcnt=62)
    assert awaited(pending, "7 8") == [False, True]


def test_a_register_may_be_loaded_again_by_what_retires_later() -> None:
    pending = Pending()
    pending.issue(load("1"))
    pending.issue(load("1"))
    pending.wait(vmcnt=1)
    assert awaited(pending, "1") == [True]
    for counter, ordered in (("lgkm", True), ("lgkm", False), ("flat", False)):
        with pytest.raises(Hazard, match=r"v1 is written while line 2 .* has yet to deliver it"):
            pending.issue(load("1", counter, ordered))


def test_the_message_says_which_wait_is_missing() -> None:
    pending = Pending()
    for registers in ("1", "2", "3"):
        pending.issue(load(registers))
    with pytest.raises(Hazard, match=r"v1 is used while line 2 \(global_load_dword .*needs s_waitcnt vmcnt\(2\)"):
        pending.check(frozenset({1}))
    pending.issue(load("9", "flat", ordered=False))
    with pytest.raises(Hazard, match=r"needs s_waitcnt vmcnt\(0\) lgkmcnt\(0\)"):
        pending.check(frozenset({9}))


def test_landings_are_called_when_their_instruction_retires() -> None:
    landed: list[int] = []
    pending = Pending()
    for i in range(3):
        pending.issue(load(""), lambda i=i: landed.append(i))
    assert pending
    pending.wait(vmcnt=1)
    assert landed == [0, 1]
    pending.wait(vmcnt=0)
    assert landed == [0, 1, 2] and not pending


def test_a_part_waits_for_itself() -> None:
    pending = Pending()
    pending.issue(load("1"))
    pending.issue(load("2", "flat", ordered=False))
    part = pending.select(np.array([0]))
    part.wait(0, 0)
    assert not part and pending and awaited(pending, "1 2") == [True, True]


def keys(text: str) -> frozenset[int]:
    """``v1 a2 s3`` as keys."""
    return frozenset(KEYS[word[0]] + int(word[1:]) for word in text.split())


@pytest.mark.parametrize(
    ("text", "reads", "writes"),
    [
        ("global_load_dwordx2 v[4:5], v[2:3], off", "v2 v3", "v4 v5"),
        ("global_load_dword a4, v2, s[6:7]", "v2 s6 s7", "a4"),
        ("global_store_dwordx2 v[2:3], v[4:5], off", "v2 v3 v4 v5", ""),
        ("buffer_load_dword v1, v2, s[4:7], s8 offen", "v2 s4 s5 s6 s7 s8", "v1"),
        ("buffer_load_dwordx4 v2, s[4:7], 0 offen lds", "v2 s4 s5 s6 s7 s124", ""),
        ("global_load_lds_dword v[2:3], off", "v2 v3 s124", ""),
        ("buffer_store_short v1, v2, s[4:7], 0 offen", "v1 v2 s4 s5 s6 s7", ""),
        ("buffer_atomic_add v1, v2, s[4:7], 0 offen", "v1 v2 s4 s5 s6 s7", ""),
        ("buffer_atomic_add v1, v2, s[4:7], 0 offen sc0", "v1 v2 s4 s5 s6 s7", "v1"),
        ("global_atomic_add v[2:3], v4, off", "v2 v3 v4", ""),
        ("global_atomic_add v1, v[2:3], v4, off sc0", "v2 v3 v4", "v1"),
        ("scratch_load_dword v1, off, s3", "s3", "v1"),
        ("s_load_dwordx2 s[6:7], s[4:5], 0x40", "s4 s5", "s6 s7"),
        ("ds_read2_b32 v[4:5], v1 offset1:1", "v1", "v4 v5"),
        ("ds_write_b64 v1, v[4:5]", "v1 v4 v5", ""),
        ("ds_add_u32 v1, v2", "v1 v2", ""),
        ("ds_add_rtn_u32 v3, v1, v2", "v1 v2", "v3"),
        ("ds_bpermute_b32 v3, v1, v2", "v1 v2", "v3"),
        ("buffer_wbl2 sc1", "", ""),
    ],
)
def test_what_an_instruction_reads_at_once_and_writes_later(text: str, reads: str, writes: str) -> None:
    assert reads_and_writes(instruction(text)) == (keys(reads), keys(writes))


def test_keys_have_names() -> None:
    assert [name_of(key) for key in sorted(keys("v255 a3 s106"))] == ["v255", "a3", "s106"]
