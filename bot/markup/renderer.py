"""Markdown to a formatted Telegram text. Owns how each Markdown construct looks in a chat."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from bot.markup import links
from bot.markup.clean import clean, code_language, tame_emptiness
from bot.markup.compose import plain
from bot.markup.marks import entities_of
from bot.markup.parser import build_parser, parse
from bot.markup.records import EntityKind, Rendered
from bot.markup.tables import Alignment, lay_out
from bot.markup.writer import OpenMark, Writer

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_RULE = "———"
_TASK = re.compile(r"\[([ xX])\](?=\s)")
_LINE_BREAK_TAG = re.compile(r"(?i)\s*<br\s*/?>\s*")
_LONGEST_UNDERLINED = 120  # a longer text over `---` is a paragraph over a rule, not a heading
_STYLES = {"strong": EntityKind.BOLD, "em": EntityKind.ITALIC, "s": EntityKind.STRIKETHROUGH}


class Renderer:
    """Renders Markdown. Build one in the composition root; it holds the parser and the list of top-level domains.

    The first call imports the parser (about 80 ms): call `warm()` in a thread beforehand. Rendering takes about 2 ms
    for 1,500 characters and grows linearly; render texts over 20 kB in a thread (`asyncio.to_thread`). An instance may
    be used from several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tools: tuple[MarkdownIt, links.TopLevel] | None = None

    def warm(self) -> None:
        """Imports and builds what the first rendering needs. Blocking: call it in a thread."""
        self._ready()

    def render(self, markdown: str, keep_link: links.KeepLink | None = None) -> Rendered:
        """`markdown` as text and entities. Accepts any string and never raises for its content.

        `keep_link` is asked with each URL; None keeps all. A link that is not kept, and one that is not http(s) or
        whose label pretends another address, becomes `label (url)`; addresses in plain text that are not kept are
        broken up (`example[.]com`) so that Telegram makes no link of them. Images are shown as links, never fetched.
        """
        parser, top_level = self._ready()
        source = clean(markdown)
        environment: dict[str, Any] = {}
        tokens = parse(parser, source, environment)
        if tokens is None:
            writer = Writer()
            writer.verbatim(plain(source).text)
        else:
            walk = _Walk(keep_link, environment)
            walk.blocks(tokens)
            walk.unused_definitions()
            writer = walk.writer
        text, marks = writer.result().rstrip(), writer.marks
        if not text:
            text, marks = plain(source).text.strip(), []  # nothing may vanish, not even what is no Markdown at all
        if keep_link is not None:
            edits, codes = links.break_up(text, marks, keep_link, top_level)
            text, marks = links.apply(text, edits, marks + codes)
        return Rendered(text, entities_of(text, marks), degraded=tokens is None)

    def _ready(self) -> tuple[MarkdownIt, links.TopLevel]:
        if self._tools is None:
            with self._lock:
                if self._tools is None:
                    parser = build_parser()
                    parser.parse("**warm** [up](x)\n\n- a\n\n|a|\n|-|\n")  # rules are compiled at the first parse
                    self._tools = (parser, links.top_level())
        return self._tools


