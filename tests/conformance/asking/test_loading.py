"""Is a subject refused by its name, whatever its module raises?"""

from types import SimpleNamespace

import pytest

from conformance.asking.selection import load_subjects


class _Odd(ValueError):
    def __str__(self):
        raise RuntimeError("no text")


class _Own(ValueError):
    __class__ = property(lambda self: 1 / 0)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (_Odd, "subject: s:x cannot be loaded: raised _Odd: (no text: asked for it, it raised RuntimeError)"),
        (lambda: _Own("of it"), "subject: s:x cannot be loaded: raised _Own: of it"),
        (lambda: ValueError("subject: has 's:x', needs another"), "subject: has 's:x', needs another"),
    ],
)
def test_what_an_import_raises_is_told_of_the_subject(error, says):
    def raises(name):
        raise error()

    with pytest.raises(ValueError) as caught:  # noqa: PT011
        load_subjects(SimpleNamespace(subject=raises), ("s:x",))
    assert str(caught.value).startswith(says)
