"""Are the generated mutants what the operators say, each a change of its own, the same in every run?"""

from __future__ import annotations

import ast
import collections
import re

import pytest

from conformance.defects.catalogue import SUBJECTS, SYSTEMATIC, Edit
from conformance.defects.fields import FIELDS
from conformance.defects.mutant import ROOT, edited
from conformance.defects.systematic import SystematicError, exclusions, generate, generation, kernel_parts
from conformance.defects.systematic.operators import OPERATORS

MUTANTS = generate()
CANDIDATES = list(generation.candidates())
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
TOY = '''"""A toy: 1 < 2."""

LIMIT = tl.constexpr(0x7F)
FLOAT = 0.5


@triton.jit(debug=1)
def kernel(x_ptr, out_ptr, n: 3, stride_xm, stride_xk, stride_o, BLOCK: tl.constexpr):
    """Nothing of 1 + 2 in here changes."""
    row = tl.program_id(0).to(tl.int64)
    column = row * BLOCK + tl.arange(0, BLOCK)
    live = (column >= 0) & (column < n)
    pointers = x_ptr + row * stride_xm + column * stride_xk
    x = tl.load(pointers, mask=live, other=0.0).to(tl.float32)
    x = tl.maximum(x, -n)
    x = tl.where(x > n, n, x)
    pointers += stride_xk
    tl.store(out_ptr + column * stride_o, x.to(out_ptr.dtype.element_ty), mask=live)


def launch(x: torch.Tensor, tile):
    if x.shape[1] == 0 or not x.numel():
        raise ValueError("needs 1 + 1")
    bits = (x.to(tl.int32, bitcast=True) >> 4) & 0xF
    a, b = x.shape[2:]
    flat = x.contiguous().reshape(-1)
    kernel[(cdiv(x.numel(), tile.blocks),)](x, x.stride(0), BLOCK=tile.blocks, num_stages=4)
    return bits.clamp(0, 9), f"{1 + 1}", x.to(tl.float8e4nv).to(tl.uint8, bitcast=True)
'''
LOAD = "tl.load(pointers, mask=live, other=0.0)"
STORE = "tl.store(out_ptr + column * stride_o, x.to(out_ptr.dtype.element_ty), mask=live)"
CONVERT = "x.to(out_ptr.dtype.element_ty)"
CAST = "x.to(tl.int32, bitcast=True)"
POINTERS = "x_ptr + row * stride_xm + column * stride_xk"
FLAT, FP8, ELEMENT = "x.contiguous().reshape(-1)", "x.to(tl.float8e4nv)", "out_ptr.dtype.element_ty"
# operator -> what it makes of the toy
EXPECTED = {
    "integer": [
        ("tl.constexpr(0x7F)", "tl.constexpr(0x7E)"),
        ("tl.constexpr(0x7F)", "tl.constexpr(0x80)"),
        ("tl.program_id(0)", "tl.program_id(1)"),
        ("column >= 0", "column >= 1"),
        ("x.shape[1]", "x.shape[0]"),
        ("x.shape[1] == 0", "x.shape[1] == 1"),
        (f"{CAST} >> 4", f"{CAST} >> 3"),
        (f"{CAST} >> 4", f"{CAST} >> 5"),
        (f"({CAST} >> 4) & 0xF", f"({CAST} >> 4) & 0x10"),
        (f"({CAST} >> 4) & 0xF", f"({CAST} >> 4) & 0xE"),
        ("num_stages=4", "num_stages=3"),
        ("num_stages=4", "num_stages=5"),
        ("bits.clamp(0, 9)", "bits.clamp(1, 9)"),
        ("bits.clamp(0, 9)", "bits.clamp(0, 10)"),
        ("bits.clamp(0, 9)", "bits.clamp(0, 8)"),
    ],
    "float": [("0.5", "0.5000000596046448"), ("0.5", "1.0"), ("other=0.0", "other=1.0")],
    "comparison": [
        ("column >= 0", "column > 0"),
        ("column < n", "column <= n"),
        ("x > n", "x >= n"),
        ("x.shape[1] == 0", "x.shape[1] != 0"),
    ],
    "min-max": [
        ("tl.maximum(x, -n)", "tl.minimum(x, -n)"),
        ("tl.where(x > n, n, x)", "tl.where(x > n, x, n)"),
        ("bits.clamp(0, 9)", "bits.clamp(max=9)"),
        ("bits.clamp(0, 9)", "bits.clamp(min=0)"),
    ],
    "plus-minus": [
        ("row * BLOCK + tl.arange(0, BLOCK)", "row * BLOCK - tl.arange(0, BLOCK)"),
        ("x_ptr + row * stride_xm", "x_ptr - row * stride_xm"),
        (POINTERS, "x_ptr + row * stride_xm - column * stride_xk"),
        ("-n", "n"),
        ("pointers += stride_xk", "pointers -= stride_xk"),
        ("out_ptr + column * stride_o", "out_ptr - column * stride_o"),
    ],
    "mask-dropped": [(LOAD, "tl.load(pointers)"), (STORE, STORE.replace(", mask=live", ""))],
    "condition-dropped": [
        ("(column >= 0) & (column < n)", "(column < n)"),
        ("(column >= 0) & (column < n)", "(column >= 0)"),
        ("x.shape[1] == 0 or not x.numel()", "(not x.numel())"),
        ("x.shape[1] == 0 or not x.numel()", "(x.shape[1] == 0)"),
    ],
    "stride-exchanged": [
        (f"pointers = {POINTERS}", "pointers = x_ptr + row * stride_xk + column * stride_xm"),
        ("pointers += stride_xk", "pointers += stride_xm"),
        ("x.stride(0)", "x.stride(1)"),
    ],
    "contiguous-dropped": [(f"flat = {FLAT}", "flat = x.reshape(-1)")],
    "stride-from-shape": [("x.stride(0)", "x.shape[1]")],
    "reshape-from-storage": [(FLAT, "x.contiguous().as_strided((x.contiguous().numel(),), (1,))")],
    "cast-dropped": [
        (f"{LOAD}.to(tl.float32)", LOAD),
        (CONVERT, "x"),
        (CAST, "x.to(tl.int32)"),
        ("x.to(tl.float8e4nv).to(tl.uint8, bitcast=True)", "x.to(tl.float8e4nv).to(tl.uint8)"),
    ],
    "cast-truncates": [
        (
            CONVERT,
            "x.to(out_ptr.dtype.element_ty, "
            'fp_downcast_rounding="rtz" if out_ptr.dtype.element_ty.primitive_bitwidth < 32 else None)',
        ),
        ("x.to(tl.float8e4nv)", f"({CAST} & -1048576).to(tl.float32, bitcast=True).to(tl.float8e4nv)"),
    ],
    "cast-through-bf16": [
        (f"{LOAD}.to(tl.float32)", f"{LOAD}.to(tl.bfloat16).to(tl.float32)"),
        (CONVERT, "x.to(tl.bfloat16).to(out_ptr.dtype.element_ty)"),
        ("x.to(tl.float8e4nv)", "x.to(tl.bfloat16).to(tl.float8e4nv)"),
    ],
    "cast-through-fp16": [
        (f"{LOAD}.to(tl.float32)", f"{LOAD}.to(tl.float16).to(tl.float32)"),
        (CONVERT, f"x.to(tl.float16).to({ELEMENT})"),
    ],
    "fp16-through-bf16": [
        (
            f"{LOAD}.to(tl.float32)",
            f"({LOAD}.to(tl.bfloat16) if {LOAD}.dtype == tl.float16 else {LOAD}).to(tl.float32)",
        ),
        (CONVERT, f"(x.to(tl.bfloat16) if {ELEMENT} == tl.float16 else x).to({ELEMENT})"),
    ],
    "index-int32": [("tl.program_id(0).to(tl.int64)", "tl.program_id(0).to(tl.int32)")],
    "block-size": [
        ("row * BLOCK", "row * (2 * BLOCK)"),
        ("cdiv(x.numel(), tile.blocks)", "cdiv(x.numel(), 2 * tile.blocks)"),
        ("BLOCK=tile.blocks", "BLOCK=tile.blocks // 2"),
    ],
    "regrouped": [
        ("row * BLOCK + tl.arange(0, BLOCK)", "row * (BLOCK + tl.arange(0, BLOCK))"),
        (f"({CAST} >> 4) & 0xF", f"{CAST} >> (4 & 0xF)"),
    ],
    "swapped": [
        ("x = tl.maximum(x, -n); x = tl.where(x > n, n, x)", "x = tl.where(x > n, n, x); x = tl.maximum(x, -n)")
    ],
    "kept-by-object": [
        (kept, f'x.__dict__.setdefault("kept", {kept})') for kept in (CAST, FP8, f"{FP8}.to(tl.uint8, bitcast=True)")
    ],
    "last-lost-in-largest-tile": [("column < n", "column < n - (1 if BLOCK > 512 else 0)")],
}


