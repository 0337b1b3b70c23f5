"""Was malformed input refused as it should be? By ValueError or TypeError whose message says what is wrong."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from conformance.calls.explanation import name_of, text_of


def refused(call: Callable[[], Any]) -> tuple[str, str]:
    """(what is wrong with how ``call`` ended, its message): the first is empty where it raised rightly (BAD-01)."""
    try:
        call()
    except (ValueError, TypeError) as error:
        return "", text_of(error)
    except Exception as error:  # any other exception is the finding
        words = text_of(error)
        return f"raised {name_of(type(error))} ({words}), needs ValueError or TypeError", words
    return "was accepted", ""


def unsaid(message: str, words: Sequence[str]) -> list[str]:
    """The words that the message does not hold by themselves (BAD-02): 4 is not in 144."""
    return [word for word in words if not re.search(rf"(?<![\w.]){re.escape(word)}(?![\w])", message)]


def refusal_problem(call: Callable[[], Any], words: Sequence[str]) -> str:
    """What is wrong with the refusal as a whole; empty where it is right."""
    problem, message = refused(call)
    missing = [] if problem else unsaid(message, words)
    return problem or (f"the error says {message!r} and not {', '.join(missing)}" if missing else "")
