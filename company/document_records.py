"""What is said of a document on its way in: between the library and whoever hands it one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from company.records import Desk, Passage


class Whose(StrEnum):
    """Who may read a document."""

    COMPANY = "company"
    PERSON = "person"
    GROUP = "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A file that is being read: `done` of `total` pages; `total` is 0 until that is known, and for short formats."""

    name: str
    done: int = 0
    total: int = 0
    whose: Whose = Whose.COMPANY


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A document that is in.

    Attributes:
        name: as it is cited.
        passages: how many it was cut into.
        same_as: the name of the document with the same content that was there before; "" when there is none.
        notes: what was left out of it, in sentences for a person.
        whose: who may read it.
    """

    name: str
    passages: int
    same_as: str = ""
    notes: tuple[str, ...] = ()
    whose: Whose = Whose.COMPANY


class Shelved(StrEnum):
    """How a document stands on the shelf."""

    READ = "read"
    FAILED = "failed"
    DOUBLE = "double"  # its content is there under another name


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file that the library knows. `reason` says why it failed, or which other has its content."""

    name: str
    state: Shelved
    passages: int = 0
    reason: str = ""
    whose: Whose = Whose.COMPANY


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A passage in its document, for somebody who wants to read it there.

    Attributes:
        headings: the path to it, outermost first.
        page: the page that can be drawn, counted from 1; 0 where the document has none.
        pages: whether `page` is one of a PDF; else the document is itself a picture.
        before, after: its neighbours.
    """

    passage: Passage
    headings: tuple[str, ...] = ()
    page: int = 0
    pages: bool = False
    before: Passage | None = None
    after: Passage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePicture:
    """A page as a PNG with the cited words marked: which page, and in how many pieces of lines (0: not found on it)."""

    picture: bytes
    page: int
    marked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Who may read what on the page of this machine: somebody as one desk knows them, the sources of an answer
    (`order_id`) or one passage (`passage_id`)."""

    desk: Desk
    external_id: str
    order_id: str = ""
    passage_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A document's file, as it was when it was read."""

    name: str
    data: bytes


OnReading = Callable[[Reading], None]
"""Called on the loop while a document is read; must not block."""
