"""Builds formatted texts without Markdown: for our own sentences, receipts, numbering and collapsed evidence."""

from __future__ import annotations

from collections.abc import Iterable

from bot.markup.clean import clean, tame_emptiness
from bot.markup.links import KeepLink, apply, break_up, nothing, top_level
from bot.markup.marks import Mark, entities_of
from bot.markup.records import QUOTES, EntityKind, Rendered, Units


def plain(text: str) -> Rendered:
    """`text` as it stands, cleaned, without entities."""
    return Rendered(tame_emptiness(clean(text).replace("\t", "    ")))


def styled(text: str, kind: EntityKind, *, url: str = "", language: str = "") -> Rendered:
    """`text` under one entity. `url` is for text_link and is taken as it is; `language` is for pre."""
    words = plain(text).text
    return Rendered(words, entities_of(words, [Mark(0, len(words), kind, url, language)]))


def join(pieces: Iterable[Rendered], separator: str = "") -> Rendered:
    """`pieces` one after the other with `separator` between them; entities move along."""
    texts: list[str] = []
    marks: list[Mark] = []
    at = 0
    degraded = False
    for nth, piece in enumerate(pieces):
        if nth:
            texts.append(separator)
            at += len(separator)
        marks += _marks(piece, at)
        texts.append(piece.text)
        at += len(piece.text)
        degraded = degraded or piece.degraded
    text = "".join(texts)
    return Rendered(text, entities_of(text, marks), degraded)


def defanged(rendered: Rendered, keep_link: KeepLink = nothing) -> Rendered:
    """`rendered` with no address left that Telegram would make a link of, but those that are kept."""
    marks = _marks(rendered, 0)
    edits, codes = break_up(rendered.text, marks, keep_link, top_level())
    if not edits and not codes:
        return rendered
    text, marks = apply(rendered.text, edits, marks + codes)
    return Rendered(text, entities_of(text, marks), rendered.degraded)


def emphasised(rendered: Rendered, start: int, end: int, kind: EntityKind = EntityKind.BOLD) -> Rendered:
    """`rendered` with one more style on text[start:end]."""
    marks = [*_marks(rendered, 0), Mark(start, end, kind)]
    return Rendered(rendered.text, entities_of(rendered.text, marks), rendered.degraded)


def collapsed(rendered: Rendered) -> Rendered:
    """`rendered` inside one expandable quote; quotes in it are dissolved, because Telegram nests none."""
    return quoted(rendered, EntityKind.EXPANDABLE_BLOCKQUOTE)


def quoted(rendered: Rendered, kind: EntityKind = EntityKind.BLOCKQUOTE) -> Rendered:
    """`rendered` inside one quote of that kind; quotes in it are dissolved."""
    marks = [mark for mark in _marks(rendered, 0) if mark.kind not in QUOTES]
    marks.append(Mark(0, len(rendered.text), kind))
    return Rendered(rendered.text, entities_of(rendered.text, marks), rendered.degraded)


def _marks(rendered: Rendered, at: int) -> list[Mark]:
    units = Units(rendered.text)
    return [
        Mark(at + units.point(entity.offset), at + units.point(entity.end), entity.kind, entity.url, entity.language)
        for entity in rendered.entities
    ]
