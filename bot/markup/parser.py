"""The Markdown parser, set up for what language models write. Owns every use of markdown-it and its limits.

Departures from CommonMark (https://spec.commonmark.org/0.31.2/), each for a reason:
- raw HTML is text; nothing in an answer is ever markup but Markdown;
- URLs are handed on as written (bot.markup.links judges them), so an odd scheme loses no text;
- blocks nested deeper than `DEEPEST` become literal text, where markdown-it drops them silently;
- `**` next to a Chinese, Japanese or Korean character opens and closes without the spaces those languages do not
  write (https://github.com/commonmark/commonmark-spec/issues/650);
- in a paragraph with more than `MANY_BRACKETS` opening brackets only those that can be a link are tried: otherwise
  100 kB of `[` cost seconds.
"""

from __future__ import annotations

import unicodedata
from collections.abc import MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

DEEPEST = 18
MANY_BRACKETS = 100


def build_parser() -> MarkdownIt:
    """A configured parser. The import costs about 80 ms the first time, so call it outside the event loop."""
    from markdown_it import MarkdownIt

    class Parser(MarkdownIt):
        """URLs pass unjudged and unchanged."""

        def normalizeLink(self, url: str) -> str:  # noqa: N802
            return url

        def normalizeLinkText(self, link: str) -> str:  # noqa: N802
            return link

        def validateLink(self, url: str) -> bool:  # noqa: N802
            return True

    parser = Parser("commonmark", {"html": False, "maxNesting": 20, "store_labels": True})
    parser.enable(["table", "strikethrough"])
    parser.block.ruler.before("table", "too_deep", _too_deep)
    parser.inline.ruler.before("link", "hopeless_bracket", _hopeless_bracket)
    parser.inline.ruler.at("emphasis", _emphasis)
    return parser


def parse(parser: MarkdownIt, source: str, references: MutableMapping[str, Any]) -> Sequence[Token] | None:
    """The tokens of `source`, or None when the parser fails on it. `references` receives the link definitions."""
    try:
        return parser.parse(source, references)
    except (RecursionError, RuntimeError, ValueError, LookupError):
        return None  # an answer must not be lost to a parser's defect; the caller sends it as plain text and says so


def _too_deep(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if silent or state.level < DEEPEST:
        return False
    state.push("paragraph_open", "p", 1)
    inline = state.push("inline", "", 0)
    inline.content = state.getLines(start_line, end_line, state.blkIndent, False).strip()
    inline.children = []
    state.push("paragraph_close", "p", -1)
    state.line = end_line
    return True


def _hopeless_bracket(state: StateInline, silent: bool) -> bool:
    """Takes a `[` or `![` that can not begin a link as text."""
    at = state.pos + (state.src.startswith("![", state.pos))
    if state.src[at] != "[":
        return False
    known: dict[str, set[int]] = state.env.setdefault("hopeful_brackets", {})
    if state.src not in known:
        known[state.src] = _hopeful_brackets(state.src, bool(state.env.get("references")))
    if at in known[state.src]:
        return False
    if not silent:
        state.append_pending(state.src[state.pos : at + 1])
    state.pos = at + 1
    return True


def _hopeful_brackets(source: str, references: bool) -> set[int]:
    """Positions of `[` whose partner is followed by what makes a link. Exact matching is left to the parser unless
    there are so many that it would take too long; then escapes and code are not looked at."""
    if source.count("[") <= MANY_BRACKETS:
        last = len(source) if references else source.rfind("](")
        return {at for at, char in enumerate(source) if char == "[" and at <= last}
    hopeful: set[int] = set()
    opened: list[int] = []
    for at, char in enumerate(source):
        if char == "[":
            opened.append(at)
        elif char == "]" and opened:
            start = opened.pop()
            if references or source.startswith("(", at + 1):
                hopeful.add(start)
    return hopeful


def _emphasis(state: StateInline, silent: bool) -> bool:
    from markdown_it.rules_inline.state_inline import Delimiter

    marker = state.src[state.pos]
    if silent or marker not in "*_":
        return False
    run = state.scanDelims(state.pos, marker == "*")
    opens, closes = run.can_open, run.can_close
    if marker == "*":
        end = state.pos + run.length
        before = state.src[state.pos - 1] if state.pos else " "
        after = state.src[end] if end < state.posMax else " "
        if _is_wide(before) or _is_wide(after):
            opens = opens or not after.isspace()
            closes = closes or not before.isspace()
    for _ in range(run.length):
        state.push("text", "", 0).content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker), length=run.length, token=len(state.tokens) - 1, end=-1, open=opens, close=closes
            )
        )
    state.pos += run.length
    return True


def _is_wide(char: str) -> bool:
    return char > "\u10ff" and unicodedata.east_asian_width(char) in "WF"
