"""Word documents (.docx) to blocks. The one door to python-docx.

The library opens the package and knows the styles; the text is read from the XML itself, because its own `text` leaves
out what was inserted with changes tracked, what stands in content controls, and footnotes.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from knowledge.converting.building import Building
from knowledge.converting.missing import needs
from knowledge.converting.records import BlockKind, Format, Unit

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_PARAGRAPH, _TABLE, _ROW, _CELL, _TEXT = f"{_W}p", f"{_W}tbl", f"{_W}tr", f"{_W}tc", f"{_W}t"
_FORMULA = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_LEFT_OUT = frozenset({f"{_W}del", f"{_W}moveFrom", f"{_W}rPr", f"{_W}pPr", f"{_W}instrText", f"{_MC}Fallback"})
_BREAKS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_PAGE_WAS_HERE = f"{_W}lastRenderedPageBreak"
_FOOTNOTES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"


def read_word(data: bytes) -> tuple[str, Building, Unit, int]:
    """Title, blocks, the unit of their places and the number of pages (0 when unknown).

    Places are pages where Word noted them when it last laid the document out, else paragraphs.
    """
    with needs(Format.WORD):
        import docx
    document = docx.Document(BytesIO(data))
    body = document.element.body
    pages = 1 + sum(1 for _ in body.iter(_PAGE_WAS_HERE))
    walk = _Walk(_Levels(document.styles), paged=pages > 1)
    walk.through(body)
    for part in (rel.target_part for rel in document.part.rels.values() if rel.reltype == _FOOTNOTES):
        from docx.oxml import parse_xml  # the library's own parser: no entities, no network

        walk.footnotes(parse_xml(part.blob))
    title = document.core_properties.title or ""
    return title, walk.building, "page" if pages > 1 else "paragraph", pages if pages > 1 else 0


class _Levels:
    """The level of headings by style id, looked up through the styles that a style is based on."""

    def __init__(self, styles: Any) -> None:
        self._known: dict[str, int] = {}
        self._lists: set[str] = set()
        by_id = {style.style_id: style for style in styles}
        for name, style in by_id.items():
            seen, one = 0, style
            while one is not None and seen < 20 and name not in self._known:
                self._note(name, one)
                one, seen = getattr(one, "base_style", None), seen + 1

    def _note(self, name: str, style: Any) -> None:
        written = (style.name or "").casefold()
        outline = style.element.find(f"{_W}pPr/{_W}outlineLvl")
        if written == "title":
            self._known[name] = 1
        elif written.startswith("heading ") and written[8:].isdigit():
            self._known[name] = int(written[8:])
        elif outline is not None:
            self._known[name] = int(outline.get(f"{_W}val", "9")) + 1
        elif written.startswith("list") or style.element.find(f"{_W}pPr/{_W}numPr") is not None:
            self._lists.add(name)

    def of(self, paragraph: Any) -> int:
        """1 to 9 for a heading, 0 for anything else."""
        properties = paragraph.find(f"{_W}pPr")
        if properties is None:
            return 0
        outline = properties.find(f"{_W}outlineLvl")
        style = properties.find(f"{_W}pStyle")
        level = int(outline.get(f"{_W}val", "9")) + 1 if outline is not None else 10
        level = level if level < 10 else self._known.get("" if style is None else style.get(f"{_W}val", ""), 0)
        return level if level < 10 else 0

    def is_item(self, paragraph: Any) -> bool:
        """Whether it is of a list."""
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        numbered = paragraph.find(f"{_W}pPr/{_W}numPr") is not None
        return numbered or (style is not None and style.get(f"{_W}val", "") in self._lists)


class _Walk:
    """Goes through the body in reading order."""

    def __init__(self, levels: _Levels, *, paged: bool) -> None:
        self.building = Building()
        self._levels = levels
        self._paged = paged
        self._page = 1
        self._paragraph = 0

    def through(self, element: Any) -> None:
        """The paragraphs and tables in an element, content controls opened."""
        for child in element:
            if child.tag == _PARAGRAPH:
                self._take(child)
            elif child.tag == _TABLE:
                self._table(child)
            elif isinstance(child.tag, str) and child.tag not in _LEFT_OUT:
                self.through(child)

    def footnotes(self, root: Any) -> None:
        """The notes at the feet of pages, after everything else: their place is the last one."""
        for note in root:
            if note.get(f"{_W}type") is None:  # separators have one
                self.building.text("".join(_said(note)), self._place())

    def _place(self) -> int:
        return self._page if self._paged else max(1, self._paragraph)

    def _take(self, paragraph: Any) -> None:
        self._paragraph += 1
        breaks = sum(1 for _ in paragraph.iter(_PAGE_WAS_HERE))
        text = "".join(_said(paragraph))
        first = next(paragraph.iter(_PAGE_WAS_HERE, _TEXT), None)
        if first is not None and first.tag == _PAGE_WAS_HERE:  # it begins on the next page
            self._page, breaks = self._page + 1, breaks - 1
        level = self._levels.of(paragraph)
        if level:
            self.building.heading(text, level, self._place())
        elif self._levels.is_item(paragraph) and text.strip():
            self.building.text(f"- {text.strip()}", self._place(), BlockKind.ITEM)
        else:
            self.building.text(text, self._place())
        self._page += breaks

    def _table(self, table: Any) -> None:
        self._paragraph += 1
        place = self._place()
        rows = [[_cell(cell) for cell in _cells(row)] for row in table.iter(_ROW) if _owner(row) is table]
        self._page += sum(1 for _ in table.iter(_PAGE_WAS_HERE))
        if len(rows) == 1 or max((len(row) for row in rows), default=0) == 1:  # a frame around text, not data
            for row in rows:
                for text in row:
                    self.building.text(text, place)
        else:
            self.building.table(rows, place)


def _owner(row: Any) -> Any:
    return next(row.iterancestors(_TABLE), None)


def _cells(row: Any) -> Iterator[Any]:
    """Cells of this row, not of tables in them; one that goes over several columns comes with empty ones after it."""
    for cell in row.iter(_CELL):
        if next(cell.iterancestors(_ROW), None) is row:
            yield cell
            span = cell.find(f"{_W}tcPr/{_W}gridSpan")
            yield from [None] * (int(span.get(f"{_W}val", "1")) - 1 if span is not None else 0)


def _cell(cell: Any) -> str:
    if cell is None:
        return ""
    return "\n".join("".join(_said(paragraph)) for paragraph in cell.iter(_PARAGRAPH))


def _said(element: Any) -> Iterator[str]:
    """The text of an element as it reads with all changes accepted."""
    for child in element:
        if child.tag in (_TEXT, _FORMULA):
            yield child.text or ""
        elif child.tag in _BREAKS:
            yield _BREAKS[child.tag]
        elif isinstance(child.tag, str) and child.tag not in _LEFT_OUT:
            yield from _said(child)
            if child.tag == _PARAGRAPH:
                yield "\n"