@pytest.fixture
def toy(tmp_path):
    """A checkout whose only kernels are the text that is asked for."""

    def make(text=TOY):
        (tmp_path / "kernels").mkdir(exist_ok=True)
        (tmp_path / "kernels" / "toy.py").write_text(text)
        return list(generation.candidates(tmp_path))

    return make


def named(mutants):
    """(file, function, method or constant) of each."""
    return [re.match(r"In (\S+\.py), ([\w.]+)", mutant.defect).groups() for mutant in mutants]


def test_the_table_of_the_toy_has_every_operator():
    assert list(EXPECTED) == [operator.name for operator in OPERATORS]


@pytest.mark.parametrize("operator", EXPECTED)
def test_an_operator_makes_exactly_its_changes(toy, operator):
    found = [candidate.change for candidate in toy() if candidate.kind == operator]
    assert [(change.before, change.after) for change in found] == EXPECTED[operator]


def test_a_change_is_made_where_it_is_told(toy, tmp_path):
    for candidate in toy():
        change = generation.edit(candidate.unit.text, candidate.change)
        assert TOY.count(change.anchor) == 1
        result = TOY.replace(change.anchor, change.replacement)
        assert result != TOY
        if candidate.kind != "swapped":
            assert candidate.change.after in result


def test_an_anchor_grows_until_it_is_the_only_one(toy):
    text = "def f(a):\n    b = a\n    a += 1\n    b = a\n    a += 1\n"
    found = [candidate for candidate in toy(text) if candidate.kind == "plus-minus"]
    edits = [generation.edit(candidate.unit.text, candidate.change) for candidate in found]
    assert edits[0] == Edit("kernels/toy.py", "    b = a\n    a += 1\n    b = a", "    b = a\n    a -= 1\n    b = a")
    assert [text.count(edit.anchor) for edit in edits] == [1, 1]


