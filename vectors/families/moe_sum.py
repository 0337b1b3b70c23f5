"""What is asked of the sum over top-k alone? Exact and Gaussian rows of every width, wherever they lie in memory."""

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.interval import Interval
from reference.propagation import sum_of_routes
from vectors import data
from vectors.arrays import flattened
from vectors.case import Arrays, Case, as_case
from vectors.data import Stream

# Significant bits of a format, and the power of two of its least subnormal.
_BITS = {"float32": (24, -149), "bfloat16": (8, -133), "float16": (11, -24)}

_NEEDS = {"float16": "PLT-CAST-FP16"}


def _gaussian(case: Case) -> Arrays:
    """Rows whose sizes differ by up to 2^9, as router weights make them."""
    p = case.params
    shape = (p["T"] * p["k"], p["H"])
    rows = data.normal(Stream(case.id, "routes"), shape).astype(np.float64)
    sizes = data.exp2(Stream(case.id, "sizes").integers(-9, 1, (shape[0], 1)))
    return {"routes": data.rounded(rows * sizes, data.DTYPES[p["dtype"]])}


def _exact(case: Case) -> Arrays:
    """Integers of seven bits: every sum is exact in FP32 and most need a rounding to BF16."""
    p = case.params
    dtype = data.DTYPES[p["dtype"]]
    return {"routes": data.small_integers(Stream(case.id, "routes"), (p["T"] * p["k"], p["H"]), 127, dtype=dtype)}


def _cancelling(case: Case) -> Arrays:
    """Large rows cancel, and what is left of a token is one small row: a sum in BF16 loses it."""
    p = case.params
    large = data.small_integers(Stream(case.id, "routes"), (p["T"], p["H"]), 127).astype(np.float64) * 2.0**9
    rows = np.zeros((p["T"], p["k"], p["H"]))
    rows[:, 0], rows[:, -1] = large, -large
    rows[:, 1] = data.small_integers(Stream(case.id, "small"), (p["T"], p["H"]), 127)
    return {"routes": data.rounded(rows.reshape(-1, p["H"]), data.DTYPES[p["dtype"]])}


def _every_bit(case: Case) -> Arrays:
    """Two rows a token: of all significant bits; on ties of the result, below and above; at both ends of its range.

    Two rows need one addition, so that FP32 has one right sum.
    """
    p = case.params
    dtype, n = data.DTYPES[p["dtype"]], p["T"] * p["H"] // 4
    bits, least = _BITS[p["out_dtype"]]
    full = data.log_uniform(Stream(case.id, "full"), (2, n), -4, 4, dtype=dtype).astype(np.float64)
    # An eight-bit number from 1 to 2 and half a unit in the result's last place, as it is or a little off.
    eight = (128 + Stream(case.id, "eight").integers(0, 128, n)) / 128.0
    off = Stream(case.id, "off").pick(np.array([1.0, 1.0, 0.75, 1.25]), n)
    tied = np.stack([eight, Stream(case.id, "side").signs(n) * off * data.exp2(-bits)])
    # Around the result's least number as far as the rows reach, and beyond FP16's largest, 65504.
    grain = data.exp2(max(least, _BITS[p["dtype"]][1] + 1) - 1)
    small = Stream(case.id, "small").integers(-40, 41, (2, n)) * grain
    ends = np.array([[65280, 224], [65280, 239], [65280, 240], [65280, 65280], [65280, -16]])
    large = np.resize(np.concatenate([ends, -ends]), (n, 2)).T
    pairs = np.concatenate([full, tied, small, large], axis=1)
    order = Stream(case.id, "order").permutation(4 * n)
    rows = pairs[:, order].reshape(2, p["T"], p["H"]).swapaxes(0, 1)
    return {"routes": data.rounded(rows.reshape(-1, p["H"]), dtype)}


def _subnormal(case: Case) -> Arrays:
    """Multiples of the rows' least subnormal number, or of FP32's, whose sums stay below the least normal one."""
    p = case.params
    least = _BITS[p["dtype"]][1]
    most = 1 << (19 if least == -149 else 4)
    drawn = Stream(case.id, "routes").integers(-most, most + 1, (p["T"] * p["k"], p["H"]))
    drawn[:, :4] = 1 << np.arange(4)  # also the rows' own order: 2^-130 + 2^-130 is 2^-129
    return {"routes": data.rounded(drawn * data.exp2(least), data.DTYPES[p["dtype"]])}


