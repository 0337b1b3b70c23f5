"""Do the relations hold that must hold between calls, on generated examples and on those that broke one before?"""

import pytest

from conformance.properties import registry


@pytest.mark.family("property", "property-mx")
def test_property(case, subject, backend, judge, found_examples):
    broken = registry.ask(case, subject, backend, found_examples)
    if judge.asks("rank-sum"):
        judge.wrong("rank-sum", broken)
    else:
        judge.wrong("property", broken)
