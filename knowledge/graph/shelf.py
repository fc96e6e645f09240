"""Where the graph lies: three tables of the index, written in the transaction of the passages that they were read from.

Nothing is kept but what a passage says, under that passage's number: no table of things exists that could outlive the
last document which names them. What is one thing is told when it is asked for (`knowledge.graph.walk`). Blocks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from knowledge.graph.records import Reading, Relation

NAMES = ("mentions", "relations", "aliases", "model_read")
TABLES = """
CREATE TABLE mentions (
    key TEXT NOT NULL, number INTEGER NOT NULL, written TEXT NOT NULL, last_word TEXT,
    PRIMARY KEY (key, number)) WITHOUT ROWID;
CREATE INDEX mentions_of ON mentions (number);
CREATE INDEX mentions_by_last_word ON mentions (last_word) WHERE last_word IS NOT NULL;
CREATE TABLE relations (
    number INTEGER NOT NULL, subject TEXT NOT NULL, predicate TEXT NOT NULL, object TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, subject_written TEXT NOT NULL, object_written TEXT NOT NULL,
    read_by TEXT NOT NULL);
CREATE INDEX relations_of ON relations (number);
CREATE TABLE aliases (
    short TEXT NOT NULL, long TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (short, long, number)) WITHOUT ROWID;
CREATE INDEX aliases_of ON aliases (number);
CREATE INDEX aliases_by_long ON aliases (long);
CREATE TABLE model_read (number INTEGER PRIMARY KEY, model TEXT NOT NULL);
"""


def keep(tx: sqlite3.Connection, numbers: Sequence[int], readings: Iterable[Reading]) -> None:
    """Write down what was read from new passages, in the caller's transaction."""
    mentions, relations, aliases = [], [], []
    for number, reading in zip(numbers, readings, strict=True):
        mentions += [_named(number, one.key, one.written) for one in reading.mentions]
        relations += [_row(number, one, "") for one in reading.relations]
        aliases += [(one.short, one.long, number) for one in reading.aliases]
    tx.executemany("INSERT OR IGNORE INTO mentions VALUES (?, ?, ?, ?)", mentions)
    tx.executemany("INSERT INTO relations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", relations)
    tx.executemany("INSERT OR IGNORE INTO aliases VALUES (?, ?, ?)", aliases)


def forget(tx: sqlite3.Connection, document_id: int) -> None:
    """Take out what was read from a document's passages, in the caller's transaction, before those go."""
    for table in NAMES:
        tx.execute(
            f"DELETE FROM {table} WHERE number IN (SELECT number FROM passages WHERE document_id = ?)",
            (document_id,),
        )


def _named(number: int, key: str, written: str) -> tuple[str, int, str, str | None]:
    """A row of mentions; the last word only of what may be another name of it: "NEXUS orchestrator"."""
    words = key.split(" ")
    proper = len(words) > 1 and written[:1].isupper()
    return key, number, "" if written == key else written, words[-1] if proper else None


def _row(number: int, one: Relation, read_by: str) -> tuple[int, str, str, str, int, int, str, str, str]:
    return (
        number, one.subject.key, one.predicate, one.object.key, one.start, one.end, one.subject.written,
        one.object.written, read_by,
    )  # fmt: skip


# -- what a model reads -----------------------------------------------------------------------------------------------


def unread(db: sqlite3.Connection, model: str, limit: int) -> list[tuple[int, str]]:
    """(number, text) of the next passages that this model has not been shown, the newest first."""
    rows = db.execute(
        "SELECT p.number, p.text FROM passages p LEFT JOIN model_read m ON m.number = p.number AND m.model = ? "
        "WHERE m.number IS NULL ORDER BY p.number DESC LIMIT ?",
        (model, limit),
    )
    return [(row[0], row[1]) for row in rows]


def keep_read(tx: sqlite3.Connection, model: str, number: int, relations: Sequence[Relation]) -> None:
    """What a model read from a passage, in place of what one read before; nothing when the passage has gone."""
    if tx.execute("SELECT 1 FROM passages WHERE number = ?", (number,)).fetchone() is None:
        return
    tx.execute("DELETE FROM relations WHERE number = ? AND read_by <> ''", (number,))
    tx.execute("INSERT OR REPLACE INTO model_read VALUES (?, ?)", (number, model))
    tx.executemany(
        "INSERT INTO relations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [_row(number, one, model) for one in relations]
    )
    named = {one.key: one.written for relation in relations for one in (relation.subject, relation.object)}
    tx.executemany(
        "INSERT OR IGNORE INTO mentions VALUES (?, ?, ?, ?)",
        [_named(number, key, written) for key, written in named.items()],
    )
