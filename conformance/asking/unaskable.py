"""Why can a case not be asked? Through no fault of the subject: no verdict is given then."""


class CannotAskError(Exception):
    """A case cannot be put to the subject, through no fault of the subject. The message says why and what to do."""


class NoVectorError(CannotAskError):
    """The arrays of a case cannot be had: a fault of the suite or its store. The message says what to do."""


_made: list[CannotAskError] = []


def from_below(message: str) -> CannotAskError:
    """An error to raise where a subject's own call leads through what the suite needs, as Triton's cache."""
    _made[:] = [CannotAskError(message)]
    return _made[0]


def made_below(error: BaseException) -> CannotAskError | None:
    """The error, if it is the last one that was made so in this process: one like it, of a subject's own, is a failure.

    Nothing of it is looked at, since that may raise.
    """
    return next((made for made in _made if made is error), None)
