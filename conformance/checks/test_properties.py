"""Do the relations hold that must hold between calls, on generated examples and on those that broke one before?"""

import pytest

from conformance.asking.unaskable import CannotAskError
from conformance.properties import registry


@pytest.mark.family("property", "property-mx")
def test_property(case, subject, backend, judge, found_examples):
    try:
        broken = registry.ask(case, subject, backend, found_examples)
    except CannotAskError as error:
        return error
    if judge.asks("rank-sum"):
        judge.wrong("rank-sum", broken)
    else:
        judge.wrong("property", broken)
    return None
