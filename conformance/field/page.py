"""How does the field read? A page of Markdown: a history of all defects, then what each release fails."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from conformance.field.history import Flaw, Told, Verdict, profile_of
from conformance.field.releases import Project, SameKernels
from reports.foreign.showing import line
from reports.line import what
from reports.model import VERDICTS, Finding
from reports.views import reach

_HEAD = """# The field

What the released MXFP8 kernels of other projects do with the {tier} tier of this suite, on `{backend}`: each
release's own files, called by a profile ([conformance/subjects/README.md](conformance/subjects/README.md)).
`nox -s field` writes this page from the reports of those runs and from `conformance/field/defects.toml`, which says
what each failure is. A failure that it does not explain stands here as *not explained*, and the command fails. Releases
whose code is the same are asked once and share a row. What a profile declares is no failure and counted apart.
Nothing here was measured on a gfx950.
"""
_LONGEST = 160  # characters of what a report says


def page(found: Sequence[Told], unasked: Sequence[SameKernels]) -> str:
    """All of it. found: of one project after the other, oldest release first. unasked: what there is no report of."""
    projects = {told.group.project.name: told.group.project for told in found}
    first = found[0].document
    parts = [_HEAD.format(tier=first["tier"], backend=first["environment"]["backend"]), "## History\n"]
    parts += [_history(projects.values(), found)]
    for project in projects.values():
        mine = [told for told in found if told.group.project is project]
        parts += [f"## {project.name}\n\n{project.about}\n", _asked(mine), *map(_release, mine)]
    if unasked:
        names = ", ".join(f"{group.project.name} {version}" for group in unasked for version in group.versions)
        parts.append(f"## Not asked\n\n{names}\n")
    return "\n".join(parts)


def _history(projects: Iterable[Project], found: Sequence[Told]) -> str:
    rows = []
    for project in projects:
        mine = [told for told in found if told.group.project is project]
        for defect in dict.fromkeys(defect for told in mine for defect in told.by_defect):
            rows.append([defect.profile, defect.means, *_span(defect)])
    return _table(("kernels of", "what is wrong", "since", "until"), rows)


def _span(defect: Flaw) -> tuple[str, str]:
    return defect.since, f"mended in {defect.until}" if defect.until else "still there"


def _asked(mine: Sequence[Told]) -> str:
    rows = []
    for told in mine:
        dates = [told.group.project.releases[version] for version in told.group.versions]
        for profile, counts in _counts(told).items():
            verdicts = [str(counts[verdict]) for verdict in VERDICTS]
            rows.append([profile, ", ".join(told.group.versions), ", ".join(dates), *verdicts, told.group.digest])
    return _table(("profile", "releases", "published", *VERDICTS, "code"), rows)


def _counts(told: Told) -> Mapping[str, Counter[str]]:
    """Rows of cases by profile and verdict."""
    found: dict[str, Counter[str]] = {profile: Counter() for profile in told.group.project.profiles}
    for row in told.document["cases"]:
        found[profile_of(told.group, row["subject"])][row["verdict"]] += 1
    return found


def _release(told: Told) -> str:
    project, versions = told.group.project, told.group.versions
    rows = [
        [
            defect.profile,
            _requirements(verdicts),
            defect.means,
            *_span(defect),
            f"`{defect.line(project, versions[-1])}`",
            _served(told, defect.profile, verdicts),
            _shown(told, defect.profile, verdicts),
        ]
        for defect, verdicts in told.by_defect.items()
    ]
    rows += [
        [
            *(profile, verdict[1], "**not explained**", "", "", ""),
            *(_served(told, profile, [verdict]), _shown(told, profile, [verdict])),
        ]
        for profile, verdict in told.unexplained
    ]
    rows += [[d.profile, "", f"**nothing fails of**: {d.means}", *_span(d), "", "", ""] for d in told.absent]
    head = f"### {project.name} {', '.join(versions)}\n\n"
    if not rows:
        return f"{head}Nothing fails.\n"
    return head + _table(
        ("kernels of", "MUSTs", "what is wrong", "since", "until", "where", "served models", "as in"), rows
    )


def _requirements(verdicts: Iterable[Verdict]) -> str:
    return ", ".join(sorted({requirement for _, requirement in verdicts}))


def _served(told: Told, profile: str, verdicts: Sequence[Verdict]) -> str:
    """Which served models meet one of its cases; reports of before there were uses do not say."""
    cases = {case for case, _ in verdicts}
    rows = [row for row in told.document["cases"] if row["id"] in cases]
    return reach.words(row for row in rows if profile_of(told.group, row["subject"]) == profile) or "not known"


def _shown(told: Told, profile: str, verdicts: Sequence[Verdict]) -> str:
    """How many cases, and what the first finding with a cause of its own says."""
    cases = {case for case, _ in verdicts}
    said = next(_said(told, profile, verdicts), "")
    return f"{len(cases)} case{'s' * (len(cases) > 1)}; {said}"


def _said(told: Told, profile: str, verdicts: Sequence[Verdict]) -> Iterator[str]:
    for row in told.document["cases"]:
        for finding in row["findings"]:
            if finding["verdict"] == "fail" and (row["id"], finding["requirement"]) in verdicts:
                cause = Finding.from_json(finding).cause
                if profile_of(told.group, row["subject"]) == profile and cause is not None and not cause.after:
                    words = what(cause)
                    for subject in told.document["selection"]["subjects"]:
                        words = words.replace(f"{subject.partition(':')[2]}/", "")
                    yield f"{row['id']}: {line(words, _LONGEST)}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n" for cells in lines)
