"""A strict reading of the Bot API's formatted text: HTML style, entities, UTF-16 units, trimming.

Source: https://core.telegram.org/bots/api#formatting-options and #messageentity; error texts and trimming as in TDLib's
MessageEntity.cpp (parse_html, fix_formatted_text). Where the real server silently drops an entity that breaks the
nesting rules, this reader refuses it: a sender should not depend on repair.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

Entity = dict[str, Any]

SIMPLE_TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler", "code": "code",
    "pre": "pre",
}  # fmt: skip
OTHER_TAGS = {"a", "span", "blockquote", "tg-emoji", "tg-time"}
STYLES = {"bold", "italic", "underline", "strikethrough", "spoiler"}
QUOTES = {"blockquote", "expandable_blockquote"}
MONO = {"code", "pre"}
ENTITY_TYPES = (
    STYLES | QUOTES | MONO | {"text_link", "text_mention", "custom_emoji", "date_time", "mention", "hashtag", "cashtag"}
    | {"bot_command", "url", "email", "phone_number"}
)  # fmt: skip
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|lt|gt|amp|quot);")
_ATTRIBUTE = re.compile(r"\s*([^\s=>/\"']+)(?:\s*(=)\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+)?)?")
_TAG_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*")


class MarkupError(ValueError):
    """Text that the server refuses; the message is the server's description after "can't parse entities: "."""


@dataclass
class _Open:
    tag: str
    entity: Entity | None
    start: int
    at_byte: int


