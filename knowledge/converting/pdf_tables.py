"""Tables in a PDF: lines that wide gaps part into cells standing below one another. What is doubtful stays lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.converting.pdf_lines import Cell, Line

FEWEST_ROWS = 3
MOST_COLUMNS = 30
DISTANCE = 3.0
"""Rows of a table are at most this many times their height apart."""
PROSE = 4.5
"""When the cells of every column have more words than this, on average, the columns are of text, not of data."""
_MARK = re.compile(r"\W{1,2}|\(?\w{1,3}[.):]?")
_NUMBER = re.compile(r"[-+(]?[$€£¥]?\d[\d.,:%)]*")


@dataclass(frozen=True, slots=True)
class Table:
    """A table and the page it begins on. `headless`: its first row is data like the others."""

    rows: tuple[tuple[str, ...], ...]
    page: int
    headless: bool


def with_tables(lines: Sequence[Line]) -> Iterator[Line | Table]:
    """The lines in order, those of tables replaced by them. A line that spoils a table stays a line before it."""
    at = 0
    while at < len(lines):
        run = _run(lines, at) if lines[at].cells else []
        table = _table(run)
        yield table or lines[at]
        at += len(run) if table else 1


def _run(lines: Sequence[Line], at: int) -> list[Line]:
    """The line at `at` and those below it that may be of its table: in cells, or going on in one beside the first."""
    run = [lines[at]]
    beside = lines[at].cells[1].left
    for line in lines[at + 1 :]:
        last = run[-1]
        below = line.page == last.page and 0 < last.top - line.top <= DISTANCE * max(last.height, 1.0)
        if not below or abs(line.height - lines[at].height) > 0.15 * lines[at].height:
            break
        if not line.cells and line.left < beside - 4:
            break
        if line.cells:
            beside = min(beside, line.cells[1].left)
        run.append(line)
    return run


def _table(run: Sequence[Line]) -> Table | None:
    """The table that lines make, if they make one."""
    in_cells = [line for line in run if line.cells]
    columns = _columns([cell for line in in_cells for cell in line.cells])
    enough = len(in_cells) >= FEWEST_ROWS or (len(in_cells) == FEWEST_ROWS - 1 and len(columns) > 2)
    if not enough or not 2 <= len(columns) <= MOST_COLUMNS:
        return None
    rows: list[list[str]] = []
    for line in run:
        places = [_column_of(cell, columns) for cell in line.cells]
        if len(set(places)) != len(places):
            return None  # two cells of a line in one column: these are no columns
        if line.cells:
            rows.append([""] * len(columns))
        for place, text in zip(places or [_column_of(_whole(line), columns)], _texts(line), strict=True):
            rows[-1][place] = f"{rows[-1][place]} {text}".strip()
    if _is_prose(rows) or _is_list(rows):
        return None
    headless = any(_NUMBER.fullmatch(cell) for cell in rows[0])
    return Table(tuple(tuple(row) for row in rows), run[0].page, headless)


def _columns(cells: Sequence[Cell]) -> list[tuple[float, float]]:
    """The columns that cells stand in: stretches from left to right that no gap goes through."""
    found: list[tuple[float, float]] = []
    for left, right in sorted((cell.left, cell.right) for cell in cells):
        if found and left < found[-1][1]:
            found[-1] = (found[-1][0], max(right, found[-1][1]))
        else:
            found.append((left, right))
    return found


def _column_of(cell: Cell, columns: Sequence[tuple[float, float]]) -> int:
    """The column that it shares the most with."""
    shared = [min(cell.right, right) - max(cell.left, left) for left, right in columns]
    return shared.index(max(shared))


def _whole(line: Line) -> Cell:
    return Cell(line.text, line.left, line.right)


def _texts(line: Line) -> list[str]:
    return [cell.text for cell in line.cells] or [line.text]


def _is_prose(rows: Sequence[Sequence[str]]) -> bool:
    """Columns of running text, as of a newspaper."""
    filled = [[cell for cell in column if cell] for column in zip(*rows, strict=True)]
    return min(sum(len(cell.split()) for cell in column) / max(len(column), 1) for column in filled) > PROSE


def _is_list(rows: Sequence[Sequence[str]]) -> bool:
    """Marks or numbers of items, and the items beside them."""
    return len(rows[0]) == 2 and all(_MARK.fullmatch(row[0]) for row in rows if row[0])
