"""The index of passages: SQLite in a file of its own, with an engine beside it. Derived data: it can be built again.

Owns `knowledge.db`. Everything here blocks; `knowledge.library` calls it from its two threads (one writes, one reads).
A document's passages are replaced in one transaction: a search sees all of the old ones or all of the new ones. What
goes to the engine goes there before the commit, and what comes out of it after, under numbers that are never used
twice; so a kill at any moment leaves at most points that nobody sees, and `agree` takes them out at the next start.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from company.errors import BooksError
from knowledge import vectors
from knowledge.analyser import terms
from knowledge.engine import Engine, EngineBroken, FromTerms, Piece, Point, weights
from knowledge.graph import shelf
from knowledge.graph.extraction import read
from knowledge.graph.records import Relation
from knowledge.lookups import Lookups
from knowledge.records import Chunk, Counts, DocumentRow, DocumentState, Hit, passage_id
from knowledge.subjects import subjects

__all__ = ["Chunk", "Counts", "DocumentRow", "DocumentState", "Hit", "Index", "passage_id"]

LAYOUT = 5
"""Version of the tables and of the analyser; another number on disk means: build again."""
SLICE = 32
"""Passages that are prepared and put into the engine at a time."""

_TABLES = """
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, name TEXT NOT NULL, content_hash TEXT NOT NULL,
    size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, checked_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('indexed', 'failed', 'skipped')), reason TEXT NOT NULL,
    added INTEGER NOT NULL CHECK (added IN (0, 1)), language TEXT NOT NULL, owner TEXT NOT NULL,
    collection TEXT NOT NULL, time INTEGER NOT NULL, UNIQUE (owner, name));
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    document_id INTEGER NOT NULL REFERENCES documents (id),
    ordinal INTEGER NOT NULL, place TEXT NOT NULL, headings TEXT NOT NULL, line INTEGER NOT NULL, text TEXT NOT NULL,
    body_terms TEXT NOT NULL, heading_terms TEXT NOT NULL, length INTEGER NOT NULL, heading_length INTEGER NOT NULL,
    UNIQUE (document_id, ordinal));