def utf16_len(text: str) -> int:
    """The length of a text as Telegram counts it: UTF-16 code units."""
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Read HTML style. Returns the plain text and its entities (offsets in UTF-16 units). Raises MarkupError."""
    return _HtmlReader(source).read()


class _HtmlReader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.out: list[str] = []
        self.units = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def read(self) -> tuple[str, list[Entity]]:
        while self.at < len(self.source):
            if self.source[self.at] == "<":
                self._tag()
            else:
                self._text()
        if self.open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        return "".join(self.out), [entity for entity in self.entities if entity["length"] > 0]

    def _byte(self, at: int | None = None) -> int:
        return len(self.source[: self.at if at is None else at].encode())

    def _text(self) -> None:
        end = self.source.find("<", self.at)
        end = len(self.source) if end < 0 else end
        text = _REFERENCE.sub(_character, self.source[self.at : end])
        self.out.append(text)
        self.units += utf16_len(text)
        self.at = end

    def _tag(self) -> None:
        start = self.at
        closing = self.source.startswith("</", start)
        named = _TAG_NAME.match(self.source, start + (2 if closing else 1))
        if named is None:
            what = "end tag" if closing else "start tag"
            raise MarkupError(f'Unsupported {what} "" at byte offset {self._byte(start)}')
        tag = named.group().lower()
        end = self._tag_end(named.end(), start, closing)
        if closing:
            self._close(tag, self.source[named.end() : end].strip(), start)
        else:
            self._start(tag, self._attributes(tag, self.source[named.end() : end], start), start)
        self.at = end + 1

    def _tag_end(self, at: int, start: int, closing: bool) -> int:
        quote = ""
        for index in range(at, len(self.source)):
            char = self.source[index]
            if quote:
                quote = "" if char == quote else quote
            elif char in "\"'":
                quote = char
            elif char == ">":
                return index
        raise MarkupError(f"Unclosed {'end' if closing else 'start'} tag at byte offset {self._byte(start)}")

    def _attributes(self, tag: str, written: str, start: int) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        at, place = 0, self._byte(start)
        while written[at:].strip():
            match = _ATTRIBUTE.match(written, at)
            if match is None:
                raise MarkupError(f'Empty attribute name in the tag "{tag}" at byte offset {place}')
            name, equal, value = match.groups()
            if equal and value is None:
                raise MarkupError(f'Unclosed attribute value in the tag "{tag}" at byte offset {place}')
            found[name.lower()] = html.unescape(value[1:-1] if value[:1] in "\"'" else value) if value else None
            at = match.end()
        return found

    def _start(self, tag: str, attributes: dict[str, str | None], start: int) -> None:
        if tag not in SIMPLE_TAGS and tag not in OTHER_TAGS:
            raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {self._byte(start)}')
        entity = self._entity(tag, attributes, start)
        if entity is not None:
            around = [opened.entity["type"] for opened in self.open if opened.entity]
            if trouble := nesting_trouble(around, entity["type"]):
                raise MarkupError(f"{trouble} at byte offset {self._byte(start)}")
        self.open.append(_Open(tag, entity, self.units, self._byte(start)))

    def _entity(self, tag: str, attributes: dict[str, str | None], start: int) -> Entity | None:
        place = self._byte(start)
        if tag == "code" and self.open and self.open[-1].tag == "pre" and self.open[-1].start == self.units:
            language = attributes.get("class") or ""
            if language.startswith("language-") and (inside := self.open[-1].entity):
                inside["language"] = language.removeprefix("language-")
            return None  # <pre><code class="language-x"> is one entity
        if tag in SIMPLE_TAGS:
            return {"type": SIMPLE_TAGS[tag]}
        if tag == "blockquote":
            return {"type": "expandable_blockquote" if "expandable" in attributes else "blockquote"}
        if tag == "span":
            if attributes.get("class") != "tg-spoiler":
                raise MarkupError(f'Tag "span" must have class "tg-spoiler" at byte offset {place}')
            return {"type": "spoiler"}
        if tag == "tg-emoji":
            return {"type": "custom_emoji", "custom_emoji_id": _number(tag, attributes, "emoji-id", place)}
        if tag == "tg-time":
            entity: Entity = {"type": "date_time", "unix_time": int(_number(tag, attributes, "unix", place))}
            if shown := attributes.get("format"):
                entity["date_time_format"] = shown
            return entity
        return _link(attributes.get("href"), place)

    def _close(self, tag: str, rest: str, start: int) -> None:
        place = self._byte(start)
        if rest:
            raise MarkupError(f"Unclosed end tag at byte offset {place}")
        if not self.open:
            raise MarkupError(f"Unexpected end tag at byte offset {place}")
        opened = self.open.pop()
        if opened.tag != tag:
            raise MarkupError(f'Unmatched end tag at byte offset {place}, expected "</{opened.tag}>", found "</{tag}>"')
        if opened.entity is not None:
            self.entities.append({**opened.entity, "offset": opened.start, "length": self.units - opened.start})


def _character(match: re.Match[str]) -> str:
    name = match.group(1)
    if name in _NAMED:
        return _NAMED[name]
    code = int(name[2:], 16) if name.startswith("#x") else int(name[1:])
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else match.group()


def _number(tag: str, attributes: dict[str, str | None], name: str, place: int) -> str:
    value = attributes.get(name) or ""
    if not value.isdigit():
        raise MarkupError(f'Tag "{tag}" must have a numeric attribute "{name}" at byte offset {place}')
    return value


def _link(target: str | None, place: int) -> Entity:
    if not target:
        raise MarkupError(f'Tag "a" must have attribute "href" at byte offset {place}')
    if not re.match(r"(?:https?|tg|ton|tonsite|mailto|tel)://?|mailto:|tel:|[\w-]+(?:\.[\w-]+)+", target):
        raise MarkupError(f'Tag "a" has a target that is not a link at byte offset {place}')
    return {"type": "text_link", "url": target}


def nesting_trouble(around: list[str], inner: str) -> str:
    """What the formatting page forbids about `inner` within the entity types `around`; empty if nothing."""
    for outer in around:
        if outer in MONO:
            return f"{outer} entities can't contain other entities ({inner})"
        if inner in MONO and outer in STYLES:
            return f"{outer} entities can't contain {inner}"
        if outer in QUOTES and inner in QUOTES:
            return "blockquote entities can't be nested"
        if outer not in STYLES | QUOTES and inner not in STYLES:
            return f"{outer} entities can't contain {inner}"
        if outer == inner:
            return f"{inner} entities can't be nested in themselves"
    return ""


def check_entities(text: str, entities: list[Entity]) -> list[Entity]:
    """Check entities that came as data: types, fields, bounds, whole characters, nesting. Raises MarkupError."""
    edges = _boundaries(text)
    for entity in entities:
        kind, offset, length = entity.get("type"), int(entity.get("offset", -1)), int(entity.get("length", 0))
        if kind not in ENTITY_TYPES:
            raise MarkupError(f"unsupported entity type {kind}")
        if offset < 0 or length <= 0 or offset + length > max(edges):
            raise MarkupError(
                f"entity {kind} [{offset}, {offset + length}) is outside of the text of {max(edges)} units"
            )
        if offset not in edges or offset + length not in edges:
            raise MarkupError(f"entity beginning at UTF-16 offset {offset} ends in a middle of a UTF-16 symbol")
        for needs, field in (("text_link", "url"), ("custom_emoji", "custom_emoji_id"), ("date_time", "unix_time")):
            if kind == needs and not entity.get(field):
                raise MarkupError(f"entity {kind} lacks {field}")
    _check_overlaps(entities)
    return ordered([{k: v for k, v in entity.items() if v is not None} for entity in entities])


def _boundaries(text: str) -> set[int]:
    edges, at = {0}, 0
    for char in text:
        at += 2 if ord(char) > 0xFFFF else 1
        edges.add(at)
    return edges


def _check_overlaps(entities: list[Entity]) -> None:
    stack: list[Entity] = []
    for entity in ordered(entities):
        start, end = entity["offset"], entity["offset"] + entity["length"]
        while stack and stack[-1]["offset"] + stack[-1]["length"] <= start:
            stack.pop()
        if stack and stack[-1]["offset"] + stack[-1]["length"] < end:
            raise MarkupError(f"entities {stack[-1]['type']} and {entity['type']} overlap without nesting")
        if trouble := nesting_trouble([outer["type"] for outer in stack], entity["type"]):
            raise MarkupError(trouble)
        stack.append(entity)


def ordered(entities: list[Entity]) -> list[Entity]:
    """By offset, the longer first, then by type: one order for equal sets."""
    # Equal spans: quote outermost, then styles, then the rest; the same order as the nesting rules want.
    return sorted(entities, key=lambda e: (e["offset"], -e["length"], _rank(e["type"]), e["type"]))


def _rank(kind: str) -> int:
    return 0 if kind in QUOTES else 1 if kind in STYLES else 2


def trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Trim as the server does: all white space at the end, and at the start up to the first entity."""
    entities = ordered(entities)
    kept = text.rstrip(" \n\t\r")
    first = entities[0]["offset"] if entities else utf16_len(kept)
    skip = 0
    while skip < min(first, len(kept)) and kept[skip] in " \n\t\r":
        skip += 1
    kept, size = kept[skip:], utf16_len(kept) - skip
    moved = []
    for entity in entities:
        offset = entity["offset"] - skip
        length = min(entity["length"], size - offset)
        if length > 0:
            moved.append({**entity, "offset": offset, "length": length})
    return kept, moved
