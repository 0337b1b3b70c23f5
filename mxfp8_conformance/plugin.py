"""How does one's own repository ask the cases? By a class in a test file of its own, one test for each.

from mxfp8_conformance.plugin import Conformance

class TestMoE(Conformance):
    subject = "mine.moe:fused_moe"
"""

import warnings

import pytest

from mxfp8_conformance.conformance.theirs.client import client, golden
from mxfp8_conformance.reports.line import lines
from mxfp8_conformance.reports.views.expected import because, unexpected, unmet


class Conformance:
    """One test for each case that is asked of the subject.

    subject, tier, backend: as the options of a run; a subject has to be said, the backend '' is that which fits the
    machine. cases: as ``-k``; '' for all. golden: only cases whose arrays are in the golden store.
    """

    subject = ""
    tier = "quick"
    backend = ""
    cases = ""
    golden = False

    @classmethod
    def _words(cls) -> list[str]:
        if not cls.subject:
            raise pytest.UsageError(f"{cls.__name__}.subject: has none, needs what is to be judged")
        words = ["--tier", cls.tier, "--subject", cls.subject]
        words += ["--backend", cls.backend] if cls.backend else []
        return words + (["-k", cls.cases] if cls.cases else [])

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Called by pytest: the cases, each by its id."""
        if "name" in metafunc.fixturenames:
            kept = golden() if self.golden else None
            found = client(*self._words()).cases
            asked = {name: case for name, case in found.items() if kept is None or case in kept}
            if not asked:
                raise pytest.UsageError(f"{type(self).__name__}: has cases {self.cases!r} that leave none, needs some")
            metafunc.parametrize("name", list(asked), ids=list(asked.values()))

    def test_case(self, name: str) -> None:
        """Fails where a MUST failed that was not expected to; skipped where nothing was asked, with the reason."""
        row = client(*self._words()).ask(name)
        said = "\n".join([*lines(row), *unmet(row)])
        if unexpected(row) or unmet(row):
            pytest.fail(said, pytrace=False)
        if row["verdict"] == "fail":
            pytest.xfail("\n".join(because(row)))
        if row["verdict"] in ("declared", "unsupported"):
            pytest.skip(said)
        if said:
            warnings.warn(said, stacklevel=1)  # a deviation from a SHOULD
