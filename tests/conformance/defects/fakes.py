"""A suite of a few cases that answers as a test has it, and what is asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from conformance.asking.expression import parse
from conformance.defects.ask_mutant import Mutant
from conformance.defects.catalogue import Defect, Edit
from conformance.defects.killing_record import Kill
from conformance.defects.question import PLATFORM, Answer, Failure, Question
from reports.model import PlatformResult
from vectors.case import Case, no_inputs

SUBJECTS = ("native", "emulation")
CHECK = PlatformResult("PLT-X", "fail", "known")


def case(name, tier="quick"):
    requirements = {"selection": ("SEL-01",), "moe": ("MOE-01",)}.get(name.partition("/")[0], ("QNT-01",))
    return Case(name, name, requirements, no_inputs, lambda case, inputs: {}, tier=tier)


CASES = (
    case("selection/probe"),
    case("moe/whole"),
    case("quantize/plain"),
    case("quantize/edges"),
    case("moe/large", "gate"),
    case("quantize/large", "gate"),
)


def defect(name="a-defect", **changes):
    facts = {"field": "quantize", "defect": "It | is wrong.", "revealed_by": "Any.", "source": "own"}
    edits = () if changes.get("not_applicable") else (Edit("kernels/a.py", "a", "b"),)
    return Defect(**{"id": name, **facts, "subject": "native", "edits": edits, **changes})


@dataclass
class FakeSuite:
    """Answers questions. wrong: tree -> {case-subject or "platform": requirements that fail there}. problem: of a tree.

    deviating: as wrong, of requirements that are SHOULD. dead: trees in which no run begins. asked: (tree, question,
    names that it judged).
    """

    wrong: dict = field(default_factory=dict)
    deviating: dict = field(default_factory=dict)
    dead: set = field(default_factory=set)
    problem: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)

    @contextmanager
    def tree(self, entry=None) -> Iterator[Path]:
        yield Path(entry.id if entry else "clean")

    def ask(self, place, question: Question, enough) -> Answer:
        wrong = self.wrong.get(place.name, {})
        platform = question.platform
        if platform is None:
            platform = (CHECK, *(PlatformResult(name, "fail", "") for name in wrong.get(PLATFORM, ())))
        failures = [Failure(PLATFORM, "fake", row.id, row.detail) for row in platform]
        judged, names, deviations = [], [], []
        self.asked.append((place.name, question, names))
        if place.name in self.dead:
            return Answer(problem="the run ended with exit code 1: no torch", cpu_seconds=0.5)
        distances = (0.04, 0.04) if question.norm else (None, None)
        answer = Answer(tuple(failures), (), (), platform, distances, cpu_seconds=1.5)
        if enough(answer):
            return answer
        for item, subject in _selected(question):
            name = f"{item.id}-{subject}"
            names.append(name)
            judged.append((item.id, subject))
            for rows, failing in ((failures, wrong), (deviations, self.deviating.get(place.name, {}))):
                rows += [
                    Failure(item.id, subject, requirement, f"{requirement}: codes[0] observed 1", "bits")
                    for requirement in failing.get(name, ())
                ]
            answer = Answer(tuple(failures), tuple(deviations), tuple(judged), platform, distances, cpu_seconds=1.5)
            if enough(answer):
                return answer
        return replace(answer, problem=self.problem.get(place.name, ""))

    def of(self, tree):
        """The runs in that tree, as lists of names."""
        return [names for place, _, names in self.asked if place == tree]


def _selected(question):
    wanted = parse(question.expression, {item.id for item in CASES})
    pairs = [
        (item, subject)
        for item in CASES
        for subject in question.subjects or SUBJECTS
        if item.in_tier(question.tier) and item.id not in question.without and wanted(item, subject)
    ]
    places = {name: place for place, name in enumerate(question.first)}
    return sorted(pairs, key=lambda pair: places.get(f"{pair[0].id}-{pair[1]}", len(places)))


def mutant(entry=None, kill=None, survived="", fingerprint="0" * 16):
    return Mutant(entry or defect(), "fake", fingerprint, kill, survived)


def kill(name="quantize/edges", requirement="QNT-01", tier="quick", well=True, fingerprint="0" * 16):
    return Kill(name, "native", tier, requirement, well, fingerprint)
