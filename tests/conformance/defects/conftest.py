"""A setup of fakes, and runs of it in a temporary folder."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest

from conformance.defects.ask_mutant import Setup
from conformance.defects.campaign import Campaign, fingerprints
from conformance.defects.clean import Clean
from conformance.defects.document import Findings
from conformance.defects.keeper import Keeper
from tests.conformance.defects.fakes import CASES, FakeSuite


@dataclass
class Run:
    """One run of a campaign of these entries and legal variants in a folder."""

    campaign: Campaign
    keeper: Keeper


@pytest.fixture
def suite():
    return FakeSuite()


@pytest.fixture
def clean(suite, tmp_path):
    return Clean(suite.ask, tmp_path / "clean.json", "sources", ("selection/probe", "quick"), suite.tree)


@pytest.fixture
def setup(suite, clean):
    """A setup for a tier; kills: case id -> how many it killed before."""

    def make(tier="gate", kills=None):
        return Setup(tier, CASES, suite.ask, clean, kills or {}, "selection/probe", suite.tree)

    return make


@pytest.fixture
def prepared(suite, setup, tmp_path):
    def make(*entries, legal=(), tier="gate", sources="sources", chosen=None, kills=None, workers=1):
        prints = fingerprints(entries, [row for row, _ in legal], "fake", sources)
        findings = Findings(tier, "fake", entries, asked_legal=[row.id for row, _ in legal])
        asked = [entry for entry in entries if not entry.not_applicable and (chosen is None or entry.id in chosen)]
        campaign = Campaign(asked, legal, setup(tier), "fake", prints, kills or {}, workers, threading.Event())
        return Run(campaign, Keeper(tmp_path / "out", findings, prints))

    return make
