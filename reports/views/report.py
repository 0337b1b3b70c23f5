"""What does a report say, whichever form shows it? The verdict of the run, and what is put together of its rows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from reports.model import VERDICTS, WORST_FIRST, Document
from reports.views import coverage, expected, facts, groups, heat, histograms, kernels, likeness, lowering, tables
from reports.views.exit_codes import BROKEN, FAILED, NOTHING, PASS
from reports.views.groups import Group
from reports.views.listing import Listed

T = TypeVar("T")
MOST_SLOW = 20


def _of(view: Callable[[Document], T]) -> cached_property[T]:
    """What a view finds in the document, found once."""
    return cached_property(lambda report: view(report.document))


@dataclass(frozen=True)
class Report:
    """A document, and what is found in it, each once: every form asks here."""

    document: Document

    subjects = _of(tables.subjects)
    requirements = _of(tables.requirement_rows)
    unasked = _of(tables.unasked)
    problems = _of(tables.problem_lines)
    likeness = _of(likeness.lines)
    tallies = _of(expected.tallies)
    rests_on = _of(facts.rests_on)
    environment = _of(facts.environment)
    platform = _of(facts.platform)
    declared = _of(lambda document: facts.unasked(document, "declared"))
    unsupported = _of(lambda document: facts.unasked(document, "unsupported"))
    histograms = _of(histograms.histograms)
    areas = _of(heat.areas)
    dimensions = _of(heat.dimensions)
    crossings = _of(lambda document: [*heat.crossings(document), *heat.pairs(document)])
    pairs = _of(coverage.pair_rows)
    cases_of_requirements = _of(coverage.requirement_cells)
    lowered = _of(kernels.lowered)
    variants = _of(lowering.variants)
    launches = _of(lowering.launches)

    @cached_property
    def rows(self) -> tuple[Listed, ...]:
        """By subject and id: parallel runs finish in any order and still look the same."""
        rows = sorted(self.document["cases"], key=lambda row: (row["subject"], row["id"]))
        return tuple(Listed(f"case-{number}", row) for number, row in enumerate(rows))

    @cached_property
    def groups(self) -> list[Group]:
        return groups.groups(self.document, self.rows)

    @cached_property
    def unexpected(self) -> list[str]:
        """Requirements that failed and were not expected to, as their registry has them; '' is a row's own failure."""
        return self._named(name for row in self.rows for name in expected.unexpected(row.row))

    @cached_property
    def unmet(self) -> list[tuple[Listed, str]]:
        """Expectations that did not come true, in words, each with its row."""
        return [(row, line) for row in self.rows for line in expected.unmet(row.row)]

    @property
    def surprises(self) -> bool:
        """Whether a requirement failed that was not expected to, or an expectation did not come true."""
        return bool(self.unexpected or self.unmet)

    @cached_property
    def state(self) -> str:
        """'good', 'bad', or 'open' where nothing failed unexpectedly and yet nothing is shown to be right."""
        totals = self.document["totals"]
        if self.surprises:
            return "bad"
        if not self.document["complete"] or not self.rows or self.problems:
            return "open"
        return "open" if totals["fail"] or not self._judged else "good"

    @property
    def exit_code(self) -> int:
        """Of a run that went to its end."""
        if self.surprises:
            return FAILED
        if self.problems or not self.document["complete"]:
            return BROKEN
        return PASS if self._judged or self.document["totals"]["fail"] else NOTHING

    @cached_property
    def sentence(self) -> str:
        """The verdict of the run."""
        where = f"on {self.document['environment']['backend']}, tier {self.document['tier']}"
        if shard := self.document.get("selection", {}).get("shard"):
            where += f", shard {shard}"
        failed_checks = [check.id for check in self.platform if check.verdict == "fail"]
        platform = f" Platform findings, not the kernels': {', '.join(failed_checks)}." if failed_checks else ""
        if not self.rows:
            return f"No verdict {where}: no case was judged.{platform}"
        who = f"{' and '.join(self.subjects)} {where}"
        count = f"{len(self.rows)} case{'s' if len(self.rows) > 1 else ''}: {tables.counted(self.document['totals'])}"
        left = self.document.get("selection", {}).get("left_out", 0)
        narrow = f" -k left {left} of {left + self.document['selection']['items']} unasked." if left else ""
        return f"{self._conclusion(who, count)}{narrow}{platform}"

    def _conclusion(self, who: str, count: str) -> str:
        complete, totals = self.document["complete"], self.document["totals"]
        end = "" if complete else " The run did not finish."
        if self.unexpected:
            known = " Others fail as expected." if any(tally.met for tally in self.tallies) else ""
            return f"FAIL: {who} does not conform ({', '.join(filter(None, self.unexpected))}); {count}.{known}{end}"
        if self.unmet:
            items = (item for row in self.rows for item in row.row.get("expected", ()))
            wrong = self._named(name for item in items for name in item["unmet"])
            return f"FAIL: {who} is not as expected ({', '.join(wrong)}); {count}.{end}"
        if not complete:
            return f"INCOMPLETE: {who} did not finish; {count}."
        if totals["fail"]:
            broken = ", ".join(row["id"] for row in self.document["requirements"] if row["fail"])
            return f"AS EXPECTED: {who} does not conform ({broken}), which is known; {count}."
        if not self._judged:
            return f"NOTHING JUDGED: {who} has no case that can be asked; {count}."
        return f"PASS: {who}, no MUST failed; {count}."

    @property
    def _judged(self) -> int:
        """Rows with an answer that is no failure."""
        return int(self.document["totals"]["pass"] + self.document["totals"]["deviation"])

    def _named(self, found: Iterable[str]) -> list[str]:
        """These requirements, in the registry's order; what it does not know last."""
        order = {row["id"]: place for place, row in enumerate(self.document["requirements"])}
        return sorted(set(found), key=lambda name: (order.get(name, len(order)), name))

    @cached_property
    def families(self) -> dict[str, dict[str, list[Listed]]]:
        """Subject -> family -> its rows."""
        found: dict[str, dict[str, list[Listed]]] = {name: {} for name in self.subjects}
        for row in self.rows:
            found[row.subject].setdefault(row.family, []).append(row)
        return found

    @cached_property
    def judging(self) -> dict[str, dict[str, dict[str, list[Listed]]]]:
        """Requirement -> subject -> verdict -> the rows with such a finding; verdicts from the worst on."""
        found: dict[str, dict[str, dict[str, list[Listed]]]] = {}
        for row in self.rows:
            for finding in row.row["findings"]:
                of_subject = found.setdefault(finding["requirement"], {}).setdefault(
                    row.subject, {verdict: [] for verdict in WORST_FIRST}
                )
                of_subject[finding["verdict"]].append(row)
        return found

    @cached_property
    def slowest(self) -> list[Listed]:
        """The rows that took longest."""
        return sorted(self.rows, key=lambda row: -row.row["seconds"])[:MOST_SLOW]

    def counts(self, rows: list[Listed]) -> dict[str, int]:
        """Verdict -> rows."""
        found = dict.fromkeys(VERDICTS, 0)
        for row in rows:
            found[row.verdict] += 1
        return found
