"""A page to draw on: boxes, lines, dots and words become a content stream of PDF (ISO 32000-1, 8 and 9).

Units are points, `SCALE` pixels each; (0, 0) is the upper left corner. Words are set in Helvetica, one of the 14 fonts
that every PDF reader brings along, so no font has to be on the machine. It has the letters of western Europe alone
(`drawable`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NewType

from company.records import Json

SCALE = 2.5
ENCODING = "cp1252"  # WinAnsiEncoding: ISO 32000-1, annex D
ROUND = 0.5523  # how far the control points of a quarter of a circle stand off: 4/3 * (sqrt(2) - 1)
Align = Literal["left", "middle", "right"]

Ink = NewType("Ink", str)
"""A colour: "2f6fa8"."""
PAPER, INK, FAINT, GRID = Ink("ffffff"), Ink("1f2933"), Ink("66717d"), Ink("e4e8ec")

_PUNCTUATION = (278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278)
_DIGITS = (556,) * 10 + (278, 278, 584, 584, 584, 556, 1015)
_CAPITALS = (
    667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944,
    667, 667, 611, 278, 278, 278, 469, 556, 333,
)  # fmt: skip
_SMALL = (
    556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722,
    500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip
WIDTHS = _PUNCTUATION + _DIGITS + _CAPITALS + _SMALL
"""Thousandths of the size, for the signs from the space to the tilde (Adobe's metrics of Helvetica)."""
OTHER_WIDTH, BOLD = 600, 1.06


@dataclass(frozen=True, slots=True)
class Page:
    """A picture before it is drawn: its size in points, and its content stream in ASCII."""

    width: int
    height: int
    content: str

    def as_json(self) -> Json:
        """For the books and for the child process."""
        return {"width": self.width, "height": self.height, "content": self.content}

    @classmethod
    def from_json(cls, page: Json) -> Page:
        """What `as_json` made."""
        return cls(int(page["width"]), int(page["height"]), str(page["content"]))


def drawable(text: str) -> bool:
    """Whether the fonts have all the letters."""
    try:
        text.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return text.isprintable()


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """The width of words, in points."""
    units = sum(WIDTHS[ord(sign) - 32] if " " <= sign <= "~" else OTHER_WIDTH for sign in text)
    return units * size / 1000 * (BOLD if bold else 1)


def shortened(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """Words that fit into so many points."""
    if width_of(text, size, bold=bold) <= room:
        return text
    while text and width_of(text + "…", size, bold=bold) > room:
        text = text[:-1]
    return text.rstrip() + "…"


class Canvas:
    """Collects what is drawn, the lowest first."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._strokes: list[str] = []
        self.box(0, 0, width, height, PAPER)

    def page(self) -> Page:
        """What was drawn so far."""
        return Page(self.width, self.height, "\n".join(self._strokes))

    def box(self, x: float, y: float, width: float, height: float, ink: Ink, *, radius: float = 0) -> None:
        """A filled rectangle from its upper left corner; `radius` rounds its corners."""
        if width <= 0 or height <= 0:
            return
        low = self.height - y - height
        radius = min(radius, width / 2, height / 2)
        if radius <= 0:
            self._draw(f"{_fill(ink)} {_n(x)} {_n(low)} {_n(width)} {_n(height)} re f")
            return
        right, top, off = x + width, low + height, radius * (1 - ROUND)
        path = [f"{_n(x + radius)} {_n(low)} m", f"{_n(right - radius)} {_n(low)} l"]
        for edge in (
            (right - off, low, right, low + off, right, low + radius, right, top - radius),
            (right, top - off, right - off, top, right - radius, top, x + radius, top),
            (x + off, top, x, top - off, x, top - radius, x, low + radius),
            (x, low + off, x + off, low, x + radius, low, x + radius, low),
        ):
            numbers = [_n(number) for number in edge]
            path.append(f"{' '.join(numbers[:6])} c {' '.join(numbers[6:])} l")
        self._draw(f"{_fill(ink)} {' '.join(path)} f")

    def dot(self, x: float, y: float, radius: float, ink: Ink) -> None:
        """A filled circle around its middle."""
        self.box(x - radius, y - radius, 2 * radius, 2 * radius, ink, radius=radius)

    def line(self, start: tuple[float, float], end: tuple[float, float], ink: Ink, *, dashed: bool = False) -> None:
        """A thin line."""
        (x1, y1), (x2, y2) = start, end
        dash = "[4 3] 0 d" if dashed else "[] 0 d"
        path = f"{_n(x1)} {_n(self.height - y1)} m {_n(x2)} {_n(self.height - y2)} l"
        self._draw(f"{_rgb(ink)} RG {'1.2' if dashed else '0.6'} w {dash} {path} S")

    def peak(self, x: float, y: float, ink: Ink) -> None:
        """A small triangle that points up, from its tip."""
        top = self.height - y
        self._draw(f"{_fill(ink)} {_n(x)} {_n(top)} m {_n(x - 4)} {_n(top - 7)} l {_n(x + 4)} {_n(top - 7)} l f")

    def words(
        self, x: float, y: float, text: str, *, size: float = 11, ink: Ink = INK, bold: bool = False,
        align: Align = "left",
    ) -> None:  # fmt: skip
        """One line of words; `y` is the line that they stand on. Raises ValueError for signs without a font."""
        if not drawable(text):
            raise ValueError("these words can't be drawn")
        x -= {"left": 0.0, "middle": 0.5, "right": 1.0}[align] * width_of(text, size, bold=bold)
        font = "/F2" if bold else "/F1"
        place = f"{_n(x)} {_n(self.height - y)} Td"
        self._draw(f"BT {font} {_n(size)} Tf {_fill(ink)} {place} ({_escaped(text)}) Tj ET")

    def _draw(self, stroke: str) -> None:
        self._strokes.append(stroke)


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _rgb(ink: Ink) -> str:
    return " ".join(f"{int(ink[place : place + 2], 16) / 255:.3f}" for place in (0, 2, 4))


def _fill(ink: Ink) -> str:
    return f"{_rgb(ink)} rg"


def _escaped(text: str) -> str:
    """A string of PDF in ASCII (ISO 32000-1, 7.3.4.2)."""
    return "".join(
        f"\\{byte:03o}" if byte in b"()\\" or not 32 <= byte < 127 else chr(byte) for byte in text.encode(ENCODING)
    )
