"""Workbooks and CSV to blocks: one table a sheet, its rows by their numbers. The one door to python-calamine."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO
from typing import TYPE_CHECKING

from knowledge.converting.building import ROWS_OF_A_TABLE, Building
from knowledge.converting.decoding import decode
from knowledge.converting.missing import needs
from knowledge.converting.records import Format, OnStep, Step, Unreadable

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

MOST_CELLS = 3_000_000
_LONGEST_CELL = 1_000_000

Cell = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta


def read_workbook(data: bytes, tell: OnStep) -> tuple[Building, tuple[str, ...]]:
    """Blocks and notes; the sheet is the heading, places are its rows. Hidden sheets are named, not read.

    Raises:
        Unreadable: it is protected, damaged or too large.
    """
    with needs(Format.SHEET):
        from python_calamine import CalamineError, PasswordError, SheetTypeEnum, SheetVisibleEnum, load_workbook
    building = Building()
    notes: list[str] = []
    try:
        workbook = load_workbook(BytesIO(data))
        sheets = [one for one in workbook.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
        for done, one in enumerate(sheets, 1):
            if one.visible == SheetVisibleEnum.Visible:
                _sheet(workbook.get_sheet_by_name(one.name), building)
            else:
                notes.append(f"the hidden sheet {one.name} is not read")
            tell(Step(done=done, total=len(sheets)))
    except PasswordError:
        raise Unreadable("it is protected by a password; save a copy without one") from None
    except CalamineError:
        raise Unreadable("it is damaged, or not a workbook") from None
    return building, tuple(notes)


def _sheet(sheet: CalamineSheet, building: Building) -> None:
    if sheet.height * sheet.width > MOST_CELLS:
        raise Unreadable(
            f"its sheet {sheet.name} has {sheet.height * sheet.width:,} cells; the limit is {MOST_CELLS:,}"
        )
    first = 1 + (sheet.start[0] if sheet.start else 0)
    building.heading(sheet.name, 1, first)
    tables(([_written(cell) for cell in row] for row in sheet.to_python()), first, building)


def read_csv(data: bytes) -> Building:
    """Blocks of a file of comma, semicolon, tab or bar separated values; places are rows."""
    text = decode(data)
    csv.field_size_limit(_LONGEST_CELL)
    building = Building()
    try:
        tables(csv.reader(StringIO(text), delimiter=_delimiter(text)), 1, building)
    except csv.Error as error:
        raise Unreadable(f"it is not a table ({error})") from None
    return building


def _delimiter(text: str) -> str:
    """The one that parts the most lines into equally many columns."""
    lines = [line for line in text[:20_000].split("\n")[:50] if line.strip()]

    def agreement(mark: str) -> tuple[int, int]:
        counts = [line.count(mark) for line in lines]
        usual = max(set(counts), key=counts.count, default=0)
        return (counts.count(usual) if usual else 0, usual)

    return max((",", ";", "\t", "|"), key=agreement)


def tables(rows: Iterable[Sequence[str]], first: int, building: Building) -> None:
    """Rows as tables, each with its first row as head; empty rows end a table. Raises `Unreadable` for too many cells.

    The place of a table is its first row after the head. A row of one cell above a wider one is a caption.
    """
    table, cells = _Table(building), 0
    for number, row in enumerate(rows, first):
        cells += len(row)
        if cells > MOST_CELLS:
            raise Unreadable(f"it has more than {MOST_CELLS:,} cells")
        table.take(row, number)
    table.end()


class _Table:
    """Holds rows until a block of `ROWS_OF_A_TABLE` is full."""

    def __init__(self, building: Building) -> None:
        self._building = building
        self._head: Sequence[str] = ()
        self._held: list[Sequence[str]] = []
        self._begun = 0
        self._told = False

    def take(self, row: Sequence[str], number: int) -> None:
        """The next row."""
        filled = _filled(row)
        caption = not self._held and not self._told and _filled(self._head) == 1 and filled > 1
        if not filled or caption:
            self.end()
        if not filled:
            return
        if not self._head:
            self._head, self._begun, self._told = row, number, False
            return
        self._begun = self._begun if self._held else number
        self._held.append(row)
        if len(self._held) == ROWS_OF_A_TABLE:
            self._flush()

    def end(self) -> None:
        """The table is over; a lonely row is text."""
        if self._held:
            self._flush()
        elif self._head and not self._told:
            self._building.text(" ".join(cell for cell in self._head if cell.strip()), self._begun)
        self._head = ()

    def _flush(self) -> None:
        self._building.table([self._head, *self._held], self._begun)
        self._held, self._told = [], True


def _filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _written(cell: Cell) -> str:
    """A cell as people write it: whole numbers without a point, dates in ISO form."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.12g}"
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(" ", "minutes")
    return str(cell)
