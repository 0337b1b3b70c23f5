"""What do device profiles say, for people? One page of Markdown: profiles beside each other, then why.

``python -m conformance.silicon.page [FILE ...]`` prints the page of these files, or of all that people contributed.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.silicon.profile import FOLDER, NoProfileError, load
from reports.foreign.showing import complain, say
from reports.forms.markup import table, text

Profile = Mapping[str, Any]
RULES = {0: "nearest", -1: "the neighbour below", 1: "the neighbour above", None: "no rule"}


def page(profiles: Mapping[str, Profile]) -> str:
    """profiles: by name."""
    sections = ["# Device profiles", "", *_beside(profiles)]
    for name, profile in profiles.items():
        sections += ["", f"## Why: {text(name)}", "", *_why(profile)]
    return "\n".join(sections) + "\n"


def _beside(profiles: Mapping[str, Profile]) -> list[str]:
    rows = []
    for fact in ("device", "arch", "backend", "triton", "torch"):
        rows.append([fact, *(profile["device"].get(fact, "") for profile in profiles.values())])
    for part, say_one in _PARTS.items():
        for key in dict.fromkeys(key for profile in profiles.values() for key in profile[part]):
            ones = (profile[part].get(key) for profile in profiles.values())
            rows.append([f"{part}: {key}", *(_one(one, say_one) for one in ones)])
    return list(table(["", *profiles], rows))


def _one(one: Any, say_one: Any) -> str:
    if one is None:
        return "not measured"
    return f"raised {one['raised']}" if "raised" in one else str(say_one(one))


def _sum(one: Any) -> str:
    if not one["model"]:
        return str(one["words"])
    doubt = "" if one["sure"] else "NOT SURE: "
    return f"{doubt}{one['words']}; {one['misfits']} of {one['random']} random results differ"


def _function(one: Any) -> str:
    counts: dict[int, int] = {}
    for counted in one["units"].values():
        for units, number in counted.items():
            counts[int(units)] = counts.get(int(units), 0) + number
    units = ", ".join(f"{u:+d}: {counts[u]}" for u in sorted(counts))
    return f"units from the nearest {units} ({RULES[one['rule']]}); of 2^-127 {one['special'].get('0x00400000', '?')}"


def _conversion(one: Any) -> str:
    return f"{' / '.join(one['rule'])}; {one['misfits']} of {one['asked']} differ"


def _edge(one: Any) -> str:
    results = one["results"].items()
    others = [f"{name}: {result['observed']}" for name, result in results if result["observed"] != result["expected"]]
    return "; ".join(others) or f"all {len(results)} as the formats say"


_PARTS = {
    "sums": _sum, "functions": _function, "instructions": _function, "conversions": _conversion, "edges": _edge,
}  # fmt: skip


def _why(profile: Profile) -> list[str]:
    """The sums' groups, and the inputs that show each of their numbers."""
    found = []
    for kind, one in profile["sums"].items():
        if "raised" in one:
            continue
        groups = one["groups"]
        found += ["", f"**{kind}** ({text(one['what'])}): {len(groups)} groups over K, {text('; '.join(groups[:4]))}"]
        for number, evidence in one["why"].items():
            found += [
                f"- {number}: {text(shown['inputs'])} gave {text(shown['observed'])}, not {text(shown['expected'])}"
                for shown in evidence
                if shown["observed"]
            ]
        found += [
            f"- CONTRADICTED: {text(shown['inputs'])} gave {text(shown['observed'])}, not {text(shown['expected'])}"
            for shown in one["contradictions"]
        ]
    return found


def main(files: list[str]) -> int:
    paths = [Path(file) for file in files] or sorted(FOLDER.glob("*.json"))
    try:
        say(page({path.stem: load(path) for path in paths}))
    except NoProfileError as error:
        complain(error)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
