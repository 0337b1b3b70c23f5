"""What does Triton's compiler say of a kernel, in one line? Its own text is a page: the source, then why."""

import re

_LONGEST = 120  # characters of a source line
_DEEPEST = 100  # calls within calls; a chain of causes may be a circle
_CAUSE = vars(BaseException)["__cause__"].__get__  # whatever a class says


def refusal(error: BaseException) -> tuple[str, str, str] | None:
    """Kernel, source line and message of a CompilationError; None of anything else, or where it does not tell them.

    An error in a function that a kernel calls is the cause of one without a message in the kernel. Raises nothing.
    """
    try:
        if not _is_refusal(error):
            return None
        innermost, kernel = error, _function(error)
        for _ in range(_DEEPEST):
            if (cause := _CAUSE(innermost)) is None or not _is_refusal(cause):
                break
            innermost = cause
        inside = "" if (called := _function(innermost)) == kernel else f", in {called}"
        source = str(innermost.src).split("\n")[innermost.node.lineno - 1].strip()  # type: ignore[attr-defined]
        message = innermost.error_message or _CAUSE(innermost) or "no message"  # type: ignore[attr-defined]
        return f"{kernel}{inside}", source[:_LONGEST], str(message)
    except BaseException:  # whoever wrote the class may have other attributes of these names
        return None


def _is_refusal(error: BaseException) -> bool:
    return any(kind.__name__ == "CompilationError" for kind in type.mro(type(error)))


def _function(error: BaseException) -> str:
    """The function whose source the compiler read."""
    found = re.search(r"\bdef\s+(\w+)", str(error.src))  # type: ignore[attr-defined]
    return found.group(1) if found else "a kernel"
