"""The records of the knowledge department: what goes into the index and what comes out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

from knowledge.engine import COMPANY


class DocumentState(StrEnum):
    """What became of a file."""

    INDEXED = "indexed"
    FAILED = "failed"
    SKIPPED = "skipped"  # it says of itself that it is no document


class Piece(NamedTuple):
    """Where a stretch of a passage stands in its document: `passage[at : at + end - start] == document[start:end]`."""

    at: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A passage as a reader makes it. `headings` is the path to it, outermost first.

    `line` counts from 1, in whatever `unit` its format has: lines, pages, slides, rows or paragraphs. `pieces` are in
    the order of the passage's text and part it; what stands between two of them is white space that joins them.
    """

    text: str
    line: int
    headings: tuple[str, ...] = ()
    unit: Literal["line", "page", "slide", "row", "paragraph"] = "line"
    pieces: tuple[Piece, ...] = ()

    @property
    def place(self) -> str:
        """Where it stands, for people: "Prices > Delivery, line 12", "Terms, page 3"."""
        where = f"{self.unit} {self.line}"
        return f"{' > '.join(self.headings)}, {where}" if self.headings else where


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """A file as the index knows it. `modified_ns` is the file system's stamp, `checked_at` our clock, ms since 1970.

    `owner` is who may read it (see `knowledge.engine.COMPANY`), `collection` a name within that, "" for none, `time`
    the moment it speaks of, ms since 1970.
    """

    path: str
    name: str
    content_hash: str
    size: int
    modified_ns: int
    checked_at: int
    state: DocumentState
    reason: str = ""
    added: bool = False  # named by a person, not found in a watched folder
    owner: str = COMPANY
    collection: str = ""
    time: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage with what ranking needs. `ordinal` is its place in its document."""

    number: int
    id: str
    document_id: int
    document: str
    ordinal: int
    place: str
    headings: tuple[str, ...]
    text: str
    terms: list[str]
    heading_terms: list[str]
    length: int
    owner: str = COMPANY


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """The file of a passage, the hash of what it held when it was read, and the passage's `Chunk.line`."""

    path: str
    content_hash: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is. `words` and `heading_words` are sums over the passages, in terms.

    `languages` are those of the documents; `waiting` passages are not yet in the engine as they should be.
    """

    documents: int = 0
    passages: int = 0
    words: int = 0
    heading_words: int = 0
    languages: frozenset[str] = frozenset()
    waiting: int = 0


def passage_id(document: str, ordinal: int, text: str, owner: str = COMPANY) -> str:
    """The stable id of a passage: the same owner, document name, position and text give it again after a rebuild."""
    document = document if owner == COMPANY else f"{owner}\0{document}"
    return hashlib.sha256(f"{document}\0{ordinal}\0{text}".encode()).hexdigest()[:24]
