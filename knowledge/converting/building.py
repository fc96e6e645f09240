"""Puts a document together block by block: headings form a path, offsets follow from the order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from knowledge.converting.records import Block, BlockKind

JOINT = "\n\n"
"""What stands between two blocks in the document's text."""
LONGEST_TITLE = 200
LONGEST_BLOCK = 8000
"""Characters of a paragraph; a longer one would hold up everything else while its words are counted."""
ROWS_OF_A_TABLE = 40
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SPACES = re.compile(r"[ \t\u00a0\u2007\u202f\u3000]+")


def tidy(text: str) -> str:
    """Without control characters, runs of blanks as one, no blanks at the ends of lines."""
    lines = (_SPACES.sub(" ", _CONTROL.sub("", line)).strip() for line in text.replace("\r", "\n").split("\n"))
    return "\n".join(lines).strip("\n")


class Building:
    """Takes what a converter finds in reading order, and knows each block's path of headings and offsets."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._headings: list[tuple[int, str]] = []
        self._length = 0

    def heading(self, title: str, level: int, place: int) -> None:
        """A heading; it ends those of its level and below."""
        title = " ".join(tidy(title).split())[:LONGEST_TITLE]
        if title:
            self._headings = [*(one for one in self._headings if one[0] < level), (level, title)]
            self._add(BlockKind.HEADING, title, place, level=level)

    def text(self, text: str, place: int, kind: BlockKind = BlockKind.PARAGRAPH) -> None:
        """A paragraph, a list item or code; nothing when it is blank."""
        text = text.strip("\n") if kind is BlockKind.CODE else tidy(text)
        while len(text) > LONGEST_BLOCK:
            at = max(text.rfind("\n", 0, LONGEST_BLOCK), text.rfind(" ", 0, LONGEST_BLOCK), LONGEST_BLOCK // 2)
            if text[:at].strip():
                self._add(kind, text[:at], place)
            text = text[at:].lstrip()
        if text.strip():
            self._add(kind, text, place)

    def table(self, rows: Iterable[Sequence[str]], place: int, *, headless: bool = False) -> None:
        """A table, its first row being the head unless it is `headless`; empty rows and columns at the edges go.

        A long one comes as several, each with the head.
        """
        cells = trimmed(rows)
        head, body = (cells[:0], cells) if headless else (cells[:1], cells[1:])
        for at in range(0, max(len(body), 1) if cells else 0, ROWS_OF_A_TABLE):
            some = (*head, *body[at : at + ROWS_OF_A_TABLE])
            self._add(BlockKind.TABLE, as_markdown(some, headless=headless), place, cells=some)

    def _add(
        self, kind: BlockKind, text: str, place: int, *, level: int = 0, cells: tuple[tuple[str, ...], ...] = ()
    ) -> None:
        start = self._length + (len(JOINT) if self.blocks else 0)
        self._length = start + len(text)
        self.blocks.append(
            Block(
                kind=kind, text=text, place=place, headings=tuple(title for _, title in self._headings), start=start,
                end=self._length, level=level, cells=cells,
            )
        )  # fmt: skip


def trimmed(rows: Iterable[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Rows of equal length on one line a cell, without empty rows, and without empty columns at the right and left."""
    kept = [[" ".join(tidy(cell).split()) for cell in row] for row in rows]
    kept = [row for row in kept if any(row)]
    if not kept:
        return ()
    width = max(max(n for n, cell in enumerate(row, 1) if cell) for row in kept)
    first = min(next(n for n, cell in enumerate(row) if cell) for row in kept)
    return tuple(tuple((row + [""] * width)[first:width]) for row in kept)


def as_markdown(cells: Sequence[Sequence[str]], *, headless: bool = False) -> str:
    """A table as Markdown has it."""
    if headless:
        cells = [[""] * len(cells[0]), *cells]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells]
    lines.insert(1, "|" + "---|" * len(cells[0]))
    return "\n".join(lines)
