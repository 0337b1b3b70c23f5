"""Are answers to golden vectors right? With NumPy alone: python golden_judge.py STORE/FAMILY/GROUP [ANSWERS.npz]

Without answers it prints what each case asks for. ANSWERS.npz (numpy.savez) has an array for each, named "CASE:ANSWER",
with the bits as the store has them: uint8 for codes and scale bytes, uint16 for BF16 and FP16, float32. In a program:

    for case in cases(Path("golden/activation-quantize/limits")):
        codes, scales = mine(case.inputs["gate_up"], **case.params)
        print(problems(case, {"codes": codes, "scales": scales}))

What is a SHOULD begins with "deviation:". The sets of activations are those of a kernel that flushes no sigmoid.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

Arrays = Mapping[str, np.ndarray]
_DTYPES = {"U8": "u1", "U16": "<u2", "I32": "<i4", "I64": "<i8", "F32": "<f4", "F64": "<f8"}
_STORED = {"e4m3": "u1", "e8m0": "u1", "bfloat16": "<u2", "float16": "<u2", "float32": "<f4"}
_INFINITY = {"e4m3": 0x7E, "bfloat16": 0x7F80, "float16": 0x7C00, "float32": 0x7F800000}  # what is above is NaN
PIPELINES = ("native", "emulation")


class GoldenCase(NamedTuple):
    """inputs, expected: plain bits. formats: of each tensor, by its full name. compare: how each is compared."""

    id: str
    params: Mapping[str, Any]
    inputs: Arrays
    expected: Arrays
    formats: Mapping[str, str]
    compare: Mapping[str, str]


def cases(folder: Path) -> Iterator[GoldenCase]:
    """The cases of a group's folder."""
    group = json.loads((folder / "group.json").read_text())
    compare = {name: array["compare"] for name, array in group["arrays"].items()}
    for entry in group["cases"]:
        said, arrays = read(folder.parent.parent / entry["file"])
        formats = {name: tensor["format"] for name, tensor in said["tensors"].items()}
        inputs, expected = (
            {name.removeprefix(side): array for name, array in arrays.items() if name.startswith(side)}
            for side in ("input.", "expected.")
        )
        yield GoldenCase(entry["id"], entry["params"], inputs, expected, formats, compare)


