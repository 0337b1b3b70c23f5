"""Is it told what a failed platform check hides?"""

from __future__ import annotations

from reports.views.facts import platform
from tests.reports.full_report import write_full


def test_a_failed_check_hides_the_rows_whose_findings_it_explains(tmp_path):
    found = [(check.id, check.hides) for check in platform(write_full(tmp_path))]
    assert found == [("PLT-2", 2), ("PLT-1", 0)]
