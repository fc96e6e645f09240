"""Formatted texts for Telegram: Markdown to text and entities, cutting into messages, escaping.

Knows nothing of the network or of the telegram library: `Entity.as_api()` is the wire form.
"""

from bot.markup.compose import collapsed, defanged, emphasised, join, plain, quoted, styled
from bot.markup.html import escape_html, escape_markdown_v2, to_html
from bot.markup.links import KeepLink, nothing, unlinked, vouched
from bot.markup.records import Entity, EntityKind, Part, Rendered, utf16_len
from bot.markup.renderer import Renderer
from bot.markup.split import MESSAGE_LIMIT, split, tail

__all__ = [
    "MESSAGE_LIMIT",
    "Entity",
    "EntityKind",
    "KeepLink",
    "Part",
    "Rendered",
    "Renderer",
    "collapsed",
    "defanged",
    "emphasised",
    "escape_html",
    "escape_markdown_v2",
    "join",
    "nothing",
    "plain",
    "quoted",
    "split",
    "styled",
    "tail",
    "to_html",
    "unlinked",
    "utf16_len",
    "vouched",
]
