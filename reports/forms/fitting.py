"""How does a page stay within a size and keep what matters most? Entries are left out whole and counted, never cut."""

from collections.abc import Sequence
from dataclasses import dataclass

# Bytes of UTF-8. A comment on GitHub has at most 65,536 characters; a script may put a heading before the page.
LIMIT = 60_000


@dataclass(frozen=True)
class Part:
    """A stretch of a page.

    head: what stays, one or more lines of bounded length. entries: what may be left out, each whole in itself; lines
    of a list or a table. foot: what ends it. rest: where those that are left out can be read. most: entries at most.
    """

    head: str
    entries: Sequence[str] = ()
    foot: str = ""
    rest: str = "report.html"
    most: int = 1_000_000

    def text(self, kept: int) -> str:
        """The part with its first entries."""
        left = len(self.entries) - kept
        more = f"and {left} more, see {self.rest}" if left else ""
        lines = "\n".join([*([self.head] if self.head else []), *self.entries[:kept]])
        return "\n\n".join(filter(None, [lines, more, self.foot]))


def fit(parts: Sequence[Part], limit: int = LIMIT) -> str:
    """The page, of less than ``limit`` bytes.

    parts: in their order on the page, the weightiest first. Each takes at most half of the room that those before it
    leave; what is then still free goes to them in the same order. So no part, however long, hides all others.
    """
    kept = [0] * len(parts)
    room = limit - sum(_fixed(part) for part in parts)
    for share in (2, 1):
        for place, part in enumerate(parts):
            allowed = room // share
            for entry in part.entries[kept[place] : part.most]:
                size = _size(entry) + 1
                if size > allowed:
                    break
                kept[place] += 1
                allowed -= size
                room -= size
    return "\n\n".join(part.text(count) for part, count in zip(parts, kept, strict=True)) + "\n"


def _fixed(part: Part) -> int:
    """What the part takes without an entry; a number with fewer digits takes less."""
    return _size(part.text(0)) + 2


def _size(text: str) -> int:
    return len(text.encode(errors="replace"))
