"""Which combinations is the row quantizer asked? Kinds of blocks in every format, shape and place in memory."""

from typing import Any

from vectors.case import Arrays, Case, as_case
from vectors.contents import block_values, quantize
from vectors.sweep import combinations
from vectors.sweep import dimensions as dim
from vectors.sweep.combinations import Held, Model, Row, Rule

_ASKED = {
    "zero": "QNT-04 QNT-06",
    "outlier": "QNT-01",
    "subnormal": "QNT-07",
    "powers": "QNT-05",
    "ties": "QNT-03",
    "huge": "QNT-08",
    "one-sided": "QNT-08",
    "nan": "QNT-09",
    "inf": "QNT-10",
}


def _reads(case: Case) -> Held | None:
    p = case.params
    if case.family != "quantize" or "content" not in p:
        return None
    held: dict[str, Any] = {
        "block": p["content"],
        "dtype": p["dtype"],
        "leading": f"{len(p['shape'])}-d",
        "rows": dim.ROWS.named(p["rows"]),
        "width": dim.WIDTH.named(p["shape"][-1]),
        "memory": "padded" if p["row_padding"] else "contiguous",
    }
    return combinations.holding(held)


MODEL = Model(
    name="quantize",
    family="quantize",
    dimensions=(
        dim.BLOCKS,
        dim.DTYPE,
        dim.LEADING,
        dim.ROWS,
        dim.WIDTH.only("32", "96", "160", "1024"),
        dim.MEMORY.only("contiguous", "padded"),
    ),
    rules=(
        Rule("one axis is one row", ("leading", "rows"), block_values.can_lead),
        Rule("FP16 has five bits of exponent: an outlier of 2^20 takes the rest out of its range", ("block", "dtype"),
             lambda block, dtype: block != "outlier" or dtype != "fp16"),
    ),
    hides=(("rows", "0"),),
    free=("block", "dtype", "leading", "memory", "width", "rows"),
    reads=_reads,
)  # fmt: skip


def cases() -> tuple[Case, ...]:
    """A case for each row of the table."""
    return tuple(_case(row) for row in MODEL.rows())


def _case(row: Row) -> Case:
    v = MODEL.parameters(row)
    shape = block_values.shape_of(v["leading"], v["rows"], v["width"])
    asked = dict.fromkeys(["QNT-02", "QNT-12", *_ASKED.get(v["block"], "QNT-01 QNT-14").split()])
    if v["memory"] == "padded":
        asked["QNT-13"] = None
    params = {"content": v["block"], "dtype": v["dtype"], "shape": list(shape), "rows": v["rows"]}
    return as_case(
        f"quantize/combined/{combinations.slug(MODEL, row)}",
        f"{v['block']} blocks of {v['dtype']} in the shape {list(shape)}, {v['memory']}.",
        " ".join(asked), "combination leading-shape block-boundary input-dtype", "quick" if v["rows"] == 7 else "gate",
        params | {"row_padding": 8 * (v["memory"] == "padded")}, _inputs, quantize.expected,
    )  # fmt: skip


def _inputs(case: Case) -> Arrays:
    return {"x": block_values.drawn(case)}
