"""What if a check module does not import? The fake suite with another folder of checks."""

from dataclasses import replace
from pathlib import Path

import fake_suite

SUITE = replace(fake_suite.SUITE, checks=Path(__file__).with_name("broken_checks"))