def _equal_columns(case: Case) -> Arrays:
    """Each row is one number, repeated."""
    return {
        "routes": np.ascontiguousarray(np.broadcast_to(r := _exact(case)["routes"][:, :1], (len(r), case.params["H"])))
    }


def _one_row(case: Case) -> Arrays:
    """One row that stands for all."""
    return {"routes": _exact(case)["routes"][:1]}


def _expected(case: Case, inputs: Arrays) -> Arrays:
    p = case.params
    rows = inputs["routes"].astype(np.float32)
    if "repeated" in p:  # one token
        rows = np.repeat(rows, p["k"], axis=0)
    rows = rows.reshape(p["T"], p["k"], p["H"])
    given = np.zeros(rows.shape, dtype=bool)
    accepted = sum_of_routes(Interval(rows, rows, given, given))
    return flattened(accepted.rounded_to(data.DTYPES[p["out_dtype"]]))


def _case(
    name: str, title: str, make: Callable[[Case], Arrays] = _exact, flags: str = "", more: str = "",
    tier: str = "quick", needs: str = "", **given: Any,
) -> Case:  # fmt: skip
    params = {"T": 5, "k": 2, "H": 128, "dtype": "float32", "out_dtype": "bfloat16", "layout": "contiguous"} | given
    return as_case(
        f"moe-sum/{name}", title, f"STG-05 {more}", f"topk-sum {flags}", tier, params, make, _expected, needs
    )


_CASES = (
    *(_case(f"exact-top-{k}", f"Exact sums of {k} rows.", k=k) for k in (1, 2, 3, 8, 9)),
    *(_case(f"{columns}-columns",
            f"Rows of {columns} elements: one program, a power of two, a tail, several programs.", flags="n-tail",
            tier="gate" if columns > 2048 or columns == 64 else "quick", H=columns, k=3)
      for columns in (32, 64, 96, 640, 1056, 2048, 6144)),
    _case("gaussian-rows", "Rows of sizes that differ by up to 2^9.", _gaussian, k=6, H=640),
    _case("large-rows-that-cancel", "What is left of a token is one small row.", _cancelling, k=3),
    *(_case(f"{dtype}-rows-to-{dtype}", f"{dtype} in, {dtype} out.", dtype=dtype, out_dtype=dtype, k=4)
      for dtype in ("bfloat16", "float32")),
    *(_case(f"each-format-{dtype}-to-{out}", f"{dtype} in, {out} out: every bit counts.", _every_bit,
            "input-dtype output-dtype", "STG-07", T=8, dtype=dtype, out_dtype=out, needs=_NEEDS.get(out, ""))
      for dtype in _BITS for out in _BITS),
    *(_case(f"subnormal-{dtype}-to-{out}", f"Subnormal {dtype} rows, {out} out.", _subnormal, "subnormal-result",
            "STG-08", T=8, k=k, dtype=dtype, out_dtype=out, needs=_NEEDS.get(out, "PLT-SUBNORMAL-MUL"))
      for dtype, out, k in (("float32", "float32", 3), ("float32", "bfloat16", 3), ("bfloat16", "bfloat16", 4),
                            ("bfloat16", "float32", 4), ("float16", "float16", 3))),
    # Rows elsewhere in memory than one after the other.
    _case("rows-in-a-wider-buffer", "Rows lie in a wider buffer of NaN.", flags="row-stride", more="STG-06",
          layout="padded", dtype="bfloat16", T=3),
    _case("row-stride-of-1", "Columns are contiguous, rows are not.", flags="row-stride", more="STG-06",
          layout="transposed", dtype="bfloat16", T=3),
    _case("columns-of-stride-2", "The elements of a row lie two apart, NaN between.", flags="row-stride", more="STG-06",
          layout="spread", dtype="float16", T=3),
    _case("rows-2-30-apart", "Rows lie 2^30 elements apart: the third is past 2^31.", flags="int32-offset",
          more="STG-06", layout="distant-rows", dtype="bfloat16", T=3, k=1),
    _case("more-than-2-31-results", "More than 2^31 results, of one row that stands for all.", _one_row,
          "int32-offset", tier="exhaustive", T=1, k=3, H=4096, repeated=3 * (2**19 + 3)),
    _case("columns-of-stride-0", "Each row is one number that stands for all of its elements.", _equal_columns,
          "row-stride", "STG-06", layout="expanded-columns"),
)  # fmt: skip


def cases() -> tuple[Case, ...]:
    """The family's cases."""
    return _CASES
