"""The index of passages: SQLite FTS5 in a file of its own. Derived data: it can be thrown away and built again.

Owns `knowledge.db`. Everything here blocks; `knowledge.library` calls it from its two threads (one writes, one reads).
A document's passages are replaced in one transaction: a search sees all of the old ones or all of the new ones.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

from company.errors import BooksError, NotReady
from company.language.tokens import terms

LAYOUT = 1
"""Version of the tables and of the analyser; another number on disk means: build again."""

_TABLES = """
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, content_hash TEXT NOT NULL,
    size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, checked_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('indexed', 'failed', 'skipped')), reason TEXT NOT NULL,
    added INTEGER NOT NULL CHECK (added IN (0, 1)));
CREATE TABLE passages (
    rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document_id INTEGER NOT NULL REFERENCES documents (id),
    ordinal INTEGER NOT NULL, place TEXT NOT NULL, headings TEXT NOT NULL, line INTEGER NOT NULL, text TEXT NOT NULL,
    body_terms TEXT NOT NULL, heading_terms TEXT NOT NULL, length INTEGER NOT NULL, UNIQUE (document_id, ordinal));
CREATE VIRTUAL TABLE words USING fts5 (
    body_terms, heading_terms, content = 'passages', content_rowid = 'rowid',
    tokenize = 'unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE vocabulary USING fts5vocab (words, row);
"""


class DocumentState(StrEnum):
    """What became of a file."""

    INDEXED = "indexed"
    FAILED = "failed"
    SKIPPED = "skipped"  # it says of itself that it is no document


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A passage as a reader makes it. `headings` is the path to it, outermost first.

    `line` counts from 1, in whatever `unit` its format has: lines, pages, slides, rows or paragraphs.
    """

    text: str
    line: int
    headings: tuple[str, ...] = ()
    unit: Literal["line", "page", "slide", "row", "paragraph"] = "line"

    @property
    def place(self) -> str:
        """Where it stands, for people: "Prices > Delivery, line 12", "Terms, page 3"."""
        where = f"{self.unit} {self.line}"
        return f"{' > '.join(self.headings)}, {where}" if self.headings else where


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """A file as the index knows it. `modified_ns` is the file system's stamp, `checked_at` our clock, ms since 1970."""

    path: str
    name: str
    content_hash: str
    size: int
    modified_ns: int
    checked_at: int
    state: DocumentState
    reason: str = ""
    added: bool = False  # named by a person, not found in a watched folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage with what ranking needs. `bm25` is positive, greater is better."""

    rowid: int
    id: str
    document: str
    place: str
    text: str
    body_terms: str
    heading_terms: str
    length: int
    bm25: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is. `words` is the sum of the passages' lengths in terms."""

    documents: int
    passages: int
    words: int


def passage_id(document: str, ordinal: int, text: str) -> str:
    """The stable id of a passage: the same document name, position and text give the same id after a rebuild."""
    return hashlib.sha256(f"{document}\0{ordinal}\0{text}".encode()).hexdigest()[:24]


_HIT = (
    "SELECT p.rowid, p.id, d.name, p.place, p.text, p.body_terms, p.heading_terms, p.length, {score} "
    "FROM passages p JOIN documents d ON d.id = p.document_id "
)


class Index:
    """One connection to the index. Use it from one thread at a time."""

    def __init__(self, path: Path, *, busy_timeout_s: float = 10.0) -> None:
        self._path = path
        self._busy_timeout_s = busy_timeout_s
        self._db: sqlite3.Connection | None = None
        self._counts: tuple[int, Counts] | None = None
        self._changes = 0

    def open(self) -> None:
        """Open or create the file; one of another layout or a broken one is built again.

        Raises:
            BooksError: the folder or file can't be written.
        """
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                self._connect()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError) and "malformed" not in str(error):
                    raise
                self.close()
                self._discard()
                self._connect()
        except (OSError, sqlite3.Error) as error:
            self.close()
            raise BooksError(
                f"The index of the documents ({self._path.name}) can't be opened in {self._path.parent} ({error}); "
                "make that folder writable, or set another data_dir under [company]."
            ) from None

    def _connect(self) -> None:
        db = sqlite3.connect(
            self._path,
            timeout=self._busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=64,
        )
        self._db = db
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")  # derived data: a power cut may cost the last documents, never halves
        if db.execute("PRAGMA user_version").fetchone()[0] == LAYOUT:
            db.execute("SELECT count(*) FROM documents").fetchone()
            return
        with self._transaction() as tx:
            if tx.execute("PRAGMA user_version").fetchone()[0] != LAYOUT:  # another process may have been quicker
                self._create(tx)

    @staticmethod
    def _create(tx: sqlite3.Connection) -> None:
        for name in ("vocabulary", "words", "passages", "documents"):
            tx.execute(f"DROP TABLE IF EXISTS {name}")
        for statement in _TABLES.split(";"):
            if statement.strip():
                tx.execute(statement)
        tx.execute(f"PRAGMA user_version = {LAYOUT}")

    def _discard(self) -> None:
        for ending in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + ending).unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file; safe when it was never opened."""
        if self._db is not None:
            self._db.close()
            self._db = None

    @property
    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            raise NotReady("The index of the documents is closed.")
        return self._db

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        db = self._open
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
        self._changes += 1

    # -- writing ------------------------------------------------------------------------------------------------------

    def replace(self, row: DocumentRow, chunks: Sequence[Chunk], language: str) -> None:
        """Store a file with its passages in place of what was known of that path: all or nothing."""
        prepared = [
            (
                passage_id(row.name, ordinal, chunk.text), ordinal, chunk.place, "\n".join(chunk.headings), chunk.line,
                chunk.text, *_analysed(row.name, chunk, language),
            )
            for ordinal, chunk in enumerate(chunks)
        ]  # fmt: skip
        with self._transaction() as tx:
            self._forget(tx, row.path)
            document_id = tx.execute(
                "INSERT INTO documents (path, name, content_hash, size, modified_ns, checked_at, state, reason, added) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                (row.path, row.name, row.content_hash, row.size, row.modified_ns, row.checked_at, row.state.value,
                 row.reason, int(row.added)),
            ).fetchone()[0]  # fmt: skip
            tx.executemany(
                "INSERT INTO passages (document_id, id, ordinal, place, headings, line, text, body_terms, "
                "heading_terms, length) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(document_id, *values) for values in prepared],
            )
            tx.execute(
                "INSERT INTO words (rowid, body_terms, heading_terms) "
                "SELECT rowid, body_terms, heading_terms FROM passages WHERE document_id = ?",
                (document_id,),
            )

    def touch(self, path: str, *, size: int, modified_ns: int, checked_at: int) -> None:
        """The file was looked at and its content is the same."""
        with self._transaction() as tx:
            tx.execute(
                "UPDATE documents SET size = ?, modified_ns = ?, checked_at = ? WHERE path = ?",
                (size, modified_ns, checked_at, path),
            )

    def remove(self, path: str) -> None:
        """Forget a file and its passages; nothing happens when it is not known."""
        with self._transaction() as tx:
            self._forget(tx, path)

    @staticmethod
    def _forget(tx: sqlite3.Connection, path: str) -> None:
        found = tx.execute("SELECT id FROM documents WHERE path = ?", (path,)).fetchone()
        if found is None:
            return
        # an external-content FTS5 table is told the old values (sqlite.org/fts5.html, section 6.7.1)
        tx.execute(
            "INSERT INTO words (words, rowid, body_terms, heading_terms) "
            "SELECT 'delete', rowid, body_terms, heading_terms FROM passages WHERE document_id = ?",
            found,
        )
        tx.execute("DELETE FROM passages WHERE document_id = ?", found)
        tx.execute("DELETE FROM documents WHERE id = ?", found)

    # -- reading ------------------------------------------------------------------------------------------------------

    def documents(self) -> dict[str, DocumentRow]:
        """Every known file by its path."""
        rows = self._open.execute(
            "SELECT path, name, content_hash, size, modified_ns, checked_at, state, reason, added FROM documents"
        )
        return {
            row[0]: DocumentRow(
                path=row[0], name=row[1], content_hash=row[2], size=row[3], modified_ns=row[4], checked_at=row[5],
                state=DocumentState(row[6]), reason=row[7], added=bool(row[8]),
            )
            for row in rows
        }  # fmt: skip

    def counts(self) -> Counts:
        """How much is indexed now; counted again only when something changed here or in another process."""
        version = self._open.execute("PRAGMA data_version").fetchone()[0] + self._changes
        if self._counts is None or self._counts[0] != version:
            documents = self._open.execute("SELECT count(*) FROM documents WHERE state = 'indexed'").fetchone()[0]
            passages, words = self._open.execute("SELECT count(*), coalesce(sum(length), 0) FROM passages").fetchone()
            self._counts = (version, Counts(documents=documents, passages=passages, words=words))
        return self._counts[1]

    def size_of(self, path: str) -> int:
        """How many passages a file has."""
        row = self._open.execute(
            "SELECT count(*) FROM passages p JOIN documents d ON d.id = p.document_id WHERE d.path = ?", (path,)
        ).fetchone()
        return int(row[0])

    def frequencies(self, wanted: Iterable[str]) -> dict[str, int]:
        """In how many passages each term occurs; terms that occur nowhere are left out."""
        found: dict[str, int] = {}
        for term in wanted:
            row = self._open.execute("SELECT doc FROM vocabulary WHERE term = ?", (term,)).fetchone()
            if row is not None:
                found[term] = row[0]
        return found

    def related(self, stems: Iterable[str], least: int, limit: int = 12) -> frozenset[str]:
        """Terms that begin one of `stems` or are begun by one, both of at least `least` letters and half the length."""
        found: set[str] = set()
        for stem in stems:
            if len(stem) < least or not stem.isalpha():
                continue
            longer = self._open.execute(
                "SELECT term FROM vocabulary WHERE term > ? AND term < ? AND length(term) <= ? "
                "ORDER BY doc DESC LIMIT ?",
                (stem, stem + "\U0010ffff", 2 * len(stem), limit),
            )
            found.update(row[0] for row in longer)
            shorter = (stem[:length] for length in range(max(least, (len(stem) + 1) // 2), len(stem)))
            found.update(self.frequencies(shorter))
        return frozenset(found)

    def matching(self, wanted: Iterable[str], limit: int) -> list[Hit]:
        """Passages with any of the terms, best BM25 first."""
        query = " OR ".join(f'"{term}"' for term in sorted(wanted))
        if not query:
            return []
        rows = self._open.execute(
            _HIT.format(score="m.score")
            + "JOIN (SELECT rowid AS number, -bm25(words, 1.0, 1.0) AS score FROM words WHERE words MATCH ? "
            "ORDER BY bm25(words, 1.0, 1.0) LIMIT ?) m ON m.number = p.rowid ORDER BY m.score DESC, p.rowid",
            (query, limit),
        )
        return [_hit(row) for row in rows]

    def passage(self, wanted: str) -> Hit | None:
        """One stored passage."""
        row = self._open.execute(_HIT.format(score="0.0") + "WHERE p.id = ?", (wanted,)).fetchone()
        return None if row is None else _hit(row)

    def around(self, wanted: str) -> list[Hit]:
        """The passage before and the passage after the given one in its document, as far as there are any."""
        rows = self._open.execute(
            _HIT.format(score="0.0")
            + "JOIN passages q ON q.document_id = p.document_id AND abs(q.ordinal - p.ordinal) = 1 "
            "WHERE q.id = ? ORDER BY p.ordinal",
            (wanted,),
        )
        return [_hit(row) for row in rows]


def _analysed(document: str, chunk: Chunk, language: str) -> tuple[str, str, int]:
    body = terms(chunk.text, language)
    stem_of_name = document.rsplit("/", 1)[-1].rsplit(".", 1)[0].replace("-", " ").replace("_", " ")
    heading = terms(" \n ".join((*chunk.headings, stem_of_name)), language)
    return " ".join(body), " ".join(heading), len(body)


def _hit(row: tuple[int, str, str, str, str, str, str, int, float]) -> Hit:
    return Hit(
        rowid=row[0], id=row[1], document=row[2], place=row[3], text=row[4], body_terms=row[5], heading_terms=row[6],
        length=row[7], bm25=row[8],
    )  # fmt: skip
