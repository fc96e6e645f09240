"""The vectors of a model of meaning, kept beside the passages, so that none is made (and paid for) twice.

Functions over the connection of `knowledge.index`, inside its transactions. A vector is kept at length one, as 16-bit
floats: their error, 0.0005, is far below what tells two passages apart, and they are half as large.
"""

from __future__ import annotations

import math
import sqlite3
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

LONGEST = 6_000
"""Characters of a passage that a model is shown; those of providers read about 8,000 tokens."""

TABLE = """
CREATE TABLE vectors (number INTEGER PRIMARY KEY, model TEXT NOT NULL, vector BLOB NOT NULL);
CREATE INDEX vectors_of ON vectors (model, number);
"""


class Unembedded(NamedTuple):
    """A passage that has no vector of a model yet, with the text that the model is shown."""

    number: int
    text: str


def unembedded(db: sqlite3.Connection, model: str, limit: int) -> list[Unembedded]:
    """The next passages without a vector of that model, the newest first: what was just sent is asked about soon."""
    rows = db.execute(
        "SELECT p.number, p.headings, p.text FROM passages p "
        "WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.number = p.number AND v.model = ?) "
        "ORDER BY p.number DESC LIMIT ?",
        (model, limit),
    )
    return [Unembedded(row[0], said(row[1], row[2])) for row in rows]


def said(headings: str, text: str) -> str:
    """What a model is shown of a passage: where it stands, then its words."""
    return f"{headings.replace(chr(10), ' > ')}\n{text}".strip()[:LONGEST]


def embedded(db: sqlite3.Connection, model: str) -> int:
    """How many passages have a vector of that model."""
    return int(db.execute("SELECT count(*) FROM vectors WHERE model = ?", (model,)).fetchone()[0])


def dimensions(db: sqlite3.Connection, model: str) -> int:
    """Numbers of a vector of that model; 0 while there is none."""
    row = db.execute(
        "SELECT length(vector) FROM vectors WHERE model = ? AND length(vector) > 0 LIMIT 1", (model,)
    ).fetchone()
    return int(row[0]) // 2 if row else 0


def keep(db: sqlite3.Connection, model: str, vectors: Mapping[int, Sequence[float]]) -> list[int]:
    """Keep vectors of passages that still exist; their numbers.

    Vectors of another length than the model's others mean that it is another model by the same name: the others go.
    """
    packed = {number: pack(vector) for number, vector in vectors.items()}
    there = {number for number in packed if db.execute("SELECT 1 FROM passages WHERE number = ?", (number,)).fetchone()}
    lengths = {len(blob) for blob in packed.values() if blob}
    if lengths and (before := dimensions(db, model)) and {2 * before} != lengths:
        db.execute("DELETE FROM vectors WHERE model = ?", (model,))
    db.executemany(
        "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", [(number, model, packed[number]) for number in there]
    )
    return sorted(there)


def of(db: sqlite3.Connection, model: str, numbers: Iterable[int]) -> dict[int, Sequence[float]]:
    """The vectors of that model among those of some passages."""
    wanted = list(numbers)
    marks = ",".join("?" * len(wanted))
    rows = db.execute(f"SELECT number, vector FROM vectors WHERE model = ? AND number IN ({marks})", (model, *wanted))
    return {row[0]: unpack(row[1]) for row in rows if row[1]}


def of_document(db: sqlite3.Connection, document_id: int) -> dict[str, tuple[str, bytes]]:
    """What a document's passages were shown as, with model and vector: a new version of it has most of them again."""
    rows = db.execute(
        "SELECT p.headings, p.text, v.model, v.vector FROM passages p JOIN vectors v ON v.number = p.number "
        "WHERE p.document_id = ?",
        (document_id,),
    )
    return {said(row[0], row[1]): (row[2], row[3]) for row in rows}


def take_over(db: sqlite3.Connection, document_id: int, known: Mapping[str, tuple[str, bytes]]) -> None:
    """Give the passages of a document's new version the vectors that the same words had in the old one."""
    if not known:
        return
    rows = db.execute("SELECT number, headings, text FROM passages WHERE document_id = ?", (document_id,)).fetchall()
    same = [(row[0], *known[shown]) for row in rows if (shown := said(row[1], row[2])) in known]
    db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", same)


def pack(vector: Sequence[float]) -> bytes:
    """At length one, as 16-bit floats; b"" for one without a direction, which is then not looked for by meaning."""
    length = math.sqrt(sum(number * number for number in vector))
    return struct.pack(f"<{len(vector)}e", *(number / length for number in vector)) if length > 1e-12 else b""


def unpack(blob: bytes) -> Sequence[float]:
    """What `pack` made."""
    return struct.unpack(f"<{len(blob) // 2}e", blob)
