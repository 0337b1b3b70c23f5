"""Why can a case not be asked? Through no fault of the subject: no verdict is given then."""


class CannotAskError(Exception):
    """A case cannot be put to the subject, through no fault of the subject. The message says why and what to do."""


class NoVectorError(CannotAskError):
    """The arrays of a case cannot be had: a fault of the suite or its store. The message says what to do."""
