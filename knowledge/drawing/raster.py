"""A page of a PDF with boxes marked on it becomes pixels, by PDFium; loaded in the child process alone.

The markers are put among the page's own objects before it is drawn, so rotation and crop box are PDFium's to mind.
Their fill multiplies what is below, as a marker of ink does; a line under each is seen on dark pages too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.drawing.marks import Box, Sign

LONGEST = 1800
"""Dots of the longer side: A4 at 154 dots an inch, which a phone shows sharp when the page is pulled to its width."""
CLOSEST = 4.0
"""Dots a point at most: a label is not blown up to a poster."""
SLIMMEST = 3.0
"""How many times as long as wide a picture may be (Telegram takes 20); of a longer page the part around the words."""
LARGEST = 1700.0
"""Points of a side; of a larger page (beyond A2) the part around the words is drawn, so that they can be read."""
FILL = (255, 222, 89)
LINE = (222, 140, 0)


@dataclass(frozen=True, slots=True)
class Pixels:
    """Red, green and blue of each pixel, row by row."""

    data: bytes
    width: int
    height: int


def signs_of(document: Any, number: int) -> list[Sign]:
    """The signs of a page, counted from 0, in the order of its content; none of a page that is damaged."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    try:
        page = document[number]
        text = page.get_textpage()
    except pypdfium2.PdfiumError:
        return []
    signs = []
    for index in range(text.count_chars()):
        try:
            box = text.get_charbox(index, loose=True)
        except pypdfium2.PdfiumError:
            box = (0.0, 0.0, 0.0, 0.0)
        code = pdfium.FPDFText_GetUnicode(text, index)
        signs.append(Sign(chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " ", box))
    text.close()
    page.close()
    return signs


def drawn(document: Any, number: int, marked: Sequence[Box], *, whole: bool = False) -> Pixels:
    """A page, counted from 0, with boxes marked on it.

    Args:
        whole: all of it, however large it is: a photograph has no size on paper.

    Raises:
        pypdfium2.PdfiumError: it is damaged.
    """
    page = document[number]
    for box in marked:
        _mark(page, box)
    width, height = page.get_size()
    if width <= 0 or height <= 0:
        raise ValueError("a page without a size")
    left, top, right, bottom = _window(page, width, height, marked, math.inf if whole else LARGEST)
    scale = min(CLOSEST, LONGEST / max(right - left, bottom - top))
    crop = (left, height - bottom, width - right, top)
    bitmap = page.render(scale=scale, crop=crop, rev_byteorder=True, may_draw_forms=False)
    data, row = bytes(bitmap.buffer), 3 * bitmap.width
    if bitmap.n_channels != 3:
        raise ValueError("pixels of another kind")
    if bitmap.stride != row:
        data = b"".join(data[at : at + row] for at in range(0, bitmap.height * bitmap.stride, bitmap.stride))
    return Pixels(data[: row * bitmap.height], bitmap.width, bitmap.height)


def _mark(page: Any, box: Box) -> None:
    left, bottom, right, top = box
    height = top - bottom
    pad = 0.12 * height
    _fill(page, (left - pad, bottom - 0.04 * height, right + pad, top + 0.04 * height), FILL, b"Multiply")
    thick = max(0.6, 0.07 * height)
    _fill(page, (left - pad, bottom - 0.04 * height - thick, right + pad, bottom - 0.04 * height), LINE, b"Normal")


def _fill(page: Any, box: Box, colour: tuple[int, int, int], blend: bytes) -> None:
    import pypdfium2.raw as pdfium

    left, bottom, right, top = box
    made = pdfium.FPDFPageObj_CreateNewRect(left, bottom, right - left, top - bottom)
    pdfium.FPDFPageObj_SetFillColor(made, *colour, 255)
    pdfium.FPDFPath_SetDrawMode(made, pdfium.FPDF_FILLMODE_ALTERNATE, 0)
    pdfium.FPDFPageObj_SetBlendMode(made, blend)
    pdfium.FPDFPage_InsertObject(page, made)  # the page owns it from here on


def _window(page: Any, width: float, height: float, marked: Sequence[Box], most: float) -> Box:
    """What of the page is drawn, in points from its upper left corner as it is shown: left, top, right, bottom."""
    wide, high = min(width, most, SLIMMEST * height), min(height, most, SLIMMEST * width)
    if (wide, high) == (width, height):
        return 0.0, 0.0, width, height
    x, y = _middle(page, width, height, marked) if marked else (0.0, 0.0)
    left = min(max(0.0, x - wide / 2), width - wide)
    top = min(max(0.0, y - high / 2), height - high)
    return left, top, left + wide, top + high


def _middle(page: Any, width: float, height: float, marked: Sequence[Box]) -> tuple[float, float]:
    """The middle of what is marked, as the page is shown."""
    import ctypes

    import pypdfium2.raw as pdfium

    x = (min(box[0] for box in marked) + max(box[2] for box in marked)) / 2
    y = (min(box[1] for box in marked) + max(box[3] for box in marked)) / 2
    fine = 10  # the function speaks in whole dots
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(
        page, 0, 0, round(width * fine), round(height * fine), 0, x, y, ctypes.byref(across), ctypes.byref(down)
    )
    return across.value / fine, down.value / fine