def read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What a safetensors file says of itself, and its tensors."""
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    said = json.loads(header.pop("__metadata__")["mxfp8-moe-conformance"])
    found = {}
    for name, tensor in header.items():
        first, last = tensor["data_offsets"]
        flat = np.frombuffer(raw[start + first : start + last], _DTYPES[tensor["dtype"]])
        found[name] = flat.reshape(tensor["shape"])
    return said, found


def asked(case: GoldenCase) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Answer -> format and shape. Of "native..." and "emulation..." one pipeline is enough."""
    if case.id.startswith("align/"):
        return dict.fromkeys(("sorted_token_ids", "expert_ids", "num_tokens_post_padded"), ("int32", ()))
    found = {}
    for name, array in case.expected.items():
        word, form, stem = case.compare[f"expected.{name}"], case.formats[f"expected.{name}"], name.rpartition(".")[0]
        if word == "bits":
            found[name] = (form, array.shape)
        elif word == "real-lo":
            dot = f"{stem}." if stem else ""
            found[f"{dot}codes"] = ("e4m3", array.shape)
            found[f"{dot}scales"] = ("e8m0", (*array.shape[:-1], array.shape[-1] // 32))
        elif word == "lo" and not stem.endswith("likely"):
            found[stem or "output"] = (form, array.shape)
        elif name.endswith("whole.lo"):
            found[stem] = (form, array.shape)
    return found


def problems(case: GoldenCase, answers: Arrays) -> list[str]:
    """A line for each answer that is wrong or missing, with the first wrong element."""
    if case.id.startswith("align/"):
        return _alignment(case, answers)
    named = {name.partition(".")[0] for name in answers}
    left = {*PIPELINES} - named if named & {*PIPELINES} else set()
    said = []
    for name, (form, shape) in asked(case).items():
        if name.partition(".")[0] in left:
            continue
        has = answers.get(name)
        if has is None:
            said.append(f"{name}: no answer")
        elif has.shape != shape or has.dtype != _STORED[form]:
            said.append(f"{name}: has {has.dtype}{list(has.shape)}, needs {np.dtype(_STORED[form])}{list(shape)}")
    return said or [line for name in _judged(case, left) for line in _problems(case, name, answers)]


def _judged(case: GoldenCase, left: set[str]) -> list[str]:
    """Expected arrays that begin a judgement, but those of pipelines that are left out."""
    words = ("bits", "lo", "real-lo")
    heads = [name for name in case.expected if case.compare[f"expected.{name}"] in words or name.endswith(".lo")]
    return [name for name in heads if name.partition(".")[0] not in left]


def _problems(case: GoldenCase, name: str, answers: Arrays) -> Iterator[str]:
    word, stem = case.compare[f"expected.{name}"], name.rpartition(".")[0]
    dot = f"{stem}." if stem else ""
    if word == "bits":
        yield from _bits(case, name, answers)
    elif word == "real-lo":
        yield from _blocks(_set(case, dot, np.float64), dot, answers[f"{dot}codes"], answers[f"{dot}scales"])
    elif stem.endswith(".sum"):
        yield from _sum(case, dot, answers)
    else:
        of = stem.removesuffix(".likely") or "output"
        form = case.formats[f"expected.{name}"]
        found, nan = ordered(answers[of], form)
        lo, hi, must, free = _set(case, dot, form)
        right = np.where(must, nan, free | (~nan & (lo <= found) & (found <= hi)))
        likely = " (an unlikely answer)" if stem.endswith("likely") else ""
        yield from _first(of + likely, ~right, answers[of], case.expected[f"{dot}lo"], case.expected.get(f"{dot}hi"))
        if f"{dot}foreign_rows" in case.expected:
            rows = case.expected[f"{dot}foreign_rows"][:, None] == 1
            yield from _first(f"{of}, rows of other ranks", rows & ((answers[of] & 0x7FFF) != 0), answers[of])


def _set(case: GoldenCase, dot: str, form: Any) -> tuple[np.ndarray, ...]:
    """(lo, hi, nan, free) in the order of the reals, -0 below +0; of a real enclosure as it is."""
    lo = case.expected[f"{dot}lo"]
    hi, no = case.expected.get(f"{dot}hi", lo), np.zeros(lo.shape, bool)
    masks = [case.expected[dot + mask] == 1 if dot + mask in case.expected else no for mask in ("nan", "free")]
    ends = (lo, hi) if form is np.float64 else (ordered(lo, form)[0], ordered(hi, form)[0])
    return *ends, *masks


def ordered(bits: np.ndarray, form: str) -> tuple[np.ndarray, np.ndarray]:
    """Integers in the order of the values that plain bits stand for, -0 right below +0; and which are NaN."""
    if form == "e8m0":
        return bits.astype(np.int64), bits == 255
    whole = bits.view(f"u{bits.dtype.itemsize}").astype(np.int64)
    sign = 1 << (8 * bits.dtype.itemsize - 1)
    size = whole & (sign - 1)
    return np.where(whole & sign, -1 - size, size), size > _INFINITY[form]


def _bits(case: GoldenCase, name: str, answers: Arrays) -> Iterator[str]:
    """Equal bits, every NaN alike; of a quantizer where its block is determined."""
    found, golden, form = answers[name], case.expected[name], case.formats[f"expected.{name}"]
    (has, nan), (needs, both) = ordered(found, form), ordered(golden, form)
    wrong = (has != needs) & ~(nan & both)
    if "plain" not in case.expected:
        yield from _first(name, wrong, found, golden)
        return
    plain, zero = case.expected["plain"] == 1, case.expected["zero_block"] == 1
    if name == "scales":
        yield from _first(name, wrong & plain & ~zero, found, golden)
        for line in _first("scales of blocks of zeros", wrong & zero, found, golden):
            yield f"deviation: {line}"
        return
    yield from _first(name, wrong & plain.repeat(32, -1), found, golden)
    x = case.inputs["x"]
    values = (x.astype(np.uint32) << 16).view(np.float32) if case.formats["input.x"] == "bfloat16" else x
    values = x.view(np.float16) if case.formats["input.x"] == "float16" else values
    nan = ((found & 0x7F) == 0x7F) | (answers["scales"] == 255).repeat(32, -1)
    yield from _first("codes of NaN", np.isnan(values) & ~nan, found)
    largest = ((found & 0x7F) == 0x7E) & ((found >= 0x80) == np.signbit(values))
    yield from _first("codes of infinities", np.isinf(values) & ~nan & ~largest, found)
    same = [(*found[r, 32 * b : 32 * b + 32], answers["scales"][r, b]) for r, b in case.expected["policy_blocks"]]
    if len(set(same)) > 1:
        yield "deviation: equal blocks with NaN or infinity have several answers"


def _blocks(of: tuple[np.ndarray, ...], dot: str, codes: np.ndarray, scales: np.ndarray) -> Iterator[str]:
    """The worked example of a set: a scale byte that the enclosure of the block's maximum allows, and codes under it.

    Rounding is monotone, so the ends of an enclosure round to the ends of a set.
    """
    with np.errstate(over="ignore"):
        lo, hi = (end.astype(np.float32) for end in of[:2])
    lo, hi = np.where(of[0] == 0, np.float32(-0.0), lo), np.where(of[1] == 0, np.float32(0.0), hi)
    shape = (*scales.shape, 32)
    undetermined = (of[2] | of[3] | np.isinf(lo) | np.isinf(hi)).reshape(shape).any(-1)
    amax = [np.maximum(np.maximum(lo, -hi), 0), np.maximum(abs(lo), abs(hi))]
    least, most = (scale_byte(end.reshape(shape).max(-1)) for end in amax)
    zeros = ((codes & 0x7F) == 0).reshape(shape).all(-1) & (amax[0].reshape(shape).max(-1) == 0) & (scales != 255)
    outside = ~undetermined & ((scales < least) | (scales > most))
    yield from _first(f"{dot}scales", outside & ~zeros, scales, least, most)
    for line in _first(f"{dot}scales of blocks of zeros", outside & zeros, scales, least, most):
        yield f"deviation: {line}"
    first, last = (e4m3(np.ldexp(end.astype(np.float64), 127 - scales.astype(int).repeat(32, -1))) for end in (lo, hi))
    key = [ordered(end, "e4m3")[0] for end in (first, codes, last)]
    nan_byte, inside = (scales == 255).repeat(32, -1), (key[0] <= key[1]) & (key[1] <= key[2])
    nan = nan_byte | ((codes & 0x7F) == 0x7F)
    infinite = np.isinf(lo) & (lo == hi) & ~of[3]
    in_open = ~infinite | nan | (((codes & 0x7F) == 0x7E) & ((codes >= 0x80) == (lo < 0)))
    right = np.where(of[2], nan, np.where(undetermined.repeat(32, -1), in_open, inside & ~nan_byte))
    yield from _first(f"{dot}codes", ~right, codes, first, last)


def scale_byte(amax: np.ndarray) -> np.ndarray:
    """The byte e + 127 of the least e with amax <= 448 * 2^e."""
    share, exponent = np.frexp(np.maximum(amax.astype(np.float64), 2.0**-126))
    return (np.clip(exponent - 9 + (share > 0.875), -127, 127) + 127).astype(np.uint8)


def e4m3(values: np.ndarray) -> np.ndarray:
    """The codes of float64 values, to nearest, ties to even, saturated."""
    size = np.minimum(abs(values), 448)
    binade = np.frexp(np.maximum(size, 2.0**-6))[1]
    return (np.rint(np.ldexp(size, 4 - binade)) + 8 * (binade + 5) + 128 * np.signbit(values)).astype(np.uint8)


def _sum(case: GoldenCase, dot: str, answers: Arrays) -> Iterator[str]:
    """The FP32 sum of the ranks' BF16 outputs, in rank order; where it loses nothing it is the run with all experts."""
    stem = dot.removesuffix("sum.")
    total = _of_bf16(answers[f"{stem}rank0"])
    with np.errstate(invalid="ignore"):  # infinities of both signs
        for rank in range(1, case.params["world"]):
            total = total + _of_bf16(answers[f"{stem}rank{rank}"])
    lo, hi, must, free = _set(case, dot, "float32")
    found, nan = ordered(total, "float32")
    yield from _first(f"{stem}sum", ~np.where(must, nan, free | (~nan & (lo <= found) & (found <= hi))), total)
    exact = case.expected[f"{stem}exact_sum"] == 1
    yield from _first(f"{stem}sum and {stem}whole", exact & (total != _of_bf16(answers[f"{stem}whole"])), total)


def _of_bf16(bits: np.ndarray) -> np.ndarray:
    return (bits.astype(np.uint32) << 16).view(np.float32)


def _alignment(case: GoldenCase, answers: Arrays) -> list[str]:
    """Any alignment with the properties: the order inside a group is free, and what lies behind is not looked at."""
    ids, size, rows = case.inputs["topk_ids"].reshape(-1), case.params["block_size"], case.params["num_weight_rows"]
    mapped, local = case.inputs.get("expert_map"), ids
    if mapped is not None:
        known = (ids >= 0) & (ids < len(mapped))
        local = np.where(known, mapped[np.where(known, ids, 0)], -1)
    groups = {expert: np.flatnonzero(local == expert) for expert in range(rows)}
    total = sum(-(-len(routes) // size) * size for routes in groups.values())
    if missing := [name for name in asked(case) if name not in answers]:
        return [f"{name}: no answer" for name in missing]
    order, experts, count = (answers[name] for name in asked(case))
    if count.tolist() != [total]:
        return [f"num_tokens_post_padded: has {count.tolist()}, needs [{total}]"]
    if any(array.dtype != np.int32 for array in (order, experts, count)):
        return ["alignment: has another dtype, needs int32 for each answer"]
    if len(order) < total or len(experts) * size < total:
        return [f"alignment: has {len(order)} slots of {len(experts)} blocks, needs {total} of {total // size} or more"]
    said, entries = [], order[:total].reshape(-1, size)
    for expert, routes in groups.items():
        found = np.sort(entries[experts[: len(entries)] == expert].reshape(-1))
        needs = np.append(routes, np.full(-len(routes) % size, len(ids)))
        if not np.array_equal(found, needs):
            said.append(f"sorted_token_ids: the blocks of expert {expert} have {found.tolist()}, need {needs.tolist()}")
    return said


def _first(name: str, wrong: np.ndarray, found: np.ndarray, *ends: np.ndarray | None) -> Iterator[str]:
    places = np.argwhere(wrong)
    if len(places):
        at = tuple(places[0])
        needs = " to ".join(dict.fromkeys(_shown(end[at]) for end in ends if end is not None))
        yield f"{name}: {len(places)} of {wrong.size} wrong, first {list(map(int, at))}: {_shown(found[at])}" + (
            f", needs {needs}" if needs else ""
        )


def _shown(value: Any) -> str:
    return f"{value:#0{2 + 2 * value.dtype.itemsize}x}" if value.dtype.kind == "u" else f"{value:.9g}"


def main(group: str, answers: str = "") -> int:
    """Print what is asked, or what is wrong; exit code 1 where anything is, 2 for wrong use."""
    given = dict(np.load(answers)) if answers else {}
    wrong = 0
    for case in cases(Path(group)):
        if not answers:
            print(case.id, ", ".join(f"{name} {form}{list(shape)}" for name, (form, shape) in asked(case).items()))
            continue
        start = f"{case.id}:"
        said = problems(case, {n.removeprefix(start): a for n, a in given.items() if n.startswith(start)})
        wrong += any(not line.startswith("deviation") for line in said)
        print(case.id, "; ".join(said) or "right")
    return int(wrong > 0)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        print("golden_judge.py: needs the folder of a group and, to be judged, an .npz of answers", file=sys.stderr)
        sys.exit(2)
    try:
        sys.exit(main(*sys.argv[1:]))
    except (OSError, ValueError, KeyError) as error:
        print(f"golden_judge.py: {error}", file=sys.stderr)
        sys.exit(2)