class _Walk:
    """One rendering: a walk over the parser's tokens, which come in the order of the text."""

    def __init__(self, keep_link: links.KeepLink | None, environment: dict[str, Any]) -> None:
        self.writer = Writer()
        self._keep = keep_link
        self._environment = environment
        self._used: set[str] = set()
        self._lists: list[tuple[int | None, bool]] = []
        self._marks: list[OpenMark] = []
        self._quotes: list[OpenMark | None] = []
        self._links: list[tuple[str, OpenMark | None, int, bool]] = []
        self._steps: dict[str, Callable[[Sequence[Token], int], None]] = {
            "paragraph_open": self._paragraph_open,
            "paragraph_close": self._paragraph_close,
            "heading_open": self._heading_open,
            "heading_close": self._heading_close,
            "inline": self._inline_block,
            "bullet_list_open": self._list_open,
            "ordered_list_open": self._list_open,
            "bullet_list_close": self._list_close,
            "ordered_list_close": self._list_close,
            "list_item_open": self._item_open,
            "list_item_close": self._item_close,
            "blockquote_open": self._quote_open,
            "blockquote_close": self._quote_close,
            "fence": self._code_block,
            "code_block": self._code_block,
            "hr": self._rule,
        }

    def blocks(self, tokens: Sequence[Token]) -> None:
        """Writes a row of block tokens."""
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if token.type == "table_open":
                at = self._table(tokens, at)
                continue
            step = self._steps.get(token.type)
            if step is not None:
                step(tokens, at)
            at += 1

    def unused_definitions(self) -> None:
        """Writes link definitions that nothing refers to: a list of sources at the end of an answer often is that."""
        known = self._environment.get("references", {})
        spare = [(label, ref["href"]) for label, ref in known.items() if label not in self._used]
        spare += [(ref["label"], ref["href"]) for ref in self._environment.get("duplicate_refs", ())]
        self.writer.breaks(2)
        for label, href in spare:
            self.writer.text(clean(f"[{label}]: {href}"))
            self.writer.breaks(1)

    def _paragraph_open(self, tokens: Sequence[Token], at: int) -> None:
        if not self.writer.has_lead:
            self.writer.breaks(1 if tokens[at].hidden else 2)

    def _paragraph_close(self, tokens: Sequence[Token], at: int) -> None:
        self.writer.breaks(1 if tokens[at].hidden else 2)

    def _heading_open(self, tokens: Sequence[Token], at: int) -> None:
        if not self.writer.has_lead:
            self.writer.breaks(2)
        if not _is_underlined_paragraph(tokens[at], tokens[at + 1]):
            self._marks.append(self.writer.open(EntityKind.BOLD))

    def _heading_close(self, tokens: Sequence[Token], at: int) -> None:
        self.writer.breaks(2)
        if _is_underlined_paragraph(tokens[at], tokens[at - 1]):
            self.writer.text(_RULE)
            self.writer.breaks(2)
        else:
            self.writer.close(self._marks.pop())

    def _inline_block(self, tokens: Sequence[Token], at: int) -> None:
        children = tokens[at].children or []
        if children and at > 1 and tokens[at - 2].type == "list_item_open":
            first = children[0]
            if first.type == "text" and (task := _TASK.match(first.content)):
                box = "☐" if task.group(1) == " " else "☑"
                first.content = box + first.content[task.end() :]
        self._inline(children)

    def _list_open(self, tokens: Sequence[Token], at: int) -> None:
        if not self.writer.has_lead:
            self.writer.breaks(1 if self._lists else 2)
        start = tokens[at].attrGet("start")
        first = int(start) if start is not None else 1
        self._lists.append((first if tokens[at].type == "ordered_list_open" else None, _is_loose(tokens, at)))

    def _list_close(self, _tokens: Sequence[Token], _at: int) -> None:
        self._lists.pop()
        self.writer.breaks(1 if self._lists else 2)

    def _item_open(self, tokens: Sequence[Token], at: int) -> None:
        number, _ = self._lists[-1]
        marker = "• "
        if number is not None:
            marker = f"{tokens[at].info or number}{tokens[at].markup} "
            self._lists[-1] = (number + 1, self._lists[-1][1])
        if not self.writer.has_lead:
            self.writer.breaks(1)
        self.writer.lead(marker)
        self.writer.indents.append("  " if number is None else "   ")

    def _item_close(self, _tokens: Sequence[Token], _at: int) -> None:
        self.writer.settle_lead()
        self.writer.indents.pop()
        self.writer.breaks(2 if self._lists[-1][1] else 1)

    def _quote_open(self, _tokens: Sequence[Token], _at: int) -> None:
        if not self.writer.has_lead:
            self.writer.breaks(2)
        if self._quotes:  # quotes do not nest in Telegram: an inner one is shown by a sign before its lines
            self._quotes.append(None)
            if self.writer.has_lead:
                self.writer.lead("> ")
            self.writer.indents.append("> ")
        else:
            self._quotes.append(self.writer.open(EntityKind.BLOCKQUOTE))

    def _quote_close(self, _tokens: Sequence[Token], _at: int) -> None:
        mark = self._quotes.pop()
        if mark is None:
            self.writer.indents.pop()
        else:
            self.writer.close(mark)
        self.writer.breaks(2)

    def _code_block(self, tokens: Sequence[Token], at: int) -> None:
        language = code_language(tokens[at].info) if tokens[at].type == "fence" else ""
        self._pre(tokens[at].content, language)

    def _pre(self, content: str, language: str = "") -> None:
        code = tame_emptiness(content.expandtabs(4)).rstrip()
        if not code:
            return
        if not self.writer.has_lead:
            self.writer.breaks(1 if self._lists else 2)
        mark = self.writer.open(EntityKind.PRE, language=language)
        self.writer.verbatim(code.lstrip("\n"))
        self.writer.close(mark)
        self.writer.breaks(1 if self._lists else 2)

    def _rule(self, _tokens: Sequence[Token], _at: int) -> None:
        if not self.writer.has_lead:
            self.writer.breaks(2)
        self.writer.text(_RULE)
        self.writer.breaks(2)

    def _table(self, tokens: Sequence[Token], at: int) -> int:
        """Writes a table as a pre block and its links, which can not live inside one, below it."""
        rows: list[list[str]] = []
        alignments: list[Alignment] = []
        targets: dict[str, str] = {}
        while tokens[at].type != "table_close":
            token = tokens[at]
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "th_open":
                alignments.append(_alignment(token))
            elif token.type == "inline":
                rows[-1].append(self._cell(token.children or [], targets))
            at += 1
        self._pre(lay_out(rows, alignments))
        for label, href in targets.items():
            self.writer.text("↗ ")
            self._link_open(href)
            self.writer.text(label)
            self._link_close()
            self.writer.breaks(1)
        self.writer.breaks(2)
        return at + 1

    def _cell(self, children: Sequence[Token], targets: dict[str, str]) -> str:
        words: list[str] = []
        opened: list[tuple[str, int]] = []
        for child in children:
            if child.type == "link_open":
                opened.append((self._target(child), len(words)))
            elif child.type == "link_close":
                href, since = opened.pop()
                targets.setdefault("".join(words[since:]).strip() or href, href)
            elif child.type == "image":
                words.append(_alt_text(child))
                targets.setdefault(words[-1], str(child.attrGet("src") or ""))
            elif child.type == "code_inline":
                words.append(child.content)
            else:
                words.append(_LINE_BREAK_TAG.sub(" ", child.content) if child.content else "")
        return " ".join(clean("".join(words)).split())

    def _inline(self, children: Sequence[Token]) -> None:
        writer = self.writer
        for at, child in enumerate(children):
            kind = child.type
            if kind in ("text", "text_special"):
                writer.text(clean(child.content))
            elif kind in ("softbreak", "hardbreak"):
                writer.text("\n")
            elif kind == "code_inline":
                mark = writer.open(EntityKind.CODE)
                writer.text(child.content)
                writer.close(mark)
            elif kind == "link_open":
                self._link_open(self._target(child), bracketed=_is_citation(children, at))
            elif kind == "link_close":
                self._link_close()
            elif kind == "image":
                self._image(child)
            elif child.nesting == 1 and child.tag in _STYLES:
                self._marks.append(writer.open(_STYLES[child.tag]))
            elif child.nesting == -1 and child.tag in _STYLES:
                writer.close(self._marks.pop())

    def _target(self, token: Token) -> str:
        label = token.meta.get("label")
        if label:
            self._used.add(label)
        return clean(str(token.attrGet("href") or token.attrGet("src") or ""))

    def _image(self, token: Token) -> None:
        label = clean(_alt_text(token))
        target = self._target(token)
        if self._links:  # a picture inside a link: the link wins
            self.writer.text(label)
            return
        self._link_open(target)
        self.writer.text(label)
        self._link_close()

    def _link_open(self, href: str, bracketed: bool = False) -> None:
        url = links.web_link(href)
        kept = bool(url) and (self._keep is None or self._keep(url))
        if bracketed:
            self.writer.text("[")
        mark = self.writer.open(EntityKind.TEXT_LINK, url=url) if kept else None
        self._links.append((href, mark, self.writer.chunk_count, bracketed))

    def _link_close(self) -> None:
        href, mark, chunk, bracketed = self._links.pop()
        label = self.writer.written_since(chunk).strip()
        if mark is not None and links.deceptive(label, mark.url):
            self.writer.cancel(mark)
            mark = None
        if mark is not None:
            if not label:
                self.writer.text(href)
            self.writer.close(mark)
        if bracketed:
            self.writer.text("]")
        if mark is None and href and label not in (href, href.removeprefix("mailto:")):
            self.writer.text(f" ({href})" if label else href)


