"""PDF to blocks: pages, headings, paragraphs and tables.

A PDF has none of them but pages: they are told from where lines stand, how tall they are and where wide gaps part them;
headings from its outline where it has one.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from knowledge.converting.building import Building
from knowledge.converting.pdf_lines import Line, lines_of, open_pdf, picture_of, recognised_lines
from knowledge.converting.pdf_tables import Table, with_tables
from knowledge.converting.records import BlockKind, Limits, OnStep, Step, Unreadable

TALLER = 1.12
"""A line this much taller than the body is a heading: finds .87 of the headings of the FHS, .98 of Bash's manual."""
LONGEST_HEADING = 120
APART = 1.35
"""A distance between two lines, in their usual distance, that parts paragraphs."""
FULL = 0.85
"""A line that reaches this share of the column's width goes on in the next one."""
RUNNING = 0.4
"""A line that stands word for word at the same height of this share of all pages is a running head: kept once."""
MOST_MARKS = 5000
"""Entries of an outline that are looked at."""

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
    document = open_pdf(data)
    total = len(document)
    if total > limits.pages:
        raise Unreadable(f"it has {total:,} pages; the limit is {limits.pages:,} (knowledge.max_pages)")
    pages: list[list[Line]] = []
    recognised = 0
    for number in range(total):
        lines = list(lines_of(document, number))
        if not lines and recognise is not None and (picture := picture_of(document, number)):
            lines = list(recognised_lines(recognise(picture), number + 1))
            recognised += bool(lines)
        pages.append(lines)
        tell(Step(done=number + 1, total=total))
    building, outline = Building(), _outline(document)
    _Layout(_without_repeated_titles(_without_running_heads(pages), outline, total), outline, building).build()
    title = str(document.get_metadata_dict().get("Title", ""))
    return PdfText(title, building, total, sum(not page for page in pages), recognised)


# -- what is no text --------------------------------------------------------------------------------------------------


def _without_running_heads(pages: list[list[Line]]) -> list[Line]:
    """All lines in order; those that stand at the edge of many pages only once."""
    seen: Counter[tuple[str, float]] = Counter()
    for page in pages:
        seen.update({_pattern(line) for line in (*page[:2], *page[-2:])})
    often = {key for key, count in seen.items() if count >= max(4, RUNNING * len(pages))}
    kept: list[Line] = []
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


def _pattern(line: Line) -> tuple[str, float]:
    """What running heads have in common. Only a bare page number may differ: other numbers are facts."""
    number = _PAGE_NUMBER.fullmatch(line.text)
    return (f"#{int(number[1]) - line.page}" if number else line.text), round(line.top)


def _without_repeated_titles(lines: list[Line], outline: dict[int, list[tuple[int, str]]], pages: int) -> list[Line]:
    """Without the lines "12 Chapter 2. Delivery": a page's number beside a title that stands somewhere as a heading."""
    body = _usual([(line.height, len(line.text)) for line in lines if line.height])
    titles = {_key(title) for marks in outline.values() for _, title in marks}
    titles |= {_key(line.text) for line in lines if line.height > TALLER * body}
    numbered = {id(line): list(_numbers_at_ends(line)) for line in lines if line.height <= TALLER * body}
    places = Counter((round(line.top), away) for line in lines for away, _ in numbered.get(id(line), ()))
    often = {place for place, count in places.items() if count >= max(4, RUNNING * pages)}

    def repeats(line: Line) -> bool:
        for away, rest in numbered.get(id(line), ()):
            if (round(line.top), away) in often and any(_key(rest)[at:] in titles for at in range(len(_key(rest)) - 3)):
                return True
        return False

    return [line for line in lines if not repeats(line)]


def _numbers_at_ends(line: Line) -> Iterator[tuple[int, str]]:
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

    def __init__(self, lines: list[Line], outline: dict[int, list[tuple[int, str]]], building: Building) -> None:
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
        self._held: list[Line] = []
        self._at = 0  # the first line of the page that is being read

    def build(self) -> None:
        """Headings from the outline where there is one, else from the height of lines."""
        page, due = 0, list[tuple[int, str]]()
        title: list[Line] = []
        for piece in with_tables(self._lines):
            if piece.page != page:
                page, due = piece.page, self._due(piece.page)
            if isinstance(piece, Table):
                self._end_title(title)
                self._flush()
                self._building.table(piece.rows, piece.page, headless=piece.headless)
            else:
                self._place(piece, title, due)
        self._end_title(title)
        self._flush()

    def _place(self, line: Line, title: list[Line], due: list[tuple[int, str]]) -> None:
        """A line as a title, as more of the title before it, or as text."""
        if self._outline:
            if not self._announced(line, due):
                self._take(line)
            return
        level = self._levels.get(line.height, 0) * self._is_tall(line)
        if title and not (level and title[-1].height == line.height and title[-1].page == line.page):
            self._end_title(title)
        if level:
            self._flush()
            title.append(line)
        else:
            self._take(line)

    def _is_tall(self, line: Line) -> bool:
        text = line.text
        return (
            line.height > TALLER * self._body
            and len(text) <= LONGEST_HEADING
            and sum(map(str.isalpha, text[:LONGEST_HEADING])) >= 2
            and text[-1] not in ",;"
        )

    def _end_title(self, title: list[Line]) -> None:
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

    def _lines_of(self, page: int) -> Iterator[Line]:
        while self._lines[self._at].page < page:
            self._at += 1
        return itertools.takewhile(lambda line: line.page == page, itertools.islice(self._lines, self._at, None))

    def _announced(self, line: Line, due: list[tuple[int, str]]) -> int:
        """The level when this line bears the next title of the outline, which is written then."""
        key = _key(line.text)
        for place, (level, title) in enumerate(due[:3]):
            if _bears(key, _key(title)):
                self._flush()
                self._building.heading(max(title, line.text, key=len), level, line.page)  # one may lack the number
                del due[: place + 1]
                return level
        return 0

    def _take(self, line: Line) -> None:
        if self._held and not self._goes_on(self._held[-1], line):
            self._flush()
        self._held.append(line)

    def _goes_on(self, before: Line, line: Line) -> bool:
        """Whether a line belongs to the paragraph of the one before it."""
        if _BULLET.match(line.text) or abs(before.height - line.height) > 0.1 * self._body:
            return False
        distance = before.top - line.top
        if before.page == line.page and distance >= 0:
            return distance <= self._apart
        return self._is_full(before) and before.text[-1] not in ".!?:" and line.text[0].islower()

    def _is_full(self, line: Line) -> bool:
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
