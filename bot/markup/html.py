"""The other spellings of a formatted text: HTML and MarkdownV2. Owns escaping.

Source: https://core.telegram.org/bots/api#formatting-options. Only `&lt; &gt; &amp; &quot;` are used: the Bot API
knows no other named entity.
"""

from __future__ import annotations

import re

from bot.markup.records import Entity, EntityKind, Rendered, Units

_MARKDOWN_V2 = re.compile(r"([_*\[\]()~`>#+\-=|{}.!\\])")

_TAGS = {
    EntityKind.BLOCKQUOTE: ("<blockquote>", "</blockquote>"),
    EntityKind.EXPANDABLE_BLOCKQUOTE: ("<blockquote expandable>", "</blockquote>"),
    EntityKind.PRE: ("<pre>", "</pre>"),
    EntityKind.CODE: ("<code>", "</code>"),
    EntityKind.BOLD: ("<b>", "</b>"),
    EntityKind.ITALIC: ("<i>", "</i>"),
    EntityKind.UNDERLINE: ("<u>", "</u>"),
    EntityKind.STRIKETHROUGH: ("<s>", "</s>"),
    EntityKind.SPOILER: ("<tg-spoiler>", "</tg-spoiler>"),
}


def escape_html(text: str) -> str:
    """`text` for use between tags and in double-quoted attributes of parse_mode=HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def escape_markdown_v2(text: str) -> str:
    """`text` so that parse_mode=MarkdownV2 shows it unchanged (outside pre, code and the target of a link)."""
    return _MARKDOWN_V2.sub(r"\\\1", text)


def to_html(part: Rendered) -> str:
    """`part` as HTML for parse_mode=HTML. Parsing it gives back exactly `part.text` and `part.entities`."""
    text, units = part.text, Units(part.text)
    out: list[str] = []
    open_ends: list[tuple[int, str]] = []
    at = 0

    def write_up_to(point: int) -> None:
        nonlocal at
        out.append(escape_html(text[at:point]))
        at = point

    for entity in part.entities:
        start = units.point(entity.offset)
        while open_ends and open_ends[-1][0] <= start:
            end, closing = open_ends.pop()
            write_up_to(end)
            out.append(closing)
        write_up_to(start)
        opening, closing = _tags(entity)
        out.append(opening)
        open_ends.append((units.point(entity.end), closing))
    while open_ends:
        end, closing = open_ends.pop()
        write_up_to(end)
        out.append(closing)
    write_up_to(len(text))
    return "".join(out)


def _tags(entity: Entity) -> tuple[str, str]:
    if entity.kind is EntityKind.TEXT_LINK:
        return f'<a href="{escape_html(entity.url)}">', "</a>"
    if entity.kind is EntityKind.PRE and entity.language:
        return f'<pre><code class="language-{escape_html(entity.language)}">', "</code></pre>"
    return _TAGS[entity.kind]