CREATE TABLE vocabulary (term TEXT PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE subjects (name TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (name, number)) WITHOUT ROWID;
CREATE INDEX subjects_of ON subjects (number);
CREATE TABLE totals (passages INTEGER NOT NULL, words INTEGER NOT NULL, heading_words INTEGER NOT NULL);
INSERT INTO totals VALUES (0, 0, 0);
CREATE TABLE waiting (number INTEGER PRIMARY KEY, words INTEGER NOT NULL CHECK (words IN (0, 1)));
CREATE TABLE held (model TEXT NOT NULL);
INSERT INTO held VALUES ('');
CREATE VIRTUAL TABLE words USING fts5 (
    body_terms, heading_terms, content = 'passages', content_rowid = 'number',
    tokenize = 'unicode61 remove_diacritics 2');
"""


class Index(Lookups):
    """One connection to the index that also writes. Use it from one thread at a time."""

    def __init__(self, path: Path, *, engine: Engine | None = None, busy_timeout_s: float = 10.0) -> None:
        super().__init__(engine)
        self.path = path
        self._busy_timeout_s = busy_timeout_s
        self.embedder: FromTerms | None = None
        """What turns passages into vectors from now on; `agree` notices that it is another than before."""
        self.model = ""
        """The model of meaning whose kept vectors go into the engine (`knowledge.vectors`), in place of `embedder`."""
        self.dropped = 0
        """Points taken out of the engine since the start; it gives their space back when it is told to tidy."""

    def open(self) -> None:
        """Open or create the file; one of another layout or a broken one is built again.

        Raises:
            BooksError: the folder or file can't be written.
        """
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
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
                f"The index of the documents ({self.path.name}) can't be opened in {self.path.parent} ({error}); "
                "make that folder writable, or set another data_dir under [company]."
            ) from None

    def _connect(self) -> None:
        db = sqlite3.connect(
            self.path,
            timeout=self._busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=64,
        )
        self._db = db
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA cache_size = -16000")  # 16 MB, taken as it is used: a tenth off each question at 50,000
        db.execute("PRAGMA wal_autocheckpoint = 4000")  # 16 MB of log: what many passages change is written back once
        db.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten, not only unlinked
        db.execute("PRAGMA synchronous = NORMAL")  # derived data: a power cut may cost the last documents, never halves
        if db.execute("PRAGMA user_version").fetchone()[0] == LAYOUT:
            db.execute("SELECT count(*) FROM documents").fetchone()
            return
        with self._transaction() as tx:
            if tx.execute("PRAGMA user_version").fetchone()[0] != LAYOUT:  # another process may have been quicker
                self._create(tx)

    @staticmethod
    def _create(tx: sqlite3.Connection) -> None:
        for name in (
            *shelf.NAMES,
            "vectors", "vocabulary", "words", "waiting", "held", "totals", "subjects", "passages", "documents",
        ):  # fmt: skip
            tx.execute(f"DROP TABLE IF EXISTS {name}")
        for statement in (_TABLES + vectors.TABLE + shelf.TABLES).split(";"):
            if statement.strip():
                tx.execute(statement)
        tx.execute(f"PRAGMA user_version = {LAYOUT}")

    def _discard(self) -> None:
        for ending in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)

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
        prepared = [_prepared(row, ordinal, chunk, language) for ordinal, chunk in enumerate(chunks)]
        readings = read(chunks, language)
        with self._transaction() as tx:
            known = self._known_vectors(tx, row.path)
            gone = self._forget(tx, row.path)
            document_id = tx.execute(
                "INSERT INTO documents (path, name, content_hash, size, modified_ns, checked_at, state, reason, added, "
                "language, owner, collection, time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                (row.path, row.name, row.content_hash, row.size, row.modified_ns, row.checked_at, row.state.value,
                 row.reason, int(row.added), language, row.owner, row.collection, row.time),
            ).fetchone()[0]  # fmt: skip
            numbers = self._insert(tx, document_id, prepared)
            vectors.take_over(tx, document_id, known)
            _recount(tx, prepared, 1)
            tx.executemany(
                "INSERT OR IGNORE INTO subjects (name, number) VALUES (?, ?)",
                [
                    (name, number)
                    for number, names in zip(numbers, _subjects(row.name, chunks), strict=True)
                    for name in names
                ],
            )
            shelf.keep(tx, numbers, readings)
            self._put_or_wait(tx, numbers)
        self._drop(gone)

    @staticmethod
    def _insert(tx: sqlite3.Connection, document_id: int, prepared: Sequence[_Prepared]) -> list[int]:
        numbers = [
            tx.execute(
                "INSERT INTO passages (document_id, id, ordinal, place, headings, line, text, body_terms, "
                "heading_terms, length, heading_length) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (document_id, *one),
            ).lastrowid
            or 0
            for one in prepared
        ]
        tx.execute(
            "INSERT INTO words (rowid, body_terms, heading_terms) "
            "SELECT number, body_terms, heading_terms FROM passages WHERE document_id = ?",
            (document_id,),
        )
        return numbers

    def _put_or_wait(self, tx: sqlite3.Connection, numbers: Sequence[int]) -> None:
        """Into the engine, before the commit; where that can't be done now, on the list of what it still needs."""
        try:
            for begin in range(0, len(numbers), SLICE):
                self._put(tx, numbers[begin : begin + SLICE])
        except EngineBroken:
            tx.executemany("INSERT OR REPLACE INTO waiting VALUES (?, 1)", [(number,) for number in numbers])

    def touch(self, path: str, *, size: int, modified_ns: int, checked_at: int) -> None:
        """The file was looked at and its content is the same."""
        with self._transaction() as tx:
            tx.execute(
                "UPDATE documents SET size = ?, modified_ns = ?, checked_at = ? WHERE path = ?",
                (size, modified_ns, checked_at, path),
            )

    def give(self, path: str, to: DocumentRow) -> None:
        """A document has another owner (and lies elsewhere); its passages, their vectors and numbers stay."""
        with self._transaction() as tx:
            found = tx.execute("SELECT id FROM documents WHERE path = ?", (path,)).fetchone()
            if found is None:
                return
            tx.execute(
                "UPDATE documents SET path = ?, name = ?, owner = ?, size = ?, modified_ns = ?, checked_at = ? "
                "WHERE id = ?",
                (to.path, to.name, to.owner, to.size, to.modified_ns, to.checked_at, found[0]),
            )
            rows = tx.execute("SELECT number, ordinal, text FROM passages WHERE document_id = ?", found).fetchall()
            tx.executemany(
                "UPDATE passages SET id = ? WHERE number = ?",
                [(passage_id(to.name, row[1], row[2], to.owner), row[0]) for row in rows],
            )
            self._put_or_wait(tx, [row[0] for row in rows])

    def first_of(self, path: str) -> str:
        """The id of a file's first passage; "" for none."""
        row = self._open.execute(
            "SELECT p.id FROM passages p JOIN documents d ON d.id = p.document_id WHERE d.path = ? "
            "ORDER BY p.ordinal LIMIT 1", (path,)
        ).fetchone()  # fmt: skip
        return str(row[0]) if row is not None else ""

    def remove(self, path: str) -> None:
        """Forget a file and its passages; nothing happens when it is not known."""
        with self._transaction() as tx:
            gone = self._forget(tx, path)
        self._drop(gone)

    def scrub(self) -> None:
        """Have the words of what was removed leave the disk too: out of the word index and the write-ahead log."""
        with self._transaction() as tx:
            tx.execute("INSERT INTO words (words) VALUES ('optimize')")  # sqlite.org/fts5.html, section 6.9
        self._open.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @staticmethod
    def _known_vectors(tx: sqlite3.Connection, path: str) -> dict[str, tuple[str, bytes]]:
        found = tx.execute("SELECT id FROM documents WHERE path = ?", (path,)).fetchone()
        return {} if found is None else vectors.of_document(tx, found[0])

    @staticmethod
    def _forget(tx: sqlite3.Connection, path: str) -> list[int]:
        found = tx.execute("SELECT id FROM documents WHERE path = ?", (path,)).fetchone()
        if found is None:
            return []
        # an external-content FTS5 table is told the old values (sqlite.org/fts5.html, section 6.7.1)
        tx.execute(
            "INSERT INTO words (words, rowid, body_terms, heading_terms) "
            "SELECT 'delete', number, body_terms, heading_terms FROM passages WHERE document_id = ?",
            found,
        )
        mine = "SELECT number FROM passages WHERE document_id = ?"
        numbers = [row[0] for row in tx.execute(mine, found)]
        prepared = tx.execute(
            "SELECT id, ordinal, place, headings, line, text, body_terms, heading_terms, length, heading_length "
            "FROM passages WHERE document_id = ?", found,
        ).fetchall()  # fmt: skip
        _recount(tx, prepared, -1)
        for table in ("subjects", "waiting", "vectors"):
            tx.execute(f"DELETE FROM {table} WHERE number IN ({mine})", found)
        shelf.forget(tx, found[0])
        tx.execute("DELETE FROM passages WHERE document_id = ?", found)
        tx.execute("DELETE FROM documents WHERE id = ?", found)
        return numbers

    # -- the engine ---------------------------------------------------------------------------------------------------

    def agree(self) -> int:
        """Make the engine's list agree with ours; how many passages now wait to be put there.

        Points that no passage has are dropped. Passages that the engine lacks, or all of them when the model of
        meaning is another than the one they were embedded with, are marked; `catch_up` puts them there.
        """
        if self._engine is None:
            return 0
        model = self._model_now()
        try:
            there = self._engine.numbers()
            with self._transaction() as tx:
                ours = {row[0] for row in tx.execute("SELECT number FROM passages")}
                if tx.execute("SELECT model FROM held").fetchone()[0] != model:
                    tx.execute("INSERT OR IGNORE INTO waiting SELECT number, 0 FROM passages")
                    tx.execute("UPDATE held SET model = ?", (model,))
                tx.executemany("INSERT OR REPLACE INTO waiting VALUES (?, 1)", [(number,) for number in ours - there])
            self._engine.drop(sorted(there - ours))
            self.dropped += len(there - ours)
        except EngineBroken:
            return 0
        return self.counts().waiting

    def catch_up(self) -> bool:
        """Put the next `SLICE` of what waits into the engine; False when nothing waits or the engine can't take it."""
        if self._engine is None:
            return False
        try:
            with self._transaction() as tx:
                numbers = [row[0] for row in tx.execute("SELECT number FROM waiting LIMIT ?", (SLICE,))]
                self._put(tx, numbers)
                tx.executemany("DELETE FROM waiting WHERE number = ?", [(number,) for number in numbers])
        except EngineBroken:
            return False
        return bool(numbers)

    def keep_vectors(self, model: str, found: Mapping[int, Sequence[float]]) -> None:
        """Keep the vectors that a model made of passages; those of the model in use go into the engine next."""
        with self._transaction() as tx:
            numbers = vectors.keep(tx, model, found)
            if model == self.model:
                tx.executemany("INSERT OR IGNORE INTO waiting VALUES (?, 0)", [(number,) for number in numbers])

    def keep_relations(self, model: str, number: int, relations: Sequence[Relation]) -> None:
        """Keep what a model read from a passage."""
        with self._transaction() as tx:
            shelf.keep_read(tx, model, number, relations)

    def sample(self, limit: int) -> list[list[str]]:
        """The terms of up to so many passages, spread evenly over all of them."""
        step = max(1, self.counts().passages // limit)
        rows = self._open.execute("SELECT body_terms FROM passages WHERE number % ? = 0 LIMIT ?", (step, limit))
        return [row[0].split() for row in rows]

    def _model_now(self) -> str:
        return self.model or (self.embedder.model if self.embedder else "")

    def _put(self, tx: sqlite3.Connection, numbers: Sequence[int]) -> None:
        if self._engine is None:
            raise EngineBroken("there is none")
        marks = ",".join("?" * len(numbers))
        rows = tx.execute(
            "SELECT p.number, p.text, p.body_terms, p.heading_terms, d.owner, d.collection, d.time FROM passages p "
            f"JOIN documents d ON d.id = p.document_id WHERE p.number IN ({marks})", numbers,
        ).fetchall()  # fmt: skip
        pieces = [Piece(text=row[1], terms=row[2].split(), heading_terms=row[3].split()) for row in rows]
        model = self._model_now()
        meanings: Sequence[Sequence[float] | None] = [None] * len(rows)
        if self.model:
            kept = vectors.of(tx, self.model, numbers)
            meanings = [kept.get(row[0]) for row in rows]
        elif self.embedder:
            meanings = self.embedder.passages(pieces)
        self._engine.put(
            [
                Point(
                    number=row[0], words=weights(piece.terms, piece.heading_terms), owner=row[4], collection=row[5],
                    time=row[6], meaning=vector, model=model if vector is not None else "",
                )
                for row, piece, vector in zip(rows, pieces, meanings, strict=True)
            ]
        )  # fmt: skip

    def _drop(self, numbers: Sequence[int]) -> None:
        if self._engine is not None and numbers:
            with contextlib.suppress(EngineBroken):  # nobody sees them; the next start takes them out
                self._engine.drop(numbers)
                self.dropped += len(numbers)


_Prepared = tuple[str, int, str, str, int, str, str, str, int, int]
"""id, ordinal, place, headings, line, text, body terms, heading terms, length, length of the headings."""


def _prepared(row: DocumentRow, ordinal: int, chunk: Chunk, language: str) -> _Prepared:
    body = terms("\n".join((*chunk.headings[-1:], chunk.text)), language)  # what it is about is said in its heading
    stem_of_name = row.name.rsplit("/", 1)[-1].rsplit(".", 1)[0].replace("-", " ").replace("_", " ")
    heading = terms(" \n ".join((*chunk.headings, stem_of_name)), language)
    return (
        passage_id(row.name, ordinal, chunk.text, row.owner), ordinal, chunk.place, "\n".join(chunk.headings),
        chunk.line, chunk.text, " ".join(body), " ".join(heading), len(body), len(heading),
    )  # fmt: skip


def _subjects(document: str, chunks: Sequence[Chunk]) -> Iterator[set[str]]:
    """What each passage is about; the document's name is its first passage's, a heading's that of its first."""
    before: tuple[str, ...] = ()
    for ordinal, chunk in enumerate(chunks):
        yield subjects("" if ordinal else document, chunk.headings if chunk.headings != before else (), chunk.text)
        before = chunk.headings


def _recount(tx: sqlite3.Connection, prepared: Sequence[_Prepared], sign: int) -> None:
    """Add to (1) or take from (-1) the totals and the number of passages of each term."""
    if not prepared:
        return
    passages: Counter[str] = Counter()
    for one in prepared:
        passages.update({*one[6].split(), *one[7].split()})
    tx.executemany(
        "INSERT INTO vocabulary VALUES (?, ?) ON CONFLICT (term) DO UPDATE SET passages = passages + excluded.passages",
        [(term, sign * count) for term, count in passages.items()],
    )
    if sign < 0:
        tx.executemany("DELETE FROM vocabulary WHERE term = ? AND passages <= 0", [(term,) for term in passages])
    tx.execute(
        "UPDATE totals SET passages = passages + ?, words = words + ?, heading_words = heading_words + ?",
        (sign * len(prepared), sign * sum(one[8] for one in prepared), sign * sum(one[9] for one in prepared)),
    )