def test_places_count_characters_where_lines_have_others_than_ascii(toy):
    found = toy('def f(a):\n    return "é" if a < "€" else 0\n')
    assert [candidate.change.after for candidate in found if candidate.kind == "comparison"] == ['a <= "€"']


def test_ids_stay_where_another_function_changes(toy):
    before = {candidate.id for candidate in toy()}
    added = toy(TOY.replace("def launch", "def other(a):\n    return a + 1 < 2\n\n\ndef launch"))
    assert before == {candidate.id for candidate in added if candidate.place != "other"}


def test_two_operators_with_one_result_are_one_mutant(toy):
    found = toy("def f(x, stride_am, stride_ak):\n    return 1 - 0\n")
    results = [generation.apply(candidate.unit.text, candidate.change.pieces) for candidate in found]
    assert len(results) == len(set(results))


@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_a_limit_takes_at_equal_distances(count):
    found = generation.spread(range(10), count, "any name")
    assert len(set(found)) == count
    gaps = {(after - before) % 10 for before, after in zip(found, [*found[1:], found[0]], strict=True)}
    assert max(gaps) - min(gaps) <= 1
    assert generation.spread(range(3), count, "any name")[: min(count, 3)]


def test_the_mutants_are_the_same_in_every_run():
    assert generate() == MUTANTS


def test_there_are_as_many_as_a_run_has_time_for():
    assert 150 <= len(MUTANTS) <= 375


def test_ids_are_slugs_and_unique():
    ids = [mutant.id for mutant in MUTANTS]
    assert len(set(ids)) == len(ids)
    assert all(ID.fullmatch(name) for name in ids)


def test_every_mutant_says_what_it_is():
    for mutant in MUTANTS:
        assert (mutant.kind, mutant.source) == (SYSTEMATIC, "generated")
        assert mutant.field in FIELDS
        assert mutant.subject in SUBJECTS
        assert mutant.revealed_by.endswith(".")
        assert " became " in mutant.defect


def test_every_mutant_is_python_and_no_two_are_alike():
    texts = set()
    for mutant in MUTANTS:
        ((file, text),) = edited(mutant).items()
        ast.parse(text)
        assert text != (ROOT / file).read_text()
        texts.add(text)
    assert len(texts) == len(MUTANTS)


@pytest.mark.parametrize("operator", EXPECTED)
def test_every_operator_has_mutants(operator):
    assert any(re.search(rf"-{operator}-\d+$", mutant.id) for mutant in MUTANTS)


def test_every_device_function_has_mutants():
    known = set(named(MUTANTS))
    for path in (ROOT / "kernels").glob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.decorator_list and "jit" in ast.dump(node):
                assert (f"kernels/{path.name}", node.name) in known


def test_the_limit_holds():
    groups = {candidate.id: candidate.group for candidate in CANDIDATES}
    for (_, _, operator), count in collections.Counter(groups[mutant.id] for mutant in MUTANTS).items():
        assert count <= generation.LIMITS.get(operator, generation.LIMIT)


@pytest.mark.parametrize("row", exclusions.exclusions(), ids=lambda row: f"{row.file}:{row.unit}:{row.text}")
def test_every_exclusion_leaves_something_out(row):
    assert any(row.covers(candidate) for candidate in CANDIDATES)
    assert row.reason.endswith(".")


def test_equivalent_mutants_carry_their_argument():
    arguments = generation.equivalents(generation.EQUIVALENT)
    assert {m.id: m.equivalent for m in MUTANTS if m.equivalent} == arguments
    assert all(len(argument.split()) >= 8 for argument in arguments.values())


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        (["activation-nowhere-integer-1"], ("activation-nowhere-integer-1", "needs ids")),
        ([MUTANTS[0].id, MUTANTS[0].id], (MUTANTS[0].id, "twice")),
    ],
)
def test_a_stale_argument_is_loud(tmp_path, ids, words):
    path = tmp_path / "equivalent.toml"
    path.write_text(f'[[equivalent]]\nids = {ids}\nargument = "It is so."\n')
    with pytest.raises(SystematicError) as caught:
        generate(equivalent=path)
    for word in ("equivalent.toml", *words):
        assert word in str(caught.value)


def test_a_file_without_a_place_is_loud():
    with pytest.raises(SystematicError, match=r"new_function of kernels/new\.py"):
        kernel_parts.place("kernels/new.py", "new_function")
