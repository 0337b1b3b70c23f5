"""What if the words of a command, or the files that they name, mean nothing? One line, exit code 2, nothing done."""

import contextlib
import io
import random
from collections.abc import Iterator
from pathlib import Path

from tests.reports.foreign.hostile import NAMES, things
from tests.reports.foreign.test_hostile import NOT_FILES, PATH_OPTIONS, PROGRAMS, WORDS
from tests.torture.trial import Trial

FILE_OPTIONS = {
    "reports": (["render"], ["annotations"], ["merge", "--out", "nowhere"], ["compare", "x"], ["gate", "x"]),
    "conformance": (["--resume"],),
}


def trials(generator: random.Random, count: int, folder: Path) -> Iterator[Trial]:
    """``count`` command lines, all of them where that is more than there are."""
    there = things(folder / "there")
    lines = [(program, list(words)) for program, some in WORDS.items() for words in some]
    lines += [
        (program, [*option, name])
        for program, some in PATH_OPTIONS.items()
        for option in some
        for name in NAMES.values()
    ]
    lines += [
        (program, [*option, there[thing]])
        for program, some in FILE_OPTIONS.items()
        for option in some
        for thing in NOT_FILES
    ]
    generator.shuffle(lines)
    for program, words in lines[:count]:
        yield Trial(f"{program} {words!r:.200}", _asked(program, words))


def _asked(program: str, words: list[str]) -> str:
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = PROGRAMS[program](words)
    except SystemExit as end:
        code = end.code
    except Exception as error:
        return f"raised {type(error).__name__}: {error}"
    said = err.getvalue()
    if (code, out.getvalue(), said.count("\n")) != (2, "", 1) or not said[:-1].isprintable():
        return f"ended with {code}, said {out.getvalue()!r:.200} and {said!r:.200}"
    return ""
