"""Which characters show as themselves? The others (controls, directions of text, lone surrogates) get a sign."""

import re

# Controls hide what follows or colour a terminal, and the directional ones (U+200E, U+202A..., U+2066...) reorder the
# text around them: neither is what an error message says.
_UNSHOWABLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u200d\u2010-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]"
)


def shown(value: str) -> str:
    """The text with a sign in the place of each character that cannot be shown as it is."""
    return _UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", value) if _UNSHOWABLE.search(value) else value


def line(value: str, most: int) -> str:
    """The same as one line of at most so many characters, and ' ...' where it was longer."""
    whole = " ".join(shown(value).split())
    return whole if len(whole) <= most else f"{whole[:most]} ..."
