"""What the index is asked: one SQLite connection, and every question that can be put to it. Everything blocks.

The index finds by itself with SQLite's FTS5; where an engine stands beside it and holds every passage, that one is
asked instead. Either way the scope is part of the query, and is looked at again when the passages are fetched: what
may not be read is not read, whatever an engine says.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from company.errors import NotReady
from knowledge import vectors
from knowledge.engine import EVERYWHERE, HEADING_MARK, Engine, EngineBroken, Found, Scope
from knowledge.records import Counts, DocumentRow, DocumentState, Hit, Whereabouts
from knowledge.vectors import Unembedded

_HIT = (
    "SELECT p.number, p.id, p.document_id, d.name, p.ordinal, p.place, p.headings, p.text, p.body_terms, "
    "p.heading_terms, p.length, d.owner FROM passages p JOIN documents d ON d.id = p.document_id "
)

KNOWN_TERMS = 20_000
"""Terms whose numbers of passages are remembered between two changes: 3 MB, a tenth off the median question."""


class Lookups:
    """One connection, used from one thread at a time. `engine` may be shared by several."""

    def __init__(self, engine: Engine | None = None) -> None:
        self._db: sqlite3.Connection | None = None
        self._engine = engine
        self._counts: tuple[int, Counts] | None = None
        self._frequencies: tuple[int, dict[str, int]] = (-1, {})
        self._changes = 0

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

    @property
    def connection(self) -> sqlite3.Connection:
        """For the functions of `knowledge.graph.shelf`. Raises `NotReady` when it is closed."""
        return self._open

    # -- documents ----------------------------------------------------------------------------------------------------

    def documents(self) -> dict[str, DocumentRow]:
        """Every known file by its path."""
        rows = self._open.execute(
            "SELECT path, name, content_hash, size, modified_ns, checked_at, state, reason, added, owner, collection, "
            "time FROM documents"
        )
        return {
            row[0]: DocumentRow(
                path=row[0], name=row[1], content_hash=row[2], size=row[3], modified_ns=row[4], checked_at=row[5],
                state=DocumentState(row[6]), reason=row[7], added=bool(row[8]), owner=row[9], collection=row[10],
                time=row[11],
            )
            for row in rows
        }  # fmt: skip

    def state_for(self, owners: frozenset[str], here: str = "") -> str:
        """A hash of these owners and their documents: another when any comes, goes, changes or is shared.

        `here`: the project in use, whose passages come first.
        """
        told = self._open.execute("SELECT owner, name, content_hash, state FROM documents ORDER BY owner, name")
        mine = "\n".join("\t".join(row) for row in told if row[0] in owners)
        whole = "\n\n".join((" ".join(sorted(owners)), here, mine))
        return hashlib.sha256(whole.encode()).hexdigest()[:32]

    def counts(self) -> Counts:
        """How much is indexed now; counted again only when something changed here or in another process."""
        db, version = self._open, self.version()
        if self._counts is None or self._counts[0] != version:
            passages, words, heading_words = db.execute("SELECT passages, words, heading_words FROM totals").fetchone()
            tongues = db.execute("SELECT DISTINCT language FROM documents WHERE state = 'indexed'").fetchall()
            counts = Counts(
                documents=db.execute("SELECT count(*) FROM documents WHERE state = 'indexed'").fetchone()[0],
                passages=passages, words=words, heading_words=heading_words,
                languages=frozenset(row[0] for row in tongues),
                waiting=db.execute("SELECT count(*) FROM waiting").fetchone()[0],
            )  # fmt: skip
            self._counts = (version, counts)
        return self._counts[1]

    def version(self) -> int:
        """Another number after a change here or in another process."""
        return int(self._open.execute("PRAGMA data_version").fetchone()[0]) + self._changes

    def ids_of(self, path: str) -> frozenset[str]:
        """The ids of a file's passages."""
        rows = self._open.execute(
            "SELECT p.id FROM passages p JOIN documents d ON d.id = p.document_id WHERE d.path = ?", (path,)
        )
        return frozenset(row[0] for row in rows)

    def paths_under(self, beginning: str) -> list[str]:
        """The paths that begin so."""
        rows = self._open.execute(
            "SELECT path FROM documents WHERE path >= ? AND path < ?", (beginning, beginning + "\U0010ffff")
        )
        return [row[0] for row in rows]

    def size_of(self, path: str) -> int:
        """How many passages a file has."""
        row = self._open.execute(
            "SELECT count(*) FROM passages p JOIN documents d ON d.id = p.document_id WHERE d.path = ?", (path,)
        ).fetchone()
        return int(row[0])

    # -- words --------------------------------------------------------------------------------------------------------

    def frequencies(self, wanted: Iterable[str]) -> dict[str, int]:
        """In how many passages each term occurs; terms that occur nowhere are left out."""
        version = self.version()
        if self._frequencies[0] != version or len(self._frequencies[1]) > KNOWN_TERMS:
            self._frequencies = (version, {})
        known = self._frequencies[1]
        asked = set(wanted)
        missing = [term for term in asked if term not in known]
        if missing:
            rows = self._open.execute(
                "SELECT term, passages FROM vocabulary WHERE term IN (SELECT value FROM json_each(?))",
                (json.dumps(missing),),
            )
            known.update(dict.fromkeys(missing, 0))
            known.update(rows.fetchall())
        return {term: known[term] for term in asked if known[term]}

    def related(self, stems: Iterable[str], least: int, limit: int = 12) -> dict[str, frozenset[str]]:
        """Stem -> terms that begin it or are begun by it, both of at least `least` letters and half the length."""
        found: dict[str, frozenset[str]] = {}
        begin: dict[str, list[str]] = {}
        for stem in stems:
            if len(stem) < least or not stem.isalpha():
                continue
            longer = self._open.execute(
                "SELECT term FROM vocabulary WHERE term > ? AND term < ? AND length(term) <= ? "
                "ORDER BY passages DESC LIMIT ?",
                (stem, stem + "\U0010ffff", 2 * len(stem), limit),
            )
            found[stem] = frozenset(row[0] for row in longer)
            begin[stem] = [stem[:length] for length in range(max(least, (len(stem) + 1) // 2), len(stem))]
        there = self.frequencies({shorter for all_shorter in begin.values() for shorter in all_shorter})
        return {stem: terms.union(there.keys() & begin[stem]) for stem, terms in found.items()}

    # -- candidates ---------------------------------------------------------------------------------------------------

    def by_words(self, query: Mapping[str, float], scope: Scope, limit: int) -> list[Found]:
        """The best passages for weighted terms (those of headings marked), by the engine or by FTS5."""
        if not query or scope.owners == frozenset() or scope.collections == frozenset():
            return []
        if self._engine is not None and not self._waiting_for_words():
            try:
                return self._engine.words(query, scope, limit)
            except EngineBroken:
                pass  # the index does it by itself
        return self._by_fts(query, scope, limit)

    def by_meaning(
        self, vector: Sequence[float], model: str, scope: Scope, limit: int, among: Collection[int] | None = None
    ) -> list[Found]:
        """The nearest passages to a vector of a model, of some or of all; [] where no engine holds vectors."""
        if self._engine is None or scope.owners == frozenset() or scope.collections == frozenset():
            return []
        try:
            return self._engine.meanings(vector, model, scope, limit, among)
        except EngineBroken:
            return []

    # -- vectors ------------------------------------------------------------------------------------------------------

    def unembedded(self, model: str, limit: int) -> list[Unembedded]:
        """The next passages that a model of meaning has not been shown."""
        return vectors.unembedded(self._open, model, limit)

    def embedded(self, model: str) -> int:
        """How many passages have a vector of that model."""
        return vectors.embedded(self._open, model)

    def dimensions(self, model: str) -> int:
        """Numbers of a vector of that model; 0 while there is none."""
        return vectors.dimensions(self._open, model)

    def held(self) -> str:
        """The model of the vectors that the engine has, or is being given."""
        return str(self._open.execute("SELECT model FROM held").fetchone()[0])

    def _waiting_for_words(self) -> bool:
        return self._open.execute("SELECT 1 FROM waiting WHERE words = 1 LIMIT 1").fetchone() is not None

    def _by_fts(self, query: Mapping[str, float], scope: Scope, limit: int) -> list[Found]:
        asked = " OR ".join(f'"{term}"' for term in sorted({term.removeprefix(HEADING_MARK) for term in query}))
        inside, values = conditions(scope)
        rows = self._open.execute(
            "SELECT w.rowid, -bm25(words, 1.0, 0.3) FROM words w JOIN passages p ON p.number = w.rowid "
            f"JOIN documents d ON d.id = p.document_id WHERE words MATCH ? {inside} "
            "ORDER BY bm25(words, 1.0, 0.3) LIMIT ?",
            (asked, *values, limit),
        )
        return [Found(*row) for row in rows]

    # -- passages -----------------------------------------------------------------------------------------------------

    def hits(self, numbers: Iterable[int], scope: Scope = EVERYWHERE) -> list[Hit]:
        """Those of the passages that exist and lie in the scope, in no particular order."""
        inside, values = conditions(scope)
        rows = self._open.execute(
            _HIT + f"WHERE p.number IN (SELECT value FROM json_each(?)) {inside}", (json.dumps(list(numbers)), *values)
        )
        return [_hit(row) for row in rows]

    def newest(self, scope: Scope, limit: int) -> list[Hit]:
        """The last passages of the latest documents in the scope, oldest first."""
        inside, values = conditions(scope)
        rows = self._open.execute(
            _HIT + f"WHERE 1 {inside} ORDER BY d.time DESC, d.id DESC, p.ordinal DESC LIMIT ?", (*values, limit)
        )
        return [_hit(row) for row in rows][::-1]

    def passage(self, wanted: str, scope: Scope = EVERYWHERE) -> Hit | None:
        """One stored passage."""
        inside, values = conditions(scope)
        row = self._open.execute(_HIT + f"WHERE p.id = ? {inside}", (wanted, *values)).fetchone()
        return None if row is None else _hit(row)

    def around(self, wanted: str, scope: Scope = EVERYWHERE) -> list[Hit]:
        """The passage before and the passage after the given one in its document, as far as there are any."""
        inside, values = conditions(scope)
        rows = self._open.execute(
            _HIT + "JOIN passages q ON q.document_id = p.document_id AND abs(q.ordinal - p.ordinal) = 1 "
            f"WHERE q.id = ? {inside} ORDER BY p.ordinal",
            (wanted, *values),
        )
        return [_hit(row) for row in rows]

    def whereabouts(self, wanted: str, scope: Scope = EVERYWHERE) -> Whereabouts | None:
        """Where a passage lies: its file, what that held when it was read, and the place as a number."""
        inside, values = conditions(scope)
        row = self._open.execute(
            "SELECT d.path, d.content_hash, p.line FROM passages p JOIN documents d ON d.id = p.document_id "
            f"WHERE p.id = ? {inside}",
            (wanted, *values),
        ).fetchone()
        return None if row is None else Whereabouts(path=row[0], content_hash=row[1], line=row[2])

    def beside(self, places: Iterable[tuple[int, int, Sequence[str]]], scope: Scope = EVERYWHERE) -> list[Hit]:
        """The passages at the given (document id, ordinal) that stand under the given headings."""
        inside, values = conditions(scope)
        wanted = [(document, ordinal, "\n".join(headings)) for document, ordinal, headings in places]
        rows = self._open.execute(
            "WITH wanted AS MATERIALIZED (SELECT value ->> 0 AS document, value ->> 1 AS at, value ->> 2 AS under "
            "FROM json_each(?)) "
            + _HIT.replace("FROM passages p", "FROM wanted JOIN passages p ON p.document_id = wanted.document")
            + f"WHERE p.ordinal = wanted.at AND p.headings = wanted.under {inside}",
            (json.dumps(wanted), *values),
        )
        return [_hit(row) for row in rows]

    def about(self, names: Iterable[str], limit: int) -> list[tuple[str, int]]:
        """(name, number) of the passages that are about one of the names (see `knowledge.subjects`)."""
        rows = self._open.execute(
            "SELECT name, number FROM subjects WHERE name IN (SELECT value FROM json_each(?)) LIMIT ?",
            (json.dumps(list(names)), limit),
        )
        return [(row[0], row[1]) for row in rows]

    # -- the graph ----------------------------------------------------------------------------------------------------

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What a query of `knowledge.graph.walk` brings, which has the scope of who asks in it."""
        return self._open.execute(query, values).fetchall()


def conditions(scope: Scope) -> tuple[str, list[object]]:
    """A scope as conditions on `documents d`, with their values."""
    parts: list[str] = []
    values: list[object] = []
    for column, wanted in (("owner", scope.owners), ("collection", scope.collections)):
        if wanted is not None:
            parts.append(f"AND d.{column} IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(sorted(wanted)))
    for sign, moment in ((">=", scope.since), ("<=", scope.until)):
        if moment is not None:
            parts.append(f"AND d.time {sign} ?")
            values.append(moment)
    return " ".join(parts), values


def _hit(row: tuple[int, str, int, str, int, str, str, str, str, str, int, str]) -> Hit:
    return Hit(
        number=row[0], id=row[1], document_id=row[2], document=row[3], ordinal=row[4], place=row[5],
        headings=tuple(row[6].split("\n")) if row[6] else (), text=row[7], terms=row[8].split(),
        heading_terms=row[9].split(),
        length=row[10], owner=row[11],
    )  # fmt: skip
