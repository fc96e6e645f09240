"""The lines of a PDF's pages and where they stand, or a picture of a page. The one door to pypdfium2.

PDFium was measured to find .996 of the words of a 480,000 character document in 0.4 s, where other readers glue words
together or lose them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from knowledge.converting.missing import needs
from knowledge.converting.records import Format, Unreadable

SHARPNESS = 200
"""Dots an inch at which a page is drawn: enough for body text, a quarter of the time that 400 takes."""
WIDEST = 4000
"""Dots of the longer side of a page that is drawn."""
GAP = 8.0
"""Points between two cells of a row, at least; and at least the height of the line. Words are a third of that apart."""
_LEADERS = re.compile(r"(?:[ .]*\.){5,}[ .]*")  # the dots of a table of contents

_LOCKED = 4  # FPDF_ERR_PASSWORD in fpdfview.h


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of a line that stands apart from the others; edges in points."""

    text: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; `top`, `left`, `right` and `height` in points; a height of 0 was not measured.

    `cells` are its pieces where wide gaps part it, else ().
    """

    text: str
    page: int
    top: float
    left: float
    right: float
    height: float
    cells: tuple[Cell, ...] = ()


def open_pdf(data: bytes) -> Any:
    """The document. Raises `Unreadable` when it is damaged or protected by a password."""
    with needs(Format.PDF):
        import pypdfium2
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _LOCKED:
            raise Unreadable("it is protected by a password; save a copy without one") from None
        raise Unreadable("it is damaged, or not a PDF") from None


def lines_of(document: Any, number: int) -> Iterator[Line]:
    """The lines of a page in the order of its content; a page that is damaged has none."""
    import pypdfium2

    try:
        page = document[number]
        text_page = page.get_textpage()
    except pypdfium2.PdfiumError:
        return
    at = 0  # in UTF-16 units, as PDFium counts
    for written in text_page.get_text_range().split("\n"):
        text = written.rstrip("\r")
        if text.strip():
            yield _placed(text_page, text, at, number + 1)
        at += len(written) + 1 + (0 if written.isascii() else sum(c > "\uffff" for c in written))
    text_page.close()
    page.close()


def _placed(text_page: Any, text: str, at: int, page: int) -> Line:
    """A line with the boxes of its first and last sign that is not blank, and its cells."""
    import pypdfium2

    first = at + len(text) - len(text.lstrip())
    last = at + len(text.rstrip()) - 1
    signs = [max(pypdfium2.raw.FPDFText_GetCharIndexFromTextIndex(text_page, index), 0) for index in (first, last)]
    boxes = []
    for sign in signs:
        try:
            boxes.append(text_page.get_charbox(sign, loose=True))
        except pypdfium2.PdfiumError:
            boxes.append((0.0, 0.0, 0.0, 0.0))
    (left, bottom, _, top), (_, _, right, _) = boxes
    height = round((top - bottom) * 2) / 2
    cells = _cells(text_page, signs[0], signs[1], max(GAP, height)) if " " in text.strip() else ()
    text = _LEADERS.sub(" … ", text).strip()
    return Line(text=text, page=page, top=top, left=left, right=right, height=height, cells=cells)


def _cells(text_page: Any, first: int, last: int, gap: float) -> tuple[Cell, ...]:
    """The pieces of a line between gaps of at least `gap` points; () when there is none."""
    boxes: list[tuple[float, float, float, float]] = []  # left, bottom, right, top
    for number in range(text_page.count_rects(first, last - first + 1)):
        left, bottom, right, top = text_page.get_rect(number)
        if boxes and left - boxes[-1][2] < gap:
            before = boxes[-1]
            boxes[-1] = (before[0], min(bottom, before[1]), max(right, before[2]), max(top, before[3]))
        else:
            boxes.append((left, bottom, right, top))
    if len(boxes) < 2:
        return ()
    texts = (_LEADERS.sub(" … ", " ".join(text_page.get_text_bounded(*box).split())).strip() for box in boxes)
    return tuple(Cell(text, box[0], box[2]) for text, box in zip(texts, boxes, strict=True))


def picture_of(document: Any, number: int) -> bytes:
    """A page that holds a picture, drawn in grey, in the PGM format; empty for any other page."""
    import pypdfium2

    try:
        page = document[number]
        if next(page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]), None) is None:
            return b""
        bitmap = page.render(scale=min(SHARPNESS / 72, WIDEST / max(*page.get_size(), 1)), grayscale=True)
    except pypdfium2.PdfiumError:
        return b""
    rows = bytes(bitmap.buffer)
    if bitmap.stride != bitmap.width:
        rows = b"".join(rows[at : at + bitmap.width] for at in range(0, len(rows), bitmap.stride))
    drawn = b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + rows
    bitmap.close()
    page.close()
    return drawn


def recognised_lines(text: str, page: int) -> Iterator[Line]:
    """Recognised text as lines below one another; an empty line is a wide distance."""
    top = 0.0
    for line in text.replace("\f", "").split("\n"):
        top -= 12.0 if line.strip() else 24.0
        if line.strip():
            yield Line(text=line.strip(), page=page, top=top, left=0.0, right=float(len(line)), height=0.0)
