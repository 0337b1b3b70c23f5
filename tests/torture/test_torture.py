"""Does a short session hold, and does one that is broken say so?"""

import pytest

from tests.torture import __main__ as torture
from tests.torture.trial import Trial


@pytest.mark.parametrize(("group", "count"), [("kills", 4), ("flips", 24), ("subjects", 8)])
def test_nothing_is_lost(group, count, capsys):
    assert torture.tried(group, count, seed=1) == 0, capsys.readouterr().out
    assert f"{count} tried" in capsys.readouterr().out


def test_what_is_lost_is_counted_named_and_the_exit_code(monkeypatch, capsys):
    def trials(generator, count, folder):
        yield from (Trial("one"), Trial("another", "it fell over"))

    monkeypatch.setattr(torture, "GROUPS", {"kills": (trials, 2)})
    assert torture.main(["--group", "kills"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "lost: kills: another: it fell over"
    assert said[1].split() == ["kills", "2", "tried", "1", "held", "1", "lost"]
