"""PDF to blocks: text with pages, headings and paragraphs. The one door to pypdfium2.

PDFium was measured to find .996 of the words of a 480,000 character document in 0.4 s, where other readers glue words
together or lose them. A PDF has no paragraphs and often no headings: both are told from where lines stand and how tall
they are, or from its outline where it has one. Rows of tables stay on a line each; cells are not told apart.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from knowledge.converting.building import Building
from knowledge.converting.missing import needs
from knowledge.converting.records import BlockKind, Format, Limits, OnStep, Step, Unreadable

TALLER = 1.12
"""A line this much taller than the body is a heading: finds .87 of the headings of the FHS, .98 of Bash's manual."""
LONGEST_HEADING = 120
APART = 1.35
"""A distance between two lines, in their usual distance, that parts paragraphs."""
FULL = 0.85
"""A line that reaches this share of the column's width goes on in the next one."""
RUNNING = 0.4
"""A line that stands word for word at the same height of this share of all pages is a running head: kept once."""
SHARPNESS = 200
"""Dots an inch at which a page is drawn: enough for body text, a quarter of the time that 400 takes."""
WIDEST = 4000
"""Dots of the longer side of a page that is drawn."""
MOST_MARKS = 5000
"""Entries of an outline that are looked at."""

_LOCKED = 4  # FPDF_ERR_PASSWORD in fpdfview.h
_HYPHEN = re.compile(r"(?<=\w)[\u00ad\x02\ufffe-]$")
_BROKEN_HERE = "\ufffe"  # PDFium's own mark for a hyphen at the end of a line, where it joins the lines by itself
_BROKEN = re.compile(r"(\w+)[\u00ad\x02\ufffe](\w+)")
_COMPOUND = re.compile(r"\w+-\w+")
_BULLET = re.compile(r"^(?:[•‣▪◦●○■–—*-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_PAGE_NUMBER = re.compile(r"(?:page |p\. ?|seite |- ?)?(\d{1,5})(?: ?-| ?(?:/|of|von|de|из) ?\d{1,5})?", re.IGNORECASE)
_NUMBER = re.compile(r"[-+(]?[$€£¥]?\d[\d.,:%)]*")


Recognise = Callable[[bytes], str]
"""The text in a picture."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a page; `top`, `left`, `right` and `height` in points; a height of 0 was not measured."""

    text: str
    page: int
    top: float
    left: float
    right: float
    height: float


@dataclass(frozen=True, slots=True)
class PdfText:
    """What was found in a PDF; the last three count pages: all, those without text, and those read from a picture."""

    title: str
    building: Building
    pages: int
    empty: int
    recognised: int


def read_pdf(data: bytes, limits: Limits, tell: OnStep, recognise: Recognise | None = None) -> PdfText:
    """The text of a PDF; places are pages.

    Args:
        data: the file.
        limits: the most pages.
        tell: told after each page.
        recognise: reads a page that is a picture; None where there is nothing that could.

    Raises:
        Unreadable: damaged, protected by a password, or of too many pages.
    """
    with needs(Format.PDF):
        import pypdfium2
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _LOCKED:
            raise Unreadable("it is protected by a password; save a copy without one") from None
        raise Unreadable("it is damaged, or not a PDF") from None
    total = len(document)
    if total > limits.pages:
        raise Unreadable(f"it has {total:,} pages; the limit is {limits.pages:,} (knowledge.max_pages)")
    pages: list[list[_Line]] = []
    recognised = 0
    for number in range(total):
        lines = list(_lines(document, number))
        if not lines and recognise is not None and (picture := _picture(document, number)):
            lines = list(_recognised(recognise(picture), number + 1))
            recognised += bool(lines)
        pages.append(lines)
        tell(Step(done=number + 1, total=total))
    building, outline = Building(), _outline(document)
    _Layout(_without_repeated_titles(_without_running_heads(pages), outline, total), outline, building).build()
    title = str(document.get_metadata_dict().get("Title", ""))
    return PdfText(title, building, total, sum(not page for page in pages), recognised)


# -- what stands where ------------------------------------------------------------------------------------------------


def _lines(document: Any, number: int) -> Iterator[_Line]:
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


def _placed(text_page: Any, text: str, at: int, page: int) -> _Line:
    """A line with the boxes of its first and last sign that is not blank."""
    import pypdfium2

    first = at + len(text) - len(text.lstrip())
    last = at + len(text.rstrip()) - 1
    boxes = []
    for index in (first, last):
        try:
            sign = pypdfium2.raw.FPDFText_GetCharIndexFromTextIndex(text_page, index)
            boxes.append(text_page.get_charbox(max(sign, 0), loose=True))
        except pypdfium2.PdfiumError:
            boxes.append((0.0, 0.0, 0.0, 0.0))
    (left, bottom, _, top), (_, _, right, _) = boxes
    return _Line(text=text.strip(), page=page, top=top, left=left, right=right, height=round((top - bottom) * 2) / 2)


def _picture(document: Any, number: int) -> bytes:
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


def _recognised(text: str, page: int) -> Iterator[_Line]:
    """Recognised text as lines below one another; an empty line is a wide distance."""
    top = 0.0
    for line in text.replace("\f", "").split("\n"):
        top -= 12.0 if line.strip() else 24.0
        if line.strip():
            yield _Line(text=line.strip(), page=page, top=top, left=0.0, right=float(len(line)), height=0.0)


def _without_running_heads(pages: list[list[_Line]]) -> list[_Line]:
    """All lines in order; those that stand at the edge of many pages only once."""
    seen: Counter[tuple[str, float]] = Counter()
    for page in pages:
        seen.update({_pattern(line) for line in (*page[:2], *page[-2:])})
    often = {key for key, count in seen.items() if count >= max(4, RUNNING * len(pages))}
    kept: list[_Line] = []
    for page in pages:
        edges = {id(line) for line in (*page[:2], *page[-2:])}
        for line in page:
            key = _pattern(line)
            if id(line) not in edges or key not in often:
                kept.append(line)
            elif seen[key]:
                kept.append(line)
                seen[key] = 0
    return kept


def _pattern(line: _Line) -> tuple[str, float]:
    """What running heads have in common. Only a bare page number may differ: other numbers are facts."""
    number = _PAGE_NUMBER.fullmatch(line.text)
    return (f"#{int(number[1]) - line.page}" if number else line.text), round(line.top)


def _without_repeated_titles(lines: list[_Line], outline: dict[int, list[tuple[int, str]]], pages: int) -> list[_Line]:
    """Without the lines "12 Chapter 2. Delivery": a page's number beside a title that stands somewhere as a heading."""
    body = _usual([(line.height, len(line.text)) for line in lines if line.height])
    titles = {_key(title) for marks in outline.values() for _, title in marks}
    titles |= {_key(line.text) for line in lines if line.height > TALLER * body}
    numbered = {id(line): list(_numbers_at_ends(line)) for line in lines if line.height <= TALLER * body}
    places = Counter((round(line.top), away) for line in lines for away, _ in numbered.get(id(line), ()))
    often = {place for place, count in places.items() if count >= max(4, RUNNING * pages)}

    def repeats(line: _Line) -> bool:
        for away, rest in numbered.get(id(line), ()):
            if (round(line.top), away) in often and any(_key(rest)[at:] in titles for at in range(len(_key(rest)) - 3)):
                return True
        return False

    return [line for line in lines if not repeats(line)]


def _numbers_at_ends(line: _Line) -> Iterator[tuple[int, str]]:
    """The number at either end of a line as its distance from the page's own, with the rest of the line."""
    first, _, after = line.text.partition(" ")
    before, _, last = line.text.rpartition(" ")
    for number, rest in ((first, after), (last, before)):
        if number.isascii() and number.isdigit() and len(number) < 6 and rest:
            yield int(number) - line.page, rest


def _outline(document: Any) -> dict[int, list[tuple[int, str]]]:
    """The entries of the outline by page, each with its level; {} where there is none worth the name."""
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for mark in itertools.islice(document.get_toc(max_depth=6), MOST_MARKS):
        target = mark.get_dest()
        page = target.get_index() if target is not None else None
        title = " ".join(mark.get_title().split())
        if page is not None and title:
            found[page + 1].append((mark.level + 1, title))
    return found if sum(map(len, found.values())) >= 3 else {}


# -- what belongs together --------------------------------------------------------------------------------------------


class _Layout:
    """Makes headings and paragraphs of lines."""

    def __init__(self, lines: list[_Line], outline: dict[int, list[tuple[int, str]]], building: Building) -> None:
        self._lines = lines
        self._outline = outline
        self._building = building
        self._body = _usual([(line.height, len(line.text)) for line in lines if line.height])
        self._apart = APART * _usual([
            (round(one.top - two.top, 0), 1)
            for one, two in itertools.pairwise(lines)
            if one.page == two.page and one.top > two.top and one.height == two.height == self._body
        ])  # fmt: skip
        self._reach: dict[tuple[int, int], float] = {}
        for line in lines:
            column = (line.page, round(line.left / 40))
            self._reach[column] = max(line.right, self._reach.get(column, 0.0))
        heights = sorted({line.height for line in lines if self._is_tall(line)}, reverse=True)
        self._levels = {height: min(level, 4) for level, height in enumerate(heights, 1)}
        self._compounds = {word.casefold() for line in lines for word in _COMPOUND.findall(line.text)}
        self._held: list[_Line] = []
        self._at = 0  # the first line of the page that is being read

    def build(self) -> None:
        """Headings from the outline where there is one, else from the height of lines."""
        page, due = 0, list[tuple[int, str]]()
        title: list[_Line] = []
        for line in self._lines:
            if line.page != page:
                page, due = line.page, self._due(line.page)
            level = (
                self._announced(line, due) if self._outline else self._levels.get(line.height, 0) * self._is_tall(line)
            )
            if self._outline and level:
                self._flush()
            elif level and (not title or (title[-1].height == line.height and title[-1].page == line.page)):
                self._flush()
                title.append(line)
            else:
                self._end_title(title)
                if level:
                    title.append(line)
                else:
                    self._take(line)
        self._end_title(title)
        self._flush()

    def _is_tall(self, line: _Line) -> bool:
        text = line.text
        return (
            line.height > TALLER * self._body
            and len(text) <= LONGEST_HEADING
            and sum(map(str.isalpha, text[:LONGEST_HEADING])) >= 2
            and text[-1] not in ",;"
        )

    def _end_title(self, title: list[_Line]) -> None:
        if title:
            self._building.heading(" ".join(line.text for line in title), self._levels[title[0].height], title[0].page)
            title.clear()

    def _due(self, page: int) -> list[tuple[int, str]]:
        """The outline's titles for a page; one that none of its lines bears comes before its text."""
        marks = self._outline.get(page, [])
        keys = {_key(line.text) for line in self._lines_of(page)} if marks else set()
        borne = [mark for mark in marks if any(_bears(key, _key(mark[1])) for key in keys)]
        for level, title in marks:
            if (level, title) not in borne:
                self._flush()
                self._building.heading(title, level, page)
        return borne

    def _lines_of(self, page: int) -> Iterator[_Line]:
        while self._lines[self._at].page < page:
            self._at += 1
        return itertools.takewhile(lambda line: line.page == page, itertools.islice(self._lines, self._at, None))

    def _announced(self, line: _Line, due: list[tuple[int, str]]) -> int:
        """The level when this line bears the next title of the outline, which is written then."""
        key = _key(line.text)
        for place, (level, title) in enumerate(due[:3]):
            if _bears(key, _key(title)):
                self._flush()
                self._building.heading(max(title, line.text, key=len), level, line.page)  # one may lack the number
                del due[: place + 1]
                return level
        return 0

    def _take(self, line: _Line) -> None:
        if self._held and not self._goes_on(self._held[-1], line):
            self._flush()
        self._held.append(line)

    def _goes_on(self, before: _Line, line: _Line) -> bool:
        """Whether a line belongs to the paragraph of the one before it."""
        if _BULLET.match(line.text) or abs(before.height - line.height) > 0.1 * self._body:
            return False
        distance = before.top - line.top
        if before.page == line.page and distance >= 0:
            return distance <= self._apart
        return self._is_full(before) and before.text[-1] not in ".!?:" and line.text[0].islower()

    def _is_full(self, line: _Line) -> bool:
        reach = self._reach[line.page, round(line.left / 40)]
        return line.right - line.left >= FULL * (reach - line.left)

    def _mended(self, word: re.Match[str]) -> str:
        """A word that was broken at the end of a line: with its hyphen where it has one elsewhere ("half-made")."""
        whole = f"{word[1]}-{word[2]}"
        return whole if word[2][0].isupper() or whole.casefold() in self._compounds else word[1] + word[2]

    def _flush(self) -> None:
        """The lines held as a paragraph or an item: joined where they ran on, parted where each stood alone."""
        if not self._held:
            return
        text = self._held[0].text
        for before, line in itertools.pairwise(self._held):
            if _HYPHEN.search(text) and line.text[0].islower():
                text = _HYPHEN.sub(_BROKEN_HERE, text) + line.text
            else:
                runs_on = self._is_full(before) and not _is_row(before.text) and not _is_row(line.text)
                text += (" " if runs_on else "\n") + line.text
        kind = BlockKind.ITEM if _BULLET.match(text) else BlockKind.PARAGRAPH
        text = _BROKEN.sub(self._mended, text)
        self._building.text(re.sub("[\u00ad\x02\ufffe]", "", text), self._held[0].page, kind)
        self._held = []


def _usual(weighted: list[tuple[float, int]]) -> float:
    """The value that carries the most weight; 0 of none."""
    sums: Counter[float] = Counter()
    for value, weight in weighted:
        sums[value] += weight
    return sums.most_common(1)[0][0] if sums else 0.0


def _key(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text.casefold())


def _bears(line: str, title: str) -> bool:
    """Whether a line is a title, or the beginning of one that goes on in the next line."""
    return bool(title) and (line == title or (len(line) >= 12 and title.startswith(line)))


def _is_row(text: str) -> bool:
    """Whether a line is one of numbers in columns."""
    words = text.split()
    numbers = sum(bool(_NUMBER.fullmatch(word)) for word in words)
    return numbers >= 2 and numbers * 5 >= len(words) * 2
