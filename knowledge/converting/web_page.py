"""HTML to blocks with the standard library's parser: it builds no tree, fetches nothing and runs nothing.

What a reader of the page would not see (scripts, styles, templates, hidden elements, navigation) is left out: hidden
text is a way to slip instructions in.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from knowledge.converting.building import Building
from knowledge.converting.decoding import decode
from knowledge.converting.records import BlockKind

DEEPEST = 200
"""Open elements that are kept track of; deeper ones add text but no structure."""
LONGEST_CELL = 120
"""Words of a cell of data; a table with a longer one only lays out the page."""

_SKIPPED = frozenset({"script", "style", "template", "noscript", "svg", "math", "nav", "iframe", "object", "select"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_ENDS_A_BLOCK = frozenset({
    "p", "div", "section", "article", "header", "footer", "main", "aside", "ul", "ol", "dl", "dt", "dd", "li", "table",
    "tr", "blockquote", "pre", "form", "fieldset", "figure", "figcaption", "address", "details", "summary", "hr",
    "body", "html", "caption", *_HEADINGS,
})  # fmt: skip
_CLOSED_BY_ITSELF = frozenset({"p", "li", "dt", "dd", "tr", "td", "th", "option", "thead", "tbody", "tfoot"})
_DECLARED = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)


def read_web_page(data: bytes) -> tuple[str, Building]:
    """The title and the blocks of a page; places are paragraphs. Raises `Unreadable` when it is binary."""
    declared = _DECLARED.search(data[:4096])
    return read_html(decode(data, declared.group(1).decode("ascii") if declared else ""))


def read_html(text: str) -> tuple[str, Building]:
    """The title and the blocks of HTML that is text already."""
    page = _Page()
    page.feed(text)
    page.close()
    page.end_block()
    return " ".join(page.title.split()), page.building


class _Page(HTMLParser):
    """Collects text until a block ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.building = Building()
        self._open: list[tuple[str, bool]] = []  # (tag, whether it hides what is in it)
        self._hidden = 0
        self._said: list[str] = []
        self._count = 0
        self._tables = 0  # how deep in tables; one in another is text of its cell
        self._rows: list[list[str]] = []
        self._in_cell = False
        self._has_head = False

    # -- elements -----------------------------------------------------------------------------------------------------

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        if tag in _VOID:
            self._void(tag, dict(attrs))
            return
        if tag in _CLOSED_BY_ITSELF and self._open and self._open[-1][0] == tag:
            self.handle_endtag(tag)
        if not self._hidden:
            self._begun(tag)
        if len(self._open) < DEEPEST:
            hides = tag in _SKIPPED or _is_hidden(dict(attrs))
            self._open.append((tag, hides))
            self._hidden += hides

    def handle_endtag(self, tag: str) -> None:
        """An element ends; so do those that were left open in it. An end without a beginning is passed over."""
        if not self._in(tag):
            return
        while self._open:
            last, hides = self._open.pop()
            if not self._hidden:
                self._ended(last)
            self._hidden -= hides
            if last == tag:
                return

    def handle_data(self, data: str) -> None:
        """Text."""
        if self._open and self._open[-1][0] == "title":
            self.title += data
        elif not self._hidden:
            self._said.append(data if self._in("pre") else re.sub(r"\s+", " ", data))

    def _void(self, tag: str, attrs: dict[str, str | None]) -> None:
        if self._hidden:
            return
        if tag == "br":
            self._said.append("\n")
        elif tag == "hr":
            self.end_block()
        elif tag == "img" and attrs.get("alt"):
            self._said.append(f" {attrs['alt']} ")

    def _begun(self, tag: str) -> None:
        if tag in _ENDS_A_BLOCK:
            self.end_block()
        if tag == "table":
            self._tables += 1
        elif tag == "tr" and self._tables == 1:
            self._end_cell()
            self._rows.append([])
        elif tag in ("td", "th") and self._tables == 1:
            self._end_cell()
            self._rows = self._rows or [[]]
            self._has_head |= tag == "th" and len(self._rows) == 1
            self._in_cell, self._said = True, []

    def _ended(self, tag: str) -> None:
        if tag in ("td", "th", "tr") and self._tables == 1:
            self._end_cell()
        elif tag == "table":
            if self._tables == 1:
                self._end_table()
            self._tables = max(0, self._tables - 1)
        elif tag in _ENDS_A_BLOCK:
            self.end_block(tag)

    # -- blocks -------------------------------------------------------------------------------------------------------

    def end_block(self, tag: str = "") -> None:
        """What was said since the last block becomes one, unless it belongs to a cell."""
        if self._in_cell:
            self._said.append("\n")
            return
        text, self._said = "".join(self._said), []
        if not text.strip():
            return
        self._count += 1
        if tag in _HEADINGS:
            self.building.heading(text, _HEADINGS[tag], self._count)
            return
        kind = BlockKind.ITEM if self._in("li") or tag == "li" else BlockKind.PARAGRAPH
        kind = BlockKind.CODE if self._in("pre") or tag == "pre" else kind
        self.building.text(f"- {text.strip()}" if kind is BlockKind.ITEM else text, self._count, kind)

    def _end_cell(self) -> None:
        if self._in_cell:
            self._rows[-1].append("".join(self._said))
            self._in_cell, self._said = False, []

    def _end_table(self) -> None:
        """A table of data stays one; a table that only lays out a page becomes its cells, one after the other."""
        self._end_cell()
        rows, self._rows = self._rows, []
        cells = [cell for row in rows for cell in row if cell.strip()]
        if not cells:
            return
        if len(max(rows, key=len)) == 1 or max(len(cell.split()) for cell in cells) > LONGEST_CELL:
            for cell in cells:
                self._count += 1
                self.building.text(cell, self._count)
        else:
            self._count += 1
            self.building.table(rows, self._count, headless=not self._has_head)
        self._has_head = False

    def _in(self, tag: str) -> bool:
        return any(open_tag == tag for open_tag, _ in self._open)


def _is_hidden(attrs: dict[str, str | None]) -> bool:
    style = re.sub(r"\s", "", attrs.get("style") or "").casefold()
    return (
        "hidden" in attrs
        or attrs.get("aria-hidden") == "true"
        or "display:none" in style
        or "visibility:hidden" in style
    )
