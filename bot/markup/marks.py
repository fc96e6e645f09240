"""Turns any heap of marked ranges into entities that Telegram accepts. Owns the nesting rules.

The rules (https://core.telegram.org/bots/api#formatting-options, and TDLib's are_entities_valid where the page is
silent): two entities are disjoint or one contains the other; pre and code contain nothing and lie in nothing but a
quote; quotes do not nest; text_link, code and pre do not nest in each other; no entity is blank.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.markup.records import QUOTES, RANK, SOLID, STYLES, VERBATIM, Entity, EntityKind, Units


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked range of a Python string, in code points, before any rule has been applied."""

    start: int
    end: int
    kind: EntityKind
    url: str = ""
    language: str = ""


def trim(text: str, start: int, end: int, kind: EntityKind) -> tuple[int, int]:
    """The range without white space at its ends. The left end of pre and quotes stays: indentation means something."""
    while end > start and text[end - 1].isspace():
        end -= 1
    if kind is not EntityKind.PRE and kind not in QUOTES:
        while start < end and text[start].isspace():
            start += 1
    return start, end


def entities_of(text: str, marks: Iterable[Mark]) -> tuple[Entity, ...]:
    """Valid entities for `marks` over `text`: outer solid marks win, styles are cut where they may not reach."""
    heap = [mark if mark.end <= len(text) else replace(mark, end=len(text)) for mark in marks]
    heap = [mark for mark in heap if mark.start < mark.end]
    if not heap:
        return ()
    heap.sort(key=lambda mark: (mark.start, -mark.end, RANK[mark.kind]))
    quotes = _disjoint(mark for mark in heap if mark.kind in QUOTES)
    heap.sort(key=lambda mark: (mark.start, -mark.end, mark.kind is not EntityKind.TEXT_LINK))  # a link outdoes code
    solid = [mark for mark in _disjoint(mark for mark in heap if mark.kind in SOLID) if not _crosses(mark, quotes)]
    styles: list[Mark] = []
    for kind in STYLES:
        styles += _merged(mark for mark in heap if mark.kind is kind)
    pieces = _nest(quotes, solid, styles)
    units = Units(text)
    found: list[Entity] = []
    for piece in pieces:
        start, end = trim(text, piece.start, piece.end, piece.kind)
        if start < end:
            offset = units.units(start)
            found.append(Entity(piece.kind, offset, units.units(end) - offset, piece.url, piece.language))
    found.sort(key=lambda entity: (entity.offset, -entity.length, RANK[entity.kind]))
    return tuple(found)


def _disjoint(marks: Iterable[Mark]) -> list[Mark]:
    """The outermost, first marks of a sorted row; whatever touches their inside is dropped."""
    kept: list[Mark] = []
    for mark in marks:
        if not kept or mark.start >= kept[-1].end:
            kept.append(mark)
    return kept


def _crosses(mark: Mark, quotes: list[Mark]) -> bool:
    """Whether `mark` lies partly inside and partly outside one of the sorted, disjoint `quotes`."""
    nth = bisect_right(quotes, mark.start, key=lambda quote: quote.start)
    inside = nth > 0 and mark.start < quotes[nth - 1].end
    if inside and mark.end > quotes[nth - 1].end:
        return True
    return not inside and nth < len(quotes) and quotes[nth].start < mark.end


def _merged(marks: Iterable[Mark]) -> list[Mark]:
    """Touching ranges of one style joined into one, as Telegram does."""
    kept: list[Mark] = []
    for mark in marks:
        if kept and mark.start <= kept[-1].end:
            last = kept.pop()
            mark = Mark(last.start, max(last.end, mark.end), mark.kind)
        kept.append(mark)
    return kept


def _nest(quotes: list[Mark], solid: list[Mark], styles: list[Mark]) -> list[Mark]:
    """Walks all borders from left to right with a stack of open marks, as a writer of HTML would."""
    starts: dict[int, list[Mark]] = {}
    borders: set[int] = set()
    for mark in (*quotes, *solid, *styles):
        starts.setdefault(mark.start, []).append(mark)
        borders.update((mark.start, mark.end))
    active: list[Mark] = []
    stack: list[tuple[Mark, int]] = []
    done: list[Mark] = []
    for border in sorted(borders):
        active = [mark for mark in active if mark.end > border] + starts.get(border, [])
        wanted = sorted(active, key=lambda mark: RANK[mark.kind])
        if any(mark.kind in VERBATIM for mark in wanted):
            wanted = [mark for mark in wanted if mark.kind in QUOTES or mark.kind in VERBATIM]
        depth = _shared_depth(stack, wanted)
        while len(stack) > depth:
            mark, since = stack.pop()
            done.append(Mark(since, border, mark.kind, mark.url, mark.language))
        open_already = {id(mark) for mark, _ in stack}
        stack += [(mark, border) for mark in wanted if id(mark) not in open_already]
    return done


def _shared_depth(stack: list[tuple[Mark, int]], wanted: list[Mark]) -> int:
    """How many open marks stay open: none below one that ends, none at all when a quote begins (it is outermost)."""
    opened = {id(mark) for mark, _ in stack}
    if any(mark.kind in QUOTES and id(mark) not in opened for mark in wanted):
        return 0
    still = {id(mark) for mark in wanted}
    for depth, (mark, _) in enumerate(stack):
        if id(mark) not in still:
            return depth
    return len(stack)
