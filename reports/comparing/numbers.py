"""What changed in numbers? Tables of how close answers are, what kernels were compiled to and did, and the time."""

from reports.comparing.closeness import StageChange
from reports.comparing.comparison import Comparison
from reports.comparing.lowering import FIRST, KernelChange
from reports.comparing.section import Section
from reports.comparing.timing import NOISY, Seconds
from reports.views.histograms import BINS, Histogram
from reports.views.lowering import tile

# Facts of a variant that have a column, by its name; the others share the last one.
COLUMNS = {
    **{name: name for name in FIRST},
    "waves": "waves/SIMD",
    "vgprs": "VGPRs",
    "agprs": "AGPRs",
    "sgprs": "SGPRs",
    "lds": "LDS",
    "vgpr_spills": "VGPR spills",
    "sgpr_spills": "SGPR spills",
    "scaled": "scaled MFMA",
    "unscaled": "other MFMA",
}


def closeness(found: Comparison) -> Section:
    """Stages whose histograms differ: the bins that do, and what they come to."""
    about = (
        "Elements by how many representable values they lie away from the expected value, or from the middle of the "
        "accepted ones, and by the share of the accepted range that they use; of blocks by which of the accepted "
        "bytes and codes they have: bins with another number. Median and largest are of the shares, or the codes."
    )
    head = (
        *("family", "observable", "subject", "elements", "median", "largest"),
        *("representable values away, or bytes", "share of the accepted range, or codes"),
    )
    rows = [_stage(change) for change in found.closeness.changes]
    return Section("closeness", "How close answers are to being wrong", about, head, rows)


def lowering(found: Comparison) -> list[Section]:
    """Variants of kernels with other machine code, and kernels whose launches did other things."""
    changed = {change.fact for variant in found.variants for change in variant.changes}
    names = [name for name in FIRST if name in changed]
    head = ("subject", "kernel", "tile", *(COLUMNS[name] for name in names), "otherwise", "variant")
    about = "Columns are facts that changed somewhere. MFMA counts are of the K loop and of the whole kernel."
    launches = [[item.subject, item.kernel, ", ".join(map(str, item.changes))] for item in found.launches_changed]
    compiled = [_variant(item, names) for item in found.variants]
    title, columns = "What the launches of the cases did", ("subject", "kernel", "before -> after")
    return [
        Section("lowering", "What kernels were compiled to", about, head, compiled),
        Section("launches", title, "Counts that changed.", columns, launches),
    ]


def time(found: Comparison) -> Section:
    """The cases whose time changed most."""
    timing = found.timing
    about = f"The runs: {timing.runs}. The cases of both reports: {timing.cases}. {NOISY}"
    rows = [[case, subject, *_seconds(seconds)] for case, subject, seconds in timing.changed]
    head = ("case", "subject", "seconds before", "seconds after", "ratio")
    return Section("time", "Time: the cases in which most changed", about, head, rows)


def _stage(change: StageChange) -> list[str]:
    names = [change.family, change.observable, change.subject]
    elements = _both(*(f"{stage.elements:,}" if stage else "none" for stage in (change.first, change.second)))
    used = [stage.used if stage else None for stage in (change.first, change.second)]
    words = [_both(*(_fact(histogram, fact) for histogram in used)) for fact in ("median", "farthest")]
    return [*names, elements, *words, _bins(change, "steps", "byte"), _bins(change, "used", "code")]


def _fact(histogram: Histogram | None, fact: str) -> str:
    return str(getattr(histogram, fact)) if histogram else "none"


def _bins(change: StageChange, *kinds: str) -> str:
    """'0: 1,800 -> 1,790, 1: 80 -> 90': the bins that differ."""
    bins = (item for kind in kinds for item in zip(BINS[kind], *change.counts(kind), strict=True))
    return ", ".join(f"{label}: {old:,} -> {new:,}" for label, old, new in bins if old != new) or "as before"


def _both(first: str, second: str) -> str:
    return first if first == second else f"{first} -> {second}"


def _variant(item: KernelChange, names: list[str]) -> list[str]:
    cells = {change.fact: f"{change.before} -> {change.after}" for change in item.changes}
    rest = ", ".join(str(change) for change in item.changes if change.fact not in names)
    alone = f"only in the {item.only} report ({item.summary})" if item.only else rest
    facts = [*(cells.get(name, "") for name in names), alone]
    return [item.subject, item.kernel, tile(item.variant), *facts, item.variant]


def _seconds(seconds: Seconds) -> list[str]:
    return [f"{seconds.first:.2f}", f"{seconds.second:.2f}", seconds.ratio]
