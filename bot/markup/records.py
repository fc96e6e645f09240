"""What a formatted message is: text, entities and parts. Owns the closed set of entity kinds and UTF-16 arithmetic.

Shapes follow MessageEntity of the Bot API (https://core.telegram.org/bots/api#messageentity): `offset` and `length`
count UTF-16 code units, so a character above U+FFFF counts two.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from enum import StrEnum

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")

# Characters that Telegram takes for nothing: a message made only of them is refused with "text must be non-empty"
# (TDLib, strip_empty_characters in td/telegram/misc.cpp).
INVISIBLE = "\\s\u00a0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f\u2800\u3000\ufeff\ufffc\U000e0000-\U000e007f"
_BLANK = re.compile(f"[{INVISIBLE}]*")


class EntityKind(StrEnum):
    """The entity types that we send. Values are the Bot API's names."""

    BLOCKQUOTE = "blockquote"
    EXPANDABLE_BLOCKQUOTE = "expandable_blockquote"
    PRE = "pre"
    CODE = "code"
    TEXT_LINK = "text_link"
    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKETHROUGH = "strikethrough"
    SPOILER = "spoiler"


# Outermost first: the order in which Telegram sorts entities that share a range (TDLib, get_type_priority).
RANK = {kind: rank for rank, kind in enumerate(EntityKind)}
QUOTES = frozenset({EntityKind.BLOCKQUOTE, EntityKind.EXPANDABLE_BLOCKQUOTE})
VERBATIM = frozenset({EntityKind.PRE, EntityKind.CODE})
SOLID = VERBATIM | {EntityKind.TEXT_LINK}  # may not contain or cross one another
STYLES = tuple(kind for kind in EntityKind if kind not in QUOTES and kind not in SOLID)


@dataclass(frozen=True, slots=True)
class Entity:
    """One MessageEntity. `offset` and `length` in UTF-16 units; `url` only for text_link, `language` only for pre."""

    kind: EntityKind
    offset: int
    length: int
    url: str = ""
    language: str = ""

    @property
    def end(self) -> int:
        """The offset just behind the entity, in UTF-16 code units."""
        return self.offset + self.length

    def as_api(self) -> dict[str, str | int]:
        """The JSON object that the Bot API takes in `entities`."""
        fields: dict[str, str | int] = {"type": self.kind.value, "offset": self.offset, "length": self.length}
        if self.url:
            fields["url"] = self.url
        if self.language:
            fields["language"] = self.language
        return fields


@dataclass(frozen=True, slots=True)
class Rendered:
    """A formatted text of any length. Entities are sorted, properly nested, never blank and never end in white space.

    `degraded` says that the Markdown parser gave up on the source and the text stands here as plain text (a defect
    worth a log line; the answer itself is whole).
    """

    text: str
    entities: tuple[Entity, ...] = ()
    degraded: bool = False

    @property
    def blank(self) -> bool:
        """Whether Telegram would refuse it as empty. Never send a blank text."""
        return _BLANK.fullmatch(self.text) is not None


@dataclass(frozen=True, slots=True)
class Part(Rendered):
    """A piece that fits into one message: `number` of `total`, counted from 1."""

    number: int = 1
    total: int = 1


def utf16_len(text: str) -> int:
    """The length of `text` as Telegram counts it: UTF-16 code units."""
    return len(text) if text.isascii() else len(text) + len(_ASTRAL.findall(text))


class Units:
    """Translates between positions in a Python string (code points) and UTF-16 code units of the same text."""

    __slots__ = ("_points", "_units")

    def __init__(self, text: str) -> None:
        self._points = [] if text.isascii() else [found.start() for found in _ASTRAL.finditer(text)]
        self._units = [point + nth for nth, point in enumerate(self._points)]

    def units(self, point: int) -> int:
        """Code units before the code point at index `point`."""
        return point + bisect_left(self._points, point)

    def point(self, units: int) -> int:
        """Index of the code point that starts at `units`; a position inside a surrogate pair gives the next one."""
        return units - bisect_left(self._units, units)