def _is_underlined_paragraph(heading: Token, inline: Token) -> bool:
    return heading.markup == "-" and ("\n" in inline.content or len(inline.content) > _LONGEST_UNDERLINED)


def _is_loose(tokens: Sequence[Token], at: int) -> bool:
    """Whether blank lines stand between a list's items: the parser hides the paragraphs of a tight list."""
    level = tokens[at].level + 2
    for token in tokens[at + 1 : at + 12]:
        if token.type == "paragraph_open" and token.level == level:
            return not token.hidden
    return False


def _alignment(token: Token) -> Alignment:
    style = str(token.attrGet("style") or "")
    return "right" if "right" in style else "center" if "center" in style else "left"


def _alt_text(token: Token) -> str:
    words: list[str] = []
    waiting = list(reversed(token.children or []))
    while waiting:
        child = waiting.pop()
        if child.type == "image":
            waiting += reversed(child.children or [])
        else:
            words.append("\n" if child.type in ("softbreak", "hardbreak") else child.content)
    return " ".join("".join(words).split()) or "image"


def _is_citation(children: Sequence[Token], at: int) -> bool:
    """Whether a link is a bare number that refers to a definition, `[1]`: its brackets belong to the text."""
    if at + 2 >= len(children) or children[at + 2].type != "link_close":
        return False
    words = children[at + 1].content
    return words.lstrip("^").isdigit() and children[at].meta.get("label") == words
