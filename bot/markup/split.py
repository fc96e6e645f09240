"""Cuts a formatted text into messages. Owns where a cut may be and what becomes of entities that cross it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from bot.markup.marks import trim
from bot.markup.records import RANK, SOLID, Entity, EntityKind, Part, Rendered, Units

MESSAGE_LIMIT = 4096  # UTF-16 units after entities are parsed: https://core.telegram.org/bots/api#sendmessage
MOST_ENTITIES = 100  # Telegram drops the rest without a word
SMALLEST_LIMIT = 16

_BLANK_LINE = re.compile(r"\n(?:[ \t]*\n)+")
_LINE = re.compile(r"\n+")
_SENTENCE = re.compile(r"[.!?…][\"'”’»)\]*]*\s+|[。！？；][”’」』）]*\s*")
_SPACE = re.compile(r"\s+")

# How full a message must be (of 100) for a cut at this kind of place; then the next kind is tried.
_PLACES: tuple[tuple[re.Pattern[str], bool, int], ...] = (
    (_BLANK_LINE, True, 50),
    (_LINE, True, 50),
    (_BLANK_LINE, True, 25),
    (_LINE, False, 25),
    (_SENTENCE, False, 25),
    (_SPACE, False, 5),
)


def split(rendered: Rendered, limit: int = MESSAGE_LIMIT, reserve: int = 0) -> tuple[Part, ...]:
    """`rendered` in parts of at most `limit - reserve` UTF-16 units; no parts for an empty text.

    `reserve` is room that the caller needs in each message, for "1/3" say. The texts of the parts joined are exactly
    `rendered.text`: the white space at a cut stays at the end of the earlier part (Telegram trims it there). Cuts are
    sought at a blank line, a line, a sentence, a space, outside code blocks first, and never inside a surrogate pair
    or a grapheme unless one grapheme is longer than a message. An entity that crosses a cut goes on in the next
    part with its language or URL. A part keeps its 100 most telling entities: Telegram drops any beyond.

    Raises ValueError when less than 16 units remain.
    """
    room = limit - reserve
    if room < SMALLEST_LIMIT:
        raise ValueError(f"a message needs room for at least {SMALLEST_LIMIT} UTF-16 units, not {room}")
    text, units = rendered.text, Units(rendered.text)
    blocks = [
        (units.point(entity.offset), units.point(entity.end))
        for entity in rendered.entities
        if entity.kind is EntityKind.PRE
    ]
    cuts = [0]
    while cuts[-1] < len(text):
        cuts.append(_next_cut(text, units, cuts[-1], room, blocks))
    pieces = _share(text, units, cuts, rendered.entities)
    total = len(pieces)
    return tuple(
        Part(text[start:end], entities, rendered.degraded, number, total)
        for number, ((start, end), entities) in enumerate(zip(pairwise(cuts), pieces, strict=True), start=1)
    )


def tail(rendered: Rendered, limit: int) -> Rendered:
    """The end of `rendered` in at most `limit` UTF-16 units, from the beginning of a line or a word if one is near."""
    text, units = rendered.text, Units(rendered.text)
    total = units.units(len(text))
    if total <= limit:
        return rendered
    start = units.point(total - limit)
    window = text[start : start + limit // 4]
    for pattern in (_LINE, _SPACE):
        if found := pattern.search(window):
            start += found.end()
            break
    else:
        while start < len(text) and not _is_boundary(text, start):
            start += 1
    first = units.units(start)
    kept = (entity for entity in rendered.entities if entity.end > first)
    clipped = [piece for entity in kept if (piece := _clip(text, units, entity, (start, len(text)), first, total))]
    return Rendered(text[start:], tuple(_most_telling(clipped)), rendered.degraded)


def _next_cut(text: str, units: Units, start: int, room: int, blocks: Sequence[tuple[int, int]]) -> int:
    """The end of the part that begins at `start`, in code points."""
    far = units.units(start) + room
    end = units.point(far)
    if units.units(end) > far:
        end -= 1  # `far` lay inside a surrogate pair
    if end >= len(text):
        return len(text)
    window = text[start:end]
    first_word = len(window) - len(window.lstrip())
    for pattern, outside_code, fill in _PLACES:
        floor = max(first_word, len(window) * fill // 100)
        best = -1
        for found in pattern.finditer(window, floor):
            cut = start + found.end()
            inside = outside_code and _within(blocks, cut)
            if not inside and _is_boundary(text, cut):
                best = cut
        if best > start:
            return best
    return _grapheme_cut(text, start, end)


def _within(blocks: Sequence[tuple[int, int]], cut: int) -> bool:
    low, high = 0, len(blocks)
    while low < high:
        middle = (low + high) // 2
        if blocks[middle][1] <= cut:
            low = middle + 1
        else:
            high = middle
    return low < len(blocks) and blocks[low][0] < cut


def _grapheme_cut(text: str, start: int, end: int) -> int:
    cut = end
    floor = max(start + 1, end - 200)  # no real grapheme is longer
    while cut > floor and not _is_boundary(text, cut):
        cut -= 1
    return cut if _is_boundary(text, cut) else end


def _is_boundary(text: str, cut: int) -> bool:
    """Whether a grapheme ends before `cut`. The rules of Unicode Standard Annex 29
    (https://www.unicode.org/reports/tr29/#Grapheme_Cluster_Boundary_Rules) as far as unicodedata can tell."""
    if cut <= 0 or cut >= len(text):
        return True
    before, after = text[cut - 1], text[cut]
    if before.isascii() and after.isascii():
        return True
    if before in "\n\r":
        return True
    return not (
        after == "\u200d"
        or before == "\u200d"
        or unicodedata.category(after) in ("Mn", "Me", "Mc")
        or after in "\u0e33\u0eb3"
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or "\U000e0020" <= after <= "\U000e007f"
        or (unicodedata.combining(before) == 9 and after.isalpha())
        or (_is_flag(before) and _is_flag(after) and _flags_before(text, cut) % 2 == 1)
        or _hangul_joins(before, after)
    )


def _is_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flags_before(text: str, cut: int) -> int:
    at = cut
    while at > max(0, cut - 4096) and _is_flag(text[at - 1]):
        at -= 1
    return cut - at


def _hangul_joins(before: str, after: str) -> bool:
    lead, vowel, tail = "\u1100" <= before <= "\u115f", "\u1160" <= after <= "\u11a7", "\u11a8" <= after <= "\u11ff"
    syllable = "\uac00" <= before <= "\ud7a3"
    if lead:
        return vowel or "\u1100" <= after <= "\u115f" or "\uac00" <= after <= "\ud7a3"
    if syllable and vowel:
        return (ord(before) - 0xAC00) % 28 == 0
    return (syllable and tail) or ("\u1160" <= before <= "\u11ff" and (vowel or tail))


def _share(text: str, units: Units, cuts: Sequence[int], entities: Sequence[Entity]) -> list[tuple[Entity, ...]]:
    """The entities of each part, with offsets from its beginning."""
    shared: list[tuple[Entity, ...]] = []
    carried: list[Entity] = []
    nth = 0
    for start, end in pairwise(cuts):
        first, last = units.units(start), units.units(end)
        here = carried
        while nth < len(entities) and entities[nth].offset < last:
            here.append(entities[nth])
            nth += 1
        carried = [entity for entity in here if entity.end > last]
        clipped = [piece for entity in here if (piece := _clip(text, units, entity, (start, end), first, last))]
        clipped = _most_telling(clipped)
        clipped.sort(key=lambda entity: (entity.offset, -entity.length, RANK[entity.kind]))
        shared.append(tuple(clipped))
    return shared


def _clip(text: str, units: Units, entity: Entity, span: tuple[int, int], first: int, last: int) -> Entity | None:
    if entity.offset >= first and entity.end <= last:
        return Entity(entity.kind, entity.offset - first, entity.length, entity.url, entity.language)
    start = units.point(max(entity.offset, first))
    end = units.point(min(entity.end, last))
    start, end = trim(text, max(start, span[0]), min(end, span[1]), entity.kind)
    if start >= end:
        return None
    offset = units.units(start)
    return Entity(entity.kind, offset - first, units.units(end) - offset, entity.url, entity.language)


def _most_telling(entities: list[Entity]) -> list[Entity]:
    if len(entities) <= MOST_ENTITIES:
        return entities
    return sorted(entities, key=lambda entity: (entity.kind not in SOLID, entity.offset))[:MOST_ENTITIES]
