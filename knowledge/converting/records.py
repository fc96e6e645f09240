"""What conversion hands on: a document as blocks with their places, its limits, and why a file can't be one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Unreadable(Exception):
    """The file can't be a document; the first argument is the reason, for a person ("it is empty")."""


class NotADocument(Exception):
    """The file says of itself that it is not to be indexed."""


class Format(StrEnum):
    """The kinds of file that can become a document."""

    MARKDOWN = "Markdown"
    TEXT = "text"
    CODE = "source code"
    PDF = "PDF"
    WORD = "Word"
    SLIDES = "PowerPoint"
    SHEET = "Excel"
    CSV = "CSV"
    HTML = "HTML"
    MAIL = "e-mail"
    IMAGE = "image"


class BlockKind(StrEnum):
    """What a block is, for cutting: between blocks always, inside one by its kind."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"  # of a list
    TABLE = "table"  # its text is Markdown, head first; a table without a head has an empty one
    CODE = "code"


Unit = Literal["line", "page", "slide", "row", "paragraph"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A piece of a document that is kept together if it fits.

    Attributes:
        text: as it is searched and quoted; `document.text[start:end]`, Markdown where it is a table.
        place: where it begins, counted from 1 in the document's `unit`.
        headings: the path of headings above it, outermost first; a heading's own title is its last.
        start, end: offsets in the document's text, in characters.
        level: of a heading, from 1; 0 for anything else.
        cells: of a table, row by row, as they stand in the file.
    """

    kind: BlockKind
    text: str
    place: int
    headings: tuple[str, ...] = ()
    start: int
    end: int
    level: int = 0
    cells: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A document as text with places. `pages` is 0 for formats without; `notes` say what was left out, for a person."""

    title: str
    format: Format
    unit: Unit
    text: str
    blocks: tuple[Block, ...]
    pages: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one conversion may take; past any of them the file is refused with the reason.

    Attributes:
        seconds: of wall time; the child's processor time is held to the same.
        memory_mb: address space of the child, libraries included.
        unpacked_mb: what an archive (Word, PowerPoint, Excel) may unpack to.
        text_mb: the text that may come out.
        pages: of a PDF, or slides.
    """

    seconds: float = 120.0
    memory_mb: int = 1024
    unpacked_mb: int = 300
    text_mb: int = 50
    pages: int = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far a conversion has come: `done` of `total` pages; `total` is 0 where it can't be known."""

    done: int
    total: int


OnStep = Callable[[Step], None]
"""Called on the loop while a file is converted; must not block."""
