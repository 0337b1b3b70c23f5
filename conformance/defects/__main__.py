"""``python -m conformance.defects``: which wrong kernels does the norm stop, and which the suite?"""

import argparse
import signal
import sys
import threading
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from types import FrameType

from conformance import backends
from conformance.defects import catalogue, distil, killing_record, legal, pages, tables
from conformance.defects.ask_mutant import Setup
from conformance.defects.campaign import Campaign, fingerprints
from conformance.defects.catalogue import CatalogueError, Defect
from conformance.defects.clean import Clean
from conformance.defects.collecting import FOLDER, Collecting, SeenError
from conformance.defects.document import KINDS, Findings, RecordError
from conformance.defects.fingerprint import sources
from conformance.defects.keeper import Keeper
from conformance.defects.killing_record import KillsError
from conformance.defects.legal import Legal
from conformance.defects.mutant import ROOT, MutantError, edited
from conformance.defects.records import CLEAN
from conformance.defects.suite_process import Stopped, asking, reporting
from conformance.defects.systematic import generate
from conformance.defects.trial import CannotStart, Starter
from conformance.likeness import record as likeness
from reports.foreign.arguments import Parser, count, path
from reports.foreign.showing import complain, say
from vectors import registry
from vectors.case import TIERS, Case

OUT = Path("reports/out/defects")
ALL_KILLED, SURVIVED, WRONG_USE, CLEAN_FAILS, INTERRUPTED = 0, 1, 2, 3, 130
NONE = "none"
PROBED_FAMILY = "selection"  # its cases launch nothing


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code.

    0: all that was asked is killed and no legal variant fails. 1: something survived or has no verdict, a legal variant
    fails, or an entry that is argued to be equivalent was killed. 2: wrong use. 3: the clean kernels fail, or no trial
    can start, not even theirs.
    """
    options = _parser().parse_args(argv)
    starter = Starter()
    try:
        campaign, keeper = _prepared(options, starter)
    except (CatalogueError, MutantError, RecordError, KillsError, ValueError, backends.BackendUnavailable) as error:
        complain(f"error: {error}")
        return WRONG_USE
    except OSError as error:
        complain(f"error: {error.filename}: {error.strerror}")
        return WRONG_USE
    try:
        if options.symptoms:
            return _collect(options, campaign, keeper, starter)
        campaign.run(keeper)
    except (KeyboardInterrupt, Stopped):
        verdicts = f"{len(keeper.findings.mutants)} verdicts are in {keeper.path}"
        complain(f"interrupted; {f'what ended is in {options.out / FOLDER}' if options.symptoms else verdicts}")
        return INTERRUPTED
    except SeenError as error:
        complain(f"error: {error}")
        return WRONG_USE
    except CannotStart as error:
        complain(f"error: no trial can start: {error}")
        return CLEAN_FAILS
    finally:
        keeper.findings.shared_seconds = starter.close()
    keeper.write()
    say("\n".join(tables.summary(keeper.findings)))
    say(f"record: {keeper.path}")
    for name in keeper.findings.refuted:
        found = keeper.findings.equivalent[name]
        wrong = f"{name} is argued to be equivalent, {found.requirement} in {found.case} tells it"
        complain(f"error: {wrong}")
    status = exit_status(campaign.chosen, [row.id for row, _ in campaign.legal], keeper.findings)
    if options.write_record:
        _write_record(campaign, keeper.findings, options.record)
    if options.write_table:
        return _write_table(keeper.findings) or status
    return status


def exit_status(chosen: Sequence[Defect], legal: Collection[str], findings: Findings) -> int:
    """Of what was asked: entries, and ids of legal variants. What has no verdict is as bad as what survived."""
    passing = {name for name in legal if name in findings.legal and findings.legal[name].passes}
    if CLEAN in legal and CLEAN not in passing:
        return CLEAN_FAILS
    killed = all(
        found is not None and found.killed
        for found in (findings.mutants.get(entry.id) for entry in chosen if entry.applicable)
    )
    left_alone = all(
        found is not None and found.survived
        for found in (findings.equivalent.get(entry.id) for entry in chosen if entry.equivalent)
    )
    return ALL_KILLED if killed and left_alone and len(passing) == len(legal) else SURVIVED


def _prepared(options: argparse.Namespace, starter: Starter) -> tuple[Campaign, Keeper]:
    """Everything before the first minute is spent: every anchor matches, every name is known."""
    backend = backends.pick(options.backend).name
    entries = (*catalogue.load(options.catalogue), *generate(ROOT))
    variants = (*legal.configurations(backend), *legal.variants())
    ids = Counter([*(entry.id for entry in entries), *(row.id for row in variants)])
    twice = [name for name, count in ids.items() if count > 1]
    if twice:
        raise CatalogueError(f"entries: have {', '.join(twice)} more than once, need unique ids")
    if unknown := sorted(set(options.only or ()) - set(ids)):
        raise CatalogueError(f"--only: has {', '.join(unknown)}, needs ids of entries or of legal variants")
    chosen = _chosen(entries, options)
    asked = _legal(variants, options)
    for entry in (*chosen, *(row.as_defect() for row, _ in asked)):
        edited(entry)
    of_sources = sources()
    prints = fingerprints(entries, variants, backend, of_sources)
    findings = Findings(options.tier, backend, entries, asked_legal=[row.id for row, _ in asked])
    keeper = Keeper(options.out, findings, prints)
    kills = killing_record.read(options.record)
    stop, cases = threading.Event(), tuple(registry.all_cases())
    ask, probe = asking(stop, starter), _probe(cases)
    clean = Clean(ask, options.out / "clean.json", of_sources, (probe, TIERS[0]))
    setup = Setup(options.tier, cases, ask, clean, killing_record.counts(kills.values()), probe)
    return Campaign(chosen, asked, setup, backend, prints, kills, options.workers, stop), keeper


def _collect(options: argparse.Namespace, campaign: Campaign, keeper: Keeper, starter: Starter) -> int:
    """What is asked for with --symptoms; the exit code."""
    collecting = Collecting(
        campaign.chosen,
        campaign.setup,
        reporting(campaign.stop, starter),
        campaign.backend,
        campaign.fingerprints,
        campaign.workers,
        options.limit_seconds,
        options.out / FOLDER,
        campaign.stop,
    )
    collecting.run()
    entries = [entry for entry in keeper.findings.entries if entry.edits]
    found = distil.record(collecting.folder, entries, campaign.setup.cases, campaign.fingerprints)
    if options.write_record:
        likeness.write(found)
        say(f"record of symptoms: {likeness.RECORD}")
    if options.write_table:
        pages.write_left_out(found, {entry.id: entry for entry in entries})
    return ALL_KILLED


def _legal(variants: Sequence[Legal], options: argparse.Namespace) -> list[tuple[Legal, str]]:
    """What is asked of which tier, where these are not single ones. Of larger tiers the clean kernels are asked what
    kills a mutant, when it does."""
    if options.only:
        chosen = [row for row in variants if row.id in options.only]
    else:
        chosen = [row for row in variants if row.id == CLEAN or options.false_alarms != NONE]
    small = TIERS[0] if options.false_alarms == NONE else options.false_alarms
    return [(row, small) for row in chosen]


def _chosen(entries: Sequence[Defect], options: argparse.Namespace) -> list[Defect]:
    return [
        entry
        for entry in entries
        if not entry.not_applicable
        and (not options.only or entry.id in options.only)
        and options.kind in (None, entry.kind)
    ]


def _probe(cases: Sequence[Case]) -> str:
    return next(case.id for case in cases if case.tier == TIERS[0] and case.family == PROBED_FAMILY)


def _write_record(campaign: Campaign, findings: Findings, path: Path) -> None:
    judged = [findings.mutants[entry.id] for entry in campaign.chosen if entry.id in findings.mutants]
    known = [entry.id for entry in findings.entries if entry.applicable]
    kills = killing_record.updated(campaign.kills, (row for row in judged if not row.problem), known)
    killing_record.write(kills, path)
    say(f"record of kills: {path}")


def _write_table(findings: Findings) -> int:
    """0, or WRONG_USE where the tables would not be of everything."""
    if findings.missing:
        some = ", ".join(findings.missing[:5])
        complain(f"error: --write-table: {len(findings.missing)} have no verdict ({some}), needs all")
        return WRONG_USE
    pages.write(findings)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m conformance.defects", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--only", nargs="+", action="extend", metavar="ID", help="these entries or legal variants (default: all)")
    add("--kind", choices=KINDS, help="those of one kind (default: both)")
    add("--tier", choices=TIERS, default="gate", help="how much of the suite to ask (default: gate)")
    add("--backend", metavar="NAME", help="where to run (default: as the suite: a gfx950, else the emulated one)")
    add(
        "-n",
        dest="workers",
        type=count(1, 1024),
        default=1,
        metavar="N",
        help="how many are judged at a time (default: 1)",
    )
    add(
        "--out",
        type=path,
        default=OUT,
        metavar="DIR",
        help=f"folder of mutants.json and mutants.md; a run goes on with what is there (default: {OUT})",
    )
    levels, of_legal = (*TIERS, NONE), "how much to ask of legal variants (default: quick)"
    add("--false-alarms", choices=levels, default="quick", help=of_legal)
    add("--catalogue", type=path, default=catalogue.CATALOGUE, metavar="FILE", help="another catalogue")
    add("--symptoms", action="store_true", help=f"write what each fails in the quick tier to files in DIR/{FOLDER}")
    seconds = "seconds that each may take with --symptoms; what it has shown by then counts (default: 300)"
    add("--limit-seconds", type=count(1, 86400), default=300, metavar="S", help=seconds)
    add("--record", type=path, default=killing_record.RECORD, metavar="FILE", help="another record of last kills")
    add("--write-table", action="store_true", help="rewrite the tables of conformance/defects/README.md and README.md")
    add("--write-record", action="store_true", help="rewrite the record of last kills")
    return parser


def _interrupt(number: int, frame: FrameType | None) -> None:
    """The first signal stops the run; what it has begun is then taken down undisturbed."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    for name in (signal.SIGINT, signal.SIGTERM):  # a cancelled job leaves no trees and no processes
        signal.signal(name, _interrupt)
    sys.exit(main())
