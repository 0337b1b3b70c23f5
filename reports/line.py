"""How does a failure read? A finding becomes a line here and nowhere else; who needs a part of it asks the record."""

from collections.abc import Mapping, Sequence
from typing import Any

from reports.model import Cause, Finding, Lead, Spot

OUT_OF_MEMORY = ("out of device memory", "out of host memory")


def lines(row: Mapping[str, Any]) -> list[str]:
    """What a report's row says: the line of each finding that did not pass, equal ones once."""
    if not row["findings"]:
        return ["no requirement was judged"]
    names = (row["id"], row["subject"], row["backend"])
    findings = (Finding.from_json(finding) for finding in row["findings"] if finding["verdict"] != "pass")
    return list(dict.fromkeys(said for finding in findings if (said := line(finding, *names))))


def line(finding: Finding, case: str, subject: str, backend: str) -> str:
    """Case, subject, backend and requirement, what is wrong, and the command that asks again; '' for a pass.

    A declared inability says nothing of one case, and what an older report says is a line already.
    """
    what_is_wrong = told(finding, subject, backend)
    if finding.cause is None or finding.cause.kind in ("inability", ""):
        return what_is_wrong
    again = f"; rerun: {finding.rerun}" if finding.rerun else ""
    return f"{case} {subject}@{backend} {finding.requirement}: {what_is_wrong}{again}"


def told(finding: Finding, subject: str, backend: str) -> str:
    """What of a finding the row beside it does not say."""
    if finding.cause is None:
        return ""
    platform = f"platform finding {', '.join(finding.platform)}: " if finding.platform else ""
    alone = f"nox -s conformance -- --subject {subject} --backend {backend} --replay {finding.cause.saved}"
    saved = f"; saved, to be asked alone by: {alone}" if finding.cause.saved else ""
    return f"{platform}{what(finding.cause)}{saved}"


def what(cause: Cause) -> str:
    """What is wrong, in words."""
    return "; ".join([_first(cause), *map(led, cause.leads), *cause.hints])


def led(lead: Lead) -> str:
    """'explained by the byte 121 of w_scale[2, 3] where w_scale[2, 2] belongs: the block behind (9 of 9 looked at)'."""
    belongs, share = _spot(lead.belongs), f"({lead.explained} of {lead.looked_at} looked at)"
    if lead.kind == "earlier call":
        return f"stale memory: {belongs} is that of {_spot(lead.used)} {share}" if lead.used else ""
    used = f"the byte {lead.byte}" + (f" of {_spot(lead.used)}" if lead.used else "")
    return f"scale addressing: explained by {used} where {belongs} belongs, {lead.relation} {share}"


def _spot(spot: Spot) -> str:
    return f"{spot.tensor}{place(spot.index)}"


def _first(cause: Cause) -> str:
    if cause.kind == "values":
        return _values(cause)
    if cause.kind == "time limit":
        where = f" in {seen.function} at {seen.file}:{seen.line}" if (seen := cause.place) else ""
        return f"took longer than {cause.limit:g} s{where}, so its process was ended"
    if cause.kind == "died":
        return f"its process died: {cause.words}" if cause.words else "its process died"
    if cause.after:
        return f"not judged after {cause.after} failed"
    if not cause.raised:
        return cause.words
    where = f" at {seen.file}:{seen.line} in {seen.function}" if (seen := cause.place) else ""
    ran_out = f"ran {cause.kind}: " if cause.kind in OUT_OF_MEMORY else ""
    return f"{ran_out}raised {cause.raised}: {cause.words}{where}"


def place(index: Sequence[int]) -> str:
    """'[0, 2]', '' for the whole."""
    return f"[{', '.join(map(str, index))}]" if index else ""


def _values(cause: Cause) -> str:
    """'codes[0, 2] x 0x3080 (9e-10) -> observed 0x01 (0.002), expected 0x00 (0); 9 of 99 bad; steps off {<=1: 9}'."""
    given = f"{cause.given} -> " if cause.given else ""
    count = f"; {cause.bad} of {cause.total} bad" if cause.total else ""
    steps = ", ".join(f"{label}: {number}" for label, number in cause.steps.items())
    off = f"; steps off {{{steps}}}" if steps else ""
    compared = f"{given}observed {cause.observed}, expected {cause.expected}{count}{off}"
    return f"{cause.observable}{place(cause.index)} {compared}".lstrip()
